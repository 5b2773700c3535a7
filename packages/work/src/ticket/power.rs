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
