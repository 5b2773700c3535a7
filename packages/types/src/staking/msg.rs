//! Messages of staking.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::Uint128;
use cw20::Cw20ReceiveMsg;

use crate::{AdminMsg, Peer, Peers, Role};

/// Instantiation, by the deployer.
#[cw_serde]
pub struct InstantiateMsg {
    /// All contracts of the deployment, predicted.
    pub peers: Peers<String>,
    /// May pause.
    pub guardian: Option<String>,
    /// Parameters and their floors.
    pub params: Params,
    /// The shortest `unbonding_secs` that a later change may set, fixed for good.
    pub min_unbonding_secs: u64,
    /// Seconds of an epoch of the validators' tree, at least 1; fixed for good, since epochs are numbered by it. At least 15 minutes on a
    /// public chain.
    pub epoch_secs: u64,
    /// Stake bonded from the start, backed by the initial balance of this contract in the token; `Launch` compares.
    /// At most 50 entries, one an owner.
    pub genesis: Vec<GenesisStake>,
}

/// Stake that exists from the start.
#[cw_serde]
pub struct GenesisStake {
    /// Owner of the pool.
    pub owner: String,
    /// Micro-JOULE.
    pub amount: Uint128,
}

/// Parameters. `unbonding_secs` applies to later unbondings only.
#[cw_serde]
pub struct Params {
    /// Seconds between `Unbond` and the day on which the stake can be claimed; 21 days on a public chain, at most 365
    /// days.
    pub unbonding_secs: u64,
    /// Least stake of a pool in micro-JOULE: a bond that leaves less is refused, an unbond must leave none or at least
    /// this.
    pub min_bond: Uint128,
    /// Least bonded stake of a validator in micro-JOULE: below it the pool has no weight in draws.
    pub min_validator_stake: Uint128,
}

/// New values; absent ones stay.
#[cw_serde]
#[derive(Default)]
pub struct ParamsUpdate {
    /// See [`Params::unbonding_secs`].
    pub unbonding_secs: Option<u64>,
    /// See [`Params::min_bond`].
    pub min_bond: Option<Uint128>,
    /// See [`Params::min_validator_stake`]. Weights follow with the next bond, unbond, slash or `Enrol` of each pool.
    pub min_validator_stake: Option<Uint128>,
}

/// Messages. Funds are refused everywhere.
#[cw_serde]
pub enum ExecuteMsg {
    /// JOULE arrives with a [`StakingHook`]. By the token contract only.
    Receive(Cw20ReceiveMsg),
    /// Starts unbonding `amount` micro-JOULE of the sender's pool. It stays slashable until it matures, in the cohort
    /// of its maturity day. Errors: `stk.no_pool`, `stk.zero_amount`, `stk.too_much`, `stk.below_minimum`,
    /// `stk.cohorts_full` (only for up to a day after `unbonding_secs` rose). Event: `joule_unbonded`. Open in a pause.
    Unbond {
        /// Micro-JOULE, exactly: shares are burned rounded up.
        amount: Uint128,
    },
    /// Pays the sender all matured unbondings and awards from slashes (at most 30 of each a call). Errors:
    /// `stk.nothing_to_claim`. Event: `joule_stake_claimed`. Open in a pause.
    Claim {},
    /// Makes the sender's pool a validator: it gets a slot in the validators' tree, weighed by its bonded stake from the next epoch on. Sent
    /// again, it changes the operator and books the weight anew. A validator that names the sender as its operator is its own operator from
    /// then on. Refused while paused. Errors: `stk.no_pool`, `stk.below_minimum`, `stk.operator_taken`, `stk.tree_full`,
    /// `kit.invalid_address`, `kit.paused`. Event: `joule_validator_enrolled`.
    Enrol {
        /// The agent's hot key, which votes; the owner if absent. Owner or operator of one validator only.
        operator: Option<String>,
    },
    /// Gives the slot back, which other owners get after two epochs. Seats already drawn still have to vote. Errors: `stk.not_validator`. Event: `joule_validator_retired`. Open in a pause.
    Retire {},
    /// Takes `fraction_bps` of the pool: bonded stake and every unmatured cohort alike, rounded up to the unit. Of it each
    /// party in turn gets `min(rest, up_to)` as a claim that matures like an unbonding of now and is slashed no more, the rest burns. An incident that is known, an
    /// empty pool or an unknown owner slashes nothing and is no error; data is a [`SlashOutcome`]. An incident is spent
    /// once reported, whatever it found. If a party cannot hold a claim (a contract of the market), its part
    /// burns too. By the registry, the marketplace or the dao. Errors: `stk.invalid_fraction`, `stk.too_many`. Event: `joule_slashed`.
    Slash {
        /// What happened: slashes at most once.
        incident: Incident,
        /// Owner of the pool.
        pool: String,
        /// Share of the pool in basis points, 1 to 10000.
        fraction_bps: u16,
        /// Who is repaid, in order: the harmed party, then those who proved it. At most [`MAX_REPAYS`].
        repay: Vec<Repay>,
    },
    /// Slashes several pools, burning all: one `Slash` each, without repayment. By the registry, the marketplace or the dao. Errors and events as `Slash`; at most [`MAX_PENALTIES`].
    Penalize {
        /// One each.
        penalties: Vec<Penalty>,
    },
    /// Changes parameters within their bounds. By the dao. Errors: `stk.invalid_params`. Event: `joule_params_updated`.
    UpdateParams {
        /// New values.
        update: ParamsUpdate,
    },
    /// Launch, pause, resume, guardian.
    Admin(AdminMsg),
}

