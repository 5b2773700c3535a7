//! Every storage item: key, meaning, who writes it, what always holds.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{Addr, Uint128};
use cw20::Denom;
use cw_storage_plus::{Item, Map};
use joule_kit::packed::{Packed, PackedMap};
use joule_types::marketplace::{DenomRules, Dispute, JobResult, JobSpec, JobTerms, OfferTerms, Params, Settlement};
use joule_types::{JobId, NodeId, OfferId, ProviderId};
use joule_work::{
    job::{FailReason, JobState},
    kind::Class,
    price::PriceUnit,
    score::Weights,
};

use crate::domain::{
    bytes::Reader,
    figures::{Stats, Totals},
    panel::{Panel, Seat},
    record::{Entry, Record},
};

/// `params`: parameters, the arbiter checked, without the denominations. Written by instantiate and `UpdateParams`.
pub const PARAMS: Item<Params> = Item::new("params");
/// `floor`: shortest deadline in seconds that parameters may name. Written by instantiate only.
pub const FLOOR: Item<u64> = Item::new("floor");
/// `denoms`: rules by `denom_key`. One is never removed, only unlisted, so that its number keeps its meaning.
pub const DENOMS: Map<&str, DenomRecord> = Map::new("denoms");
/// `denom_names`: number to denomination. Written with `denoms`.
pub const DENOM_NAMES: Map<u8, Denom> = Map::new("denom_names");
/// `regions`: the registry's list as last read. It may only grow, so a name that is found keeps its index.
pub const REGIONS: Item<Vec<String>> = Item::new("regions");

/// `index`: one record, which epoch serves and what is being done to it.
pub const INDEX: PackedMap<IndexState> = PackedMap::new("index");
/// `index_params`: by epoch. Those of the serving epoch and of the one being filled exist, no others once drained.
pub const INDEX_PARAMS: Map<u32, IndexRecord> = Map::new("index_params");
/// `entries`: by offer; exists while the offer is open.
pub const ENTRIES: PackedMap<Entry> = PackedMap::new("entries");
/// `rank`: open offers whose node can carry one attempt more, by [`crate::domain::stream::StreamKey`]. Equal to
/// what `entries` and `nodes` say, in the serving epoch, and in the filling one up to its cursor (I-38).
pub const RANK: PackedMap<Record> = PackedMap::new("rank");
/// `parked`: as `rank`, the open offers whose node is full. A scan does not meet them.
pub const PARKED: PackedMap<Record> = PackedMap::new("parked");
/// `nodes`: load and open offers of a node; absent when both are none.
pub const NODES: PackedMap<NodeRecord> = PackedMap::new("nodes");

/// `offer_seq`: last offer id given.
pub const OFFER_SEQ: Item<u64> = Item::new("offer_seq");
/// `offers`: all offers, closed ones too.
pub const OFFERS: Map<u64, OfferRecord> = Map::new("offers");
/// `provider_offers`: open offers by provider.
pub const PROVIDER_OFFERS: Map<(u64, u64), ()> = Map::new("provider_offers");
/// `offer_count`: how many that are.
pub const OFFER_COUNT: Map<u64, u32> = Map::new("offer_count");

