//! The score of an offer: a booked part that no request changes, plus the latency part; and the match certificate.

use serde::{Deserialize, Serialize};

use crate::math::mul_div_floor;
use crate::reputation::{self, saturating_curve};
use crate::{WorkError, BPS};

/// The greatest booked score, and the greatest effective score.
pub const MAX_BOOKED: u32 = 10_000;

/// Weights of the five parts of the score, basis points; they add up to the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// Weight of the price.
    pub price: u16,
    /// Weight of the reputation.
    pub reputation: u16,
    /// Weight of the distance between buyer and offer.
    pub latency: u16,
    /// Weight of the availability.
    pub uptime: u16,
    /// Weight of the verified power. Only the hash rate is verified so far.
    pub power: u16,
}

impl Weights {
    /// 40 % price, 25 % reputation, 10 % latency, 15 % uptime, 10 % power: the hash rate alone must not weigh more.
    pub const DEFAULT: Self = Self {
        price: 4_000,
        reputation: 2_500,
        latency: 1_000,
        uptime: 1_500,
        power: 1_000,
    };

    /// Checks that the weights add up to 10000.
    ///
    /// # Errors
    /// `work.weights`.
    pub fn validate(&self) -> Result<(), WorkError> {
        let parts = [self.price, self.reputation, self.latency, self.uptime, self.power];
        let sum = parts
            .iter()
            .fold(0u32, |sum, part| sum.saturating_add(u32::from(*part)));
        if sum != u32::from(BPS) {
            return Err(WorkError::Weights { sum });
        }
        Ok(())
    }
}

impl Default for Weights {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What the curves compare with; changes only with an index epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct References {
    /// Reference price of the kind and denom, for the offer's unit.
    pub price: u128,
    /// Reputation that counts half, thousandths of a point.
    pub reputation_half: u32,
    /// Hash rate that counts half, hashes per second.
    pub hash_rate: u64,
}

/// What is known of an offer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Facts {
    /// Price of one unit.
    pub price: u128,
    /// Reputation of the provider, thousandths of a point.
    pub reputation: u32,
    /// Availability of the node, basis points; above the whole counts as the whole.
    pub uptime_bps: u16,
    /// Verified hash rate of the node, hashes per second.
    pub hash_rate: u64,
}

/// Price curve, 0 to 10000: `floor(10000 x reference / (reference + price))`; zero without a reference price.
pub fn price_curve(price: u128, reference: u128) -> u32 {
    let whole = reference.saturating_add(price);
    let scaled = mul_div_floor(u128::from(BPS), reference, whole).unwrap_or(0);
    u32::try_from(scaled).unwrap_or(MAX_BOOKED)
}

/// Power curve, 0 to 10000: `floor(10000 x rate / (rate + reference))`.
pub fn power_curve(hash_rate: u64, reference: u64) -> u32 {
    saturating_curve(hash_rate, reference)
}

/// A score taken apart; each part is the value of its curve, before the weight.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Breakdown {
    /// Curve of the price, 0 to 10000.
    pub price: u32,
    /// Curve of the reputation, 0 to 10000.
    pub reputation: u32,
    /// Availability, 0 to 10000.
    pub uptime: u32,
    /// Curve of the verified power, 0 to 10000.
    pub power: u32,
    /// The weighted sum of the four, rounded down: what the index is sorted by.
    pub booked: u32,
}

/// The parts that no request changes, and their weighted sum.
pub fn breakdown(weights: &Weights, references: &References, facts: &Facts) -> Breakdown {
    let price = price_curve(facts.price, references.price);
    let reputation = reputation::curve(facts.reputation, references.reputation_half);
    let uptime = u32::from(facts.uptime_bps.min(BPS));
    let power = power_curve(facts.hash_rate, references.hash_rate);
    let sum = weighted(weights.price, price)
        .saturating_add(weighted(weights.reputation, reputation))
        .saturating_add(weighted(weights.uptime, uptime))
        .saturating_add(weighted(weights.power, power));
    Breakdown {
        price,
        reputation,
        uptime,
        power,
        booked: per_whole(sum).min(MAX_BOOKED),
    }
}

/// The booked score of an offer, 0 to [`MAX_BOOKED`]: `floor(sum of weight x curve / 10000)` without the latency.
pub fn booked(weights: &Weights, references: &References, facts: &Facts) -> u32 {
    breakdown(weights, references, facts).booked
}

