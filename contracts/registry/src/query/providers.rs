//! Providers.

use cosmwasm_std::{Deps, Env, Order};
use cw_storage_plus::Bound;
use joule_kit::paging;
use joule_types::registry::ProviderResponse;
use joule_types::{Page, ProviderId, MAX_LIMIT};

use super::view::{Known, View};
use crate::domain::standing::counters;
use crate::state::{self, PROFILES, PROVIDER_OF};
use crate::RegistryError;

/// One provider.
pub fn one(deps: Deps, env: &Env, id: ProviderId) -> Result<ProviderResponse, RegistryError> {
    let view = View::new(deps, env)?;
    Ok(response(id, view.know(id, state::profile(deps.storage, id)?)?))
}

/// The provider of an owner or operator.
pub fn of(deps: Deps, env: &Env, address: &str) -> Result<Option<ProviderResponse>, RegistryError> {
    let address = joule_kit::addr(deps.api, address)?;
    let id = PROVIDER_OF.may_load(deps.storage, &address)?;
    id.map(|id| one(deps, env, ProviderId(id))).transpose()
}

/// All providers.
pub fn list(
    deps: Deps,
    env: &Env,
    start_after: Option<ProviderId>,
    limit: Option<u32>,
) -> Result<Page<ProviderResponse, ProviderId>, RegistryError> {
    let view = View::new(deps, env)?;
    let from = start_after.map(|id| Bound::exclusive(id.u64()));
    let found = PROFILES.range(deps.storage, from, None, Order::Ascending).map(|found| {
        let (id, profile) = found?;
        let id = ProviderId(id);
        Ok(response(id, view.know(id, profile)?))
    });
    paging::page(found, paging::limit(limit, MAX_LIMIT), |item| item.provider)
}

fn response(provider: ProviderId, known: Known) -> ProviderResponse {
    let Known {
        profile,
        track,
        standing,
        ..
    } = known;
    ProviderResponse {
        provider,
        owner: profile.owner,
        operator: profile.operator,
        payout: profile.payout,
        referrer: profile.referrer,
        class: profile.class,
        partner: profile.partner,
        banned: track.banned,
        registered_at: profile.registered_at,
        standing,
        counters: counters(&track),
    }
}
