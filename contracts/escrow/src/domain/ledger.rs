//! Totals of one denomination: where every unit that came in is. `deposited = paid + refunded + fees + held` after
//! every operation below, and `held = free balances + in_holds + treasury + stakers`.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{OverflowError, Uint128};
use joule_types::work::fees::Split;

use super::balance::Taken;

/// Totals in base units.
#[cw_serde]
#[derive(Default)]
pub struct Ledger {
    /// All that came in.
    pub deposited: Uint128,
    /// Earnings that left.
    pub paid: Uint128,
    /// Deposits and refunds that left.
    pub refunded: Uint128,
    /// Fees that left for the treasury.
    pub fees: Uint128,
    /// All that is still here.
    pub held: Uint128,
    /// Of it, in open holds.
    pub in_holds: Uint128,
    /// Of it, the treasury's fees.
    pub treasury: Uint128,
    /// Of it, the stakers' fees.
    pub stakers: Uint128,
}

impl Ledger {
    /// Coins came in.
    ///
    /// # Errors
    /// Overflow.
    pub fn deposit(&mut self, amount: Uint128) -> Result<(), OverflowError> {
        self.deposited = self.deposited.checked_add(amount)?;
        self.held = self.held.checked_add(amount)?;
        Ok(())
    }

    /// Free balance became a hold.
    ///
    /// # Errors
    /// Overflow.
    pub fn hold(&mut self, amount: Uint128) -> Result<(), OverflowError> {
        self.in_holds = self.in_holds.checked_add(amount)?;
        Ok(())
    }

    /// `amount` of a hold became free balance or, by `split`, fees.
    ///
    /// # Errors
    /// Overflow.
    pub fn release(&mut self, amount: Uint128, split: &Split) -> Result<(), OverflowError> {
        self.in_holds = self.in_holds.checked_sub(amount)?;
        self.treasury = self.treasury.checked_add(split.treasury.into())?;
        self.stakers = self.stakers.checked_add(split.stakers.into())?;
        Ok(())
    }

    /// Free balance left.
    ///
    /// # Errors
    /// Overflow.
    pub fn withdraw(&mut self, taken: &Taken) -> Result<(), OverflowError> {
        self.paid = self.paid.checked_add(taken.earned)?;
        self.refunded = self.refunded.checked_add(taken.deposited)?;
        self.held = self.held.checked_sub(taken.earned)?.checked_sub(taken.deposited)?;
        Ok(())
    }

    /// The treasury's fees left. Returns them.
    ///
    /// # Errors
    /// Overflow.
    pub fn distribute(&mut self) -> Result<Uint128, OverflowError> {
        let amount = std::mem::take(&mut self.treasury);
        self.fees = self.fees.checked_add(amount)?;
        self.held = self.held.checked_sub(amount)?;
        Ok(amount)
    }
}
