//! What votes say, and what they earn.

use super::{Rung, RUNGS};
use crate::digest::{Hash, Roots};
use crate::fees::part;
use crate::WorkError;

/// In place of a result root: the output could not be fetched by its digest.
pub const WITHHELD: Hash = [0; 32];
/// In place of both roots: program or input could not be fetched by their digests, so there was nothing to judge. Opens no step.
pub const UNFETCHABLE: Vote = Vote {
    result_root: [0; 32],
    trace_root: [0; 32],
};

/// What a validator found: the roots of its own run, with [`WITHHELD`] in place of the result root if the output could not
/// be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vote {
    /// SHA-256 of the output, or [`WITHHELD`].
    pub result_root: Hash,
    /// Root over the step digests.
    pub trace_root: Hash,
}

impl From<Roots> for Vote {
    fn from(roots: Roots) -> Self {
        Self {
            result_root: roots.result_root,
            trace_root: roots.trace_root,
        }
    }
}

/// What the votes of a rung say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruling {
    /// The provider's roots are right.
    Upheld,
    /// Enough votes name one other pair.
    Overturned(Vote),
    /// Enough votes say [`UNFETCHABLE`]: nobody can be shown to be at fault, and both sides share the loss.
    Unjudged,
    /// Neither: the next rung decides.
    Escalated,
}

/// Reads the votes that were revealed on a rung: at least `agree` equal ones decide. `agree` is more than half of the
/// seats on every rung, so at most one pair has that many.
pub fn rule(rung: &Rung, delivered: &Vote, votes: &[Vote]) -> Ruling {
    let needed = usize::from(rung.agree);
    let count = |vote: &Vote| votes.iter().filter(|other| *other == vote).count();
    match votes.iter().find(|vote| count(vote) >= needed) {
        Some(vote) if vote == delivered => Ruling::Upheld,
        Some(vote) if *vote == UNFETCHABLE => Ruling::Unjudged,
        Some(vote) => Ruling::Overturned(*vote),
        None => Ruling::Escalated,
    }
}

/// What a cast vote is worth once the ruling is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// As ruled: paid.
    Right,
    /// It differs from the ruling only in what could be fetched, which a party can arrange for single validators: as if
    /// it had not been cast.
    Blind,
    /// It contradicts the ruling.
    Wrong,
}

/// Compares a vote with the ruled pair ([`UNFETCHABLE`] if nothing could be judged).
pub fn worth(ruled: &Vote, cast: &Vote) -> Worth {
    let blind = |one: &Vote, other: &Vote| {
        *one == UNFETCHABLE || (one.result_root == WITHHELD && one.trace_root == other.trace_root)
    };
    if ruled == cast {
        Worth::Right
    } else if blind(ruled, cast) || blind(cast, ruled) {
        Worth::Blind
    } else {
        Worth::Wrong
    }
}

/// What each of `voters` majority votes earns: `floor(quote x verify_bps / 10000)`, less if the budget does not reach:
/// `floor(budget / voters)`. Nothing without voters.
///
/// # Errors
/// `work.bps_out_of_range` above the whole.
pub fn pay(quote: u128, verify_bps: u16, voters: u32, budget: u128) -> Result<u128, WorkError> {
    let full = part(quote, verify_bps)?;
    Ok(match budget.checked_div(u128::from(voters)) {
        Some(share) => full.min(share),
        None => 0,
    })
}

