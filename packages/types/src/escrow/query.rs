//! Queries of the escrow.

use cosmwasm_schema::{cw_serde, QueryResponses};
use cosmwasm_std::{Addr, Uint128};
use cw20::Denom;

use super::{HoldTerms, Params};
use crate::{AdminResponse, HoldId, Money, Page};

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
    /// Free balance of an owner in one denomination.
    #[returns(BalanceResponse)]
    Balance {
        /// Owner.
        owner: String,
        /// Denomination.
        denom: Denom,
    },
    /// Free balances of an owner, by storage key of the denomination (see `denom_key`).
    #[returns(Page<BalanceResponse, String>)]
    Balances {
        /// Owner.
        owner: String,
        /// Storage key of a denomination, exclusive.
        start_after: Option<String>,
        /// At most 100.
        limit: Option<u32>,
    },
    /// A hold.
    #[returns(HoldResponse)]
    Hold {
        /// Id.
        hold: HoldId,
    },
    /// All open holds, by id.
    #[returns(Page<HoldResponse, HoldId>)]
    Holds {
        /// Exclusive.
        start_after: Option<HoldId>,
        /// At most 100.
        limit: Option<u32>,
    },
    /// Fees not yet distributed.
    #[returns(FeesResponse)]
    Fees {
        /// Denomination.
        denom: Denom,
    },
    /// Where every unit that came in is.
    #[returns(ConservationResponse)]
    Conservation {
        /// Denomination.
        denom: Denom,
    },
}

/// A free balance.
#[cw_serde]
pub struct BalanceResponse {
    /// Denomination.
    pub denom: Denom,
    /// Deposited or refunded, base units.
    pub deposited: Uint128,
    /// Earned, base units.
    pub earned: Uint128,
}

impl BalanceResponse {
    /// What can be withdrawn or held: both parts.
    #[must_use]
    pub fn total(&self) -> Uint128 {
        self.deposited.saturating_add(self.earned)
    }
}

/// A hold; a closed one keeps its record with `remaining` 0.
#[cw_serde]
pub struct HoldResponse {
    /// Id.
    pub hold: HoldId,
    /// Who paid.
    pub payer: Addr,
    /// Sum at the start.
    pub amount: Money,
    /// What is left.
    pub remaining: Uint128,
    /// Tip budget left (part of `remaining`).
    pub tips: Uint128,
    /// Terms.
    pub terms: HoldTerms,
    /// Open or closed.
    pub open: bool,
}

/// Fees that wait.
#[cw_serde]
pub struct FeesResponse {
    /// Goes to the dao with `Distribute`.
    pub treasury: Uint128,
    /// The stakers' share, kept until staking pays yield.
    pub stakers: Uint128,
}

/// `deposited = paid + refunded + fees + burned + held`, exact, in base units: counted when coins enter and leave.
#[cw_serde]
pub struct ConservationResponse {
    /// Denomination.
    pub denom: Denom,
    /// All that came in.
    pub deposited: Uint128,
    /// Earnings that left.
    pub paid: Uint128,
    /// Deposits and refunds that left.
    pub refunded: Uint128,
    /// Fees that left for the treasury.
    pub fees: Uint128,
    /// Burned here; always 0 until a rule burns in the escrow.
    pub burned: Uint128,
    /// Free balances, holds and fees that are still here.
    pub held: Uint128,
    /// Memo: of `held`, in open holds.
    pub in_holds: Uint128,
}
