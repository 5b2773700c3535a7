//! From a request to the best offer: opens the streams, asks the registry, and re-keys what the index holds too high.

use cosmwasm_std::{Addr, Deps, DepsMut, Order, Storage};
use cw20::Denom;
use joule_kit::KitError;
use joule_types::{
    marketplace::Requirements,
    registry::{self, MAX_REGIONS},
    NodeId, OfferId,
};
use joule_work::{kind::BANDS, score::effective};

use crate::{
    domain::{
        eligibility::Request,
        merge::{Listing, Merge, Stream},
        record::{Entry, Record},
        search::{self, Checked, Found, Scale, MAX_HINTS},
        stream::{score_and_offer, StreamKey},
    },
    error::Res,
    index::{self, Books, Place},
    params,
    state::{DenomRecord, IndexRecord, PARKED, RANK, REGIONS},
    MarketplaceError,
};

/// Losses that one call re-keys.
const MAX_REKEYED: usize = 2;

/// One stream of the index as the merge reads it.
pub type Entries<'a> = Box<dyn Iterator<Item = Res<(u16, u64, Record)>> + 'a>;

/// A request, where its buyer is, and the index it is asked of.
pub struct Ask {
    /// What offers are compared with.
    pub request: Request,
    /// Denomination of the request.
    pub denom: Denom,
    /// Index of the buyer's region; none if it named none, or one that is not on the list.
    pub region: Option<u8>,
    /// Epochs and parameters.
    pub books: Books,
    /// The registry.
    pub registry: Addr,
}

impl Ask {
    /// Resolves names.
    ///
    /// # Errors
    /// [`MarketplaceError::InvalidJob`] for a request limited to a region that is not on the registry's list.
    pub fn new(deps: Deps, registry: &Addr, wish: &Requirements, denom: &DenomRecord) -> Res<Self> {
        let region = match &wish.region {
            Some(name) => region_index(deps, registry, name)?,
            None => None,
        };
        let mut request = Request::new(wish, denom.id, params::caps(&denom.rules));
        if wish.only_region {
            let only = region.ok_or_else(|| MarketplaceError::InvalidJob {
                field: "region",
                found: wish.region.clone().unwrap_or_default(),
                rule: "name a region of the registry's list, or ask for any".into(),
            })?;
            request.only_region = Some(only);
        }
        Ok(Self {
            request,
            denom: wish.denom.clone(),
            region,
            books: Books::load(deps.storage)?,
            registry: registry.clone(),
        })
    }

    /// Latency points of an offer's region for the buyer; zero where unknown.
    pub fn latency(&self, region: u8) -> u32 {
        latency(&self.books.params, self.region, region)
    }

    /// The streams that can hold eligible offers: at most 8 bands times 8 regions.
    pub fn streams<'a>(
        &self,
        storage: &'a dyn Storage,
        parked: bool,
        bands: std::ops::Range<u8>,
    ) -> Vec<Stream<Entries<'a>>> {
        let regions = 0..u8::try_from(MAX_REGIONS).unwrap_or(u8::MAX);
        let wanted = regions.filter(|region| self.request.only_region.is_none_or(|only| only == *region));
        let pairs = wanted.flat_map(|region| bands.clone().map(move |band| (region, band)));
        pairs
            .map(|(region, band)| {
                let key = StreamKey {
                    epoch: self.books.state.serving,
                    kind: self.request.kind,
                    denom: self.request.denom,
                    band,
                    region,
                };
                Stream {
                    region,
                    latency: self.latency(region),
                    entries: entries(storage, parked, key),
                }
            })
            .collect()
    }

    /// The bands that can hold eligible offers.
    pub fn bands(&self) -> std::ops::Range<u8> {
        self.request.min_band()..BANDS
    }

    /// Runs the search.
    ///
    /// # Errors
    /// Storage and query errors, [`MarketplaceError::InvalidList`] for bad hints.
    pub fn search(&self, deps: Deps, hints: &[OfferId]) -> Res<Found> {
        let hints = self.hints(deps.storage, hints)?;
        let mut merge = Merge::new(
            self.books.params.weights,
            self.streams(deps.storage, false, self.bands()),
        )?;
        search::search(&self.request, &mut merge, hints, |batch| self.check(deps, batch))
    }

    /// Hints that are open offers of the kind and denomination with room, as the scan would meet them.
    fn hints(&self, storage: &dyn Storage, hints: &[OfferId]) -> Res<Vec<Listing>> {
        expect_short(hints, "hints")?;
        let mut found = Vec::new();
        for hint in hints {
            if let Some(listing) = self.hint(storage, hint.u64())? {
                found.push(listing);
            }
        }
        Ok(found)
    }

    fn hint(&self, storage: &dyn Storage, offer: u64) -> Res<Option<Listing>> {
        let Some(entry) = index::entry(storage, offer)? else {
            return Ok(None);
        };
        if entry.kind != self.request.kind || entry.denom != self.request.denom {
            return Ok(None);
        }
        // A full node is not in the list.
        let listed = RANK.load(storage, &entry.key(self.books.state.serving, offer))?;
        Ok(listed.map(|_| self.listing(offer, &entry)))
    }

    /// An open offer as a scan would meet it.
    pub fn listing(&self, offer: u64, entry: &Entry) -> Listing {
        let booked = entry.booked_in(self.books.state.serving);
        Listing {
            offer,
            booked,
            region: entry.region,
            reach: effective(booked.into(), &self.books.params.weights, self.latency(entry.region)),
            record: entry.record.clone(),
        }
    }

    /// Compares listings with what the registry says now, in one query.
    ///
    /// # Errors
    /// Query errors.
    pub fn check(&self, deps: Deps, batch: Vec<Listing>) -> Res<Vec<Checked>> {
        let nodes = batch.iter().map(|listing| NodeId(listing.record.node)).collect();
        let known = registry::handle::candidates(&deps.querier, &self.registry, nodes)?;
        let checked = batch.into_iter().map(|listing| {
            let candidate = known
                .iter()
                .find(|candidate| candidate.node.u64() == listing.record.node);
            let scale = Scale {
                weights: self.books.params.weights,
                references: index::references(&self.books.params, self.request.denom, listing.record.unit),
                latency: |region| self.latency(region),
            };
            scale.check(&self.request, listing, candidate)
        });
        Ok(checked.collect())
    }
}

