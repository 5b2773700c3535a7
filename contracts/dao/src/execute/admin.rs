//! Launch, pause, parameters.

use cosmwasm_std::{to_json_string, DepsMut, Env, MessageInfo, Response};
use joule_kit::{control, Control};
use joule_types::{dao::ParamsUpdate, staking, AdminMsg, ParamsUpdated};

use crate::{
    params,
    state::{FIXED, PARAMS},
    DaoError,
};

/// Changes parameters; open proposals keep theirs.
pub fn update_params(deps: DepsMut, update: ParamsUpdate) -> Result<Response, DaoError> {
    let old = PARAMS.load(deps.storage)?;
    let new = params::updated(&old, update);
    params::validate(&new, &FIXED.load(deps.storage)?)?;

    PARAMS.save(deps.storage, &new)?;

    let event = ParamsUpdated {
        old: to_json_string(&old)?,
        new: to_json_string(&new)?,
    };
    Ok(Response::new()
        .add_attribute("action", "update_params")
        .add_event(event))
}

/// The shared admin messages; a launch needs the genesis stake to reach the floor.
pub fn admin(
    deps: DepsMut,
    env: &Env,
    info: &MessageInfo,
    control: Control,
    msg: AdminMsg,
) -> Result<Response, DaoError> {
    if msg == (AdminMsg::Launch {}) {
        let floor = FIXED.load(deps.storage)?.power_floor;
        let total = staking::handle::total_power_at(&deps.querier, &control.peers.staking, env.block.height)?;
        if total < floor {
            return Err(DaoError::PowerBelowFloor { total, floor });
        }
    }
    Ok(control::execute(deps, env, info, control, msg)?)
}
