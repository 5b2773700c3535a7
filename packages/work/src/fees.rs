//! The split of a payment: provider, buyer's discount, stakers, referrer, treasury.

use serde::{Deserialize, Serialize};

use crate::math::mul_div_floor;
use crate::{WorkError, BPS};

/// The highest platform fee that can be governed, in basis points.
pub const MAX_FEE_BPS: u16 = 2_000;

/// Terms of a deal's fee, fixed the day the deal is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FeeTerms {
    /// The platform's fee on the payment, basis points, at most [`MAX_FEE_BPS`].
    pub fee_bps: u16,
    /// The stakers' part of the fee after the discount, basis points.
    pub stakers_bps: u16,
    /// The referrer's part of the fee after the discount, basis points; the treasury's where there is no referrer.
    pub referrer_bps: u16,
    /// The part of the fee that goes back to the buyer, basis points; zero unless the deal is paid in JOULE.
    pub discount_bps: u16,
}

impl FeeTerms {
    /// 8 % fee; of it 25 % to stakers, 5 % to a referrer, the rest to the treasury; no discount.
    pub const DEFAULT: Self = Self {
        fee_bps: 800,
        stakers_bps: 2_500,
        referrer_bps: 500,
        discount_bps: 0,
    };

    /// Checks the bounds: the fee, the sum of the parts, and the discount.
    ///
    /// # Errors
    /// `work.bps_out_of_range`.
    pub fn validate(&self) -> Result<(), WorkError> {
        at_most("fee_bps", u32::from(self.fee_bps), u32::from(MAX_FEE_BPS))?;
        let parts = u32::from(self.stakers_bps).saturating_add(u32::from(self.referrer_bps));
        at_most("stakers_bps + referrer_bps", parts, u32::from(BPS))?;
        at_most("discount_bps", u32::from(self.discount_bps), u32::from(BPS))
    }
}

impl Default for FeeTerms {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// A payment divided; the parts add up to it exactly.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Split {
    /// What the provider is paid.
    pub provider: u128,
    /// What goes back to the buyer.
    pub discount: u128,
    /// The stakers' part.
    pub stakers: u128,
    /// The referrer's part; zero where there is none.
    pub referrer: u128,
    /// The treasury's part, which takes every remainder of the rounding inside the fee.
    pub treasury: u128,
}

impl Split {
    /// The platform's fee before the discount: all but the provider's part.
    pub fn fee(&self) -> u128 {
        self.discount.saturating_add(self.fee_kept())
    }

    /// The platform's fee after the discount.
    pub fn fee_kept(&self) -> u128 {
        self.stakers.saturating_add(self.referrer).saturating_add(self.treasury)
    }
}

/// Divides `gross` (DESIGN 11.1): `provider = floor(gross x (10000 - fee_bps) / 10000)` and `fee = gross - provider`;
/// `discount = floor(fee x discount_bps / 10000)`; stakers and referrer get `floor((fee - discount) x bps / 10000)`, the
/// treasury the rest.
///
/// # Errors
/// `work.bps_out_of_range` for terms that [`FeeTerms::validate`] refuses.
pub fn split(gross: u128, terms: &FeeTerms, has_referrer: bool) -> Result<Split, WorkError> {
    terms.validate()?;
    let provider = part(gross, BPS.saturating_sub(terms.fee_bps))?;
    let fee = gross.saturating_sub(provider);
    let discount = part(fee, terms.discount_bps)?;
    let kept = fee.saturating_sub(discount);
    let stakers = part(kept, terms.stakers_bps)?;
    let referrer = if has_referrer {
        part(kept, terms.referrer_bps)?
    } else {
        0
    };
    let treasury = kept.saturating_sub(stakers).saturating_sub(referrer);
    Ok(Split {
        provider,
        discount,
        stakers,
        referrer,
        treasury,
    })
}

/// `floor(amount x bps / 10000)`.
///
/// # Errors
/// `work.overflow` when `bps` is above the whole and the result does not fit.
pub fn part(amount: u128, bps: u16) -> Result<u128, WorkError> {
    mul_div_floor(amount, u128::from(bps), u128::from(BPS))
}

