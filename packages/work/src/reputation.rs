//! Reputation in thousandths of a point, the success rate and the record of recent attempts.

use crate::fees::part;
use crate::BPS;

/// Where everybody starts: 100 points.
pub const START: u32 = 100_000;
/// Gain of a verified success: 10 points.
pub const SUCCESS_STEP: u32 = 10_000;
/// Gain of an accepted proof window: 1 point.
pub const WINDOW_STEP: u32 = 1_000;
/// What a missed or failed challenge, or a month below the required uptime, leaves: 98 %.
pub const MISSED_KEEP_BPS: u16 = 9_800;
/// What a proven fraud leaves: half.
pub const FRAUD_KEEP_BPS: u16 = 5_000;
/// Reputation at which [`curve`] reaches half of the whole, by default: 500 points.
pub const DEFAULT_HALF: u32 = 500_000;

/// Adds a step; stays at the greatest value instead of wrapping.
pub const fn gain(reputation: u32, step: u32) -> u32 {
    reputation.saturating_add(step)
}

/// Leaves `keep_bps` of the reputation, rounded down; more than the whole counts as the whole.
pub fn keep(reputation: u32, keep_bps: u16) -> u32 {
    let kept = part(u128::from(reputation), keep_bps.min(BPS));
    kept.ok()
        .and_then(|kept| u32::try_from(kept).ok())
        .unwrap_or(reputation)
}

/// After a verified success.
pub const fn success(reputation: u32) -> u32 {
    gain(reputation, SUCCESS_STEP)
}

/// After an accepted proof window.
pub const fn window_accepted(reputation: u32) -> u32 {
    gain(reputation, WINDOW_STEP)
}

/// After a missed or failed challenge.
pub fn missed(reputation: u32) -> u32 {
    keep(reputation, MISSED_KEEP_BPS)
}

/// After a proven fraud.
pub fn fraud(reputation: u32) -> u32 {
    keep(reputation, FRAUD_KEEP_BPS)
}

/// `floor(10000 x successes / total)`; zero without attempts, because what was not measured counts as zero.
pub fn success_rate_bps(successes: u64, total: u64) -> u16 {
    let scaled = u128::from(successes.min(total)).saturating_mul(u128::from(BPS));
    let rate = scaled.checked_div(u128::from(total)).unwrap_or(0);
    u16::try_from(rate).unwrap_or(BPS)
}

/// Saturating curve of the score, 0 to 10000: `floor(10000 x reputation / (reputation + half))`. Zero reputation is zero.
pub fn curve(reputation: u32, half: u32) -> u32 {
    saturating_curve(u64::from(reputation), u64::from(half))
}

/// `floor(10000 x value / (value + half))`, zero at zero.
pub(crate) fn saturating_curve(value: u64, half: u64) -> u32 {
    let value = u128::from(value);
    let whole = value.saturating_add(u128::from(half));
    let scaled = value.saturating_mul(u128::from(BPS)).checked_div(whole).unwrap_or(0);
    u32::try_from(scaled).unwrap_or(u32::from(BPS))
}

/// Number of attempts that [`Recent`] remembers.
pub const RECENT_ATTEMPTS: u32 = 20;
const RECENT_MASK: u32 = 0xF_FFFF;

/// The last 20 attempts of a provider, one bit each, set for a failure; the newest is the lowest bit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recent(pub u32);

impl Recent {
    /// Remembers one more attempt and forgets the oldest.
    pub const fn record(self, failed: bool) -> Self {
        let shifted = (self.0 << 1) & RECENT_MASK;
        Self(if failed { shifted | 1 } else { shifted })
    }

    /// Failures among the last 20 attempts.
    pub const fn failures(self) -> u32 {
        (self.0 & RECENT_MASK).count_ones()
    }

    /// Whether more than `over_bps` of 20 attempts failed; fewer attempts so far count as 20.
    pub fn needs_review(self, over_bps: u16) -> bool {
        let failed = self.failures().saturating_mul(u32::from(BPS));
        failed > RECENT_ATTEMPTS.saturating_mul(u32::from(over_bps))
    }
}
