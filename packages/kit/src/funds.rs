//! What coins came with a message.

use cosmwasm_std::{Coin, MessageInfo};

use crate::KitError;

/// No coin may be attached.
///
/// # Errors
/// [`KitError::UnexpectedFunds`] with the coins: they would stay in the contract for ever.
pub fn none(info: &MessageInfo) -> Result<(), KitError> {
    if info.funds.is_empty() {
        Ok(())
    } else {
        Err(KitError::UnexpectedFunds {
            funds: text(&info.funds),
        })
    }
}

/// Exactly one coin with a positive amount must be attached.
///
/// # Errors
/// [`KitError::NoFunds`], [`KitError::OneCoin`].
pub fn one(info: &MessageInfo) -> Result<&Coin, KitError> {
    match at_most_one(info)? {
        Some(coin) => Ok(coin),
        None => Err(KitError::NoFunds),
    }
}

/// At most one coin may be attached; a zero amount counts as none.
///
/// # Errors
/// [`KitError::OneCoin`].
pub fn at_most_one(info: &MessageInfo) -> Result<Option<&Coin>, KitError> {
    match info.funds.as_slice() {
        [] => Ok(None),
        [coin] => Ok(Some(coin).filter(|coin| !coin.amount.is_zero())),
        _ => Err(KitError::OneCoin {
            funds: text(&info.funds),
        }),
    }
}

fn text(funds: &[Coin]) -> String {
    funds
        .iter()
        .take(4)
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(",")
}
