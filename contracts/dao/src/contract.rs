//! Entry points: version, role check, match, call.

#[cfg(not(feature = "library"))]
use cosmwasm_std::entry_point;
use cosmwasm_std::{Binary, Deps, DepsMut, Empty, Env, MessageInfo, Response};
use joule_kit::{control, version};
use joule_types::dao::{ExecuteMsg, InstantiateMsg, QueryMsg};

use crate::{execute, params, query, state, DaoError};

/// Name in the version record.
pub const NAME: &str = "joule:dao";
/// Version of the code.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Stores peers, parameters and what is fixed for good; the contract stays in `Setup`.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn instantiate(deps: DepsMut, _env: Env, info: MessageInfo, msg: InstantiateMsg) -> Result<Response, DaoError> {
    joule_kit::funds::none(&info)?;
    let fixed = state::Fixed {
        min_duration_secs: msg.min_duration_secs,
        power_floor: msg.power_floor,
    };
    params::validate(&msg.params, &fixed)?;

    version::init(deps.storage, NAME, VERSION)?;
    control::init(
        deps.storage,
        deps.api,
        &info.sender,
        &msg.peers,
        msg.guardian.as_deref(),
    )?;
    state::FIXED.save(deps.storage, &fixed)?;
    state::PARAMS.save(deps.storage, &msg.params)?;
    Ok(Response::new().add_attribute("action", "instantiate"))
}

/// Checks the role, then hands the message to its handler.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn execute(deps: DepsMut, env: Env, info: MessageInfo, msg: ExecuteMsg) -> Result<Response, DaoError> {
    let control = control::authorize(deps.storage, &info.sender, msg.required_role())?;
    joule_kit::funds::none(&info)?;
    match msg {
        ExecuteMsg::Receive(msg) => execute::propose::receive(deps, &env, &control, msg),
        ExecuteMsg::Vote { proposal, vote } => execute::vote::vote(deps, &env, &info, &control, proposal, vote),
        ExecuteMsg::Execute { proposal } => execute::finish::execute(deps, &env, &control, proposal),
        ExecuteMsg::Close { proposal } => execute::finish::close(deps, &env, &control, proposal),
        ExecuteMsg::UpdateParams { update } => execute::admin::update_params(deps, update),
        ExecuteMsg::Admin(msg) => execute::admin::admin(deps, &env, &info, control, msg),
    }
}

/// Answers queries.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn query(deps: Deps, env: Env, msg: QueryMsg) -> Result<Binary, DaoError> {
    query::answer(deps, &env, msg)
}

/// Accepts newer code of the same contract; nothing in the storage changes in this version.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn migrate(deps: DepsMut, _env: Env, _msg: Empty) -> Result<Response, DaoError> {
    let from = version::migrate(deps.storage, NAME, VERSION)?;
    Ok(Response::new()
        .add_attribute("action", "migrate")
        .add_attribute("from", from))
}
