//! Prices: the quote of a job, the accrual of a stream and the estimate of a month's earnings.

use serde::{Deserialize, Serialize};

use crate::fees::{at_most, split, FeeTerms};
use crate::math::{mul_div_ceil, mul_div_floor};
use crate::{WorkError, BPS};

const SECS_PER_HOUR: u64 = 3_600;
const SECS_PER_MINUTE: u64 = 60;
const SECS_PER_DAY: u64 = 86_400;

/// What a price is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PriceUnit {
    /// One hour of one unit, exact to the second.
    Hour,
    /// One minute of one unit, exact to the second.
    Minute,
    /// 10^9 bytes moved.
    Gigabyte,
    /// One task.
    Task,
    /// One data point.
    DataPoint,
}

indexed!(PriceUnit { Hour = 0, Minute = 1, Gigabyte = 2, Task = 3, DataPoint = 4 });

impl PriceUnit {
    /// Seconds in one unit of time, or `None` for a unit that is counted.
    pub const fn unit_secs(self) -> Option<u64> {
        match self {
            Self::Hour => Some(SECS_PER_HOUR),
            Self::Minute => Some(SECS_PER_MINUTE),
            Self::Gigabyte | Self::Task | Self::DataPoint => None,
        }
    }

    /// The month that earnings are stated for: 730 hours for units of time, 30 days for units that are counted.
    pub const fn month_secs(self) -> u64 {
        match self {
            Self::Hour | Self::Minute => 730 * SECS_PER_HOUR,
            Self::Gigabyte | Self::Task | Self::DataPoint => 30 * SECS_PER_DAY,
        }
    }
}

/// The price of a job, rounded up: `ceil(price x units x max_secs / unit_secs)`, or `price x units` for counted units,
/// whose price does not depend on `max_secs` (DESIGN 11.2).
///
/// # Errors
/// `work.overflow`.
pub fn quote(price: u128, units: u64, max_secs: u64, unit: PriceUnit) -> Result<u128, WorkError> {
    const OVERFLOW: WorkError = WorkError::Overflow { what: "the quote" };
    let units = u128::from(units);
    let Some(unit_secs) = unit.unit_secs() else {
        return price.checked_mul(units).ok_or(OVERFLOW);
    };
    let unit_seconds = units.checked_mul(u128::from(max_secs)).ok_or(OVERFLOW)?;
    mul_div_ceil(price, unit_seconds, u128::from(unit_secs))
}

/// What a stream has earned after `secs` online seconds: `min(floor(rate_per_hour x secs / 3600), funded)`. Depends on
/// nothing but its arguments, so the order and number of settlements never change what is paid.
pub fn accrued(rate_per_hour: u128, secs: u64, funded: u128) -> u128 {
    // The only failure is a result above 128 bits, which is above any fund.
    mul_div_floor(rate_per_hour, u128::from(secs), u128::from(SECS_PER_HOUR)).map_or(funded, |sum| sum.min(funded))
}

/// What is still to pay of [`accrued`] when `already` was paid; zero when more was paid than has accrued.
pub fn due(rate_per_hour: u128, secs: u64, funded: u128, already: u128) -> u128 {
    accrued(rate_per_hour, secs, funded).saturating_sub(already)
}

/// What a device is assumed to sell, for [`estimate`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Price of one unit.
    pub price: u128,
    /// What the price is for.
    pub unit: PriceUnit,
    /// Units at work at once for units of time; units a day for units that are counted.
    pub units: u64,
    /// Part of the period in which they are sold, basis points.
    pub utilisation_bps: u16,
    /// Length of the period in seconds; a month is [`PriceUnit::month_secs`].
    pub period_secs: u64,
}

/// Earnings of a period; `net + fee = gross`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Earnings {
    /// What buyers pay, rounded down.
    pub gross: u128,
    /// What the provider keeps.
    pub net: u128,
    /// The platform's fee.
    pub fee: u128,
}

