//! How strangers judge a result: the ladder of juries, what a vote commits to, what it must open, what the votes say and
//! what they earn (DESIGN 7; verification study section 7).

use sha2::{Digest, Sha256};

use crate::digest::{Hash, Roots};
use crate::fees::part;
use crate::WorkError;

/// One rung of the ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rung {
    /// Seats that vote.
    pub seats: u8,
    /// Equal votes that decide.
    pub agree: u8,
}

/// The ladder: 3 unanimous, then 7 fresh of whom 5 agree, then 21 fresh of whom 11 agree.
pub const RUNGS: [Rung; 3] = [
    Rung { seats: 3, agree: 3 },
    Rung { seats: 7, agree: 5 },
    Rung { seats: 21, agree: 11 },
];
/// Seats drawn beside those of a rung, which vote only in place of seats that stayed empty.
pub const STANDBYS: u8 = 2;
/// Trace positions that a vote opens.
pub const OPENINGS: usize = 3;
/// Least steps of a job that a committee judges: fewer would leave too few positions to open.
pub const MIN_STEPS: u32 = 16;
/// In place of a result root: the output could not be fetched by its digest.
pub const WITHHELD: Hash = [0; 32];
/// In place of both roots: program or input could not be fetched by their digests, so there was nothing to judge. Opens no step.
pub const UNFETCHABLE: Vote = Vote {
    result_root: [0; 32],
    trace_root: [0; 32],
};

const DRAW_TAG: &[u8] = b"joule/draw/v1";
const POINT_TAG: &[u8] = b"joule/point/v1";
const VOTE_TAG: &[u8] = b"joule/vote/v1";
const OPENING_TAG: &[u8] = b"joule/opening/v1";

/// The jury that judges an attempt of a job on a rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Panel<'a> {
    /// Chain id.
    pub chain_id: &'a str,
    /// Address of the marketplace.
    pub contract: &'a str,
    /// Job.
    pub job: u64,
    /// Attempt, from 1.
    pub attempt: u32,
    /// Rung, from 0.
    pub rung: u8,
}

impl Panel<'_> {
    fn hasher(&self, tag: &[u8]) -> Sha256 {
        Sha256::new()
            .chain_update(tag)
            .chain_update(length(self.chain_id))
            .chain_update(self.chain_id)
            .chain_update(length(self.contract))
            .chain_update(self.contract)
            .chain_update(self.job.to_be_bytes())
            .chain_update(self.attempt.to_be_bytes())
            .chain_update([self.rung])
    }

    /// Seed of the draw: SHA-256 of `joule/draw/v1`, the panel and the randomness of the sealed round. The panel is
    /// chain id and contract (texts behind their length, 4 bytes), job (8 bytes), attempt (4 bytes) and rung (1 byte),
    /// big endian.
    pub fn draw_seed(&self, randomness: &Hash) -> Hash {
        self.hasher(DRAW_TAG).chain_update(randomness).finalize().into()
    }

    /// What a sealed vote is: SHA-256 of `joule/vote/v1`, the panel, the validator's address (text behind its length), both
    /// roots and the salt. Bound to the validator, so that a copied seal opens for nobody else.
    pub fn seal(&self, validator: &str, vote: &Vote, salt: &Hash) -> Hash {
        self.hasher(VOTE_TAG)
            .chain_update(length(validator))
            .chain_update(validator)
            .chain_update(vote.result_root)
            .chain_update(vote.trace_root)
            .chain_update(salt)
            .finalize()
            .into()
    }

    /// The steps that a validator's vote opens: [`OPENINGS`] different ones of `steps` (all, if there are fewer), rising.
    /// Position j is drawn among those not yet taken by the first 8 bytes, big endian, of SHA-256(`joule/opening/v1`, the
    /// panel, the randomness of the draw, the validator's address behind its length, j) modulo their number.
    pub fn openings(&self, randomness: &Hash, validator: &str, steps: u64) -> Vec<u64> {
        let mut taken: Vec<u64> = Vec::with_capacity(OPENINGS);
        for j in 0u8.. {
            let free = steps.saturating_sub(u64::try_from(taken.len()).unwrap_or(u64::MAX));
            if taken.len() >= OPENINGS || free == 0 {
                break;
            }
            let hash: Hash = self
                .hasher(OPENING_TAG)
                .chain_update(randomness)
                .chain_update(length(validator))
                .chain_update(validator)
                .chain_update([j])
                .finalize()
                .into();
            let mut at = first(&hash).checked_rem(free).unwrap_or(0);
            // `taken` rises: each taken position at or before it moves it on by one.
            for position in &taken {
                if *position <= at {
                    at = at.saturating_add(1);
                }
            }
            let place = taken.partition_point(|position| *position < at);
            taken.insert(place, at);
        }
        taken
    }
}

/// Where the draw of seat `index` points in a line of `total` stake: the first 16 bytes, big endian, of
/// SHA-256(`joule/point/v1`, seed, index) modulo `total`. With `total` below 2^64 no stake gains more than 2^-64. None of an
/// empty line.
pub fn draw_point(seed: &Hash, index: u8, total: u64) -> Option<u64> {
    let hash: Hash = Sha256::new()
        .chain_update(POINT_TAG)
        .chain_update(seed)
        .chain_update([index])
        .finalize()
        .into();
    let (head, _) = hash.split_first_chunk::<16>()?;
    let point = u128::from_be_bytes(*head).checked_rem(u128::from(total))?;
    u64::try_from(point).ok()
}

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

