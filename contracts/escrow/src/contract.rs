//! Entry points: version, role check, match, call.

#[cfg(not(feature = "library"))]
use cosmwasm_std::entry_point;
use cosmwasm_std::{Binary, Deps, DepsMut, Empty, Env, MessageInfo, Response};
use joule_kit::{control, funds, version};
use joule_types::escrow::{ExecuteMsg, InstantiateMsg, QueryMsg};

use crate::execute::{admin, deposit, fees, hold, pay, settle, withdraw};
use crate::{params, query, state, EscrowError};

/// Name in the version record.
pub const NAME: &str = "joule:escrow";
/// Version of the code.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Stores peers and parameters; the contract stays in `Setup`.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn instantiate(deps: DepsMut, _env: Env, info: MessageInfo, msg: InstantiateMsg) -> Result<Response, EscrowError> {
    funds::none(&info)?;
    params::validate(deps.api, &msg.params)?;

    version::init(deps.storage, NAME, VERSION)?;
    control::init(
        deps.storage,
        deps.api,
        &info.sender,
        &msg.peers,
        msg.guardian.as_deref(),
    )?;
    state::PARAMS.save(deps.storage, &msg.params)?;
    Ok(Response::new().add_attribute("action", "instantiate"))
}

/// Checks role and funds, then hands the message to its handler.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn execute(deps: DepsMut, env: Env, info: MessageInfo, msg: ExecuteMsg) -> Result<Response, EscrowError> {
    let control = control::authorize(deps.storage, &info.sender, msg.required_role())?;
    if !matches!(msg, ExecuteMsg::Deposit { .. } | ExecuteMsg::OpenHold { .. }) {
        funds::none(&info)?;
    }
    match msg {
        ExecuteMsg::Receive(msg) => deposit::receive(deps, &env, &info, &control, msg),
        ExecuteMsg::Deposit { owner } => deposit::deposit(deps, &env, &info, &control, owner),
        ExecuteMsg::Withdraw { denom, amount, to } => withdraw::withdraw(deps, &info, &control, denom, amount, to),
        ExecuteMsg::OpenHold {
            hold,
            payer,
            amount,
            terms,
        } => hold::open(deps, &env, &info, &control, hold, &payer, amount, terms),
        ExecuteMsg::Tip { hold, to, amount } => hold::tip(deps, &control, hold, &to, amount),
        ExecuteMsg::Pay { hold, awards } => pay::pay(deps, &control, hold, &awards),
        ExecuteMsg::Settle {
            hold,
            payee,
            referrer,
            gross,
            awards,
        } => settle::settle(
            deps,
            &control,
            hold,
            &settle::Parties { payee, referrer },
            gross,
            &awards,
        ),
        ExecuteMsg::Reclaim { hold } => settle::reclaim(deps, &env, hold),
        ExecuteMsg::Distribute { denom } => fees::distribute(deps, &control, denom),
        ExecuteMsg::UpdateParams { update } => admin::update_params(deps, update),
        ExecuteMsg::Admin(msg) => Ok(control::execute(deps, &env, &info, control, msg)?),
    }
}

/// Answers queries.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn query(deps: Deps, _env: Env, msg: QueryMsg) -> Result<Binary, EscrowError> {
    query::answer(deps, msg)
}

/// Accepts newer code of the same contract; nothing in the storage changes in this version.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn migrate(deps: DepsMut, _env: Env, _msg: Empty) -> Result<Response, EscrowError> {
    let from = version::migrate(deps.storage, NAME, VERSION)?;
    Ok(Response::new()
        .add_attribute("action", "migrate")
        .add_attribute("from", from))
}
