//! Handlers: checks, effects, messages, event.

pub mod admin;
pub mod deposit;
pub mod fees;
pub mod hold;
pub mod settle;
pub mod withdraw;

use cosmwasm_std::{coins, to_json_binary, Addr, Api, BankMsg, CosmosMsg, StdResult, Storage, Uint128, WasmMsg};
use cw20::{Cw20ExecuteMsg, Denom};
use joule_kit::{Control, KitError};

use crate::error::shown;
use crate::{state, EscrowError};

/// The denomination must be on the list to enter.
fn ensure_listed(storage: &dyn Storage, denom: &Denom) -> Result<(), EscrowError> {
    if state::PARAMS.load(storage)?.denoms.contains(denom) {
        Ok(())
    } else {
        Err(EscrowError::DenomNotListed { denom: shown(denom) })
    }
}

/// A checked address that can be credited: an account, or the dao, which withdraws by proposal. What is credited to
/// another contract of the market would stay here for ever (V-02).
fn creditable(control: &Control, api: &dyn Api, text: &str) -> Result<Addr, KitError> {
    let address = joule_kit::addr(api, text)?;
    if address != control.peers.dao && control.is_peer(&address) {
        return Err(KitError::OwnAddress { address: text.into() });
    }
    Ok(address)
}

/// The message that pays `amount`, which is not zero, out of this contract.
fn payout(denom: &Denom, to: &Addr, amount: Uint128) -> StdResult<CosmosMsg> {
    Ok(match denom {
        Denom::Native(name) => BankMsg::Send {
            to_address: to.to_string(),
            amount: coins(amount.u128(), name),
        }
        .into(),
        Denom::Cw20(token) => WasmMsg::Execute {
            contract_addr: token.to_string(),
            msg: to_json_binary(&Cw20ExecuteMsg::Transfer {
                recipient: to.to_string(),
                amount,
            })?,
            funds: vec![],
        }
        .into(),
    })
}
