//! Answers.

use cosmwasm_std::{to_json_binary, Binary, Deps, Order, StdError, StdResult, Uint128};
use cw20::Denom;
use cw_storage_plus::Bound;
use joule_kit::{addr, control, paging};
use joule_types::escrow::{BalanceResponse, ConservationResponse, FeesResponse, HoldResponse, QueryMsg};
use joule_types::{denom_key, denom_of_key, HoldId, Money, Page, MAX_LIMIT};

use crate::domain::balance::Balance;
use crate::state::{Hold, BALANCES, CLOSED, HOLDS, LEDGERS, PARAMS};
use crate::EscrowError;

/// Answers any query.
pub fn answer(deps: Deps, msg: QueryMsg) -> Result<Binary, EscrowError> {
    Ok(match msg {
        QueryMsg::Params {} => to_json_binary(&PARAMS.load(deps.storage)?)?,
        QueryMsg::Admin {} => to_json_binary(&control::query(deps)?)?,
        QueryMsg::Balance { owner, denom } => to_json_binary(&balance(deps, &owner, denom)?)?,
        QueryMsg::Balances {
            owner,
            start_after,
            limit,
        } => to_json_binary(&balances(deps, &owner, start_after, limit)?)?,
        QueryMsg::Hold { hold } => to_json_binary(&one_hold(deps, hold)?)?,
        QueryMsg::Holds { start_after, limit } => to_json_binary(&holds(deps, start_after, limit)?)?,
        QueryMsg::Fees { denom } => to_json_binary(&fees(deps, &denom)?)?,
        QueryMsg::Conservation { denom } => to_json_binary(&conservation(deps, denom)?)?,
    })
}

fn balance(deps: Deps, owner: &str, denom: Denom) -> Result<BalanceResponse, EscrowError> {
    let owner = addr(deps.api, owner)?;
    let found = BALANCES.may_load(deps.storage, (&owner, &denom_key(&denom)))?;
    Ok(balance_response(denom, found.unwrap_or_default()))
}

fn balances(
    deps: Deps,
    owner: &str,
    start_after: Option<String>,
    limit: Option<u32>,
) -> Result<Page<BalanceResponse, String>, EscrowError> {
    let owner = addr(deps.api, owner)?;
    let found = BALANCES
        .prefix(&owner)
        .range(
            deps.storage,
            start_after.as_deref().map(Bound::exclusive),
            None,
            Order::Ascending,
        )
        .map(|item| {
            let (key, balance) = item?;
            let denom =
                denom_of_key(&key).ok_or_else(|| StdError::generic_err(format!("`{key}` is no key of a denom")))?;
            Ok::<_, EscrowError>(balance_response(denom, balance))
        });
    paging::page(found, paging::limit(limit, MAX_LIMIT), |item| denom_key(&item.denom))
}

fn balance_response(denom: Denom, balance: Balance) -> BalanceResponse {
    BalanceResponse {
        denom,
        deposited: balance.deposited,
        earned: balance.earned,
    }
}

fn one_hold(deps: Deps, hold: HoldId) -> Result<HoldResponse, EscrowError> {
    if let Some(open) = HOLDS.may_load(deps.storage, hold.u64())? {
        return Ok(hold_response(hold, open, true));
    }
    match CLOSED.may_load(deps.storage, hold.u64())? {
        Some(closed) => Ok(hold_response(hold, closed, false)),
        None => Err(EscrowError::HoldNotFound { hold }),
    }
}

fn holds(deps: Deps, start_after: Option<HoldId>, limit: Option<u32>) -> StdResult<Page<HoldResponse, HoldId>> {
    let start = start_after.map(|hold| Bound::exclusive(hold.u64()));
    let open = HOLDS
        .range(deps.storage, start, None, Order::Ascending)
        .map(|item| item.map(|(id, hold)| hold_response(HoldId(id), hold, true)));
    paging::page(open, paging::limit(limit, MAX_LIMIT), |item| item.hold)
}

fn hold_response(id: HoldId, hold: Hold, open: bool) -> HoldResponse {
    HoldResponse {
        hold: id,
        payer: hold.payer,
        amount: Money {
            denom: hold.denom,
            amount: hold.amount,
        },
        remaining: hold.remaining,
        tips: hold.tips,
        terms: hold.terms,
        open,
    }
}

fn fees(deps: Deps, denom: &Denom) -> StdResult<FeesResponse> {
    let ledger = LEDGERS.may_load(deps.storage, &denom_key(denom))?.unwrap_or_default();
    Ok(FeesResponse {
        treasury: ledger.treasury,
        stakers: ledger.stakers,
    })
}

fn conservation(deps: Deps, denom: Denom) -> StdResult<ConservationResponse> {
    let ledger = LEDGERS.may_load(deps.storage, &denom_key(&denom))?.unwrap_or_default();
    Ok(ConservationResponse {
        denom,
        deposited: ledger.deposited,
        paid: ledger.paid,
        refunded: ledger.refunded,
        fees: ledger.fees,
        burned: Uint128::zero(),
        held: ledger.held,
        in_holds: ledger.in_holds,
    })
}
