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
