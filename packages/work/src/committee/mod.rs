//! How strangers judge a result: the ladder of juries, what a vote commits to, what it must open, what the votes say and
//! what they earn (DESIGN 7; verification study section 7).

use sha2::{Digest, Sha256};

use crate::digest::Hash;

mod ruling;
mod times;

pub use ruling::{least_budget, pay, rule, worth, Ruling, Vote, Worth, UNFETCHABLE, WITHHELD};
pub use times::Durations;

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
        fn a_point_is_on_the_line(seed: [u8; 32], index: u8, total: u64) {
            match draw_point(&seed, index, total) {
                Some(point) => prop_assert!(point < total),
                None => prop_assert_eq!(total, 0),
            }
        }
    }
}
