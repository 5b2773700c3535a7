//! Queries.

mod jobs;
mod offers;
mod panels;
mod rank;
mod stats;

use cosmwasm_std::{to_json_binary, Binary, Deps};
use joule_kit::control;
use joule_types::marketplace::QueryMsg;

use crate::{error::Res, params};

/// Most items of a page of jobs and of a ranking.
const MAX_FAT: u32 = 30;

/// Answers a query.
pub fn answer(deps: Deps, msg: QueryMsg) -> Res<Binary> {
    let answer = match msg {
        QueryMsg::Params {} => to_json_binary(&params::wire(deps.storage)?),
        QueryMsg::Admin {} => to_json_binary(&control::query(deps)?),
        QueryMsg::Index {} => to_json_binary(&offers::index(deps)?),
        QueryMsg::Offer { offer } => to_json_binary(&offers::offer(deps, offer)?),
        QueryMsg::Offers {
            provider,
            start_after,
            limit,
        } => to_json_binary(&offers::list(deps, provider, start_after, limit)?),
        QueryMsg::Job { job } => to_json_binary(&jobs::job(deps, job)?),
        QueryMsg::Jobs {
            filter,
            start_after,
            limit,
        } => to_json_binary(&jobs::list(deps, &filter, start_after, limit)?),
        QueryMsg::Panel { job, attempt } => to_json_binary(&panels::panel(deps, job, attempt)?),
        QueryMsg::SeatsOf {
            owner,
            start_after,
            limit,
        } => to_json_binary(&panels::seats_of(deps, &owner, start_after, limit)?),
        QueryMsg::Rank {
            requirements,
            buyer,
            limit,
            hints,
        } => to_json_binary(&rank::rank(deps, &requirements, buyer.as_deref(), limit, &hints)?),
        QueryMsg::ExplainMatch {
            requirements,
            buyer,
            limit,
        } => to_json_binary(&rank::explain(deps, &requirements, buyer.as_deref(), limit)?),
        QueryMsg::Stats { denom } => to_json_binary(&stats::stats(deps, denom)?),
        QueryMsg::Estimate {
            price,
            unit,
            units,
            utilisation_bps,
        } => to_json_binary(&stats::estimate(deps, price, unit, units, utilisation_bps)?),
        QueryMsg::CapacityShare {} => to_json_binary(&stats::capacity(deps)?),
    };
    Ok(answer?)
}