/// The index key of a booked score: ascending keys list the best offers first.
pub const fn rank_key(booked: u32) -> u32 {
    MAX_BOOKED.saturating_sub(booked)
}

/// The effective score for one buyer: `booked + floor(weights.latency x latency / 10000)`, at most [`MAX_BOOKED`].
pub fn effective(booked: u32, weights: &Weights, latency: u32) -> u32 {
    let nearness = per_whole(weighted(weights.latency, latency.min(MAX_BOOKED)));
    booked.saturating_add(nearness).min(MAX_BOOKED)
}

/// How far a buyer's region is from an offer's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Distance {
    /// Not stated or not in the table.
    #[default]
    Unknown,
    /// Another continent.
    Far,
    /// A neighbouring region.
    Near,
    /// The same region.
    Same,
}

indexed!(Distance { Unknown = 0, Far = 1, Near = 2, Same = 3 });

/// Latency part of the score by distance, 0 to 10000; unknown is zero.
pub const fn latency_score(distance: Distance) -> u32 {
    match distance {
        Distance::Unknown => 0,
        Distance::Far => 2_500,
        Distance::Near => 6_000,
        Distance::Same => 10_000,
    }
}

/// What a match claims of its answer: no offer that was not scanned has an effective score above `bound`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// Effective score of the chosen offer; `None` when none was eligible.
    pub best: Option<u32>,
    /// Upper bound of the effective score of every offer that was not scanned; meaningless when `exhaustive`.
    pub bound: u32,
    /// Nothing was left unscanned.
    pub exhaustive: bool,
}

impl Certificate {
    /// Whether the answer is proved to be the best there is.
    pub fn holds(&self) -> bool {
        self.gap() == 0
    }

    /// By how much an unscanned offer could beat the answer at most; zero when the answer is proved best.
    pub fn gap(&self) -> u32 {
        match (self.exhaustive, self.best) {
            (true, _) => 0,
            // An unscanned offer of score zero would still be better than none.
            (false, None) => self.bound.max(1),
            (false, Some(best)) => self.bound.saturating_sub(best),
        }
    }

    /// Whether the answer may be used by a caller who tolerates `max_gap`.
    pub fn within(&self, max_gap: u32) -> bool {
        self.gap() <= max_gap
    }
}

fn weighted(weight: u16, curve: u32) -> u64 {
    u64::from(weight).saturating_mul(u64::from(curve))
}

