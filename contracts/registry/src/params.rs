//! Bounds of the parameters, and changes to them.

use cosmwasm_std::Uint128;
use joule_types::registry::{Params, ParamsUpdate, MAX_REGIONS};
use joule_work::{ticket, trust::TrustRules};

use crate::RegistryError;

/// Highest registration fee: 10 000 JOULE.
pub const MAX_FEE: u128 = 10_000_000_000;
/// Most bytes of the name of a region.
pub const MAX_REGION_BYTES: usize = 16;
/// Largest demand on the memory of a gpu: 1 TiB.
pub const MAX_GPU_MEMORY_MB: u64 = 1_048_576;
/// Most nodes that a provider may be allowed.
pub const MAX_NODES: u32 = 10_000;
/// Longest cover of a beat, admission and reveal: a day.
pub const DAY: u64 = 86_400;
/// Longest proof window: an hour.
pub const MAX_WINDOW_SECS: u64 = 3_600;
/// Longest gap between windows: 30 days.
pub const MAX_GAP_SECS: u64 = 30 * DAY;
/// Longest mean time between windows: 30 days.
pub const MAX_EVERY_SECS: u64 = 30 * DAY;
/// Highest tip for a round: 10 JOULE.
pub const MAX_ROUND_TIP: u128 = 10_000_000;
/// Longest period of uptime: a year.
pub const MAX_PERIOD_SECS: u64 = 366 * DAY;
/// Heaviest admission: 2^48 units of work.
pub const MAX_ADMISSION_UNITS: u64 = 1 << 48;
/// Most failed admissions that can be allowed.
pub const MAX_FAILURES: u8 = 100;

/// Checks all parameters; `floor` is the shortest window or deadline in seconds.
///
/// # Errors
/// `reg.invalid_params` with the first parameter at fault.
pub fn validate(params: &Params, floor: u64) -> Result<(), RegistryError> {
    let Params {
        fee,
        regions,
        min_gpu_memory_mb,
        max_nodes,
        beat_secs,
        min_uptime_bps,
        uptime_period_secs,
        admission_units,
        admission_secs,
        max_admission_failures,
        window_secs,
        reveal_secs,
        window_gap_secs,
        window_every_secs,
        window_grace_secs,
        round_tip,
        window_k,
        forgery_slash_bps,
        misuse_slash_bps,
        trust,
    } = params;
    if fee.is_zero() || *fee > Uint128::new(MAX_FEE) {
        return Err(fault("fee", format!("{fee} is not within 1 and {MAX_FEE}")));
    }
    check_regions(regions)?;
    within("min_gpu_memory_mb", *min_gpu_memory_mb, 1, MAX_GPU_MEMORY_MB)?;
    within("max_nodes", u64::from(*max_nodes), 1, u64::from(MAX_NODES))?;
    within("beat_secs", *beat_secs, floor, DAY)?;
    within("min_uptime_bps", u64::from(*min_uptime_bps), 0, 10_000)?;
    within("uptime_period_secs", *uptime_period_secs, floor, MAX_PERIOD_SECS)?;
    within("admission_units", admission_units.u64(), 1, MAX_ADMISSION_UNITS)?;
    within("admission_secs", *admission_secs, floor, DAY)?;
    let failures = u64::from(*max_admission_failures);
    within("max_admission_failures", failures, 1, u64::from(MAX_FAILURES))?;
    within("window_secs", *window_secs, floor, MAX_WINDOW_SECS)?;
    within("reveal_secs", *reveal_secs, floor, DAY)?;
    // A window ends before the next one opens, so that all nodes work for one window at a time.
    let whole = window_secs.saturating_add(*reveal_secs);
    within("window_gap_secs", *window_gap_secs, whole, MAX_GAP_SECS)?;
    // How often windows may open is bounded by the gap.
    within("window_every_secs", *window_every_secs, 1, MAX_EVERY_SECS)?;
    // However late its round is posted, half of a window is left.
    within("window_grace_secs", *window_grace_secs, 1, window_secs.div_ceil(2))?;
    if *round_tip > Uint128::new(MAX_ROUND_TIP) {
        return Err(fault("round_tip", format!("{round_tip} is above {MAX_ROUND_TIP}")));
    }
    ticket::check_k(u32::from(*window_k)).map_err(|error| fault("window_k", error.to_string()))?;
    // Staking refuses to slash nothing, and the message that slashes must not fail.
    within("forgery_slash_bps", u64::from(*forgery_slash_bps), 1, 10_000)?;
    within("misuse_slash_bps", u64::from(*misuse_slash_bps), 1, 10_000)?;
    TrustRules::from(trust)
        .validate()
        .map_err(|error| fault("trust", error.to_string()))
}

