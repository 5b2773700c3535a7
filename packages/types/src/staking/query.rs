//! Queries of staking.

use cosmwasm_schema::{cw_serde, QueryResponses};
use cosmwasm_std::{Addr, HexBinary, Uint128};

use super::{Incident, Params};
use crate::{AdminResponse, Page};

/// Queries.
#[cw_serde]
#[derive(QueryResponses)]
pub enum QueryMsg {
    /// Parameters.
    #[returns(Params)]
    Params {},
    /// Phase, pause, guardian, peers.
    #[returns(AdminResponse)]
    Admin {},
    /// The pool of an owner; an empty one if it never existed.
    #[returns(PoolResponse)]
    Pool {
        /// Owner.
        owner: String,
    },
    /// All pools by owner.
    #[returns(Page<PoolResponse, String>)]
    Pools {
        /// Exclusive.
        start_after: Option<String>,
        /// At most 30.
        limit: Option<u32>,
    },
    /// Unbondings of a staker, by maturity.
    #[returns(Page<Unbonding, u64>)]
    Unbondings {
        /// Staker.
        staker: String,
        /// Maturity time, exclusive.
        start_after: Option<u64>,
        /// At most 100.
        limit: Option<u32>,
    },
    /// What `Claim` would pay now.
    #[returns(ClaimableResponse)]
    Claimable {
        /// Address.
        address: String,
    },
    /// Voting power of an address at the start of a block: shares at that height times the rate of the pool at that
    /// height, floor.
    #[returns(PowerResponse)]
    PowerAt {
        /// Address.
        address: String,
        /// Block height; state before that block's transactions.
        height: u64,
    },
    /// Total voting power at the start of a block.
    #[returns(PowerResponse)]
    TotalPowerAt {
        /// Block height.
        height: u64,
    },
    /// Whether an incident was reported: it slashes nothing again.
    #[returns(bool)]
    Incident {
        /// The contract that reported it.
        caller: String,
        /// The incident.
        incident: Incident,
    },
    /// Epoch, number and weight of the validators.
    #[returns(ValidatorsResponse)]
    Validators {},
    /// The validator of which an address is owner or operator; none if there is none.
    #[returns(Option<ValidatorResponse>)]
    ValidatorOf {
        /// Owner or operator.
        address: String,
    },
    /// All validators by owner.
    #[returns(Page<ValidatorResponse, String>)]
    ListValidators {
        /// Exclusive.
        start_after: Option<String>,
        /// At most 30.
        limit: Option<u32>,
    },
    /// Draws seats without replacement, weighted by the stake at the end of a closed epoch, with the operators of then. Draw
    /// number i points at `joule_work::committee::draw_point(seed, i, weight not drawn yet)` in the line of slots; one that hits
    /// a validator of which an excluded address is owner or operator takes it off the line without a seat. Fewer seats are
    /// drawn when fewer have weight. Errors: `stk.too_many`.
    #[returns(DrawResponse)]
    Draw {
        /// A closed epoch, at most one before the current; else the answer is `stale`.
        epoch: u64,
        /// 32 bytes.
        seed: HexBinary,
        /// At most 23.
        seats: u8,
        /// At most 48 addresses.
        exclude: Vec<String>,
    },
    /// Where every micro-JOULE that came in is.
    #[returns(ConservationResponse)]
    Conservation {},
}

/// A pool.
#[cw_serde]
pub struct PoolResponse {
    /// Owner.
    pub owner: Addr,
    /// Micro-JOULE bonded.
    pub bonded: Uint128,
    /// Micro-JOULE unbonding and still slashable.
    pub unbonding: Uint128,
    /// Shares over the bonded stake.
    pub shares: Uint128,
    /// Rises by one with each slash: what was proven under an earlier one must be proven again.
    pub slash_epoch: u32,
}

/// The stored record of a pool under [`super::handle::POOLS`], read raw by peers.
#[cw_serde]
#[derive(Default)]
pub struct PoolRecord {
    /// Micro-JOULE bonded.
    pub bonded: Uint128,
    /// Shares over it.
    pub shares: Uint128,
    /// Rises when the pool was slashed to nothing: older shares are worth nothing.
    pub generation: u32,
    /// Rises by one with each slash.
    pub slash_epoch: u32,
}

/// Stake on its way out.
#[cw_serde]
pub struct Unbonding {
    /// Seconds; claimable from here on, slashable before.
    pub matures_at: u64,
    /// Micro-JOULE at today's rate of the cohort.
    pub amount: Uint128,
}

/// The validators, stored under [`super::handle::VALIDATORS`] and read raw by peers.
#[cw_serde]
#[derive(Default)]
pub struct ValidatorsRecord {
    /// Seconds of an epoch; epoch = `floor(time / epoch_secs)`.
    pub epoch_secs: u64,
    /// Enrolled validators with weight now.
    pub eligible: u32,
    /// Enrolled validators.
    pub enrolled: u32,
}

/// The validators.
#[cw_serde]
pub struct ValidatorsResponse {
    /// Current epoch.
    pub epoch: u64,
    /// Seconds of an epoch.
    pub epoch_secs: u64,
    /// Enrolled.
    pub enrolled: u32,
    /// With weight now.
    pub eligible: u32,
    /// Their weight now, micro-JOULE.
    pub weight: Uint128,
}

/// A validator.
#[cw_serde]
pub struct ValidatorResponse {
    /// Owner of the pool.
    pub owner: Addr,
    /// Who votes.
    pub operator: Addr,
    /// Slot in the tree.
    pub slot: u32,
    /// Weight now, micro-JOULE.
    pub weight: Uint128,
    /// Weight at the end of the epoch before the current: what a draw now would read.
    pub drawn_by: Uint128,
}

/// Seats in the order drawn.
#[cw_serde]
pub struct DrawResponse {
    /// The epoch is not closed, or too old for its weights to be known: seal again.
    pub stale: bool,
    /// Seats.
    pub seats: Vec<DrawnSeat>,
}

/// A seat.
#[cw_serde]
pub struct DrawnSeat {
    /// Owner of the pool.
    pub owner: Addr,
    /// Operator at the end of the epoch.
    pub operator: Addr,
    /// Weight by which it was drawn, micro-JOULE.
    pub weight: Uint128,
}

/// What can be claimed.
#[cw_serde]
pub struct ClaimableResponse {
    /// Micro-JOULE of matured unbondings.
    pub matured: Uint128,
    /// Micro-JOULE awarded from slashes and matured.
    pub awarded: Uint128,
    /// Micro-JOULE awarded from slashes that mature later.
    pub maturing: Uint128,
}

/// Voting power.
#[cw_serde]
pub struct PowerResponse {
    /// Micro-JOULE.
    pub power: Uint128,
    /// The height that was asked for.
    pub height: u64,
}

/// `deposited = withdrawn + burned + held`, all in micro-JOULE.
#[cw_serde]
pub struct ConservationResponse {
    /// Genesis stake and all bonds.
    pub deposited: Uint128,
    /// Claims paid.
    pub withdrawn: Uint128,
    /// Burned by slashes.
    pub burned: Uint128,
    /// Bonded, unbonding, matured and claimable.
    pub held: Uint128,
    /// Memo: all that slashes took (part went to harmed parties).
    pub slashed: Uint128,
    /// Memo: of `slashed`, claimable by or paid to repaid parties.
    pub repaid: Uint128,
}