fn per_whole(sum: u64) -> u32 {
    let whole = sum.checked_div(u64::from(BPS)).unwrap_or(0);
    u32::try_from(whole).unwrap_or(MAX_BOOKED)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn weights() -> impl Strategy<Value = Weights> {
        prop::collection::vec(0..=BPS, 4).prop_map(|mut cuts| {
            cuts.sort_unstable();
            let [a, b, c, d] = [cuts[0], cuts[1], cuts[2], cuts[3]];
            Weights {
                price: a,
                reputation: b - a,
                latency: c - b,
                uptime: d - c,
                power: BPS - d,
            }
        })
    }

    fn facts() -> impl Strategy<Value = Facts> {
        (0u128..5_000_000, 0u32..2_000_000, 0u16..=BPS, 0u64..10_000_000_000).prop_map(
            |(price, reputation, uptime_bps, hash_rate)| Facts {
                price,
                reputation,
                uptime_bps,
                hash_rate,
            },
        )
    }

    const REFERENCES: References = References {
        price: 800_000,
        reputation_half: 500_000,
        hash_rate: 1_000_000_000,
    };

    proptest! {
        #[test]
        fn a_better_offer_never_scores_less(weights in weights(), base in facts(), more: u32) {
            prop_assert_eq!(weights.validate(), Ok(()));
            let score = |facts: &Facts| booked(&weights, &REFERENCES, facts);
            let step = u16::try_from(more % 10_000).unwrap();
            let better = [
                Facts { price: base.price.saturating_sub(u128::from(more)), ..base },
                Facts { reputation: base.reputation.saturating_add(more), ..base },
                Facts { uptime_bps: base.uptime_bps.saturating_add(step), ..base },
                Facts { hash_rate: base.hash_rate + u64::from(more), ..base },
            ];
            for facts in better {
                prop_assert!(score(&facts) >= score(&base), "{facts:?}");
            }
        }

        /// The booked part leaves room for the latency: no effective score is cut off at the top, extremes included.
        #[test]
        fn scores_fit_their_range(weights in weights(), price: u128, reputation: u32, uptime_bps: u16, hash_rate: u64) {
            let facts = Facts { price, reputation, uptime_bps, hash_rate };
            let booked = booked(&weights, &REFERENCES, &facts);
            prop_assert!(booked <= MAX_BOOKED - u32::from(weights.latency));
            prop_assert_eq!(effective(booked, &weights, MAX_BOOKED), booked + u32::from(weights.latency));
            prop_assert_eq!(effective(booked, &weights, latency_score(Distance::Unknown)), booked);
            prop_assert_eq!(rank_key(booked) + booked, MAX_BOOKED);
        }

        /// A merge of per-region streams that stops anywhere, with the bound that its unread heads give, never claims more
        /// than brute force over all offers confirms.
        #[test]
        fn a_certificate_is_never_violated(
            weights in weights(), offers in prop::collection::vec((0usize..4, facts(), any::<bool>()), 0..40), budget in 0usize..40,
        ) {
            let nearness = |region: usize| latency_score(Distance::ALL[region]);
            let total = |region: usize, facts: &Facts| effective(booked(&weights, &REFERENCES, facts), &weights, nearness(region));
            let mut streams: [Vec<(u32, bool)>; 4] = Default::default();
            for (region, facts, eligible) in &offers {
                streams[*region].push((booked(&weights, &REFERENCES, facts), *eligible));
            }
            streams.iter_mut().for_each(|stream| stream.sort_unstable());
            let mut best = None;
            for _ in 0..budget {
                let head = |region: &usize| streams[*region].last().map(|(score, _)| effective(*score, &weights, nearness(*region)));
                let Some(region) = (0..4).filter(|region| !streams[*region].is_empty()).max_by_key(head) else { break };
                let (score, eligible) = streams[region].pop().unwrap();
                if eligible {
                    best = best.max(Some(effective(score, &weights, nearness(region))));
                }
            }
            let heads = streams.iter().enumerate();
            let bound = heads.filter_map(|(region, left)| left.last().map(|(score, _)| effective(*score, &weights, nearness(region))));
            let certificate =
                Certificate { best, bound: bound.max().unwrap_or(0), exhaustive: streams.iter().all(Vec::is_empty) };
            let truth = offers.iter().filter(|(_, _, eligible)| *eligible).map(|(region, facts, _)| total(*region, facts)).max();
            if certificate.holds() {
                prop_assert_eq!(best, truth);
            }
            prop_assert!(truth.unwrap_or(0) <= best.unwrap_or(0) + certificate.gap());
        }
    }

    #[test]
    fn gaps() {
        let claim = |best, bound, exhaustive| Certificate {
            best,
            bound,
            exhaustive,
        };
        let cases = [
            (claim(Some(5), 5, false), 0),
            (claim(Some(5), 9, false), 4),
            (claim(Some(5), 9, true), 0),
            (claim(None, 9, false), 9),
            (claim(None, 0, false), 1),
            (claim(None, 0, true), 0),
        ];
        for (certificate, gap) in cases {
            assert_eq!(
                (certificate.gap(), certificate.holds()),
                (gap, gap == 0),
                "{certificate:?}"
            );
            assert!(certificate.within(gap) && (gap == 0 || !certificate.within(gap - 1)));
        }
    }

    #[test]
    fn references_of_zero_score_nothing() {
        assert_eq!((price_curve(0, 0), price_curve(5, 0), power_curve(0, 0)), (0, 0, 0));
        assert_eq!((price_curve(0, 5), power_curve(5, 0)), (MAX_BOOKED, MAX_BOOKED));
        assert_eq!(
            price_curve(u128::MAX, u128::MAX),
            MAX_BOOKED,
            "saturates instead of failing"
        );
    }

    #[test]
    fn weights_must_make_up_the_whole() {
        let weights = Weights {
            power: 1_001,
            ..Weights::default()
        };
        assert_eq!(weights.validate(), Err(WorkError::Weights { sum: 10_001 }));
        assert_eq!(Weights::DEFAULT.validate(), Ok(()));
        let most = Weights {
            price: u16::MAX,
            reputation: u16::MAX,
            latency: u16::MAX,
            uptime: u16::MAX,
            power: u16::MAX,
        };
        assert_eq!(most.validate(), Err(WorkError::Weights { sum: 327_675 }));
    }
}
