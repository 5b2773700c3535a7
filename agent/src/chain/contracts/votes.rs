//! Votes of a committee on the wire.
use cosmwasm_std::{Binary, HexBinary};
use joule_types::marketplace::{ExecuteMsg, OpenSeat, VoteRoots};
use joule_types::JobId;
use joule_work::committee::Vote;

/// A seat of a committee: which vote is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Seat {
    /// Job.
    pub job: JobId,
    /// Attempt, from 1.
    pub attempt: u32,
    /// Rung, from 0.
    pub rung: u8,
    /// Seat, from 0.
    pub seat: u8,
}

impl From<OpenSeat> for Seat {
    fn from(open: OpenSeat) -> Self {
        Self {
            job: open.job,
            attempt: open.attempt,
            rung: open.rung,
            seat: open.seat,
        }
    }
}

impl std::fmt::Display for Seat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/{}/{}", self.job, self.attempt, self.rung, self.seat)
    }
}

/// What reveals a vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reveal {
    /// The vote that was sealed.
    pub vote: Vote,
    /// What was sealed with it.
    pub salt: [u8; 32],
    /// For each position the step's digest and its path to the trace root.
    pub openings: Vec<Vec<u8>>,
}

pub(super) fn commit(at: Seat, sealed: [u8; 32]) -> ExecuteMsg {
    ExecuteMsg::CommitVote {
        job: at.job,
        attempt: at.attempt,
        rung: at.rung,
        seat: at.seat,
        sealed: HexBinary::from(sealed),
    }
}

pub(super) fn reveal(at: Seat, reveal: &Reveal) -> ExecuteMsg {
    ExecuteMsg::RevealVote {
        job: at.job,
        attempt: at.attempt,
        rung: at.rung,
        seat: at.seat,
        vote: VoteRoots {
            result_root: HexBinary::from(reveal.vote.result_root),
            trace_root: HexBinary::from(reveal.vote.trace_root),
        },
        salt: HexBinary::from(reveal.salt),
        openings: reveal.openings.iter().cloned().map(Binary::new).collect(),
    }
}
