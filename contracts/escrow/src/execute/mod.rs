//! Handlers: checks, effects, messages, event.

pub mod admin;
pub mod deposit;
pub mod fees;
pub mod hold;
pub mod pay;
pub mod settle;
pub mod withdraw;

use cosmwasm_std::{coins, to_json_binary, Addr, Api, BankMsg, CosmosMsg, StdResult, Storage, Uint128, WasmMsg};
use cw20::{Cw20ExecuteMsg, Denom};
use joule_kit::{Control, KitError};
use joule_types::escrow::Award;

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

/// Awards whose recipients were checked.
struct Awards {
    to: Vec<Addr>,
    /// What each was named with.
    sums: Vec<Uint128>,
}

/// Checks number and recipients of awards.
fn creditable_awards(control: &Control, api: &dyn Api, awards: &[Award], max: usize) -> Result<Awards, EscrowError> {
    if awards.len() > max {
        return Err(EscrowError::TooManyAwards {
            count: awards.len(),
            max,
        });
    }
    let to = awards.iter().map(|award| creditable(control, api, &award.to));
    Ok(Awards {
        to: to.collect::<Result<_, _>>()?,
        sums: awards.iter().map(|award| award.amount).collect(),
    })
}

impl Awards {
    /// Credits what each is paid, in the same order.
    fn credit(&self, storage: &mut dyn Storage, denom_key: &str, paid: &[Uint128]) -> Result<(), EscrowError> {
        for (to, amount) in self.to.iter().zip(paid) {
            state::credit_earned(storage, to, denom_key, *amount)?;
        }
        Ok(())
    }
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
