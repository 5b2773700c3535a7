//! Errors.

use cosmwasm_std::{StdError, Uint128};
use joule_kit::KitError;
use joule_types::{dao::ProposalState, ProposalId};

/// An error of the dao: stable code, value at fault, what to do.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum DaoError {
    /// Unknown proposal.
    #[error("dao.proposal_not_found: there is no proposal {proposal}")]
    ProposalNotFound {
        /// Id.
        proposal: ProposalId,
    },
    /// Voting is over.
    #[error("dao.not_open: proposal {proposal} is {state:?}; votes count only while it is open")]
    NotOpen {
        /// Id.
        proposal: ProposalId,
        /// State now.
        state: ProposalState,
    },
    /// No power at the start.
    #[error("dao.no_power: {voter} had no stake at the start of block {height}; stake before a proposal opens")]
    NoPower {
        /// Voter.
        voter: String,
        /// Height.
        height: u64,
    },
    /// Second vote.
    #[error("dao.already_voted: {voter} has voted on proposal {proposal}; a vote is final")]
    AlreadyVoted {
        /// Voter.
        voter: String,
        /// Id.
        proposal: ProposalId,
    },
    /// Not passed.
    #[error("dao.not_passed: proposal {proposal} is {state:?}; only a passed one can be executed")]
    NotPassed {
        /// Id.
        proposal: ProposalId,
        /// State now.
        state: ProposalState,
    },
    /// Too early.
    #[error("dao.timelocked: proposal {proposal} can be executed from second {executable_at} on")]
    Timelocked {
        /// Id.
        proposal: ProposalId,
        /// Seconds.
        executable_at: u64,
    },
    /// Too late.
    #[error(
        "dao.expired: proposal {proposal} could be executed until second {expires_at}; close it and propose again"
    )]
    Expired {
        /// Id.
        proposal: ProposalId,
        /// Seconds.
        expires_at: u64,
    },
    /// Nothing to close.
    #[error("dao.still_open: proposal {proposal} is {state:?}; only a rejected, vetoed or expired one can be closed")]
    StillOpen {
        /// Id.
        proposal: ProposalId,
        /// State now.
        state: ProposalState,
    },
    /// Another amount than the deposit.
    #[error("dao.wrong_deposit: {sent} micro-JOULE were sent, the deposit is {deposit}; send exactly that")]
    WrongDeposit {
        /// Sent.
        sent: Uint128,
        /// Deposit.
        deposit: Uint128,
    },
    /// Too little stake in all.
    #[error("dao.power_below_floor: total power is {total} micro-JOULE, at least {floor} must be staked for a proposal or a launch")]
    PowerBelowFloor {
        /// Total power.
        total: Uint128,
        /// Floor.
        floor: Uint128,
    },
    /// Too many open proposals.
    #[error("dao.too_many_open: {proposer} has {open} open proposals, at most {max} are allowed; wait until one ends")]
    TooManyOpen {
        /// Proposer.
        proposer: String,
        /// Open now.
        open: u32,
        /// Limit.
        max: u32,
    },
    /// The proposal is malformed.
    #[error("dao.invalid_proposal: {what} is {found}, allowed is {allowed}")]
    InvalidProposal {
        /// Field.
        what: &'static str,
        /// Value.
        found: usize,
        /// Range.
        allowed: &'static str,
    },
    /// Parameters out of bounds.
    #[error("dao.invalid_params: {what} is {found}, allowed is {min} to {max}")]
    InvalidParams {
        /// Field.
        what: &'static str,
        /// Value.
        found: u64,
        /// Least.
        min: u64,
        /// Most.
        max: u64,
    },
    /// Shared errors.
    #[error(transparent)]
    Kit(#[from] KitError),
    /// Errors of the chain's library.
    #[error("dao.std: {0}")]
    Std(#[from] StdError),
}
