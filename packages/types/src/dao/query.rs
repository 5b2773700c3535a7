//! Queries of the dao.

use cosmwasm_schema::{cw_serde, QueryResponses};
use cosmwasm_std::{Addr, CosmosMsg, Uint128};

use super::{Params, Vote};
use crate::{AdminResponse, Page, ProposalId};

/// Queries.
#[cw_serde]
#[derive(QueryResponses)]
pub enum QueryMsg {
    /// Parameters.
    #[returns(ParamsResponse)]
    Params {},
    /// Phase, pause, guardian, peers.
    #[returns(AdminResponse)]
    Admin {},
    /// A proposal.
    #[returns(ProposalResponse)]
    Proposal {
        /// Id.
        proposal: ProposalId,
    },
    /// All proposals, by id.
    #[returns(Page<ProposalResponse, ProposalId>)]
    Proposals {
        /// Exclusive.
        start_after: Option<ProposalId>,
        /// At most 100.
        limit: Option<u32>,
    },
    /// A ballot.
    #[returns(Option<Ballot>)]
    Ballot {
        /// Proposal.
        proposal: ProposalId,
        /// Voter.
        voter: String,
    },
    /// Ballots of a proposal, by voter.
    #[returns(Page<Ballot, String>)]
    Ballots {
        /// Proposal.
        proposal: ProposalId,
        /// Exclusive.
        start_after: Option<String>,
        /// At most 100.
        limit: Option<u32>,
    },
}

/// Parameters and what is fixed for good.
#[cw_serde]
pub struct ParamsResponse {
    /// Parameters.
    pub params: Params,
    /// Shortest durations.
    pub min_duration_secs: u64,
    /// Least total power, micro-JOULE.
    pub power_floor: Uint128,
}

/// State of a proposal, derived from votes and time until it is executed or closed.
#[cw_serde]
#[derive(Copy, Eq)]
pub enum ProposalState {
    /// Voting.
    Open,
    /// Passed, waiting for the timelock.
    Timelocked,
    /// Can be executed.
    Passed,
    /// Quorum or threshold missed.
    Rejected,
    /// Vetoed.
    Vetoed,
    /// Passed, but not executed in time.
    Expired,
    /// Done.
    Executed,
    /// Ended without execution; the deposit is settled.
    Closed,
}

/// Votes by choice, micro-JOULE of power.
#[cw_serde]
#[derive(Default)]
pub struct Tally {
    /// For.
    pub yes: Uint128,
    /// Against.
    pub no: Uint128,
    /// Quorum only.
    pub abstain: Uint128,
    /// Against, deposit forfeited.
    pub veto: Uint128,
}

/// A proposal.
#[cw_serde]
pub struct ProposalResponse {
    /// Id.
    pub proposal: ProposalId,
    /// Who opened it.
    pub proposer: Addr,
    /// Title.
    pub title: String,
    /// Reasons.
    pub description: String,
    /// Messages.
    pub msgs: Vec<CosmosMsg>,
    /// State now.
    pub state: ProposalState,
    /// Votes.
    pub tally: Tally,
    /// Total power at `start_height`.
    pub total_power: Uint128,
    /// Power is read at the start of this block.
    pub start_height: u64,
    /// Seconds.
    pub opened_at: u64,
    /// Last second of voting.
    pub voting_ends_at: u64,
    /// First second of execution.
    pub executable_at: u64,
    /// Last second of execution.
    pub expires_at: u64,
    /// Parameters it was opened under.
    pub params: Params,
}

/// A vote that was cast.
#[cw_serde]
pub struct Ballot {
    /// Voter.
    pub voter: Addr,
    /// Choice.
    pub vote: Vote,
    /// Micro-JOULE of power.
    pub power: Uint128,
}
