//! Which offers may serve a request.

use joule_types::{
    marketplace::{Requirements, Unmet},
    registry::Candidate,
};
use joule_work::{
    kind::{Class, ResourceKind, Tier},
    price,
    trust::{DealCaps, TrustLevel},
    WorkError,
};

use super::record::{band_of, can_work, Record};

/// A request with every name resolved: what a scan compares records with.
#[derive(Clone, Debug)]
pub struct Request {
    /// Kind.
    pub kind: ResourceKind,
    /// Number of the denomination.
    pub denom: u8,
    /// Seconds that the quote covers.
    pub max_secs: u64,
    /// Units of kinds that are counted.
    pub units: u64,
    /// Most that the quote may be.
    pub budget: u128,
    /// Least declared memory, MiB.
    pub min_memory_mb: u64,
    /// Least declared devices or cores.
    pub min_units: u32,
    /// Least proven tier.
    pub min_tier: Option<Tier>,
    /// Least verified tickets a second.
    pub min_hash_rate: u64,
    /// Least reputation, thousandths of a point.
    pub min_reputation: u32,
    /// Least trust level; an enterprise request asks for level 3 at least.
    pub min_trust: TrustLevel,
    /// Least availability, basis points.
    pub min_uptime_bps: u16,
    /// Only offers of this region.
    pub only_region: Option<u8>,
    /// Dedicated nodes are asked too, and win ties.
    pub enterprise: bool,
    /// Highest quote by trust level.
    pub caps: DealCaps,
    /// Providers that declined or failed the job before.
    pub excluded: Vec<u64>,
    /// Addresses that may not be behind an offer: the buyer and the arbiter.
    pub linked: Vec<String>,
}

impl Request {
    /// From what the buyer wrote. `only_region` is resolved by the caller.
    #[must_use]
    pub fn new(wish: &Requirements, denom: u8, caps: DealCaps) -> Self {
        let least = if wish.enterprise {
            TrustLevel::Trusted
        } else {
            TrustLevel::None
        };
        Self {
            kind: wish.kind,
            denom,
            max_secs: wish.max_secs,
            units: wish.units,
            budget: wish.budget.u128(),
            min_memory_mb: wish.min_memory_mb,
            min_units: wish.min_units,
            min_tier: wish.min_tier,
            min_hash_rate: wish.min_hash_rate,
            min_reputation: wish.min_reputation,
            min_trust: wish.min_trust.max(least),
            min_uptime_bps: wish.min_uptime_bps,
            only_region: None,
            enterprise: wish.enterprise,
            caps,
            excluded: Vec::new(),
            linked: Vec::new(),
        }
    }

    /// The lowest band with nodes that can satisfy it.
    #[must_use]
    pub fn min_band(&self) -> u8 {
        band_of(self.kind, self.min_memory_mb, self.min_units, self.min_tier)
    }

    /// What an offer costs for the request.
    ///
    /// # Errors
    /// `work.overflow`.
    pub fn quote(&self, record: &Record) -> Result<u128, WorkError> {
        price::quote(record.price, self.units, self.max_secs, record.unit)
    }
}

/// Requirements that the record of an offer does not meet; the offer is of the request's kind and denomination.
#[must_use]
pub fn unmet(request: &Request, region: u8, record: &Record) -> Vec<Unmet> {
    // A quote that does not fit 128 bits is above every budget.
    let quote = request.quote(record).unwrap_or(u128::MAX);
    let secs = request.max_secs;
    let short = secs < u64::from(record.min_secs) || secs > u64::from(record.max_secs);
    let tier = request
        .min_tier
        .is_some_and(|least| record.tier.is_none_or(|tier| tier < least));
    let checks = [
        (Unmet::Budget, quote > request.budget),
        (Unmet::Duration, short),
        (Unmet::Memory, u64::from(record.memory_mb) < request.min_memory_mb),
        (Unmet::Units, record.units < request.min_units),
        (Unmet::Tier, tier),
        (Unmet::HashRate, record.hash_rate < request.min_hash_rate),
        (Unmet::Reputation, record.reputation < request.min_reputation),
        (Unmet::Trust, record.trust < request.min_trust),
        (Unmet::Uptime, record.uptime_bps < request.min_uptime_bps),
        (Unmet::Region, request.only_region.is_some_and(|only| only != region)),
        (Unmet::Class, record.class == Class::Dedicated && !request.enterprise),
        (Unmet::DealCap, !request.caps.allows(record.trust, quote)),
        (Unmet::Excluded, request.excluded.contains(&record.provider)),
    ];
    checks
        .into_iter()
        .filter(|(_, fails)| *fails)
        .map(|(unmet, _)| unmet)
        .collect()
}

/// Requirements that the offer does not meet with what the registry says now. `fresh` holds the same terms with the
/// facts of `candidate`.
#[must_use]
pub fn unmet_live(request: &Request, fresh: &Record, candidate: &Candidate) -> Vec<Unmet> {
    let mut found = unmet(request, candidate.region, fresh);
    if candidate.kind != request.kind {
        found.push(Unmet::Kind);
    }
    if !can_work(candidate) {
        found.push(Unmet::Offline);
    }
    if candidate.load >= u32::from(fresh.capacity) {
        found.push(Unmet::Busy);
    }
    if linked(request, candidate) {
        found.push(Unmet::Linked);
    }
    found
}

fn linked(request: &Request, candidate: &Candidate) -> bool {
    let behind = [
        Some(&candidate.owner),
        Some(&candidate.operator),
        Some(&candidate.payout),
        candidate.referrer.as_ref(),
    ];
    behind
        .into_iter()
        .flatten()
        .any(|address| request.linked.iter().any(|party| party == address.as_str()))
}
