//! Launch and parameters.

use cosmwasm_std::{to_json_string, DepsMut, Env, MessageInfo, Response};
use cw20::{BalanceResponse, Cw20QueryMsg};
use joule_kit::{control, Control};
use joule_types::{staking::ParamsUpdate, AdminMsg, ParamsUpdated};

use crate::{params, state, StakingError};

/// The shared admin messages; `Launch` compares the genesis stake with what the token says is here.
pub fn admin(
    deps: DepsMut,
    env: &Env,
    info: &MessageInfo,
    control: Control,
    msg: AdminMsg,
) -> Result<Response, StakingError> {
    if msg == (AdminMsg::Launch {}) {
        let staked = state::LEDGER.load(deps.storage)?.held;
        let query = Cw20QueryMsg::Balance {
            address: env.contract.address.to_string(),
        };
        let answer: BalanceResponse = deps.querier.query_wasm_smart(&control.peers.token, &query)?;
        let held = answer.balance;
        if held < staked {
            return Err(StakingError::Unbacked { held, staked });
        }
    }

    Ok(control::execute(deps, env, info, control, msg)?)
}

/// `UpdateParams`: the role was checked by the dispatcher. Stake that unbonds already keeps its time.
pub fn update_params(deps: DepsMut, update: ParamsUpdate) -> Result<Response, StakingError> {
    let old = state::PARAMS.load(deps.storage)?;
    let new = params::updated(&old, update);
    params::validate(&new, &state::FIXED.load(deps.storage)?)?;

    state::PARAMS.save(deps.storage, &new)?;

    Ok(Response::new()
        .add_attribute("action", "update_params")
        .add_event(ParamsUpdated {
            old: to_json_string(&old)?,
            new: to_json_string(&new)?,
        }))
}