/// Latency points between two regions.
pub fn latency(params: &IndexRecord, from: Option<u8>, to: u8) -> u32 {
    let row = from.and_then(|from| params.latency.get(usize::from(from)));
    row.and_then(|row| row.get(usize::from(to)))
        .copied()
        .unwrap_or(0)
        .into()
}

fn entries(storage: &dyn Storage, parked: bool, key: StreamKey) -> Entries<'_> {
    const LISTS: [&joule_kit::packed::PackedMap<Record>; 2] = [&RANK, &PARKED];
    let [rank, full] = LISTS;
    let list = if parked { full } else { rank };
    let range = list.range(storage, &key.prefix(), Some(&key.end()), Order::Ascending);
    Box::new(range.map(|item| {
        let (key, record) = item?;
        let (booked, offer) = score_and_offer(&key).ok_or_else(|| KitError::CorruptRecord {
            namespace: "rank".into(),
            len: key.len(),
        })?;
        Ok((booked, offer, record))
    }))
}

/// At most 8 offers, each once.
///
/// # Errors
/// [`MarketplaceError::InvalidList`].
pub fn expect_short(offers: &[OfferId], what: &'static str) -> Res<()> {
    let mut sorted: Vec<u64> = offers.iter().map(|offer| offer.u64()).collect();
    sorted.sort_unstable();
    sorted.dedup();
    if offers.len() > MAX_HINTS || sorted.len() != offers.len() {
        return Err(MarketplaceError::InvalidList { what, max: MAX_HINTS });
    }
    Ok(())
}

fn region_index(deps: Deps, registry: &Addr, name: &str) -> Res<Option<u8>> {
    let position = |list: &[String]| {
        let found = list.iter().position(|region| region == name);
        found.and_then(|found| u8::try_from(found).ok())
    };
    let known = REGIONS.may_load(deps.storage)?.unwrap_or_default();
    match position(&known) {
        Some(index) => Ok(Some(index)),
        None => Ok(position(&registry::handle::regions(&deps.querier, registry)?)),
    }
}

/// Books what a search found to be listed too high, two offers at most: those that were met first. The offers were in
/// `rank`, so their nodes have room.
///
/// # Errors
/// Storage errors.
pub fn rekey_losses(storage: &mut dyn Storage, books: &Books, ask: &Request, losses: &[Checked]) -> Res<()> {
    for loss in losses.iter().take(MAX_REKEYED) {
        let region = loss
            .candidate
            .as_ref()
            .map_or(loss.listing.region, |candidate| candidate.region);
        let place = Place {
            kind: ask.kind,
            denom: ask.denom,
            region,
            full: false,
        };
        books.book(storage, loss.listing.offer, place, loss.fresh.clone())?;
    }
    Ok(())
}

/// Keeps the registry's list of regions at hand; one that grew is read when a name is missing.
///
/// # Errors
/// Query and storage errors.
pub fn remember_regions(deps: DepsMut, registry: &Addr, wish: &Requirements) -> Res<()> {
    let Some(name) = &wish.region else {
        return Ok(());
    };
    let known = REGIONS.may_load(deps.storage)?.unwrap_or_default();
    if known.contains(name) {
        return Ok(());
    }
    let listed = registry::handle::regions(&deps.querier, registry)?;
    if listed.len() > known.len() {
        REGIONS.save(deps.storage, &listed)?;
    }
    Ok(())
}
