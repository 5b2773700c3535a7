//! Offers and the state of the index.

use cosmwasm_std::{Deps, Order};
use cw_storage_plus::Bound;
use joule_kit::paging;
use joule_types::{
    marketplace::{IndexResponse, OfferResponse},
    OfferId, Page, ProviderId, MAX_LIMIT,
};

use crate::{
    error::Res,
    index, jobs, params,
    state::{ENTRIES, INDEX_PARAMS, OFFERS, PROVIDER_OFFERS},
    MarketplaceError,
};

/// An offer, open or closed.
pub fn offer(deps: Deps, offer: OfferId) -> Res<OfferResponse> {
    let stored = OFFERS.may_load(deps.storage, offer.u64())?;
    let stored = stored.ok_or(MarketplaceError::OfferNotFound { offer })?;
    let entry = index::entry(deps.storage, offer.u64())?;
    let serving = index::state(deps.storage)?.serving;
    Ok(OfferResponse {
        offer,
        provider: stored.provider,
        owner: stored.owner,
        terms: stored.terms,
        version: stored.version,
        booked: entry.map_or(0, |entry| entry.booked_in(serving).into()),
        deposit: jobs::deposit_of(offer)?,
        open: stored.open,
    })
}

/// Open offers by id.
pub fn list(
    deps: Deps,
    provider: Option<ProviderId>,
    start_after: Option<OfferId>,
    limit: Option<u32>,
) -> Res<Page<OfferResponse, OfferId>> {
    let limit = paging::limit(limit, MAX_LIMIT);
    let after = start_after.map(OfferId::u64);
    let ids: Box<dyn Iterator<Item = Res<u64>>> = match provider {
        Some(provider) => {
            let min = after.map(Bound::exclusive);
            let keys = PROVIDER_OFFERS
                .prefix(provider.u64())
                .keys(deps.storage, min, None, Order::Ascending);
            Box::new(keys.map(|key| Ok(key?)))
        }
        None => {
            let from = after.map_or([0; 8], |after| after.saturating_add(1).to_be_bytes());
            let open = ENTRIES.range(deps.storage, &from, None, Order::Ascending);
            Box::new(open.map(|item| {
                let (key, _) = item?;
                Ok(<[u8; 8]>::try_from(key.as_slice()).map_or(0, u64::from_be_bytes))
            }))
        }
    };
    paging::page(ids.map(|id| offer(deps, OfferId(id?))), limit, |item| item.offer)
}

/// Epochs of the index.
pub fn index(deps: Deps) -> Res<IndexResponse> {
    let state = index::state(deps.storage)?;
    let filling = state.filling();
    let wire = |epoch| params::index_wire(deps.storage, INDEX_PARAMS.load(deps.storage, epoch)?);
    Ok(IndexResponse {
        serving: state.serving,
        filling,
        params: wire(state.serving)?,
        next_params: filling.map(wire).transpose()?,
        remaining: state.remaining,
    })
}
