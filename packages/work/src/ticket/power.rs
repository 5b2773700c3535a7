//! From tickets to power: the estimate, its lower bound, the rate, and the admission test.

use super::value;
use crate::math::mul_div_floor;
use crate::WorkError;

/// Numbers of tickets that a window may ask for.
pub const KSET: [u32; 4] = [64, 128, 256, 512];

/// One-sided 95 % lower bound of the units done per unit difficulty of the admission test, in millionths:
/// `-ln(0.95) = 0.051293`, the 5 % quantile of the exponential waiting time for one ticket, rounded down.
pub const ONE_TICKET_LCB_PPM: u32 = 51_293;

const MILLION: u128 = 1_000_000;

/// 2^64.
const SPACE: u128 = 0x1_0000_0000_0000_0000;

/// Lower bound over estimate, in millionths, per k: `chi2_2k(5 %) / 2 / (k - 1)` rounded down. N x U is half a chi-square
/// variable with 2k degrees of freedom, so N is at least `chi2_2k(5 %) / (2 U)` with 95 % confidence (verification study,
/// section 3).
const fn lcb_ppm(k: u32) -> Option<u128> {
    match k {
        64 => Some(816_407),
        128 => Some(865_954),
        256 => Some(902_992),
        512 => Some(930_251),
        _ => None,
    }
}

/// Checks that `k` is one of [`KSET`].
///
/// # Errors
/// `work.ticket_count`.
pub fn check_k(k: u32) -> Result<(), WorkError> {
    lcb_ppm(k).map(|_| ()).ok_or(WorkError::TicketCount { k })
}

/// Units of work done, estimated from the greatest of the k smallest values: `floor((k - 1) / U)` with
/// `U = (bound + 1) / 2^64`, the chance of one try to stay within the bound.
///
/// # Errors
/// `work.ticket_count`.
pub fn estimate(k: u32, bound: u64) -> Result<u128, WorkError> {
    check_k(k)?;
    mul_div_floor(u128::from(k.saturating_sub(1)), SPACE, chance(bound))
}

/// Units of work that were done with 95 % confidence, rounded down: the only figure that scores.
///
/// # Errors
/// `work.ticket_count`.
pub fn lower_bound(k: u32, bound: u64) -> Result<u128, WorkError> {
    let ppm = lcb_ppm(k).ok_or(WorkError::TicketCount { k })?;
    let weighted = u128::from(k.saturating_sub(1)).saturating_mul(ppm);
    mul_div_floor(weighted, SPACE, chance(bound).saturating_mul(MILLION))
}

/// Units a second over the fixed length of the window, rounded down; zero for a window without length. Never divide by a
/// time that the node chose.
pub fn hash_rate(units: u128, window_secs: u64) -> u64 {
    let rate = units.checked_div(u128::from(window_secs)).unwrap_or(0);
    u64::try_from(rate).unwrap_or(u64::MAX)
}

/// The booked power after one more audited window: a first measurement counts at once, later ones move it a quarter of the
/// way, rounded down in both directions.
pub fn smooth(old: u64, measured: u64) -> u64 {
    if old == 0 {
        return measured;
    }
    match measured.checked_sub(old) {
        Some(rise) => old.saturating_add(rise / 4),
        None => old.saturating_sub(old.saturating_sub(measured).div_ceil(4)),
    }
}

/// The target of an admission test that takes `expected_units` tries on average: `floor(2^64 / expected_units) - 1`.
///
/// # Errors
/// `work.zero`.
pub fn difficulty_target(expected_units: u64) -> Result<u64, WorkError> {
    let whole = SPACE
        .checked_div(u128::from(expected_units))
        .ok_or(WorkError::Zero { what: "the difficulty" })?;
    Ok(u64::try_from(whole.saturating_sub(1)).unwrap_or(u64::MAX))
}

/// Whether a nonce solves an admission test: its ticket's value is at most the target.
pub fn solves(seed: &[u8; 32], nonce: u64, target: u64) -> bool {
    value(seed, nonce) <= target
}

/// Units a second that a solved admission test supports with 95 % confidence, rounded down; a solution within the second
/// counts as one second. Faster means more.
pub fn admission_rate(expected_units: u64, elapsed_secs: u64) -> u64 {
    let units = u128::from(expected_units).saturating_mul(u128::from(ONE_TICKET_LCB_PPM)) / MILLION;
    hash_rate(units, elapsed_secs.max(1))
}

/// `U x 2^64`.
fn chance(bound: u64) -> u128 {
    u128::from(bound).saturating_add(1)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::float_arithmetic)]
mod tests {
    use super::super::{search_range, Best};
    use super::*;
    use proptest::prelude::*;

