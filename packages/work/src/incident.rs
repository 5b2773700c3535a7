//! What is taken from a stake for each offence.

use crate::fees::part;
use crate::math::mul_div_ceil;
use crate::{WorkError, BPS};

/// A task that was not started or not finished in time.
pub const TIMEOUT_BPS: u16 = 500;
/// A forged list of tickets, the first time.
pub const FORGED_BPS: u16 = 3_000;
/// A forged list of tickets again: all, and a ban.
pub const FORGED_AGAIN_BPS: u16 = 10_000;
/// Misuse: half, and a ban.
pub const MISUSE_BPS: u16 = 5_000;
/// Failures among the last 20 attempts beyond which a review opens.
pub const REVIEW_OVER_BPS: u16 = 2_000;
/// What leaving the general pool at once costs; burned.
pub const INSTANT_EXIT_BPS: u16 = 500;

/// What a slash takes: `ceil(stake x bps / 10000)`, never more than the stake. Rounded up, so that no stake is too small
/// to be slashed.
///
/// # Errors
/// `work.bps_out_of_range` above the whole.
pub fn slash(stake: u128, bps: u16) -> Result<u128, WorkError> {
    crate::fees::at_most("the slash", u32::from(bps), u32::from(BPS))?;
    mul_div_ceil(stake, u128::from(bps), u128::from(BPS))
}

/// What leaving at once keeps: `floor(stake x (10000 - bps) / 10000)`; the rest burns.
///
/// # Errors
/// `work.bps_out_of_range` above the whole.
pub fn instant_exit(stake: u128, bps: u16) -> Result<u128, WorkError> {
    crate::fees::at_most("the cost of an instant exit", u32::from(bps), u32::from(BPS))?;
    part(stake, BPS.saturating_sub(bps))
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_slash_rounds_up_within_the_stake(stake: u64, bps in 0..=BPS) {
            let (stake, ratio) = (u128::from(stake), u128::from(bps));
            let slashed = slash(stake, bps).unwrap();
            prop_assert!(slashed <= stake && slashed * 10_000 >= stake * ratio);
            prop_assert!(slashed == 0 || (slashed - 1) * 10_000 < stake * ratio);
            let kept = instant_exit(stake, bps).unwrap();
            prop_assert_eq!(kept + slashed, stake, "leaving costs what a slash of the same ratio would");
        }
    }

    #[test]
    fn ratios_above_the_whole_are_refused() {
        assert!(matches!(slash(1, 10_001), Err(WorkError::BpsOutOfRange { .. })));
        assert!(matches!(instant_exit(1, 10_001), Err(WorkError::BpsOutOfRange { .. })));
        assert_eq!(slash(u128::MAX, 10_000), Ok(u128::MAX));
    }
}
