//! How a hold is divided when it closes.

use cosmwasm_std::{OverflowError, Uint128};
use joule_types::work::fees::{self, FeeTerms, Split};

use crate::EscrowError;

/// The parts of a closed hold: `gross + awards + (refund - discount) = remaining`, exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// Sum to which the fee applied, cut to what the hold had.
    pub gross: Uint128,
    /// Its division.
    pub split: Split,
    /// The awards in order, each cut to what was left.
    pub awards: Vec<Uint128>,
    /// Back to the payer, discount included.
    pub refund: Uint128,
}

/// Divides `remaining`: the gross first, then the awards in order, the rest to the payer. Sums beyond what is left
/// are cut, so that closing never fails for lack of money.
///
/// # Errors
/// `work.bps_out_of_range` for terms that were never validated.
pub fn settle(
    remaining: Uint128,
    terms: &FeeTerms,
    has_referrer: bool,
    gross: Uint128,
    awards: &[Uint128],
) -> Result<Settlement, EscrowError> {
    let gross = gross.min(remaining);
    let split = fees::split(gross.u128(), terms, has_referrer)?;
    let (awards, rest) = cut(remaining.checked_sub(gross)?, awards)?;
    Ok(Settlement {
        gross,
        refund: rest.checked_add(split.discount.into())?,
        split,
        awards,
    })
}

/// The awards in order, each cut to what is left, and the rest.
///
/// # Errors
/// None that can happen: no more is taken than is left.
pub fn cut(mut rest: Uint128, awards: &[Uint128]) -> Result<(Vec<Uint128>, Uint128), OverflowError> {
    let mut paid = Vec::with_capacity(awards.len());
    for award in awards {
        let part = rest.min(*award);
        rest = rest.checked_sub(part)?;
        paid.push(part);
    }
    Ok((paid, rest))
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_case_of_350_40_pays_322_368_and_28_032() {
        let whole = Uint128::new(350_400_000);
        let settled = settle(whole, &FeeTerms::DEFAULT, false, whole, &[]).unwrap();
        assert_eq!(settled.split.provider, 322_368_000);
        assert_eq!(settled.split.fee(), 28_032_000);
        assert_eq!(settled.refund, Uint128::zero());
    }

    #[test]
    fn the_gross_is_cut_first_then_the_awards_in_order() {
        let free = FeeTerms {
            fee_bps: 0,
            ..FeeTerms::DEFAULT
        };
        let two = [Uint128::new(30), Uint128::new(30)];
        for (remaining, gross, awards, refund) in [
            (100u128, 20u128, [30u128, 30], 20u128),
            (100, 60, [30, 10], 0),
            (100, 200, [0, 0], 0),
            (0, 5, [0, 0], 0),
        ] {
            let settled = settle(remaining.into(), &free, false, 20u128.max(gross).into(), &two).unwrap();
            assert_eq!(settled.gross, Uint128::new(remaining.min(20u128.max(gross))));
            assert_eq!(settled.awards, awards.map(Uint128::new));
            assert_eq!(settled.refund, Uint128::new(refund));
        }
    }

    proptest! {
        /// I-05: nothing is lost and nothing is made, for any sums and any valid terms.
        #[test]
        fn the_parts_make_up_the_hold(
            remaining in 0..=u128::MAX,
            gross in 0..=u128::MAX,
            awards in prop::collection::vec(0..=u128::MAX, 0..=4),
            fee_bps in 0u16..=2_000,
            stakers_bps in 0u16..=10_000,
            discount_bps in 0u16..=10_000,
            has_referrer: bool,
        ) {
            let terms = FeeTerms { fee_bps, stakers_bps, referrer_bps: 10_000 - stakers_bps, discount_bps };
            let awards: Vec<_> = awards.into_iter().map(Uint128::new).collect();
            let settled = settle(remaining.into(), &terms, has_referrer, gross.into(), &awards).unwrap();
            let split = settled.split;
            let parts = [split.provider, split.stakers, split.referrer, split.treasury, settled.refund.u128()];
            let sum = parts.into_iter().chain(settled.awards.iter().map(|a| a.u128())).try_fold(0u128, u128::checked_add);
            prop_assert_eq!(sum, Some(remaining));
            prop_assert!(settled.awards.iter().zip(&awards).all(|(paid, asked)| paid <= asked));
        }
    }
}
