//! Bounds of the parameters.

use cosmwasm_std::Uint128;
use joule_types::staking::{Params, ParamsUpdate};

use crate::state::Fixed;
use crate::StakingError;

/// Longest unbonding: a year.
pub const MAX_UNBONDING_SECS: u64 = 365 * 24 * 3600;
/// Highest minimum bond and minimum stake of a validator: ten million JOULE, in micro-JOULE.
pub const MAX_MIN_BOND: u128 = 10_000_000_000_000;
/// Longest epoch: a week.
pub const MAX_EPOCH_SECS: u64 = 7 * 24 * 3600;

/// Checks every bound. Unbonding stays at or above the floor that was fixed at instantiation, so that no later vote can
/// let stake leave before a dispute about it ends.
///
/// # Errors
/// [`StakingError::InvalidParams`] with the first field at fault.
pub fn validate(params: &Params, fixed: &Fixed) -> Result<(), StakingError> {
    let least = u128::from(fixed.min_unbonding_secs.max(1));
    within(
        "unbonding_secs",
        params.unbonding_secs.into(),
        least,
        MAX_UNBONDING_SECS.into(),
    )?;
    within("min_bond", params.min_bond.u128(), 1, MAX_MIN_BOND)?;
    within(
        "min_validator_stake",
        params.min_validator_stake.u128(),
        1,
        MAX_MIN_BOND,
    )
}

/// Checks the length of an epoch, which is fixed at instantiation.
///
/// # Errors
/// [`StakingError::InvalidParams`].
pub fn validate_epoch(epoch_secs: u64) -> Result<(), StakingError> {
    within("epoch_secs", epoch_secs.into(), 1, MAX_EPOCH_SECS.into())
}

fn within(what: &'static str, found: u128, min: u128, max: u128) -> Result<(), StakingError> {
    if (min..=max).contains(&found) {
        return Ok(());
    }
    Err(StakingError::InvalidParams {
        what,
        found: Uint128::new(found),
        min: Uint128::new(min),
        max: Uint128::new(max),
    })
}

/// The parameters after an update; fields that are absent stay.
pub fn updated(old: &Params, update: ParamsUpdate) -> Params {
    let ParamsUpdate {
        unbonding_secs,
        min_bond,
        min_validator_stake,
    } = update;
    Params {
        unbonding_secs: unbonding_secs.unwrap_or(old.unbonding_secs),
        min_bond: min_bond.unwrap_or(old.min_bond),
        min_validator_stake: min_validator_stake.unwrap_or(old.min_validator_stake),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_of_every_bound_hold() {
        let fixed = Fixed {
            min_unbonding_secs: 100,
        };
        let check = |unbonding_secs, min_bond: u128, min_validator_stake: u128| {
            let params = Params {
                unbonding_secs,
                min_bond: min_bond.into(),
                min_validator_stake: min_validator_stake.into(),
            };
            validate(&params, &fixed).is_ok()
        };
        assert!(check(100, 1, 1));
        assert!(check(MAX_UNBONDING_SECS, MAX_MIN_BOND, MAX_MIN_BOND));
        assert!(!check(99, 1, 1));
        assert!(!check(MAX_UNBONDING_SECS + 1, 1, 1));
        assert!(!check(100, 0, 1));
        assert!(!check(100, MAX_MIN_BOND + 1, 1));
        assert!(!check(100, 1, 0));
        assert!(!check(100, 1, MAX_MIN_BOND + 1));
        assert!(validate_epoch(1).is_ok() && validate_epoch(MAX_EPOCH_SECS).is_ok());
        assert!(validate_epoch(0).is_err() && validate_epoch(MAX_EPOCH_SECS + 1).is_err());
        let none = Fixed { min_unbonding_secs: 0 };
        let zero = Params {
            unbonding_secs: 0,
            min_bond: Uint128::one(),
            min_validator_stake: Uint128::one(),
        };
        assert!(validate(&zero, &none).is_err());
    }
}