/// Durations of a panel in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Durations {
    /// For a sealed round to be posted and the draw.
    pub beacon: u64,
    /// To commit a vote; the standbys get as much again.
    pub commit: u64,
    /// To reveal it.
    pub reveal: u64,
    /// Seals of a rung after the first.
    pub reseals: u8,
}

impl Durations {
    /// Time to commit: twice the longest running time, at least `least`.
    pub const fn commit_secs(max_secs: u64, least: u64) -> u64 {
        let twice = max_secs.saturating_mul(2);
        if twice > least {
            twice
        } else {
            least
        }
    }

    /// The longest that all rungs may take together; after it the buyer is refunded.
    pub const fn longest(&self) -> u64 {
        let seals = 1u64.saturating_add(widen(self.reseals));
        let rung = self
            .beacon
            .saturating_mul(2)
            .saturating_mul(seals)
            .saturating_add(self.commit.saturating_mul(2))
            .saturating_add(self.reveal);
        rung.saturating_mul(widen(RUNG_COUNT))
    }
}

const RUNG_COUNT: u8 = 3;

/// `u64::from` is not const.
const fn widen(small: u8) -> u64 {
    u64::from_be_bytes([0, 0, 0, 0, 0, 0, 0, small])
}

fn first(hash: &Hash) -> u64 {
    hash.first_chunk::<8>().map_or(0, |head| u64::from_be_bytes(*head))
}

/// Length of a text as 4 big endian bytes; no text on a chain comes near the limit.
fn length(text: &str) -> [u8; 4] {
    u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes()
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PANEL: Panel<'static> = Panel {
        chain_id: "joule-dev-1",
        contract: "market",
        job: 1,
        attempt: 1,
        rung: 0,
    };

    fn vote(kind: u8) -> Vote {
        Vote {
            result_root: [kind + 1; 32],
            trace_root: [9; 32],
        }
    }

    #[test]
    fn every_rung_needs_more_than_half() {
        assert_eq!(RUNGS.len(), usize::from(RUNG_COUNT));
        for rung in RUNGS {
            assert!(2 * rung.agree > rung.seats && rung.agree <= rung.seats);
        }
    }

    #[test]
    fn every_part_of_a_panel_changes_what_is_derived() {
        let panels = [
            PANEL,
            Panel {
                chain_id: "joule-dev-2",
                ..PANEL
            },
            Panel {
                contract: "other",
                ..PANEL
            },
            Panel { job: 2, ..PANEL },
            Panel { attempt: 2, ..PANEL },
            Panel { rung: 1, ..PANEL },
            Panel {
                chain_id: "joule-dev-1market",
                contract: "",
                ..PANEL
            },
        ];
        for (at, one) in panels.iter().enumerate() {
            for other in panels.iter().skip(at + 1) {
                assert_ne!(one.draw_seed(&[1; 32]), other.draw_seed(&[1; 32]));
                assert_ne!(one.seal("v", &vote(1), &[2; 32]), other.seal("v", &vote(1), &[2; 32]));
            }
        }
        let sealed = PANEL.seal("v", &vote(1), &[2; 32]);
        assert_ne!(sealed, PANEL.seal("w", &vote(1), &[2; 32]));
        assert_ne!(sealed, PANEL.seal("v", &vote(2), &[2; 32]));
        assert_ne!(sealed, PANEL.seal("v", &vote(1), &[3; 32]));
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

    /// A validator cannot guess which steps it will have to open: over many validators every step is as likely.
    #[test]
    fn openings_are_spread_evenly() {
        let (steps, validators) = (16u64, 4_000u32);
        let mut hits = [0u64; 16];
        for v in 0..validators {
            for at in PANEL.openings(&[5; 32], &v.to_string(), steps) {
                hits[usize::try_from(at).unwrap()] += 1;
            }
        }
        let mean = u64::from(validators) * 3 / steps;
        let chi: u64 = hits.iter().map(|n| n.abs_diff(mean).pow(2)).sum::<u64>() / mean;
        // 15 degrees of freedom: above 37.7 once in a thousand.
        assert!(chi < 38, "{chi}: {hits:?}");
    }

    proptest! {
        #[test]
        fn openings_rise_and_stay_within_the_steps(randomness: [u8; 32], validator in "[a-z]{0,9}", steps in prop_oneof![0u64..20, any::<u64>()]) {
            let found = PANEL.openings(&randomness, &validator, steps);
            prop_assert_eq!(u64::try_from(found.len()).unwrap(), steps.min(3));
            prop_assert!(found.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(found.iter().all(|at| *at < steps));
        }

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

        #[test]
        fn a_point_is_on_the_line(seed: [u8; 32], index: u8, total: u64) {
            match draw_point(&seed, index, total) {
                Some(point) => prop_assert!(point < total),
                None => prop_assert_eq!(total, 0),
            }
        }
    }
}
