//! Votes of a validator. A vote is put down, with its salt and its openings, before its commitment is sent: whoever commits
//! and cannot reveal is slashed, and one seat has one vote, whatever happens to the process.
//!
//! | journal | seat on chain | after a restart |
//! |---|---|---|
//! | nothing | empty | the job is run, a vote is put down |
//! | vote | empty | the same vote is committed (again, if the first commitment did not land) |
//! | vote | sealed | the vote is revealed when the time comes |
//! | vote | revealed, or closed | forgotten |
//! | nothing | sealed | nothing: another process committed, and nothing else can be revealed |
use serde::{Deserialize, Serialize};

use super::db::{BALLOTS, RECEIPTS};
use super::Journal;
use crate::chain::contracts::{Reveal, Seat};
use crate::error::{Error, Result};
use joule_types::JobId;
use joule_work::committee::Vote;

/// A vote that was, or is about to be, committed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ballot {
    job: u64,
    attempt: u32,
    rung: u8,
    seat: u8,
    result_root: String,
    trace_root: String,
    salt: String,
    openings: Vec<String>,
}

impl Ballot {
    /// The vote of a seat.
    pub fn new(at: Seat, reveal: &Reveal) -> Self {
        Self {
            job: at.job.u64(),
            attempt: at.attempt,
            rung: at.rung,
            seat: at.seat,
            result_root: hex::encode(reveal.vote.result_root),
            trace_root: hex::encode(reveal.vote.trace_root),
            salt: hex::encode(reveal.salt),
            openings: reveal.openings.iter().map(hex::encode).collect(),
        }
    }

    /// Whose vote it is.
    pub fn seat(&self) -> Seat {
        Seat {
            job: JobId(self.job),
            attempt: self.attempt,
            rung: self.rung,
            seat: self.seat,
        }
    }

    /// What reveals it.
    pub fn reveal(&self) -> Result<Reveal> {
        let vote = Vote {
            result_root: hash(&self.result_root)?,
            trace_root: hash(&self.trace_root)?,
        };
        let openings = self.openings.iter().map(|text| hex::decode(text).map_err(unreadable));
        Ok(Reveal {
            vote,
            salt: hash(&self.salt)?,
            openings: openings.collect::<Result<_>>()?,
        })
    }
}

impl Journal {
    /// Puts a vote down before it is committed. A seat has one vote: another one is an error.
    pub fn record_ballot(&self, ballot: &Ballot) -> Result<()> {
        let key = key(ballot.seat());
        self.db.write(|tx| {
            let mut table = tx.table(BALLOTS)?;
            match table.get::<Ballot>(key)? {
                Some(old) if old != *ballot => Err(Error::internal(
                    "journal.ballot_differs",
                    format!("seat {} has a vote already", ballot.seat()),
                    "report this: a second vote of one seat is never committed",
                )),
                _ => table.put(key, ballot),
            }
        })
    }

    /// The vote of a seat, if it was put down.
    pub fn ballot(&self, at: Seat) -> Result<Option<Ballot>> {
        self.db.get(BALLOTS, key(at))
    }

    /// All votes that are not settled, by seat.
    pub fn ballots(&self) -> Result<Vec<Ballot>> {
        self.db
            .range(BALLOTS, (0, 0, 0, 0)..=(u64::MAX, u32::MAX, u8::MAX, u8::MAX))
    }

    /// The vote is settled: forgets it and the receipts of `address` under these tags.
    pub fn forget_ballot(&self, at: Seat, address: &str, tags: &[String]) -> Result<()> {
        self.db.write(|tx| {
            tx.table(BALLOTS)?.remove(key(at))?;
            let mut receipts = tx.table(RECEIPTS)?;
            tags.iter().try_for_each(|tag| receipts.remove((address, tag.as_str())))
        })
    }
}

fn key(at: Seat) -> (u64, u32, u8, u8) {
    (at.job.u64(), at.attempt, at.rung, at.seat)
}

fn hash(text: &str) -> Result<[u8; 32]> {
    let mut out = [0; 32];
    hex::decode_to_slice(text, &mut out).map_err(unreadable)?;
    Ok(out)
}

fn unreadable(e: hex::FromHexError) -> Error {
    Error::local("journal.unreadable_record", e, "restore the journal")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::types::TxHash;
    use crate::journal::Receipt;

    fn seat(rung: u8) -> Seat {
        Seat {
            job: JobId(7),
            attempt: 2,
            rung,
            seat: 1,
        }
    }

    fn reveal(salt: u8) -> Reveal {
        Reveal {
            vote: Vote {
                result_root: [1; 32],
                trace_root: [2; 32],
            },
            salt: [salt; 32],
            openings: vec![vec![3; 64], vec![4; 32], vec![]],
        }
    }

    #[test]
    fn a_seat_keeps_its_first_vote_across_restarts_until_it_is_settled() {
        let dir = tempfile::tempdir().unwrap();
        let first = Ballot::new(seat(0), &reveal(9));
        {
            let journal = Journal::open(dir.path()).unwrap();
            assert_eq!(journal.ballot(seat(0)).unwrap(), None);
            journal.record_ballot(&first).unwrap();
            journal.record_ballot(&first).unwrap();
            // Even the same roots under another salt are another vote: the seal would not open.
            let other = Ballot::new(seat(0), &reveal(8));
            assert_eq!(
                journal.record_ballot(&other).unwrap_err().code(),
                "journal.ballot_differs"
            );
            journal.record_ballot(&Ballot::new(seat(1), &reveal(8))).unwrap();
        }
        let journal = Journal::open(dir.path()).unwrap();
        let known = journal.ballot(seat(0)).unwrap().unwrap();
        assert_eq!((known.seat(), known.reveal().unwrap()), (seat(0), reveal(9)));
        assert_eq!(journal.ballots().unwrap().len(), 2);
        journal.forget_ballot(seat(0), "wasm1me", &[]).unwrap();
        journal.forget_ballot(seat(0), "wasm1me", &[]).unwrap();
        assert_eq!(journal.ballots().unwrap(), [Ballot::new(seat(1), &reveal(8))]);
    }

    #[test]
    fn a_settled_vote_takes_its_receipts_along() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(dir.path()).unwrap();
        let receipt = Receipt {
            hash: TxHash::of(b"tx"),
            height: 3,
            gas_used: 1,
            events: vec![],
        };
        let kept = ["vote/7", "reveal/7", "vote/8"].map(|tag| (tag.to_string(), receipt.clone()));
        journal.outbox_decided("wasm1me", &kept).unwrap();
        let tags = ["vote/7".to_string(), "reveal/7".to_string()];
        journal.forget_ballot(seat(0), "wasm1me", &tags).unwrap();
        for (tag, known) in [("vote/7", false), ("reveal/7", false), ("vote/8", true)] {
            assert_eq!(journal.receipt("wasm1me", tag).unwrap().is_some(), known, "{tag}");
        }
    }
}
