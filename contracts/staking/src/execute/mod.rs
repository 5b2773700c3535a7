//! Handlers: checks, effects, messages, event.

pub mod admin;
pub mod bond;
pub mod claim;
pub mod enrol;
pub mod slash;
pub mod unbond;

use cosmwasm_std::{to_json_binary, StdResult, Storage, Uint128, WasmMsg};
use cw20::Cw20ExecuteMsg;
use joule_kit::Control;
use joule_types::staking::Params;

use crate::domain::ledger::Ledger;
use crate::{state, StakingError};

/// A pool keeps at least the minimum, or nothing.
fn ensure_minimum(params: &Params, left: Uint128) -> Result<(), StakingError> {
    let min = params.min_bond;
    if left < min {
        return Err(StakingError::BelowMinimum { left, min });
    }
    Ok(())
}

/// Loads the totals, applies `change` and stores them.
fn update_ledger(
    storage: &mut dyn Storage,
    change: impl FnOnce(&mut Ledger) -> Result<(), cosmwasm_std::OverflowError>,
) -> Result<(), StakingError> {
    let mut ledger = state::LEDGER.load(storage)?;
    change(&mut ledger)?;
    Ok(state::LEDGER.save(storage, &ledger)?)
}

/// Adds to the bonded stake of all pools and takes from it.
fn update_total(storage: &mut dyn Storage, height: u64, added: Uint128, taken: Uint128) -> Result<(), StakingError> {
    let total = state::TOTAL.load(storage)?.checked_add(added)?.checked_sub(taken)?;
    Ok(state::TOTAL.save(storage, &total, height)?)
}

/// A message to the token.
fn to_token(control: &Control, msg: &Cw20ExecuteMsg) -> StdResult<WasmMsg> {
    Ok(WasmMsg::Execute {
        contract_addr: control.peers.token.to_string(),
        msg: to_json_binary(msg)?,
        funds: vec![],
    })
}