/// `job_seq`: last job id given.
pub const JOB_SEQ: Item<u64> = Item::new("job_seq");
/// `specs`: what was posted and on which terms. Written once.
pub const SPECS: Map<u64, Posted> = Map::new("specs");
/// `progress`: state of a job. Written on each edge.
pub const PROGRESS: PackedMap<Progress> = PackedMap::new("progress");
/// `attempts`: the running or last attempt. Written on each assignment.
pub const ATTEMPTS: Map<u64, AttemptRecord> = Map::new("attempts");
/// `results`: what was delivered.
pub const RESULTS: Map<u64, JobResult> = Map::new("results");
/// `disputes`: by job.
pub const DISPUTES: Map<u64, Dispute> = Map::new("disputes");
/// `settlements`: by job, once it was paid or divided.
pub const SETTLEMENTS: Map<u64, Settlement> = Map::new("settlements");
/// `panels`: committees by [`panel_key`]. Written when a result is delivered in committee mode and by each act of one.
pub const PANELS: PackedMap<Panel> = PackedMap::new("panels");
/// `seats`: seats by [`panel_key`], rung and seat. Written by draws, votes and the end of a committee.
pub const SEATS: PackedMap<Seat> = PackedMap::new("seats");
/// `open_seats`: by owner and job, the number of its seat on the present rung of a committee that is not closed.
pub const OPEN_SEATS: Map<(&Addr, u64), u64> = Map::new("open_seats");
/// `links`: by job and attempt, who may not judge it. Written once, when the result is delivered.
pub const LINKS: Map<(u64, u32), Vec<Addr>> = Map::new("links");
/// `spent`: by job, what validators were paid from its verification budget; absent if nothing.
pub const SPENT: Map<u64, Uint128> = Map::new("spent");
/// `open`: jobs in no final state.
pub const OPEN: Map<u64, ()> = Map::new("open");
/// `queued`: jobs in `Queued`.
pub const QUEUED: Map<u64, ()> = Map::new("queued");
/// `verifying`: jobs in `Verifying`.
pub const VERIFYING: Map<u64, ()> = Map::new("verifying");
/// `buyer_jobs`: all jobs by buyer.
pub const BUYER_JOBS: Map<(&Addr, u64), ()> = Map::new("buyer_jobs");
/// `provider_jobs`: jobs in no final state by the provider of their attempt.
pub const PROVIDER_JOBS: Map<(u64, u64), ()> = Map::new("provider_jobs");
/// `rep_days`: last day on which a success of (buyer, provider) raised reputation.
pub const REP_DAYS: Map<(&Addr, u64), u64> = Map::new("rep_days");

/// `stats`: figures by number of the denomination; saturating, never a reason to fail.
pub const STATS: PackedMap<Stats> = PackedMap::new("stats");
/// `totals`: one record, figures over all denominations.
pub const TOTALS: PackedMap<Totals> = PackedMap::new("totals");
/// `earners`: providers that were ever paid.
pub const EARNERS: Map<u64, ()> = Map::new("earners");

/// Key of a committee: job and attempt, big endian.
#[must_use]
pub fn panel_key(job: JobId, attempt: u32) -> Vec<u8> {
    [&job.u64().to_be_bytes()[..], &attempt.to_be_bytes()[..]].concat()
}

/// Key of a seat of a committee.
#[must_use]
pub fn seat_key(job: JobId, attempt: u32, rung: u8, seat: u8) -> Vec<u8> {
    let mut key = panel_key(job, attempt);
    key.extend([rung, seat]);
    key
}

/// A denomination and its number in keys.
#[cw_serde]
pub struct DenomRecord {
    pub id: u8,
    pub listed: bool,
    pub rules: DenomRules,
}

/// Parameters of an epoch, denominations by number.
#[cw_serde]
pub struct IndexRecord {
    pub weights: Weights,
    pub refs: Vec<RefRecord>,
    pub ref_hash_rate: u64,
    pub latency: Vec<Vec<u16>>,
}

/// Reference price.
#[cw_serde]
pub struct RefRecord {
    pub denom: u8,
    pub unit: PriceUnit,
    pub price: Uint128,
}

/// An offer.
#[cw_serde]
pub struct OfferRecord {
    pub provider: ProviderId,
    pub owner: Addr,
    pub terms: OfferTerms,
    pub version: u32,
    pub deposit: Uint128,
    pub open: bool,
}

/// A job as it was posted.
#[cw_serde]
pub struct Posted {
    pub buyer: Addr,
    pub spec: JobSpec,
    pub terms: JobTerms,
    /// Number of the denomination.
    pub denom: u8,
    pub is_joule: bool,
    pub posted_at: u64,
}

/// An attempt; its number and times are in [`Progress`].
#[cw_serde]
pub struct AttemptRecord {
    pub offer: OfferId,
    pub node: NodeId,
    pub provider: ProviderId,
    pub owner: Addr,
    pub operator: Addr,
    pub payout: Addr,
    pub referrer: Option<Addr>,
    pub class: Class,
    pub quote: Uint128,
    pub score: u32,
    /// Micro-JOULE that a slash repays the buyer at most.
    pub repay: Uint128,
}