    /// The p-quantile of the gamma distribution of whole shape k, which is half a chi-square quantile with 2k degrees of
    /// freedom: bisection on `P(k, x) = 1 - sum of e^-x x^i / i!` for i below k, summed from the largest term outwards.
    fn gamma_quantile(k: u32, p: f64) -> f64 {
        let distribution = |x: f64| {
            let log_factorial = |n: u32| (2..=n).map(|i| f64::from(i).ln()).sum::<f64>();
            let terms = (0..k).map(|i| (f64::from(i) * x.ln() - x - log_factorial(i)).exp());
            1.0 - terms.sum::<f64>()
        };
        let (mut low, mut high) = (1e-9, 4.0 * f64::from(k) + 10.0);
        for _ in 0..60 {
            let middle = (low + high) / 2.0;
            if distribution(middle) < p {
                low = middle;
            } else {
                high = middle;
            }
        }
        low
    }

    #[test]
    fn the_table_is_the_chi_square_bound() {
        for k in KSET {
            let exact = gamma_quantile(k, 0.05) / f64::from(k - 1) * 1e6;
            let ppm = lcb_ppm(k).unwrap() as f64;
            assert!(ppm <= exact && exact < ppm + 1.0, "k = {k}: {ppm} for {exact}");
        }
        let one = -(0.95f64.ln()) * 1e6;
        assert_eq!(f64::from(ONE_TICKET_LCB_PPM), one.floor());
        assert!((gamma_quantile(1, 0.05) * 1e6 - one).abs() < 1e-3);
    }

    /// Real searches of known size: the estimate is unbiased, the bound holds for 95 of 100 nodes.
    #[test]
    fn real_searches_confirm_the_estimate() {
        const UNITS: u64 = 2_000;
        const NODES: u64 = 500;
        let (mut sum, mut held) = (0u128, 0u32);
        for node in 0..NODES {
            let mut seed = [7u8; 32];
            seed[..8].copy_from_slice(&node.to_le_bytes());
            let mut best = Best::new(64).unwrap();
            search_range(&seed, 0, UNITS, &mut best);
            let bound = best.claim().unwrap().bound;
            sum += estimate(64, bound).unwrap();
            held += u32::from(lower_bound(64, bound).unwrap() <= u128::from(UNITS));
        }
        let mean = sum / u128::from(NODES);
        assert!((1_960..=2_040).contains(&mean), "mean {mean}");
        assert!((460..=490).contains(&held), "the bound held for {held} of {NODES}");
    }

    #[test]
    fn counts_outside_the_set_are_refused() {
        for k in [0, 1, 63, 65, 1_024, u32::MAX] {
            let refused = Err(WorkError::TicketCount { k });
            assert_eq!((estimate(k, 9), lower_bound(k, 9)), (refused.clone(), refused));
        }
    }

    proptest! {
        #[test]
        fn rarer_tickets_prove_more(bound: u64, less: u64, pick in 0usize..4) {
            let k = KSET[pick];
            let rarer = bound.saturating_sub(less);
            prop_assert!(estimate(k, rarer).unwrap() >= estimate(k, bound).unwrap());
            prop_assert!(lower_bound(k, rarer).unwrap() >= lower_bound(k, bound).unwrap());
            prop_assert!(lower_bound(k, bound).unwrap() <= estimate(k, bound).unwrap());
        }

        /// Between old and measured, never more than a quarter of the way up or less than a quarter down.
        #[test]
        fn smoothing_stays_between(old in 1u64.., measured: u64) {
            let new = smooth(old, measured);
            prop_assert!((old.min(measured)..=old.max(measured)).contains(&new));
            let exact = i128::from(old) * 4 + i128::from(measured) - i128::from(old);
            let new = i128::from(new) * 4;
            prop_assert!(new <= exact && exact < new + 4);
        }

        #[test]
        fn a_target_has_its_chance(units in 1u64..) {
            let chance = u128::from(difficulty_target(units).unwrap()) + 1;
            prop_assert!(chance * u128::from(units) <= SPACE && (chance + 1) * u128::from(units) > SPACE);
        }
    }

    #[test]
    fn admission() {
        let seed = [3u8; 32];
        let target = difficulty_target(50).unwrap();
        let solved = (0..5_000).filter(|nonce| solves(&seed, *nonce, target)).count();
        assert!(
            (70..=130).contains(&solved),
            "{solved} of 5000 nonces solve a difficulty of 50"
        );
        let nonce = (0..).find(|nonce| solves(&seed, *nonce, target)).unwrap();
        assert!(solves(&seed, nonce, value(&seed, nonce)) && !solves(&seed, nonce, value(&seed, nonce) - 1));
        assert_eq!(difficulty_target(0), Err(WorkError::Zero { what: "the difficulty" }));
        assert!(solves(&seed, 0, difficulty_target(1).unwrap()));
    }

    #[test]
    fn rates_saturate() {
        assert_eq!(
            (hash_rate(999, 10), hash_rate(5, 0), hash_rate(u128::MAX, 1)),
            (99, 0, u64::MAX)
        );
    }
}
