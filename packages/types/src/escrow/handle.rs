//! How a peer of a higher rank speaks to the escrow.

use cosmwasm_std::{to_json_binary, Addr, Coin, QuerierWrapper, StdResult, Uint128, WasmMsg};
use cw20::Denom;

use super::{Award, BalanceResponse, ExecuteMsg, HoldTerms, QueryMsg};
use crate::{HoldId, Money};

fn message(escrow: &Addr, msg: &ExecuteMsg, funds: Vec<Coin>) -> StdResult<WasmMsg> {
    Ok(WasmMsg::Execute {
        contract_addr: escrow.to_string(),
        msg: to_json_binary(msg)?,
        funds,
    })
}

/// Moves free balance of `payer` into a new hold; `funds` are deposited for the payer first.
pub fn open_hold(
    escrow: &Addr,
    hold: HoldId,
    payer: &Addr,
    amount: Money,
    terms: HoldTerms,
    funds: Vec<Coin>,
) -> StdResult<WasmMsg> {
    message(
        escrow,
        &ExecuteMsg::OpenHold {
            hold,
            payer: payer.to_string(),
            amount,
            terms,
        },
        funds,
    )
}

/// Pays a tip from a hold; total over its state.
pub fn tip(escrow: &Addr, hold: HoldId, to: &Addr, amount: Uint128) -> StdResult<WasmMsg> {
    message(
        escrow,
        &ExecuteMsg::Tip {
            hold,
            to: to.to_string(),
            amount,
        },
        vec![],
    )
}

/// Pays awards from a hold that stays open; total over its state.
pub fn pay(escrow: &Addr, hold: HoldId, awards: Vec<Award>) -> StdResult<WasmMsg> {
    message(escrow, &ExecuteMsg::Pay { hold, awards }, vec![])
}

/// Closes a hold; total over its state.
pub fn settle(
    escrow: &Addr,
    hold: HoldId,
    payee: Option<&Addr>,
    referrer: Option<&Addr>,
    gross: Uint128,
    awards: Vec<Award>,
) -> StdResult<WasmMsg> {
    message(
        escrow,
        &ExecuteMsg::Settle {
            hold,
            payee: payee.map(ToString::to_string),
            referrer: referrer.map(ToString::to_string),
            gross,
            awards,
        },
        vec![],
    )
}

/// Free balance of `owner`.
pub fn balance(querier: &QuerierWrapper, escrow: &Addr, owner: &Addr, denom: Denom) -> StdResult<BalanceResponse> {
    querier.query_wasm_smart(
        escrow,
        &QueryMsg::Balance {
            owner: owner.to_string(),
            denom,
        },
    )
}
