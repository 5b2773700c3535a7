//! Messages of the dao.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{CosmosMsg, Uint128};
use cw20::Cw20ReceiveMsg;

use crate::{AdminMsg, Peer, Peers, ProposalId, Role};

/// Instantiation, by the deployer.
#[cw_serde]
pub struct InstantiateMsg {
    /// All contracts of the deployment, predicted (the dao's own address among them).
    pub peers: Peers<String>,
    /// May pause the dao's entry (new proposals) like that of the others.
    pub guardian: Option<String>,
    /// Parameters.
    pub params: Params,
    /// The shortest voting time, timelock and expiry in seconds that a later change may set, fixed for good.
    pub min_duration_secs: u64,
    /// Least total power for a proposal to open or pass, micro-JOULE, fixed for good: nobody owns an empty dao.
    pub power_floor: Uint128,
}

/// Parameters. A proposal keeps those it was opened under.
#[cw_serde]
pub struct Params {
    /// Seconds of voting.
    pub voting_secs: u64,
    /// Seconds between passing and execution.
    pub timelock_secs: u64,
    /// Seconds after the timelock in which a passed proposal can be executed.
    pub expiry_secs: u64,
    /// Share of the total power that must vote (abstentions count), basis points; the floor applies beside it.
    pub quorum_bps: u16,
    /// Share of yes among yes, no and veto, basis points; must be exceeded.
    pub threshold_bps: u16,
    /// Share of veto among all votes that, with a quorum, rejects and forfeits the deposit, basis points.
    pub veto_bps: u16,
    /// Deposit of a proposal, micro-JOULE.
    pub deposit: Uint128,
    /// Most open proposals of one proposer.
    pub max_open: u32,
}

/// New values; absent ones stay.
#[cw_serde]
#[derive(Default)]
pub struct ParamsUpdate {
    /// See [`Params::voting_secs`].
    pub voting_secs: Option<u64>,
    /// See [`Params::timelock_secs`].
    pub timelock_secs: Option<u64>,
    /// See [`Params::expiry_secs`].
    pub expiry_secs: Option<u64>,
    /// See [`Params::quorum_bps`].
    pub quorum_bps: Option<u16>,
    /// See [`Params::threshold_bps`].
    pub threshold_bps: Option<u16>,
    /// See [`Params::veto_bps`].
    pub veto_bps: Option<u16>,
    /// See [`Params::deposit`].
    pub deposit: Option<Uint128>,
    /// See [`Params::max_open`].
    pub max_open: Option<u32>,
}

/// Messages. Funds are refused everywhere; coins for the treasury are simply sent.
#[cw_serde]
pub enum ExecuteMsg {
    /// JOULE arrives with a [`DaoHook`]. By the token contract only.
    Receive(Cw20ReceiveMsg),
    /// Votes once, with the power at the start of the block in which the proposal opened. By anyone with power. Errors:
    /// `dao.proposal_not_found`, `dao.not_open`, `dao.no_power`, `dao.already_voted`. Event: `joule_voted`.
    Vote {
        /// Proposal.
        proposal: ProposalId,
        /// Choice.
        vote: Vote,
    },
    /// Runs the messages of a passed proposal once, after the timelock and before the expiry; all or none. If they fail the
    /// transaction fails and can be tried again until the expiry. By anyone. Errors: `dao.not_passed`, `dao.timelocked`, `dao.expired`. Event:
    /// `joule_proposal_executed`.
    Execute {
        /// Proposal.
        proposal: ProposalId,
    },
    /// Ends a proposal that was rejected, vetoed or has expired, and returns or forfeits its deposit. By anyone. Errors:
    /// `dao.still_open`. Event: `joule_proposal_closed`.
    Close {
        /// Proposal.
        proposal: ProposalId,
    },
    /// Changes parameters within their bounds. By the dao itself. Errors: `dao.invalid_params`. Event: `joule_params_updated`.
    UpdateParams {
        /// New values.
        update: ParamsUpdate,
    },
    /// Launch, pause, resume, guardian.
    Admin(AdminMsg),
}

/// Message inside a cw20 `Send` to the dao.
#[cw_serde]
pub enum DaoHook {
    /// Opens a proposal; the amount is the deposit. At most 20 messages, title at most 100 and description at most 4000
    /// bytes. Refused while paused. Errors: `dao.wrong_deposit`, `dao.power_below_floor`, `dao.too_many_open`, `dao.invalid_proposal`. Event:
    /// `joule_proposal_opened`.
    Propose {
        /// Title.
        title: String,
        /// Reasons.
        description: String,
        /// What is run if it passes, in order, from the dao.
        msgs: Vec<CosmosMsg>,
    },
    /// Gives the amount to the treasury.
    Donate {},
}

/// A choice.
#[cw_serde]
#[derive(Copy, Eq)]
pub enum Vote {
    /// For.
    Yes,
    /// Against.
    No,
    /// Counts for the quorum only.
    Abstain,
    /// Against, and the deposit is forfeited if enough agree.
    Veto,
}

impl ExecuteMsg {
    /// Who may send it.
    #[must_use]
    pub const fn required_role(&self) -> Role {
        match self {
            ExecuteMsg::Receive(_) => Role::Peer(Peer::Token),
            ExecuteMsg::Vote { .. } | ExecuteMsg::Execute { .. } | ExecuteMsg::Close { .. } => Role::Anyone,
            ExecuteMsg::UpdateParams { .. } => Role::Owner,
            ExecuteMsg::Admin(admin) => admin.required_role(),
        }
    }
}