/// Earnings by `hours x rate x utilisation` and the fee split, before yield and bonuses.
///
/// # Errors
/// `work.overflow`; `work.bps_out_of_range` for a utilisation above the whole or invalid terms.
pub fn estimate(usage: &Usage, terms: &FeeTerms) -> Result<Earnings, WorkError> {
    at_most("utilisation_bps", u32::from(usage.utilisation_bps), u32::from(BPS))?;
    let unit_secs = usage.unit.unit_secs().unwrap_or(SECS_PER_DAY);
    let weighted = u128::from(usage.units)
        .checked_mul(u128::from(usage.period_secs))
        .and_then(|unit_seconds| unit_seconds.checked_mul(u128::from(usage.utilisation_bps)))
        .ok_or(WorkError::Overflow {
            what: "the units sold in the period",
        })?;
    let whole = u128::from(unit_secs).saturating_mul(u128::from(BPS));
    let gross = mul_div_floor(usage.price, weighted, whole)?;
    let shares = split(gross, terms, false)?;
    Ok(Earnings {
        gross,
        net: shares.provider,
        fee: shares.fee(),
    })
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The smallest amount that covers the exact price.
        #[test]
        fn a_quote_is_the_smallest_cover(price in 0..1u128 << 60, units in 0..1u64 << 20, secs in 0..1u64 << 30, minute: bool) {
            let (unit, unit_secs) = if minute { (PriceUnit::Minute, 60) } else { (PriceUnit::Hour, 3_600) };
            let exact = price * u128::from(units) * u128::from(secs);
            let quote = quote(price, units, secs, unit).unwrap();
            prop_assert!(quote * unit_secs >= exact);
            prop_assert!(quote == 0 || (quote - 1) * unit_secs < exact);
        }

        /// A minute price is the hour price of sixty times as much.
        #[test]
        fn minutes_and_hours_agree(price in 0..1u128 << 100, secs: u32) {
            let secs = u64::from(secs);
            prop_assert_eq!(quote(price, 1, secs, PriceUnit::Minute), quote(price * 60, 1, secs, PriceUnit::Hour));
        }

        /// However a stream is settled on the way, the sum paid is the same.
        #[test]
        fn settlement_does_not_depend_on_the_path(
            rate in prop_oneof![0u128..10_000, any::<u128>()], funded in prop_oneof![0u128..10_000, any::<u128>()],
            mut times in prop::collection::vec(0u64..10_000_000, 1..20),
        ) {
            times.sort_unstable();
            let mut paid = 0u128;
            for secs in &times {
                paid += due(rate, *secs, funded, paid);
                prop_assert_eq!(due(rate, *secs, funded, paid), 0, "a second settlement in the same block pays nothing");
                prop_assert!(paid <= funded);
            }
            prop_assert_eq!(paid, accrued(rate, times[times.len() - 1], funded));
        }

        /// Net and fee make up the gross, which never passes full use of the period.
        #[test]
        fn estimates_add_up(price in 0..1u128 << 64, units in 0u64..1_000_000, utilisation_bps in 0..=BPS, period_secs: u32) {
            for unit in PriceUnit::ALL {
                let usage = Usage { price, unit: *unit, units, utilisation_bps, period_secs: u64::from(period_secs) };
                let got = estimate(&usage, &FeeTerms::DEFAULT).unwrap();
                let full = estimate(&Usage { utilisation_bps: BPS, ..usage }, &FeeTerms::DEFAULT).unwrap();
                prop_assert_eq!(got.net + got.fee, got.gross);
                prop_assert!(got.gross <= full.gross);
                prop_assert!(utilisation_bps != BPS || got == full);
            }
        }
    }

    #[test]
    fn refusals() {
        let over = |result: Result<u128, WorkError>| matches!(result, Err(WorkError::Overflow { .. }));
        assert!(over(quote(u128::MAX, 2, 0, PriceUnit::Task)));
        assert!(over(quote(u128::MAX, u64::MAX, u64::MAX, PriceUnit::Hour)));
        let usage = Usage {
            price: 1,
            unit: PriceUnit::Hour,
            units: 1,
            utilisation_bps: 10_001,
            period_secs: 1,
        };
        assert!(matches!(
            estimate(&usage, &FeeTerms::DEFAULT),
            Err(WorkError::BpsOutOfRange { value: 10_001, .. })
        ));
        let huge = Usage {
            units: u64::MAX,
            period_secs: u64::MAX,
            utilisation_bps: BPS,
            ..usage
        };
        assert!(matches!(
            estimate(&huge, &FeeTerms::DEFAULT),
            Err(WorkError::Overflow { .. })
        ));
    }
}
