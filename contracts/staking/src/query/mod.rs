//! Answers.

mod pools;
mod power;
mod unbonding;
mod validators;

use cosmwasm_std::{to_json_binary, Binary, Deps, Env, StdResult};
use joule_kit::{addr, control};
use joule_types::staking::{ConservationResponse, QueryMsg};

use crate::domain::incident;
use crate::state::{INCIDENTS, LEDGER, PARAMS};
use crate::StakingError;

/// Answers any query.
pub fn answer(deps: Deps, env: &Env, msg: QueryMsg) -> Result<Binary, StakingError> {
    Ok(match msg {
        QueryMsg::Params {} => to_json_binary(&PARAMS.load(deps.storage)?)?,
        QueryMsg::Admin {} => to_json_binary(&control::query(deps)?)?,
        QueryMsg::Pool { owner } => to_json_binary(&pools::one(deps, env, &owner)?)?,
        QueryMsg::Pools { start_after, limit } => {
            to_json_binary(&pools::page(deps, env, start_after.as_deref(), limit)?)?
        }
        QueryMsg::Unbondings {
            staker,
            start_after,
            limit,
        } => to_json_binary(&unbonding::page(deps, &staker, start_after, limit)?)?,
        QueryMsg::Claimable { address } => to_json_binary(&unbonding::claimable(deps, env, &address)?)?,
        QueryMsg::PowerAt { address, height } => to_json_binary(&power::at(deps, &address, height)?)?,
        QueryMsg::TotalPowerAt { height } => to_json_binary(&power::total_at(deps, height)?)?,
        QueryMsg::Incident { caller, incident } => {
            let caller = addr(deps.api, &caller)?;
            to_json_binary(&INCIDENTS.has(deps.storage, (&caller, incident::key(&incident))))?
        }
        QueryMsg::Validators {} => to_json_binary(&validators::all(deps, env)?)?,
        QueryMsg::ValidatorOf { address } => to_json_binary(&validators::of(deps, env, &address)?)?,
        QueryMsg::ListValidators { start_after, limit } => {
            to_json_binary(&validators::page(deps, env, start_after.as_deref(), limit)?)?
        }
        QueryMsg::Draw {
            epoch,
            seed,
            seats,
            exclude,
        } => to_json_binary(&validators::draw(deps, env, epoch, &seed, seats, &exclude)?)?,
        QueryMsg::Conservation {} => to_json_binary(&conservation(deps)?)?,
    })
}

fn conservation(deps: Deps) -> StdResult<ConservationResponse> {
    let ledger = LEDGER.load(deps.storage)?;
    Ok(ConservationResponse {
        deposited: ledger.deposited,
        withdrawn: ledger.withdrawn,
        burned: ledger.burned,
        held: ledger.held,
        slashed: ledger.slashed,
        repaid: ledger.repaid,
    })
}
