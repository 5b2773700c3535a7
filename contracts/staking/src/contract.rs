//! Entry points: version, role check, match, call.

#[cfg(not(feature = "library"))]
use cosmwasm_std::entry_point;
use cosmwasm_std::{Binary, Deps, DepsMut, Empty, Env, MessageInfo, Response};
use joule_kit::{control, funds, version};
use joule_types::staking::handle::VALIDATORS;
use joule_types::staking::{ExecuteMsg, InstantiateMsg, Penalty, QueryMsg, ValidatorsRecord};

use crate::execute::{admin, bond, claim, enrol, slash, unbond};
use crate::{params, query, state, StakingError};

/// Name in the version record.
pub const NAME: &str = "joule:staking";
/// Version of the code.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Stores peers, parameters and the genesis stake; the contract stays in `Setup`.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn instantiate(
    mut deps: DepsMut,
    env: Env,
    info: MessageInfo,
    msg: InstantiateMsg,
) -> Result<Response, StakingError> {
    funds::none(&info)?;
    let fixed = state::Fixed {
        min_unbonding_secs: msg.min_unbonding_secs,
    };
    params::validate(&msg.params, &fixed)?;
    params::validate_epoch(msg.epoch_secs)?;

    version::init(deps.storage, NAME, VERSION)?;
    let control = control::init(
        deps.storage,
        deps.api,
        &info.sender,
        &msg.peers,
        msg.guardian.as_deref(),
    )?;
    state::FIXED.save(deps.storage, &fixed)?;
    state::PARAMS.save(deps.storage, &msg.params)?;
    state::TOTAL.save(deps.storage, &Default::default(), env.block.height)?;
    state::LEDGER.save(deps.storage, &Default::default())?;
    let validators = ValidatorsRecord {
        epoch_secs: msg.epoch_secs,
        ..Default::default()
    };
    VALIDATORS.save(deps.storage, &validators)?;
    let events = bond::genesis(&mut deps, &env, &control, msg.genesis)?;
    Ok(Response::new()
        .add_attribute("action", "instantiate")
        .add_events(events))
}

/// Checks role and funds, then hands the message to its handler.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn execute(deps: DepsMut, env: Env, info: MessageInfo, msg: ExecuteMsg) -> Result<Response, StakingError> {
    let control = control::authorize(deps.storage, &info.sender, msg.required_role())?;
    funds::none(&info)?;
    match msg {
        ExecuteMsg::Receive(msg) => bond::receive(deps, &env, &control, msg),
        ExecuteMsg::Unbond { amount } => unbond::unbond(deps, &env, &info, amount),
        ExecuteMsg::Claim {} => claim::claim(deps, &env, &info, &control),
        ExecuteMsg::Slash {
            incident,
            pool,
            fraction_bps,
            repay,
        } => {
            let penalty = Penalty {
                incident,
                pool,
                fraction_bps,
            };
            slash::slash(deps, &env, &info, &control, &penalty, &repay)
        }
        ExecuteMsg::Enrol { operator } => enrol::enrol(deps, &env, &info, &control, operator),
        ExecuteMsg::Retire {} => enrol::retire(deps, &env, &info),
        ExecuteMsg::Penalize { penalties } => slash::penalize(deps, &env, &info, &control, &penalties),
        ExecuteMsg::UpdateParams { update } => admin::update_params(deps, update),
        ExecuteMsg::Admin(msg) => admin::admin(deps, &env, &info, control, msg),
    }
}

/// Answers queries.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn query(deps: Deps, env: Env, msg: QueryMsg) -> Result<Binary, StakingError> {
    query::answer(deps, &env, msg)
}

/// Accepts newer code of the same contract; nothing in the storage changes in this version.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn migrate(deps: DepsMut, _env: Env, _msg: Empty) -> Result<Response, StakingError> {
    let from = version::migrate(deps.storage, NAME, VERSION)?;
    Ok(Response::new()
        .add_attribute("action", "migrate")
        .add_attribute("from", from))
}