/// Message inside a cw20 `Send` to staking.
#[cw_serde]
pub enum StakingHook {
    /// Bonds the amount to the pool of the sender of the tokens; creates it. Refused while paused. Errors:
    /// `stk.below_minimum`, `kit.paused`. Event: `joule_bonded`.
    Bond {},
}

/// The key of an incident: one slashes once. The caller is added by staking.
#[cw_serde]
#[derive(Eq)]
pub struct Incident {
    /// What happened.
    pub kind: IncidentKind,
    /// Id of the record in the caller: job, window, provider.
    pub id: u64,
    /// Attempt or node inside it.
    pub attempt: u64,
}

/// Most parties that one slash repays.
pub const MAX_REPAYS: usize = 40;
/// Most pools of one `Penalize`.
pub const MAX_PENALTIES: usize = 40;

/// A slash without repayment.
#[cw_serde]
pub struct Penalty {
    /// What happened: slashes at most once.
    pub incident: Incident,
    /// Owner of the pool.
    pub pool: String,
    /// Share of the pool in basis points, 1 to 10000.
    pub fraction_bps: u16,
}

/// What a pool is slashed for.
#[cw_serde]
#[derive(Copy, Eq)]
pub enum IncidentKind {
    /// A job was not finished in time.
    Timeout,
    /// A forged list of tickets.
    Forgery,
    /// Misuse or a data breach, found by the dao.
    Misuse,
    /// A result that a committee proved wrong.
    WrongResult,
    /// A vote against the final ruling, or one that was committed and never revealed.
    WrongVote,
    /// A seat that never voted.
    NoShow,
}

/// Who is repaid from a slash.
#[cw_serde]
pub struct Repay {
    /// The harmed party.
    pub to: String,
    /// At most this many micro-JOULE.
    pub up_to: Uint128,
}

impl IncidentKind {
    /// Tag byte in storage keys and name in events.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            IncidentKind::Timeout => "timeout",
            IncidentKind::Forgery => "forgery",
            IncidentKind::Misuse => "misuse",
            IncidentKind::WrongResult => "wrong_result",
            IncidentKind::WrongVote => "wrong_vote",
            IncidentKind::NoShow => "no_show",
        }
    }
}

impl ExecuteMsg {
    /// Who may send it.
    #[must_use]
    pub const fn required_role(&self) -> Role {
        match self {
            ExecuteMsg::Receive(_) => Role::Peer(Peer::Token),
            ExecuteMsg::Unbond { .. } | ExecuteMsg::Enrol { .. } | ExecuteMsg::Retire {} => Role::Party,
            ExecuteMsg::Claim {} => Role::Anyone,
            ExecuteMsg::Slash { .. } | ExecuteMsg::Penalize { .. } => Role::Slasher,
            ExecuteMsg::UpdateParams { .. } => Role::Owner,
            ExecuteMsg::Admin(admin) => admin.required_role(),
        }
    }
}

/// Data of the answer to `Slash`.
#[cw_serde]
pub struct SlashOutcome {
    /// The incident had been slashed before: nothing was taken now.
    pub known: bool,
    /// Micro-JOULE taken from bonded and unbonding stake.
    pub slashed: Uint128,
    /// Of it, claims of the repaid parties.
    pub repaid: Uint128,
    /// Of it, burned.
    pub burned: Uint128,
}
