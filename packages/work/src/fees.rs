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
