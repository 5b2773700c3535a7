//! `Refresh`, `Reindex`, `UpdateIndex`.
//!
//! A new epoch is filled beside the serving one: offers are re-keyed in the order of their ids, and an offer up to the cursor that
//! changes meanwhile is written to both. When the last one is done the new epoch serves, and further calls remove the
//! keys of the old one. No third epoch can start before that, so an offer never has more than two keys.

use cosmwasm_std::{Order, Response, Storage};
use joule_kit::packed::PackedMap;
use joule_types::{
    marketplace::{IndexAdvanced, IndexParams, OffersRefreshed},
    registry, NodeId, OfferId,
};

use super::Ctx;
use crate::{
    domain::record::{Entry, Record},
    error::Res,
    index::{self, Books, Place},
    matching::expect_short,
    nodes,
    outbox::Outbox,
    params,
    state::{IndexState, Work, ENTRIES, INDEX_PARAMS, PARKED, RANK},
    MarketplaceError,
};

/// Offers that one `Reindex` re-keys at most, and keys that it removes at most.
const MAX_REKEYED: u32 = 20;

/// Books the live score of offers; closed ones are passed over.
pub fn refresh(ctx: Ctx, offers: &[OfferId]) -> Res<Response> {
    let Ctx { deps, control, .. } = ctx;
    expect_short(offers, "offers")?;
    let mut open: Vec<(u64, Entry)> = Vec::new();
    for offer in offers {
        if let Some(entry) = index::entry(deps.storage, offer.u64())? {
            open.push((offer.u64(), entry));
        }
    }
    let mut asked: Vec<NodeId> = open.iter().map(|(_, entry)| NodeId(entry.record.node)).collect();
    asked.sort_unstable();
    asked.dedup();
    let known = registry::handle::candidates(&deps.querier, &control.peers.registry, asked)?;

    let books = Books::load(deps.storage)?;
    let mut changed = 0u32;
    for (offer, old) in open {
        let candidate = known.iter().find(|candidate| candidate.node.u64() == old.record.node);
        let (record, region) = match candidate {
            Some(candidate) => (old.record.with_facts(candidate), candidate.region),
            None => (old.record.gone(), old.region),
        };
        let place = Place {
            kind: old.kind,
            denom: old.denom,
            region,
            full: nodes::load(deps.storage, record.node)?.is_full(record.capacity),
        };
        let before = old.booked_in(books.state.serving);
        if books.book(deps.storage, offer, place, record)? != before {
            changed = changed.saturating_add(1);
        }
    }

    let mut out = Outbox::new(&control);
    out.say(OffersRefreshed { changed });
    Ok(out.respond("refresh"))
}

/// Re-keys some offers into the epoch being filled, or removes some keys of the old one.
pub fn reindex(ctx: Ctx, limit: u32) -> Res<Response> {
    let Ctx { deps, control, .. } = ctx;
    let mut books = Books::load(deps.storage)?;
    let limit = limit.clamp(1, MAX_REKEYED);

    let rekeyed = match books.state.work {
        Work::Idle => {
            return Err(MarketplaceError::IndexCurrent {
                serving: books.state.serving,
            })
        }
        Work::Filling { cursor } => fill(deps.storage, &mut books, cursor, limit)?,
        Work::Draining => {
            drain(deps.storage, &mut books.state, limit)?;
            0
        }
    };
    index::save_state(deps.storage, &books.state);

    let mut out = Outbox::new(&control);
    out.say(IndexAdvanced {
        serving: books.state.serving,
        filling: books.state.filling(),
        rekeyed,
    });
    Ok(out.respond("reindex"))
}

fn fill(storage: &mut dyn Storage, books: &mut Books, cursor: u64, limit: u32) -> Res<u32> {
    let wanted = usize::try_from(limit).unwrap_or(1);
    let from = cursor.saturating_add(1).to_be_bytes();
    let next: Vec<(Vec<u8>, Entry)> = ENTRIES
        .range(storage, &from, None, Order::Ascending)
        .take(wanted)
        .collect::<Result<_, _>>()?;
    let done = next.len() < wanted;
    let mut last = cursor;
    for (key, entry) in &next {
        last = <[u8; 8]>::try_from(key.as_slice()).map_or(last, u64::from_be_bytes);
        let full = nodes::load(storage, entry.record.node)?.is_full(entry.record.capacity);
        books.rekey(storage, last, entry.clone(), full);
    }
    let rekeyed = u32::try_from(next.len()).unwrap_or(limit);
    books.state.remaining = books.state.remaining.saturating_sub(rekeyed);
    books.state.work = Work::Filling { cursor: last };
    if done {
        books.state.serving = books.state.serving.saturating_add(1);
        books.state.remaining = 0;
        books.state.work = Work::Draining;
    }
    Ok(rekeyed)
}

fn drain(storage: &mut dyn Storage, state: &mut IndexState, limit: u32) -> Res<()> {
    let old = state.serving.saturating_sub(1);
    let mut left = usize::try_from(limit).unwrap_or(1);
    for list in [&RANK, &PARKED] {
        left = left.saturating_sub(remove_keys(storage, list, old, left)?);
    }
    if left > 0 {
        INDEX_PARAMS.remove(storage, old);
        state.work = Work::Idle;
    }
    Ok(())
}

fn remove_keys(storage: &mut dyn Storage, list: &PackedMap<Record>, epoch: u32, limit: usize) -> Res<usize> {
    let (from, to) = (epoch.to_be_bytes(), epoch.saturating_add(1).to_be_bytes());
    let keys: Vec<Vec<u8>> = list
        .range(storage, &from, Some(&to), Order::Ascending)
        .take(limit)
        .map(|item| item.map(|(key, _)| key))
        .collect::<Result<_, _>>()?;
    for key in &keys {
        list.remove(storage, key);
    }
    Ok(keys.len())
}

/// Starts a new epoch.
pub fn update(ctx: Ctx, new: &IndexParams) -> Res<Response> {
    let Ctx { deps, control, .. } = ctx;
    let mut state = index::state(deps.storage)?;
    if state.work != Work::Idle {
        return Err(MarketplaceError::IndexBusy { serving: state.serving });
    }
    let record = params::index_record(deps.storage, new)?;

    state.work = Work::Filling { cursor: 0 };
    state.remaining = open_offers(deps.storage);
    INDEX_PARAMS.save(deps.storage, state.serving.saturating_add(1), &record)?;
    index::save_state(deps.storage, &state);

    let mut out = Outbox::new(&control);
    out.say(IndexAdvanced {
        serving: state.serving,
        filling: state.filling(),
        rekeyed: 0,
    });
    Ok(out.respond("update_index"))
}

fn open_offers(storage: &dyn Storage) -> u32 {
    let open = crate::tally::totals(storage).open_offers;
    let sum = open.iter().fold(0u64, |sum, count| sum.saturating_add(*count));
    u32::try_from(sum).unwrap_or(u32::MAX)
}
