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

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// No loss is smaller than its ratio, none takes more than one unit beyond it.
        #[test]
        fn losses_round_down(reputation: u32) {
            let exact = u64::from(reputation);
            let missed = u64::from(missed(reputation));
            prop_assert!(missed * 100 <= exact * 98 && exact * 98 < (missed + 1) * 100);
            let fraud = u64::from(fraud(reputation));
            prop_assert!(fraud * 2 <= exact && exact < (fraud + 1) * 2);
            prop_assert_eq!(keep(reputation, BPS), reputation);
            prop_assert_eq!(keep(reputation, u16::MAX), reputation);
        }

        #[test]
        fn the_curve_rises_and_saturates(reputation: u32, more: u32, half in 1u32..) {
            let value = curve(reputation, half);
            prop_assert!(value <= 10_000);
            prop_assert!(curve(reputation.saturating_add(more), half) >= value);
            prop_assert!(curve(reputation, half.saturating_add(more)) <= value);
            prop_assert_eq!(curve(half, half), 5_000);
        }

        #[test]
        fn the_rate_is_a_ratio(successes: u64, total: u64) {
            let rate = u128::from(success_rate_bps(successes, total));
            prop_assert!(rate <= 10_000);
            if (1..=total).contains(&successes) {
                prop_assert!(rate * u128::from(total) <= u128::from(successes) * 10_000);
                prop_assert!((rate + 1) * u128::from(total) > u128::from(successes) * 10_000);
            }
        }

        /// The bits agree with a plain list of the last twenty.
        #[test]
        fn recent_remembers_twenty(attempts in prop::collection::vec(any::<bool>(), 0..80), over_bps in 0..=BPS) {
            let recent = attempts.iter().fold(Recent::default(), |recent, failed| recent.record(*failed));
            let failures = attempts.iter().rev().take(20).filter(|failed| **failed).count();
            prop_assert_eq!(u32::try_from(failures), Ok(recent.failures()));
            prop_assert!(recent.0 <= RECENT_MASK, "what is stored stays within its bits");
            prop_assert_eq!(recent.needs_review(over_bps), failures * 10_000 > 20 * usize::from(over_bps));
        }
    }

    #[test]
    fn gains_stop_at_the_top() {
        assert_eq!((success(START), window_accepted(START)), (110_000, 101_000));
        assert_eq!((success(u32::MAX - 1), window_accepted(u32::MAX)), (u32::MAX, u32::MAX));
    }

    #[test]
    fn a_review_opens_above_a_fifth() {
        let four = (0..4).fold(Recent::default(), |recent, _| recent.record(true));
        assert!(!four.needs_review(2_000));
        assert!(four.record(true).needs_review(2_000));
    }
}
