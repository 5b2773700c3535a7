//! Bounds of the parameters.

use joule_types::dao::{Params, ParamsUpdate};

use crate::{state::Fixed, DaoError};

const YEAR: u64 = 365 * 24 * 3600;

/// Checks every bound: durations between the fixed floor and a year, shares within basis points.
///
/// # Errors
/// [`DaoError::InvalidParams`] with the first field at fault.
pub fn validate(params: &Params, fixed: &Fixed) -> Result<(), DaoError> {
    let least = fixed.min_duration_secs.max(1);
    within("voting_secs", params.voting_secs, least, YEAR)?;
    within("timelock_secs", params.timelock_secs, least, YEAR)?;
    within("expiry_secs", params.expiry_secs, least, YEAR)?;
    within("quorum_bps", params.quorum_bps.into(), 1, 10_000)?;
    within("threshold_bps", params.threshold_bps.into(), 5_000, 9_999)?;
    within("veto_bps", params.veto_bps.into(), 1, 10_000)?;
    within("max_open", params.max_open.into(), 1, 100)
}

fn within(what: &'static str, found: u64, min: u64, max: u64) -> Result<(), DaoError> {
    if (min..=max).contains(&found) {
        Ok(())
    } else {
        Err(DaoError::InvalidParams { what, found, min, max })
    }
}

/// The parameters after an update; fields that are absent stay.
pub fn updated(old: &Params, update: ParamsUpdate) -> Params {
    let ParamsUpdate {
        voting_secs,
        timelock_secs,
        expiry_secs,
        quorum_bps,
        threshold_bps,
        veto_bps,
        deposit,
        max_open,
    } = update;
    Params {
        voting_secs: voting_secs.unwrap_or(old.voting_secs),
        timelock_secs: timelock_secs.unwrap_or(old.timelock_secs),
        expiry_secs: expiry_secs.unwrap_or(old.expiry_secs),
        quorum_bps: quorum_bps.unwrap_or(old.quorum_bps),
        threshold_bps: threshold_bps.unwrap_or(old.threshold_bps),
        veto_bps: veto_bps.unwrap_or(old.veto_bps),
        deposit: deposit.unwrap_or(old.deposit),
        max_open: max_open.unwrap_or(old.max_open),
    }
}