/// What is being done to the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Nothing.
    Idle,
    /// Offers up to and including `cursor` are listed in the epoch after the serving one too.
    Filling { cursor: u64 },
    /// The epoch before the serving one is being removed.
    Draining,
}

/// Which epoch serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexState {
    pub serving: u32,
    pub work: Work,
    /// Upper bound of the offers that still have to be re-keyed.
    pub remaining: u32,
}

impl Packed for IndexState {
    fn pack(&self) -> Vec<u8> {
        let (tag, cursor) = match self.work {
            Work::Idle => (0, 0),
            Work::Filling { cursor } => (1, cursor),
            Work::Draining => (2, 0),
        };
        let mut bytes = vec![tag];
        bytes.extend(self.serving.to_be_bytes());
        bytes.extend(u64::to_be_bytes(cursor));
        bytes.extend(self.remaining.to_be_bytes());
        bytes
    }

    fn unpack(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(bytes);
        let (tag, serving, cursor, remaining) = (from.u8()?, from.u32()?, from.u64()?, from.u32()?);
        let work = match tag {
            0 => Work::Idle,
            1 => Work::Filling { cursor },
            2 => Work::Draining,
            _ => return None,
        };
        from.end(Self {
            serving,
            work,
            remaining,
        })
    }
}

/// An open offer of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeOffer {
    pub denom: u8,
    pub capacity: u8,
    pub offer: u64,
}

/// Load and open offers of a node, one a denomination.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeRecord {
    pub load: u16,
    pub offers: Vec<NodeOffer>,
}

impl Packed for NodeRecord {
    fn pack(&self) -> Vec<u8> {
        let mut bytes = self.load.to_be_bytes().to_vec();
        for offer in &self.offers {
            bytes.extend([offer.denom, offer.capacity]);
            bytes.extend(offer.offer.to_be_bytes());
        }
        bytes
    }

    fn unpack(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(bytes);
        let load = from.u16()?;
        let mut offers = Vec::new();
        while !from.is_empty() {
            offers.push(NodeOffer {
                denom: from.u8()?,
                capacity: from.u8()?,
                offer: from.u64()?,
            });
        }
        Some(Self { load, offers })
    }
}

/// Where a job stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    pub state: JobState,
    pub fail_reason: Option<FailReason>,
    /// Rises by one with each edge.
    pub version: u32,
    /// Attempts so far; the number of the running or last one.
    pub attempts: u32,
    /// Last second of what is expected next; 0 in a final state.
    pub next_deadline_at: u64,
    /// Of the running or last attempt; 0 if none.
    pub assigned_at: u64,
    /// Of the running or last attempt; 0 before `Start`.
    pub started_at: u64,
    /// Attempts that were declined and do not count.
    pub declines: u8,
    /// Providers of ended attempts, at most one an attempt.
    pub excluded: Vec<u64>,
}

impl Packed for Progress {
    fn pack(&self) -> Vec<u8> {
        let mut bytes = vec![self.state.index(), self.fail_reason.map_or(u8::MAX, FailReason::index)];
        bytes.extend(self.version.to_be_bytes());
        bytes.extend(self.attempts.to_be_bytes());
        for time in [self.next_deadline_at, self.assigned_at, self.started_at] {
            bytes.extend(time.to_be_bytes());
        }
        bytes.push(self.declines);
        for provider in &self.excluded {
            bytes.extend(provider.to_be_bytes());
        }
        bytes
    }

    fn unpack(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(bytes);
        let state = JobState::from_index(from.u8()?)?;
        let fail_reason = match from.u8()? {
            u8::MAX => None,
            index => Some(FailReason::from_index(index)?),
        };
        let mut progress = Self {
            state,
            fail_reason,
            version: from.u32()?,
            attempts: from.u32()?,
            next_deadline_at: from.u64()?,
            assigned_at: from.u64()?,
            started_at: from.u64()?,
            declines: from.u8()?,
            excluded: Vec::new(),
        };
        while !from.is_empty() {
            progress.excluded.push(from.u64()?);
        }
        Some(progress)
    }
}
