//! How the money of a job and of a dispute's bond is divided. All sums in base units of the job's denomination.

use joule_work::{
    job::{dispute_silence, resolve_dispute, Party},
    math::mul_div_floor,
    WorkError,
};

/// What leaves the two holds of a disputed job; the rest of each goes back to who paid it in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Division {
    /// From the job's hold to the provider, before the fee.
    pub gross: u128,
    /// From the job's hold to the arbiter.
    pub from_hold: u128,
    /// From the bond to the arbiter.
    pub from_bond: u128,
}

/// Divides by the arbiter's decision, or by silence where there is none.
///
/// # Errors
/// `work.bps_out_of_range`.
pub fn divide(
    quote: u128,
    bond: u128,
    fee_bps: u16,
    opener: Party,
    decision: Option<u16>,
) -> Result<Division, WorkError> {
    let split = match decision {
        Some(provider_bps) => resolve_dispute(quote, provider_bps, fee_bps, opener)?,
        None => dispute_silence(quote, fee_bps)?,
    };
    let from_bond = bond.saturating_sub(split.bond_back);
    Ok(Division {
        gross: split.provider,
        from_hold: split.arbiter.saturating_sub(from_bond),
        from_bond,
    })
}

/// Micro-JOULE that a slash may repay the buyer (DESIGN 11.4): the quote itself in JOULE, elsewhere
/// `floor(quote x joule_per_million / 1000000)`, nothing without a rate.
#[must_use]
pub fn repayment(quote: u128, is_joule: bool, joule_per_million: Option<u128>) -> u128 {
    match joule_per_million {
        _ if is_joule => quote,
        Some(rate) => mul_div_floor(quote, rate, 1_000_000).unwrap_or(u128::MAX),
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use joule_work::job::dispute_bond;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_division_follows_the_rule_and_never_takes_more_than_the_holds_have(
            quote in prop_oneof![0u128..200, any::<u64>().prop_map(u128::from), Just(u128::MAX)],
            fee_bps in 0u16..=1_000,
            by_buyer: bool,
            decision in prop::option::of(0u16..=10_000),
        ) {
            let bond = dispute_bond(quote, fee_bps).unwrap();
            let opener = if by_buyer { Party::Buyer } else { Party::Provider };
            let division = divide(quote, bond, fee_bps, opener, decision).unwrap();
            prop_assert!(division.from_bond <= bond);
            prop_assert!(division.gross.checked_add(division.from_hold).is_some_and(|sum| sum <= quote));
            let Some(bps) = decision else {
                prop_assert_eq!(division, Division { gross: quote / 2, from_hold: 0, from_bond: 0 });
                return Ok(());
            };
            // Who gets less than half owes the fee; the opener pays from the bond, the other side from its part.
            let part = joule_work::fees::part(quote, bps).unwrap();
            let provider_owes = match bps { 0..5_000 => bond, 5_000 => bond / 2, _ => 0 };
            let buyer_owes = bond.saturating_sub(provider_owes);
            let wanted = if by_buyer {
                let taken = provider_owes.min(part);
                Division { gross: part.saturating_sub(taken), from_hold: taken, from_bond: buyer_owes }
            } else {
                let taken = buyer_owes.min(quote.saturating_sub(part));
                Division { gross: part, from_hold: taken, from_bond: provider_owes }
            };
            prop_assert_eq!(division, wanted);
        }
    }

    #[test]
    fn repayment_by_denomination() {
        assert_eq!(repayment(350_400_000, true, None), 350_400_000);
        assert_eq!(repayment(350_400_000, false, None), 0);
        assert_eq!(repayment(350_400_001, false, Some(2_500_000)), 876_000_002);
        assert_eq!(repayment(u128::MAX, false, Some(u128::MAX)), u128::MAX);
    }
}
