//! Offers and requests.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{Addr, Uint128};
use cw20::Denom;
use joule_work::{
    kind::{Class, ResourceKind, Tier},
    price::PriceUnit,
    trust::TrustLevel,
};

use crate::{HoldId, NodeId, OfferId, ProviderId};

/// A node's standing price.
#[cw_serde]
pub struct OfferTerms {
    /// Node that serves.
    pub node: NodeId,
    /// Accepted denomination, on the escrow's list.
    pub denom: Denom,
    /// Base units per unit.
    pub price: Uint128,
    /// Unit of sale; must fit the node's kind. Time is billed exactly by the second.
    pub unit: PriceUnit,
    /// Shortest deal in seconds, at most one hour.
    pub min_secs: u64,
    /// Longest deal in seconds, at least one day.
    pub max_secs: u64,
    /// Attempts that the node carries at once, 1 to 16.
    pub capacity: u16,
    /// Availability that the provider commits to, basis points.
    pub sla_bps: u16,
}

/// An offer.
#[cw_serde]
pub struct OfferResponse {
    /// Id.
    pub offer: OfferId,
    /// Provider.
    pub provider: ProviderId,
    /// Owner of the provider.
    pub owner: Addr,
    /// Terms.
    pub terms: OfferTerms,
    /// Rises by one with each change of the terms.
    pub version: u32,
    /// Score booked in the index.
    pub booked: u32,
    /// Hold of the deposit.
    pub deposit: HoldId,
    /// Open or closed.
    pub open: bool,
}

/// What a job or a search asks of an offer.
#[cw_serde]
pub struct Requirements {
    /// Kind of resource.
    pub kind: ResourceKind,
    /// Denomination the buyer pays in.
    pub denom: Denom,
    /// Longest running time in seconds: what the quote covers.
    pub max_secs: u64,
    /// Units for kinds that are not billed by time (GB, tasks, data points); 1 for gpu and cpu.
    pub units: u64,
    /// The most that the quote may be, base units.
    pub budget: Uint128,
    /// Least declared memory of the node in MiB.
    pub min_memory_mb: u64,
    /// Least declared devices or cores.
    pub min_units: u32,
    /// Least proven tier; only nodes with a proven tier match it.
    pub min_tier: Option<Tier>,
    /// Least verified tickets a second.
    pub min_hash_rate: u64,
    /// Least reputation in thousandths of a point.
    pub min_reputation: u32,
    /// Least trust level.
    pub min_trust: TrustLevel,
    /// Least availability, basis points.
    pub min_uptime_bps: u16,
    /// Where the buyer is; unknown or absent counts zero for latency.
    pub region: Option<String>,
    /// Only offers of this region.
    pub only_region: bool,
    /// Capacity is guaranteed: trust level 3 at least, dedicated nodes are asked too, and win ties.
    pub enterprise: bool,
    /// The most that the certificate may leave open (score points); beyond it the job queues. Absent: any.
    pub max_gap: Option<u32>,
}

/// A requirement that an offer does not meet.
#[cw_serde]
#[derive(Copy, Eq, Hash)]
pub enum Unmet {
    /// Closed, or unknown.
    OfferClosed,
    /// Another kind.
    Kind,
    /// Another denomination.
    Denom,
    /// The quote is above the budget.
    Budget,
    /// Shorter or longer than the offer allows.
    Duration,
    /// Too little memory.
    Memory,
    /// Too few devices or cores.
    Units,
    /// Tier not proven or too low.
    Tier,
    /// Verified power too low.
    HashRate,
    /// Reputation too low.
    Reputation,
    /// Trust level too low.
    Trust,
    /// Availability too low.
    Uptime,
    /// Another region.
    Region,
    /// Reserved for enterprise requests.
    Class,
    /// Not admitted, off line, switched off, slashed or rejected.
    Offline,
    /// Carries as much as it can.
    Busy,
    /// The quote is above what the provider's trust level may take.
    DealCap,
    /// Buyer and provider are linked.
    Linked,
    /// It declined or failed this job before.
    Excluded,
}

/// Score of an offer for a request, with its parts, in points.
#[cw_serde]
pub struct ScoreParts {
    /// Part of the price.
    pub price: u32,
    /// Part of the reputation.
    pub reputation: u32,
    /// Part of the availability.
    pub uptime: u32,
    /// Part of the verified power.
    pub power: u32,
    /// Part of the region.
    pub latency: u32,
    /// `min(booked, live) + latency`: what counts.
    pub effective: u32,
}

/// An offer in a ranking.
#[cw_serde]
pub struct RankedOffer {
    /// Offer.
    pub offer: OfferId,
    /// Node.
    pub node: NodeId,
    /// Provider.
    pub provider: ProviderId,
    /// Class of the provider.
    pub class: Class,
    /// Quote for the request, base units.
    pub quote: Uint128,
    /// Score with its parts.
    pub score: ScoreParts,
    /// Requirements it does not meet; empty means it could be matched.
    pub unmet: Vec<Unmet>,
}
