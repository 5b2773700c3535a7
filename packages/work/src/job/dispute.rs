//! How a dispute divides the quote and the opener's bond (DESIGN 11.5).

use serde::{Deserialize, Serialize};

use crate::fees::{at_most, part};
use crate::{WorkError, BPS};

/// A party of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// Who posted and paid.
    Buyer,
    /// Who ran it.
    Provider,
}

indexed!(Party { Buyer = 0, Provider = 1 });

/// A disputed quote and the opener's bond divided; the four parts add up to `quote + bond`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DisputeSplit {
    /// The provider's part before the platform's fee, which applies to it as to any payment.
    pub provider: u128,
    /// The buyer's part, returned.
    pub buyer: u128,
    /// The arbiter's fee.
    pub arbiter: u128,
    /// What the opener gets back of the bond.
    pub bond_back: u128,
}

/// The bond of whoever opens a dispute, which is also the arbiter's full fee: `floor(quote x fee_bps / 10000)`.
///
/// # Errors
/// `work.bps_out_of_range` above the whole.
pub fn dispute_bond(quote: u128, fee_bps: u16) -> Result<u128, WorkError> {
    at_most("the dispute fee", u32::from(fee_bps), u32::from(BPS))?;
    part(quote, fee_bps)
}

/// Divides by the arbiter's decision (DESIGN 11.5). The provider gets `floor(quote x provider_bps / 10000)` and the buyer
/// the rest. Who gets less than half pays the fee; on an equal split each pays half, the odd unit the buyer. The opener
/// pays from the bond, the other side from its part of the quote, as far as that goes.
///
/// # Errors
/// `work.bps_out_of_range` for a ratio above the whole.
pub fn resolve_dispute(quote: u128, provider_bps: u16, fee_bps: u16, opener: Party) -> Result<DisputeSplit, WorkError> {
    at_most("provider_bps", u32::from(provider_bps), u32::from(BPS))?;
    let bond = dispute_bond(quote, fee_bps)?;
    let provider = part(quote, provider_bps)?;
    let buyer = quote.saturating_sub(provider);
    let provider_owes = match provider_bps.cmp(&(BPS / 2)) {
        core::cmp::Ordering::Less => bond,
        core::cmp::Ordering::Equal => bond / 2,
        core::cmp::Ordering::Greater => 0,
    };
    let buyer_owes = bond.saturating_sub(provider_owes);
    Ok(match opener {
        Party::Buyer => {
            let paid = provider_owes.min(provider);
            DisputeSplit {
                provider: provider.saturating_sub(paid),
                buyer,
                arbiter: buyer_owes.saturating_add(paid),
                bond_back: bond.saturating_sub(buyer_owes),
            }
        }
        Party::Provider => {
            let paid = buyer_owes.min(buyer);
            DisputeSplit {
                provider,
                buyer: buyer.saturating_sub(paid),
                arbiter: provider_owes.saturating_add(paid),
                bond_back: bond.saturating_sub(provider_owes),
            }
        }
    })
}

/// Divides when the arbiter was silent: half each, the odd unit to the buyer, no fee, the whole bond back.
///
/// # Errors
/// `work.bps_out_of_range` for a fee above the whole.
pub fn dispute_silence(quote: u128, fee_bps: u16) -> Result<DisputeSplit, WorkError> {
    let provider = quote / 2;
    let bond_back = dispute_bond(quote, fee_bps)?;
    Ok(DisputeSplit {
        provider,
        buyer: quote.saturating_sub(provider),
        arbiter: 0,
        bond_back,
    })
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_dispute_conserves_money(quote in prop_oneof![0u128..2_000, 0..u128::MAX / 2], provider_bps in 0..=BPS, fee_bps in 0..=BPS) {
            let bond = dispute_bond(quote, fee_bps).unwrap();
            for opener in Party::ALL {
                let split = resolve_dispute(quote, provider_bps, fee_bps, *opener).unwrap();
                prop_assert_eq!(split.provider + split.buyer + split.arbiter + split.bond_back, quote + bond);
                prop_assert!(split.arbiter <= bond);
                // Whoever gets more than half loses nothing by the fee.
                let full = quote - part(quote, provider_bps).unwrap();
                prop_assert!(provider_bps >= 5_000 || *opener != Party::Buyer || split.buyer + split.bond_back >= full);
                let opener_won = (provider_bps > 5_000) == (*opener == Party::Provider) && provider_bps != 5_000;
                prop_assert!(!opener_won || split.bond_back == bond);
                let opener_lost = (provider_bps > 5_000) == (*opener == Party::Buyer) && provider_bps != 5_000;
                prop_assert!(!opener_lost || (split.bond_back == 0 && split.arbiter == bond));
            }
            let silence = dispute_silence(quote, fee_bps).unwrap();
            prop_assert_eq!(silence.provider + silence.buyer, quote);
            prop_assert_eq!((silence.provider, silence.arbiter, silence.bond_back), (quote / 2, 0, bond));
        }
    }

    #[test]
    fn an_equal_split_shares_the_fee() {
        let split = resolve_dispute(1_000_050, 5_000, 200, Party::Buyer).unwrap();
        // The fee of 20001 is 10000 from the provider's half and 10001 from the buyer's bond.
        let want = DisputeSplit {
            provider: 490_025,
            buyer: 500_025,
            arbiter: 20_001,
            bond_back: 10_000,
        };
        assert_eq!(split, want);
    }

    #[test]
    fn dispute_ratios_are_checked() {
        assert!(matches!(
            resolve_dispute(1, 10_001, 200, Party::Buyer),
            Err(WorkError::BpsOutOfRange { .. })
        ));
        assert!(matches!(
            dispute_silence(1, 10_001),
            Err(WorkError::BpsOutOfRange { .. })
        ));
    }
}