/// The parameters with the changes; still to be validated.
///
/// # Errors
/// `reg.invalid_params` if the list of regions would lose or move an entry: nodes and offers keep its index.
pub fn apply(old: &Params, update: ParamsUpdate) -> Result<Params, RegistryError> {
    let ParamsUpdate {
        fee,
        regions,
        min_gpu_memory_mb,
        max_nodes,
        beat_secs,
        min_uptime_bps,
        uptime_period_secs,
        admission_units,
        admission_secs,
        max_admission_failures,
        window_secs,
        reveal_secs,
        window_gap_secs,
        window_every_secs,
        window_grace_secs,
        round_tip,
        window_k,
        forgery_slash_bps,
        misuse_slash_bps,
        trust,
    } = update;
    let new = Params {
        fee: fee.unwrap_or(old.fee),
        regions: regions.unwrap_or_else(|| old.regions.clone()),
        min_gpu_memory_mb: min_gpu_memory_mb.unwrap_or(old.min_gpu_memory_mb),
        max_nodes: max_nodes.unwrap_or(old.max_nodes),
        beat_secs: beat_secs.unwrap_or(old.beat_secs),
        min_uptime_bps: min_uptime_bps.unwrap_or(old.min_uptime_bps),
        uptime_period_secs: uptime_period_secs.unwrap_or(old.uptime_period_secs),
        admission_units: admission_units.unwrap_or(old.admission_units),
        admission_secs: admission_secs.unwrap_or(old.admission_secs),
        max_admission_failures: max_admission_failures.unwrap_or(old.max_admission_failures),
        window_secs: window_secs.unwrap_or(old.window_secs),
        reveal_secs: reveal_secs.unwrap_or(old.reveal_secs),
        window_gap_secs: window_gap_secs.unwrap_or(old.window_gap_secs),
        window_every_secs: window_every_secs.unwrap_or(old.window_every_secs),
        window_grace_secs: window_grace_secs.unwrap_or(old.window_grace_secs),
        round_tip: round_tip.unwrap_or(old.round_tip),
        window_k: window_k.unwrap_or(old.window_k),
        forgery_slash_bps: forgery_slash_bps.unwrap_or(old.forgery_slash_bps),
        misuse_slash_bps: misuse_slash_bps.unwrap_or(old.misuse_slash_bps),
        trust: trust.unwrap_or_else(|| old.trust.clone()),
    };
    if !new.regions.starts_with(&old.regions) {
        let reason = format!("must begin with {}; regions are only added", old.regions.join(","));
        return Err(fault("regions", reason));
    }
    Ok(new)
}

/// Checks the floor that instantiation fixes.
///
/// # Errors
/// `reg.invalid_params`.
pub fn check_floor(floor: u64) -> Result<(), RegistryError> {
    within("min_window_secs", floor, 1, MAX_WINDOW_SECS)
}

fn check_regions(regions: &[String]) -> Result<(), RegistryError> {
    if regions.is_empty() || regions.len() > MAX_REGIONS {
        let reason = format!("{} regions; 1 to {MAX_REGIONS} are allowed", regions.len());
        return Err(fault("regions", reason));
    }
    for (at, region) in regions.iter().enumerate() {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if region.is_empty() || region.len() > MAX_REGION_BYTES || !region.chars().all(plain) {
            let reason = format!("number {at} is not 1 to {MAX_REGION_BYTES} of a-z, 0-9 and -");
            return Err(fault("regions", reason));
        }
        if regions.iter().take(at).any(|other| other == region) {
            return Err(fault("regions", format!("`{region}` is listed twice")));
        }
    }
    Ok(())
}

pub(crate) fn within(field: &'static str, value: u64, min: u64, max: u64) -> Result<(), RegistryError> {
    if (min..=max).contains(&value) {
        return Ok(());
    }
    Err(fault(field, format!("{value} is not within {min} and {max}")))
}

fn fault(field: &'static str, reason: String) -> RegistryError {
    RegistryError::InvalidParams { field, reason }
}
