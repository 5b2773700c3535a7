//! Queries.

use cosmwasm_std::{to_json_binary, Addr, Binary, Deps, Env, Order};
use cw_storage_plus::Bound;
use joule_kit::{addr, control, paging};
use joule_types::{
    dao::{Ballot, ParamsResponse, ProposalResponse, QueryMsg},
    Page, ProposalId, MAX_LIMIT,
};

use crate::{
    execute::load,
    state::{BALLOTS, BODIES, FIXED, PARAMS, RECORDS},
    DaoError,
};

/// Proposals carry up to 4 KB of text and 20 messages each: short pages.
const MAX_PROPOSALS: u32 = 30;

/// Answers one query.
pub fn answer(deps: Deps, env: &Env, msg: QueryMsg) -> Result<Binary, DaoError> {
    let binary = match msg {
        QueryMsg::Params {} => to_json_binary(&params(deps)?),
        QueryMsg::Admin {} => to_json_binary(&control::query(deps)?),
        QueryMsg::Proposal { proposal: id } => to_json_binary(&proposal(deps, env, id)?),
        QueryMsg::Proposals { start_after, limit } => to_json_binary(&proposals(deps, env, start_after, limit)?),
        QueryMsg::Ballot { proposal, voter } => {
            to_json_binary(&BALLOTS.may_load(deps.storage, (proposal.u64(), &addr(deps.api, &voter)?))?)
        }
        QueryMsg::Ballots {
            proposal,
            start_after,
            limit,
        } => to_json_binary(&ballots(deps, proposal, start_after, limit)?),
    };
    Ok(binary?)
}

fn params(deps: Deps) -> Result<ParamsResponse, DaoError> {
    let fixed = FIXED.load(deps.storage)?;
    Ok(ParamsResponse {
        params: PARAMS.load(deps.storage)?,
        min_duration_secs: fixed.min_duration_secs,
        power_floor: fixed.power_floor,
    })
}

fn proposal(deps: Deps, env: &Env, id: ProposalId) -> Result<ProposalResponse, DaoError> {
    let (record, times, state) = load(deps.storage, id, env.block.time.seconds())?;
    let body = BODIES.load(deps.storage, id.u64())?;
    Ok(ProposalResponse {
        proposal: id,
        proposer: record.proposer,
        title: body.title,
        description: body.description,
        msgs: body.msgs,
        state,
        tally: record.tally,
        total_power: record.total_power,
        start_height: record.start_height,
        opened_at: record.opened_at,
        voting_ends_at: times.voting_ends_at,
        executable_at: times.executable_at,
        expires_at: times.expires_at,
        params: record.params,
    })
}

fn proposals(
    deps: Deps,
    env: &Env,
    start_after: Option<ProposalId>,
    limit: Option<u32>,
) -> Result<Page<ProposalResponse, ProposalId>, DaoError> {
    let start = start_after.map(|id| Bound::exclusive(id.u64()));
    let found = RECORDS
        .keys(deps.storage, start, None, Order::Ascending)
        .map(|id| proposal(deps, env, ProposalId(id?)));
    paging::page(found, paging::limit(limit, MAX_PROPOSALS), |p| p.proposal)
}

fn ballots(
    deps: Deps,
    id: ProposalId,
    start_after: Option<String>,
    limit: Option<u32>,
) -> Result<Page<Ballot, String>, DaoError> {
    let after: Option<Addr> = joule_kit::opt_addr(deps.api, start_after.as_deref())?;
    let start = after.as_ref().map(Bound::exclusive);
    let found = BALLOTS
        .prefix(id.u64())
        .range(deps.storage, start, None, Order::Ascending)
        .map(|entry| Ok::<_, DaoError>(entry?.1));
    paging::page(found, paging::limit(limit, MAX_LIMIT), |ballot| {
        ballot.voter.to_string()
    })
}
