//! Events of the dao.

use cosmwasm_std::{Addr, Uint128};

use crate::ProposalId;

crate::events! {
    /// A proposal opened.
    ProposalOpened = "joule_proposal_opened" {
        /// Proposal.
        proposal: ProposalId,
        /// Proposer.
        proposer: Addr,
        /// Title.
        title: String,
        /// Last second of voting.
        voting_ends_at: u64,
    }
    /// A vote was cast.
    Voted = "joule_voted" {
        /// Proposal.
        proposal: ProposalId,
        /// Voter.
        voter: Addr,
        /// Choice.
        vote: String,
        /// Power in micro-JOULE.
        power: Uint128,
    }
    /// A proposal was executed.
    ProposalExecuted = "joule_proposal_executed" {
        /// Proposal.
        proposal: ProposalId,
        /// Messages run.
        msgs: u32,
        /// Deposit returned, micro-JOULE.
        deposit: Uint128,
    }
    /// A proposal ended without execution.
    ProposalClosed = "joule_proposal_closed" {
        /// Proposal.
        proposal: ProposalId,
        /// Rejected, vetoed or expired.
        state: String,
        /// Deposit, micro-JOULE.
        deposit: Uint128,
        /// It went to the treasury.
        forfeited: bool,
    }
}
