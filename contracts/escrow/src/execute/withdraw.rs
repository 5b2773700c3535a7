//! Free balance leaves.

use cosmwasm_std::{DepsMut, MessageInfo, Response, Uint128};
use cw20::Denom;
use joule_kit::Control;
use joule_types::{denom_key, denom_name, escrow::Withdrawn};

use super::payout;
use crate::error::shown;
use crate::{state, EscrowError};

/// `Withdraw`: from the sender's own balance, earnings first. A denomination that was taken off the list still leaves.
pub fn withdraw(
    deps: DepsMut,
    info: &MessageInfo,
    control: &Control,
    denom: Denom,
    amount: Option<Uint128>,
    to: Option<String>,
) -> Result<Response, EscrowError> {
    let owner = info.sender.clone();
    let to = match to {
        Some(text) => control.party(deps.api, &text)?,
        None => owner.clone(),
    };
    let key = denom_key(&denom);

    let taken = state::update_balance(deps.storage, &owner, &key, |balance| {
        let free = balance.free();
        let asked = amount.unwrap_or(free);
        if asked.is_zero() {
            return Err(EscrowError::NothingToWithdraw {
                owner: owner.to_string(),
                denom: shown(&denom),
                free,
            });
        }
        balance
            .take_for_withdrawal(asked)
            .ok_or_else(|| EscrowError::InsufficientBalance {
                owner: owner.to_string(),
                denom: shown(&denom),
                free,
                asked,
            })
    })?;
    state::update_ledger(deps.storage, &key, |ledger| Ok(ledger.withdraw(&taken)?))?;
    let amount = taken.deposited.checked_add(taken.earned)?;

    Ok(Response::new()
        .add_message(payout(&denom, &to, amount)?)
        .add_attribute("action", "withdraw")
        .add_event(Withdrawn {
            owner,
            to,
            denom: denom_name(&denom).into(),
            amount,
            earned: taken.earned,
        }))
}