pub(crate) fn at_most(what: &'static str, value: u32, max: u32) -> Result<(), WorkError> {
    if value > max {
        return Err(WorkError::BpsOutOfRange { what, value, max });
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn terms() -> impl Strategy<Value = FeeTerms> {
        (0..=MAX_FEE_BPS, 0..=BPS, 0..=BPS).prop_flat_map(|(fee_bps, stakers_bps, discount_bps)| {
            (0..=BPS - stakers_bps).prop_map(move |referrer_bps| FeeTerms {
                fee_bps,
                stakers_bps,
                referrer_bps,
                discount_bps,
            })
        })
    }

    proptest! {
        #[test]
        fn parts_add_up_and_round_towards_the_treasury(
            gross in prop_oneof![0u128..10_000, any::<u128>()], terms in terms(), referred: bool,
        ) {
            let parts = split(gross, &terms, referred).unwrap();
            prop_assert_eq!(parts.provider + parts.fee(), gross);
            prop_assert_eq!(parts.fee(), parts.fee_kept() + parts.discount);
            // Each part but the treasury's is its exact ratio rounded down.
            let kept = parts.fee_kept();
            let referrer_bps = if referred { terms.referrer_bps } else { 0 };
            let ratios = [
                (parts.provider, gross, BPS - terms.fee_bps),
                (parts.discount, parts.fee(), terms.discount_bps),
                (parts.stakers, kept, terms.stakers_bps),
                (parts.referrer, kept, referrer_bps),
            ];
            for (part, whole, bps) in ratios {
                let bps = u128::from(bps);
                prop_assert_eq!(part, whole / 10_000 * bps + whole % 10_000 * bps / 10_000);
            }
        }

        #[test]
        fn the_provider_is_paid_the_same_with_a_discount(gross: u128, discount_bps in 0..=BPS) {
            let plain = split(gross, &FeeTerms::DEFAULT, true).unwrap();
            let reduced = split(gross, &FeeTerms { discount_bps, ..FeeTerms::DEFAULT }, true).unwrap();
            prop_assert_eq!(plain.provider, reduced.provider);
            prop_assert_eq!(plain.fee(), reduced.fee());
            prop_assert_eq!(plain.discount, 0);
        }
    }

    #[test]
    fn terms_out_of_bounds_are_refused() {
        let base = FeeTerms::DEFAULT;
        let bad = [
            (
                FeeTerms {
                    fee_bps: MAX_FEE_BPS + 1,
                    ..base
                },
                "fee_bps is 2001",
            ),
            (
                FeeTerms {
                    stakers_bps: 9_501,
                    ..base
                },
                "stakers_bps + referrer_bps is 10001",
            ),
            (
                FeeTerms {
                    stakers_bps: u16::MAX,
                    referrer_bps: u16::MAX,
                    ..base
                },
                "is 131070",
            ),
            (
                FeeTerms {
                    discount_bps: 10_001,
                    ..base
                },
                "discount_bps is 10001",
            ),
        ];
        for (terms, text) in bad {
            let error = terms.validate().unwrap_err().to_string();
            assert!(
                error.starts_with("work.bps_out_of_range: ") && error.contains(text),
                "{error}"
            );
            assert!(split(100, &terms, true).is_err());
        }
        assert_eq!(
            FeeTerms {
                fee_bps: MAX_FEE_BPS,
                stakers_bps: 9_500,
                discount_bps: BPS,
                ..base
            }
            .validate(),
            Ok(())
        );
    }

    #[test]
    fn wire_form_is_strict() {
        let text = r#"{"fee_bps":800,"stakers_bps":2500,"referrer_bps":500,"discount_bps":0}"#;
        assert_eq!(serde_json::to_string(&FeeTerms::default()).unwrap(), text);
        assert_eq!(serde_json::from_str::<FeeTerms>(text).unwrap(), FeeTerms::DEFAULT);
        assert!(serde_json::from_str::<FeeTerms>(&text.replace("}", r#","other":1}"#)).is_err());
    }
}