/// The least verification budget of a job: the first rung at full pay for the highest quote.
///
/// # Errors
/// `work.bps_out_of_range`, `work.overflow`.
pub fn least_budget(quote: u128, verify_bps: u16) -> Result<u128, WorkError> {
    let seats = RUNGS.first().map_or(0, |rung| rung.seats);
    part(quote, verify_bps)?
        .checked_mul(u128::from(seats))
        .ok_or(WorkError::Overflow {
            what: "the verification budget",
        })
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn vote(kind: u8) -> Vote {
        Vote {
            result_root: [kind + 1; 32],
            trace_root: [9; 32],
        }
    }

    #[test]
    fn three_different_rungs_of_votes() {
        let [first, second, third] = RUNGS;
        let right = vote(0);
        let cast = |right: usize, wrong: usize| [vec![vote(0); right], vec![vote(1); wrong]].concat();
        assert_eq!(rule(&first, &right, &cast(3, 0)), Ruling::Upheld);
        assert_eq!(rule(&first, &right, &cast(0, 3)), Ruling::Overturned(vote(1)));
        for (good, bad) in [(2, 1), (1, 2), (2, 0), (0, 0)] {
            assert_eq!(rule(&first, &right, &cast(good, bad)), Ruling::Escalated);
        }
        assert_eq!(rule(&second, &right, &cast(5, 2)), Ruling::Upheld);
        assert_eq!(rule(&second, &right, &cast(4, 3)), Ruling::Escalated);
        assert_eq!(rule(&second, &right, &cast(2, 5)), Ruling::Overturned(vote(1)));
        assert_eq!(rule(&third, &right, &cast(11, 10)), Ruling::Upheld);
        assert_eq!(rule(&third, &right, &cast(10, 11)), Ruling::Overturned(vote(1)));
        assert_eq!(rule(&third, &right, &cast(10, 10)), Ruling::Escalated);
        // Another trace is another vote, and so is an output that nobody could fetch.
        let trace = Vote {
            trace_root: [8; 32],
            ..right
        };
        assert_eq!(rule(&first, &right, &[trace; 3]), Ruling::Overturned(trace));
        assert_eq!(rule(&first, &right, &[UNFETCHABLE; 3]), Ruling::Unjudged);
        let withheld = Vote {
            result_root: WITHHELD,
            ..right
        };
        assert_eq!(rule(&first, &right, &[withheld; 3]), Ruling::Overturned(withheld));
    }

    #[test]
    fn a_vote_that_differs_only_in_what_could_be_fetched_is_no_lie() {
        let right = vote(0);
        let withheld = Vote {
            result_root: WITHHELD,
            ..right
        };
        let lie = Vote {
            result_root: WITHHELD,
            trace_root: [8; 32],
        };
        let cases = [
            (right, right, Worth::Right),
            (right, withheld, Worth::Blind),
            (withheld, right, Worth::Blind),
            (right, UNFETCHABLE, Worth::Blind),
            (UNFETCHABLE, right, Worth::Blind),
            (withheld, UNFETCHABLE, Worth::Blind),
            (UNFETCHABLE, UNFETCHABLE, Worth::Right),
            (right, vote(1), Worth::Wrong),
            (right, lie, Worth::Wrong),
            (lie, right, Worth::Wrong),
        ];
        for (ruled, cast, worth_of) in cases {
            assert_eq!(worth(&ruled, &cast), worth_of, "{ruled:?} {cast:?}");
        }
    }

    proptest! {
        #[test]
        fn pay_never_exceeds_the_budget(quote in 0..=u128::MAX, bps in 0u16..=10_000, voters in 0u32..40, budget: u128) {
            let each = pay(quote, bps, voters, budget).unwrap();
            prop_assert!(each.checked_mul(u128::from(voters)).is_some_and(|sum| sum <= budget));
            prop_assert!(each <= quote);
        }

        #[test]
        fn the_order_of_votes_changes_nothing(kinds in prop::collection::vec(0u8..3, 0..21), rung in 0usize..3) {
            let seats = usize::from(RUNGS[rung].seats);
            let votes: Vec<Vote> = kinds.iter().take(seats).map(|kind| vote(*kind)).collect();
            let mut turned = votes.clone();
            turned.reverse();
            prop_assert_eq!(rule(&RUNGS[rung], &vote(0), &votes), rule(&RUNGS[rung], &vote(0), &turned));
        }
    }
}
