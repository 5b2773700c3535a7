//! Parameters.

use cosmwasm_std::{to_json_string, DepsMut, Response};
use joule_types::{escrow::ParamsUpdate, ParamsUpdated};

use crate::{params, state, EscrowError};

/// `UpdateParams`: the role was checked by the dispatcher.
pub fn update_params(deps: DepsMut, update: ParamsUpdate) -> Result<Response, EscrowError> {
    let old = state::PARAMS.load(deps.storage)?;
    let new = params::updated(&old, update);
    params::validate(deps.api, &new)?;

    state::PARAMS.save(deps.storage, &new)?;

    Ok(Response::new()
        .add_attribute("action", "update_params")
        .add_event(ParamsUpdated {
            old: to_json_string(&old)?,
            new: to_json_string(&new)?,
        }))
}
