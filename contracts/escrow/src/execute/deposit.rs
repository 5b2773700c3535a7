//! Coins come in.

use cosmwasm_std::{from_json, Addr, DepsMut, Env, MessageInfo, Response, Uint128};
use cw20::{Cw20ReceiveMsg, Denom};
use joule_kit::{funds, Control, KitError};
use joule_types::{
    denom_key, denom_name,
    escrow::{Deposited, EscrowHook},
};

use super::ensure_listed;
use crate::{state, EscrowError};

/// `Deposit`: the one native coin attached.
pub fn deposit(
    deps: DepsMut,
    env: &Env,
    info: &MessageInfo,
    control: &Control,
    owner: Option<String>,
) -> Result<Response, EscrowError> {
    control.ensure_open(env)?;
    let coin = funds::one(info)?;
    let owner = control.party(deps.api, owner.as_deref().unwrap_or(info.sender.as_str()))?;

    credit(deps, "deposit", owner, &Denom::Native(coin.denom.clone()), coin.amount)
}

/// `Receive`: the token is the sender of the message; what the hook claims counts only for a listed one (V-20).
pub fn receive(
    deps: DepsMut,
    env: &Env,
    info: &MessageInfo,
    control: &Control,
    msg: Cw20ReceiveMsg,
) -> Result<Response, EscrowError> {
    control.ensure_open(env)?;
    let EscrowHook::Deposit { owner } = from_json(&msg.msg)?;
    let owner = control.party(deps.api, owner.as_deref().unwrap_or(msg.sender.as_str()))?;
    if msg.amount.is_zero() {
        return Err(KitError::NoFunds.into());
    }

    credit(deps, "receive", owner, &Denom::Cw20(info.sender.clone()), msg.amount)
}

fn credit(deps: DepsMut, action: &str, owner: Addr, denom: &Denom, amount: Uint128) -> Result<Response, EscrowError> {
    ensure_listed(deps.storage, denom)?;

    let key = denom_key(denom);
    state::credit_deposit(deps.storage, &owner, &key, amount)?;
    state::update_ledger(deps.storage, &key, |ledger| Ok(ledger.deposit(amount)?))?;

    Ok(Response::new().add_attribute("action", action).add_event(Deposited {
        owner,
        denom: denom_name(denom).into(),
        amount,
    }))
}
