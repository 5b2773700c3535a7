//! Where every micro-JOULE that came in is: `deposited = withdrawn + burned + held` after every operation below.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{OverflowError, Uint128};

/// Totals in micro-JOULE.
#[cw_serde]
#[derive(Default)]
pub struct Ledger {
    /// Genesis stake and all bonds.
    pub deposited: Uint128,
    /// Claims paid.
    pub withdrawn: Uint128,
    /// Burned by slashes.
    pub burned: Uint128,
    /// Bonded, unbonding, matured and awarded.
    pub held: Uint128,
    /// Memo: all that slashes took.
    pub slashed: Uint128,
    /// Memo: of it, awarded to harmed parties.
    pub repaid: Uint128,
}

impl Ledger {
    /// Stake came in.
    ///
    /// # Errors
    /// Overflow.
    pub fn deposit(&mut self, amount: Uint128) -> Result<(), OverflowError> {
        self.deposited = self.deposited.checked_add(amount)?;
        self.held = self.held.checked_add(amount)?;
        Ok(())
    }

    /// Stake or awards left.
    ///
    /// # Errors
    /// Overflow.
    pub fn withdraw(&mut self, amount: Uint128) -> Result<(), OverflowError> {
        self.withdrawn = self.withdrawn.checked_add(amount)?;
        self.held = self.held.checked_sub(amount)?;
        Ok(())
    }

    /// Stake was slashed: part became an award, which stays, the rest burned.
    ///
    /// # Errors
    /// Overflow.
    pub fn slash(&mut self, repaid: Uint128, burned: Uint128) -> Result<(), OverflowError> {
        self.slashed = self.slashed.checked_add(repaid)?.checked_add(burned)?;
        self.repaid = self.repaid.checked_add(repaid)?;
        self.burned = self.burned.checked_add(burned)?;
        self.held = self.held.checked_sub(burned)?;
        Ok(())
    }
}
