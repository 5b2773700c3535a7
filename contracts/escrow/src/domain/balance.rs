//! A free balance in two parts: what was deposited and what was earned.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{OverflowError, Uint128};

/// Free balance of one owner in one denomination, base units.
#[cw_serde]
#[derive(Copy, Default)]
pub struct Balance {
    /// Deposited or refunded.
    pub deposited: Uint128,
    /// Earned.
    pub earned: Uint128,
}

/// What was taken from a balance, by part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Of the deposits.
    pub deposited: Uint128,
    /// Of the earnings.
    pub earned: Uint128,
}

impl Balance {
    /// Both parts. They are parts of what the bank holds, so the sum fits.
    #[must_use]
    pub fn free(&self) -> Uint128 {
        self.deposited.saturating_add(self.earned)
    }

    /// Adds a deposit or a refund.
    ///
    /// # Errors
    /// Overflow.
    pub fn deposit(&mut self, amount: Uint128) -> Result<(), OverflowError> {
        self.deposited = self.deposited.checked_add(amount)?;
        Ok(())
    }

    /// Adds earnings.
    ///
    /// # Errors
    /// Overflow.
    pub fn earn(&mut self, amount: Uint128) -> Result<(), OverflowError> {
        self.earned = self.earned.checked_add(amount)?;
        Ok(())
    }

    /// Takes `amount` for a hold: deposits first, so that earnings stay earnings as long as they can. None, and no
    /// change, if the balance is smaller.
    pub fn take_for_hold(&mut self, amount: Uint128) -> Option<Taken> {
        let deposited = amount.min(self.deposited);
        self.take(deposited, amount.checked_sub(deposited).ok()?)
    }

    /// Takes `amount` to leave: earnings first. None, and no change, if the balance is smaller.
    pub fn take_for_withdrawal(&mut self, amount: Uint128) -> Option<Taken> {
        let earned = amount.min(self.earned);
        self.take(amount.checked_sub(earned).ok()?, earned)
    }

    fn take(&mut self, deposited: Uint128, earned: Uint128) -> Option<Taken> {
        let rest = Self {
            deposited: self.deposited.checked_sub(deposited).ok()?,
            earned: self.earned.checked_sub(earned).ok()?,
        };
        *self = rest;
        Some(Taken { deposited, earned })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn balance(deposited: u128, earned: u128) -> Balance {
        Balance {
            deposited: deposited.into(),
            earned: earned.into(),
        }
    }

    #[test]
    fn holds_take_deposits_first_and_withdrawals_earnings_first() {
        for (amount, after_hold, after_withdrawal) in [
            (0, Some((50, 30)), Some((50, 30))),
            (30, Some((20, 30)), Some((50, 0))),
            (50, Some((0, 30)), Some((30, 0))),
            (60, Some((0, 20)), Some((20, 0))),
            (80, Some((0, 0)), Some((0, 0))),
            (81, None, None),
        ] {
            let mut held = balance(50, 30);
            let taken = held.take_for_hold(Uint128::new(amount));
            assert_eq!(taken.is_some(), after_hold.is_some(), "{amount}");
            assert_eq!(held, after_hold.map_or(balance(50, 30), |(d, e)| balance(d, e)));
            let mut left = balance(50, 30);
            let taken = left.take_for_withdrawal(Uint128::new(amount));
            assert_eq!(left, after_withdrawal.map_or(balance(50, 30), |(d, e)| balance(d, e)));
            if let Some(taken) = taken {
                assert_eq!((taken.deposited + taken.earned).u128(), amount);
            }
        }
    }
}
