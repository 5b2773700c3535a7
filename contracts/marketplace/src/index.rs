//! The index of open offers: the only place that writes `entries`, `rank` and `parked`, so that the three agree (I-38).

use cosmwasm_std::Storage;
use joule_kit::packed::PackedMap;
use joule_types::OfferId;
use joule_work::{kind::ResourceKind, price::PriceUnit, reputation::DEFAULT_HALF, score::References};

use crate::{
    domain::record::{Entry, Record},
    error::Res,
    state::{IndexRecord, IndexState, Work, ENTRIES, INDEX, INDEX_PARAMS, PARKED, RANK},
    tally, MarketplaceError,
};

/// Epochs and their parameters, read once a message.
pub struct Books {
    /// Which epoch serves.
    pub state: IndexState,
    /// Parameters of the serving epoch.
    pub params: IndexRecord,
    next: Option<IndexRecord>,
}

/// Where an offer belongs, besides its terms and facts.
#[derive(Clone, Copy)]
pub struct Place {
    /// Kind.
    pub kind: ResourceKind,
    /// Number of the denomination.
    pub denom: u8,
    /// Index of the region.
    pub region: u8,
    /// The node carries as much as the offer allows.
    pub full: bool,
}

/// The state of the index; written by instantiate before anything else can read it.
pub fn state(storage: &dyn Storage) -> Res<IndexState> {
    Ok(INDEX.load(storage, &[])?.unwrap_or(IndexState {
        serving: 1,
        work: Work::Idle,
        remaining: 0,
    }))
}

/// Stores the state of the index.
pub fn save_state(storage: &mut dyn Storage, state: &IndexState) {
    INDEX.save(storage, &[], state);
}

/// The entry of an open offer.
pub fn entry(storage: &dyn Storage, offer: u64) -> Res<Option<Entry>> {
    Ok(ENTRIES.load(storage, &offer.to_be_bytes())?)
}

/// What the curves compare with.
pub fn references(params: &IndexRecord, denom: u8, unit: PriceUnit) -> References {
    let found = params
        .refs
        .iter()
        .find(|known| known.denom == denom && known.unit == unit);
    References {
        price: found.map_or(0, |known| known.price.u128()),
        reputation_half: DEFAULT_HALF,
        hash_rate: params.ref_hash_rate,
    }
}

/// The booked score of a record under the parameters of an epoch.
pub fn score(params: &IndexRecord, denom: u8, record: &Record) -> u16 {
    record.booked(&params.weights, &references(params, denom, record.unit))
}

impl IndexState {
    /// The epoch that is being filled.
    #[must_use]
    pub const fn filling(&self) -> Option<u32> {
        match self.work {
            Work::Filling { .. } => Some(self.serving.saturating_add(1)),
            Work::Idle | Work::Draining => None,
        }
    }

    fn keys(&self, offer: u64, entry: &Entry) -> Vec<Vec<u8>> {
        let mut keys = vec![entry.key(self.serving, offer)];
        if self.lists_in_next(offer) {
            keys.push(entry.key(self.serving.saturating_add(1), offer));
        }
        keys
    }

    const fn lists_in_next(&self, offer: u64) -> bool {
        matches!(self.work, Work::Filling { cursor } if offer <= cursor)
    }
}

const fn list(full: bool) -> PackedMap<Record> {
    if full {
        PARKED
    } else {
        RANK
    }
}

impl Books {
    /// Reads the state, the serving parameters and those being filled.
    ///
    /// # Errors
    /// Storage errors.
    pub fn load(storage: &dyn Storage) -> Res<Self> {
        let state = state(storage)?;
        let next = match state.filling() {
            Some(epoch) => INDEX_PARAMS.may_load(storage, epoch)?,
            None => None,
        };
        Ok(Self {
            params: INDEX_PARAMS.load(storage, state.serving)?,
            next,
            state,
        })
    }

    /// Lists an offer, or lists it anew; returns the score booked in the serving epoch.
    ///
    /// # Errors
    /// Storage errors.
    pub fn book(&self, storage: &mut dyn Storage, offer: u64, place: Place, record: Record) -> Res<u16> {
        if let Some(old) = entry(storage, offer)? {
            for key in self.state.keys(offer, &old) {
                list(place.full).remove(storage, &key);
            }
            if old.record.class != record.class {
                tally::offer(storage, old.record.class, false);
                tally::offer(storage, record.class, true);
            }
        }
        let next = self.next.as_ref().filter(|_| self.state.lists_in_next(offer));
        let new = Entry {
            kind: place.kind,
            denom: place.denom,
            band: record.band(place.kind),
            region: place.region,
            epoch: self.state.serving,
            booked: score(&self.params, place.denom, &record),
            next: next.map_or(0, |params| score(params, place.denom, &record)),
            record,
        };
        ENTRIES.save(storage, &offer.to_be_bytes(), &new);
        for key in self.state.keys(offer, &new) {
            list(place.full).save(storage, &key, &new.record);
        }
        Ok(new.booked)
    }

    /// Lists an offer in the epoch being filled, under its parameters.
    pub fn rekey(&self, storage: &mut dyn Storage, offer: u64, mut entry: Entry, full: bool) {
        let (Some(params), Some(epoch)) = (&self.next, self.state.filling()) else {
            return;
        };
        entry.booked = entry.booked_in(self.state.serving);
        entry.epoch = self.state.serving;
        entry.next = score(params, entry.denom, &entry.record);
        ENTRIES.save(storage, &offer.to_be_bytes(), &entry);
        list(full).save(storage, &entry.key(epoch, offer), &entry.record);
    }
}

/// Takes an offer out of the index; returns its entry.
///
/// # Errors
/// [`MarketplaceError::OfferNotFound`].
pub fn remove(storage: &mut dyn Storage, offer: u64, full: bool) -> Res<Entry> {
    let found = entry(storage, offer)?.ok_or(MarketplaceError::OfferNotFound { offer: OfferId(offer) })?;
    for key in state(storage)?.keys(offer, &found) {
        list(full).remove(storage, &key);
    }
    ENTRIES.remove(storage, &offer.to_be_bytes());
    Ok(found)
}

/// Moves an offer out of the scan's sight when its node is full, and back when it is not.
///
/// # Errors
/// Storage errors.
pub fn park(storage: &mut dyn Storage, offer: u64, was_full: bool, full: bool) -> Res<()> {
    if was_full == full {
        return Ok(());
    }
    let Some(found) = entry(storage, offer)? else {
        return Ok(());
    };
    for key in state(storage)?.keys(offer, &found) {
        list(was_full).remove(storage, &key);
        list(full).save(storage, &key, &found.record);
    }
    Ok(())
}
