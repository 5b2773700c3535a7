//! Entry points: version, role, dispatch.

#[cfg(not(feature = "library"))]
use cosmwasm_std::entry_point;
use cosmwasm_std::{to_json_binary, Binary, Deps, DepsMut, Empty, Env, MessageInfo, Response};
use joule_kit::{control, funds, version};
use joule_types::registry::{ExecuteMsg, InstantiateMsg, QueryMsg};

use crate::{beacon, execute, params, query, state, RegistryError};

/// Name in cw2.
pub const NAME: &str = "joule:registry";
/// Version in cw2.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Stores peers, guardian, parameters, their floor and the beacon; the contract stays in `Setup` until `Launch`.
///
/// # Errors
/// `kit.unexpected_funds`, `kit.invalid_address`, `reg.invalid_params`.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn instantiate(
    deps: DepsMut,
    _env: Env,
    info: MessageInfo,
    msg: InstantiateMsg,
) -> Result<Response, RegistryError> {
    funds::none(&info)?;
    params::check_floor(msg.min_window_secs)?;
    params::validate(&msg.params, msg.min_window_secs)?;
    beacon::validate(deps.api, &msg.beacon)?;

    version::init(deps.storage, NAME, VERSION)?;
    let guardian = msg.guardian.as_deref();
    control::init(deps.storage, deps.api, &info.sender, &msg.peers, guardian)?;
    state::FLOOR.save(deps.storage, &msg.min_window_secs)?;
    state::PARAMS.save(deps.storage, &msg.params)?;
    state::BEACON.save(deps.storage, &msg.beacon)?;
    state::TIPS.save(deps.storage, &state::Tips::default())?;

    Ok(Response::new().add_attribute("action", "instantiate"))
}

/// Checks funds and role, then calls the handler.
///
/// # Errors
/// Those of the message; see the README.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn execute(deps: DepsMut, env: Env, info: MessageInfo, msg: ExecuteMsg) -> Result<Response, RegistryError> {
    funds::none(&info)?;
    let control = control::authorize(deps.storage, &info.sender, msg.required_role())?;
    let sender = &info.sender;
    match msg {
        ExecuteMsg::Receive(receive) => execute::register::receive(deps, &env, &control, receive),
        ExecuteMsg::UpdateProvider { operator, payout } => {
            execute::register::update(deps, &control, sender, operator, payout)
        }
        ExecuteMsg::AddNode { spec } => execute::nodes::add(deps, &env, &control, sender, spec),
        ExecuteMsg::UpdateNode { node, update } => execute::nodes::update(deps, sender, node, update),
        ExecuteMsg::SetAvailable { node, available } => {
            execute::nodes::set_available(deps, &env, sender, node, available)
        }
        ExecuteMsg::Beat { nodes } => execute::beat::beat(deps, &env, sender, &nodes),
        ExecuteMsg::RequestChallenge { node } => execute::admission::request(deps, &env, &control, sender, node),
        ExecuteMsg::SolveChallenge { node, nonce } => {
            execute::admission::solve(deps, &env, &control, sender, node, nonce)
        }
        ExecuteMsg::ExpireChallenge { node } => execute::admission::expire(deps, &env, node),
        ExecuteMsg::PostRound { round, signature } => {
            execute::rounds::post(deps, &env, &control, sender, round, &signature)
        }
        ExecuteMsg::WantRound { round } => execute::rounds::want(deps, round),
        ExecuteMsg::ClaimTips {} => execute::rounds::claim(deps, &control, sender),
        ExecuteMsg::CommitWindow {
            window,
            node,
            bound,
            list_hash,
        } => execute::windows::commit(deps, &env, sender, window, node, bound, &list_hash),
        ExecuteMsg::RevealWindow { window, node, ids } => {
            execute::windows::reveal(deps, &env, &control, sender, window, node, &ids)
        }
        ExecuteMsg::ReportMissed { window, node } => execute::missed::report(deps, &env, &control, window, node),
        ExecuteMsg::JudgeUptime { node } => execute::uptime::judge(deps, &env, node),
        ExecuteMsg::Record { node, load, outcome } => execute::outcome::record(deps, &env, node, load, outcome),
        ExecuteMsg::SetClass { provider, class } => execute::admin::set_class(deps, provider, class),
        ExecuteMsg::SetPartner { provider, partner } => execute::admin::set_partner(deps, provider, partner),
        ExecuteMsg::Ban { provider } => execute::admin::ban(deps, &control, provider),
        ExecuteMsg::RejectNode { node } => execute::admin::reject_node(deps, node),
        ExecuteMsg::UpdateParams { update } => execute::admin::update_params(deps, *update),
        ExecuteMsg::Admin(msg) => Ok(control::execute(deps, &env, &info, control, msg)?),
    }
}

/// Answers a query.
///
/// # Errors
/// `reg.invalid_provider`, `reg.node_not_found`, `reg.window_not_found`, `reg.too_many`.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn query(deps: Deps, env: Env, msg: QueryMsg) -> Result<Binary, RegistryError> {
    let answer = match msg {
        QueryMsg::Params {} => to_json_binary(&state::PARAMS.load(deps.storage)?),
        QueryMsg::Admin {} => to_json_binary(&control::query(deps)?),
        QueryMsg::Provider { provider } => to_json_binary(&query::providers::one(deps, &env, provider)?),
        QueryMsg::ProviderOf { address } => to_json_binary(&query::providers::of(deps, &env, &address)?),
        QueryMsg::Providers { start_after, limit } => {
            to_json_binary(&query::providers::list(deps, &env, start_after, limit)?)
        }
        QueryMsg::Node { node } => to_json_binary(&query::nodes::one(deps, &env, node)?),
        QueryMsg::Nodes {
            provider,
            start_after,
            limit,
        } => to_json_binary(&query::nodes::list(deps, &env, provider, start_after, limit)?),
        QueryMsg::Candidates { nodes } => to_json_binary(&query::candidates::candidates(deps, &env, &nodes)?),
        QueryMsg::Online { node, at } => to_json_binary(&query::nodes::online(deps, &env, node, at)?),
        QueryMsg::Challenge { node } => to_json_binary(&query::rounds::challenge(deps, &env, node)?),
        QueryMsg::Window { window } => to_json_binary(&query::windows::window(deps, window)?),
        QueryMsg::Beacon {} => to_json_binary(&query::rounds::beacon(deps)?),
        QueryMsg::Round { round } => to_json_binary(&state::ROUNDS.may_load(deps.storage, round)?),
        QueryMsg::WantedRounds { start_after, limit } => {
            to_json_binary(&query::rounds::wanted(deps, start_after, limit)?)
        }
        QueryMsg::Tips { address } => to_json_binary(&query::rounds::tips(deps, &address)?),
        QueryMsg::Commit { window, node } => to_json_binary(&query::windows::commit(deps, window, node)?),
    };
    Ok(answer?)
}

/// Accepts newer code of the same contract only.
///
/// # Errors
/// `kit.wrong_contract`, `kit.not_newer`.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn migrate(deps: DepsMut, _env: Env, _msg: Empty) -> Result<Response, RegistryError> {
    let from = version::migrate(deps.storage, NAME, VERSION)?;
    Ok(Response::new()
        .add_attribute("action", "migrate")
        .add_attribute("from", from)
        .add_attribute("to", VERSION))
}
