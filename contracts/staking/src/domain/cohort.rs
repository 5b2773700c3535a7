//! Cohorts of unbonding stake: all that matures on the same day of a pool, so that a slash touches a bounded number of
//! records and matured stake is out of its reach.

use joule_types::work::{math::mul_div_ceil, WorkError};

/// The most unmatured cohorts of a pool, and so the bound of a slash's loop. With a constant `unbonding_secs` this many
/// is never exceeded: maturities lie in the open interval from `now` to `now + U + L` on a grid of `L = ceil(U / 21)`,
/// which holds at most `ceil((U + L) / L) <= 22` points. After a change of `unbonding_secs` [`place`] keeps to it.
pub const MAX_COHORTS: usize = 22;

/// Parts into which the unbonding time is divided: days of 21.
const PARTS: u64 = 21;

/// Where stake that starts to unbond goes.
#[derive(Debug, PartialEq, Eq)]
pub enum Place {
    /// The cohort of this maturity, new or not.
    At(u64),
    /// Nowhere until this second, when a cohort matures: only right after a rise of `unbonding_secs`, with 22 earlier
    /// cohorts under way.
    Full(u64),
}

/// The maturity for stake that unbonds `now`: `now + unbonding_secs`, rounded up to the grid, never earlier. Where
/// 22 others (`unmatured`, in order) are under way, the next later one of them.
///
/// # Errors
/// Overflow of the time.
pub fn place(now: u64, unbonding_secs: u64, unmatured: &[u64]) -> Result<Place, WorkError> {
    let at = maturity(now, unbonding_secs)?;
    if unmatured.len() < MAX_COHORTS {
        return Ok(Place::At(at));
    }
    let later = unmatured.iter().copied().find(|other| *other >= at);
    Ok(later.map_or_else(|| Place::Full(unmatured.first().copied().unwrap_or(at)), Place::At))
}

/// `now + unbonding_secs`, rounded up to the grid.
///
/// # Errors
/// Overflow of the time.
pub fn maturity(now: u64, unbonding_secs: u64) -> Result<u64, WorkError> {
    const OVERFLOW: WorkError = WorkError::Overflow {
        what: "the maturity time",
    };
    let length = u128::from(unbonding_secs.div_ceil(PARTS).max(1));
    let due = now.checked_add(unbonding_secs).ok_or(OVERFLOW)?;
    let points = mul_div_ceil(due.into(), 1, length)?;
    let at = points.checked_mul(length).ok_or(OVERFLOW)?;
    u64::try_from(at).map_err(|_| OVERFLOW)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::panic)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn twenty_one_days_mature_on_midnights() {
        let day = 86_400;
        assert_eq!(place(10 * day, 21 * day, &[]), Ok(Place::At(31 * day)));
        assert_eq!(place(10 * day + 1, 21 * day, &[]), Ok(Place::At(32 * day)));
        assert_eq!(place(7, 1, &[]), Ok(Place::At(8)));
        assert!(place(u64::MAX, 1, &[]).is_err());
    }

    #[test]
    fn a_full_pool_joins_the_next_later_cohort_or_waits() {
        let at = |step: u64| (1..=22).map(|i| i * step).collect::<Vec<_>>();
        assert_eq!(place(0, 21, &at(100)), Ok(Place::At(100)));
        assert_eq!(place(0, 2_100, &at(100)), Ok(Place::At(2_100)));
        assert_eq!(place(0, 2_100, &at(1)), Ok(Place::Full(1)));
    }

    proptest! {
        /// With a constant time no pool is ever full and stake never matures early nor more than a part late.
        #[test]
        fn a_constant_time_needs_at_most_22(secs in 1u64..5_000, start in 0u64..10_000, gaps in prop::collection::vec(0u64..400, 1..200)) {
            let (mut now, mut cohorts) = (start, Vec::<u64>::new());
            for gap in gaps {
                now += gap;
                cohorts.retain(|at| *at > now);
                let Place::At(at) = place(now, secs, &cohorts).unwrap() else { panic!("full") };
                prop_assert!(at >= now + secs && at < now + secs + secs.div_ceil(21));
                if !cohorts.contains(&at) {
                    cohorts.push(at);
                }
                prop_assert!(cohorts.len() <= MAX_COHORTS);
            }
        }

        /// Whatever the dao does to the time, 22 is the bound, nothing matures early, and who must wait waits for a
        /// maturity.
        #[test]
        fn a_changing_time_needs_at_most_22(steps in prop::collection::vec((0u64..60, 1u64..2_000), 1..300)) {
            let (mut now, mut cohorts) = (0u64, Vec::<u64>::new());
            for (gap, secs) in steps {
                now += gap;
                cohorts.retain(|at| *at > now);
                match place(now, secs, &cohorts).unwrap() {
                    Place::At(at) => {
                        prop_assert!(at >= now + secs);
                        if !cohorts.contains(&at) {
                            cohorts.push(at);
                            cohorts.sort_unstable();
                        }
                    }
                    Place::Full(at) => prop_assert_eq!(Some(&at), cohorts.first()),
                }
                prop_assert!(cohorts.len() <= MAX_COHORTS);
            }
        }
    }
}
