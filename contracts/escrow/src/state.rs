//! Storage: key, meaning, who writes, invariant.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{Addr, Storage, Uint128};
use cw20::Denom;
use cw_storage_plus::{Item, Map};
use joule_types::escrow::{HoldTerms, Params};

use crate::domain::{balance::Balance, ledger::Ledger};
use crate::EscrowError;

/// `params`: written at instantiation and by `UpdateParams`; always valid.
pub const PARAMS: Item<Params> = Item::new("params");

/// `balances`: free balance by owner and `denom_key`; written by every handler that credits or takes. Records that
/// reach zero are removed.
pub const BALANCES: Map<(&Addr, &str), Balance> = Map::new("balances");

/// `ledgers`: totals by `denom_key`; written by every handler. `held` is the sum of all balances, open holds and
/// fees in the denomination.
pub const LEDGERS: Map<&str, Ledger> = Map::new("ledgers");

/// `holds`: open holds by id; written by `OpenHold`, `Tip` and `Pay`, moved to [`CLOSED`] by `Settle` and `Reclaim`.
pub const HOLDS: Map<u64, Hold> = Map::new("holds");

/// `closed`: closed holds by id, with nothing remaining; never written again.
pub const CLOSED: Map<u64, Hold> = Map::new("closed");

/// A sum kept for a deal.
#[cw_serde]
pub struct Hold {
    /// Who paid and is refunded.
    pub payer: Addr,
    /// Denomination.
    pub denom: Denom,
    /// Sum at the start, base units.
    pub amount: Uint128,
    /// What is left.
    pub remaining: Uint128,
    /// Of it, what may be spent on tips.
    pub tips: Uint128,
    /// Terms of the day it opened.
    pub terms: HoldTerms,
}

/// Loads the balance of `owner`, applies `change` and stores it.
///
/// # Errors
/// Those of `change`; nothing is written then.
pub fn update_balance<R>(
    storage: &mut dyn Storage,
    owner: &Addr,
    denom_key: &str,
    change: impl FnOnce(&mut Balance) -> Result<R, EscrowError>,
) -> Result<R, EscrowError> {
    let mut balance = BALANCES.may_load(storage, (owner, denom_key))?.unwrap_or_default();
    let result = change(&mut balance)?;
    if balance == Balance::default() {
        BALANCES.remove(storage, (owner, denom_key));
    } else {
        BALANCES.save(storage, (owner, denom_key), &balance)?;
    }
    Ok(result)
}

/// Credits earnings; zero changes nothing.
///
/// # Errors
/// Overflow.
pub fn credit_earned(
    storage: &mut dyn Storage,
    owner: &Addr,
    denom_key: &str,
    amount: Uint128,
) -> Result<(), EscrowError> {
    if amount.is_zero() {
        return Ok(());
    }
    update_balance(storage, owner, denom_key, |balance| Ok(balance.earn(amount)?))
}

/// Credits a deposit or a refund; zero changes nothing.
///
/// # Errors
/// Overflow.
pub fn credit_deposit(
    storage: &mut dyn Storage,
    owner: &Addr,
    denom_key: &str,
    amount: Uint128,
) -> Result<(), EscrowError> {
    if amount.is_zero() {
        return Ok(());
    }
    update_balance(storage, owner, denom_key, |balance| Ok(balance.deposit(amount)?))
}

/// Loads the totals of a denomination, applies `change` and stores them.
///
/// # Errors
/// Those of `change`; nothing is written then.
pub fn update_ledger<R>(
    storage: &mut dyn Storage,
    denom_key: &str,
    change: impl FnOnce(&mut Ledger) -> Result<R, EscrowError>,
) -> Result<R, EscrowError> {
    let mut ledger = LEDGERS.may_load(storage, denom_key)?.unwrap_or_default();
    let result = change(&mut ledger)?;
    LEDGERS.save(storage, denom_key, &ledger)?;
    Ok(result)
}
