//! The beacon, its rounds and tips, and the challenges that take their seed from a round.

use cosmwasm_std::{Deps, Env, Order, Uint128, Uint64};
use cw_storage_plus::Bound;
use joule_kit::paging;
use joule_types::registry::{BeaconResponse, ChallengeResponse};
use joule_types::{NodeId, Page, MAX_LIMIT};

use crate::domain::challenge::Terms;
use crate::state::{self, BEACON, CHALLENGES, LAST_ROUND, TIPS, TIPS_OF, WANTED};
use crate::RegistryError;

/// The beacon, its latest round and the fund.
pub fn beacon(deps: Deps) -> Result<BeaconResponse, RegistryError> {
    let tips = TIPS.load(deps.storage)?;
    Ok(BeaconResponse {
        beacon: BEACON.load(deps.storage)?,
        latest: LAST_ROUND.may_load(deps.storage)?,
        fund: tips.fund,
        unclaimed: tips.unclaimed,
    })
}

/// Rounds that somebody waits for.
pub fn wanted(deps: Deps, start_after: Option<u64>, limit: Option<u32>) -> Result<Page<u64, u64>, RegistryError> {
    let from = start_after.map(Bound::exclusive);
    let found = WANTED.keys(deps.storage, from, None, Order::Ascending);
    Ok(paging::page(found, paging::limit(limit, MAX_LIMIT), |round| *round)?)
}

/// What an address can claim.
pub fn tips(deps: Deps, address: &str) -> Result<Uint128, RegistryError> {
    let address = joule_kit::addr(deps.api, address)?;
    Ok(TIPS_OF.may_load(deps.storage, &address)?.unwrap_or_default())
}

/// The open challenge of a node; one whose time has passed is shown until it is booked.
pub fn challenge(deps: Deps, env: &Env, id: NodeId) -> Result<Option<ChallengeResponse>, RegistryError> {
    let Some(open) = CHALLENGES.load(deps.storage, &id.u64().to_be_bytes())? else {
        return Ok(None);
    };
    let terms = Terms::of(&open, &state::clock(deps.storage)?);
    let posted = state::round(deps.storage, open.round)?;
    Ok(Some(ChallengeResponse {
        round: open.round,
        seed: posted.map(|posted| open.seed(env, id, &posted.randomness).into()),
        target: Uint64::new(open.target),
        opened_at: open.opened_at,
        deadline_at: terms.deadline_at(posted.map(|posted| posted.at)),
    }))
}
