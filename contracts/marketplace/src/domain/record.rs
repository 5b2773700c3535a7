//! What the index knows of an offer, in fixed layouts.

use joule_kit::packed::Packed;
use joule_types::{
    marketplace::OfferTerms,
    registry::{Candidate, NodeState},
    ProviderId,
};
use joule_work::{
    kind::{min_band, Capacity, Class, ResourceKind, Tier},
    price::PriceUnit,
    score::{breakdown, Breakdown, Facts, References, Weights, MAX_BOOKED},
    trust::TrustLevel,
};

use super::{bytes::Reader, stream::StreamKey};

const MIB: u64 = 1_048_576;
/// Most attempts that an offer allows at once.
pub const MAX_CAPACITY: u8 = 16;
const DORMANT: u8 = 0x80;
const NO_TIER: u8 = 0x0f;

/// The terms of an offer and what was known of its node and provider when the score was booked. 63 bytes packed: every
/// field that a request can filter on, so that a scan reads nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Node.
    pub node: u64,
    /// Provider.
    pub provider: u64,
    /// Base units per unit.
    pub price: u128,
    /// Unit of sale.
    pub unit: PriceUnit,
    /// Shortest deal, seconds.
    pub min_secs: u16,
    /// Longest deal, seconds.
    pub max_secs: u32,
    /// Attempts at once, 1 to 16.
    pub capacity: u8,
    /// The node could take no work when the score was booked: it counts zero until somebody refreshes it.
    pub dormant: bool,
    /// Class of the provider.
    pub class: Class,
    /// Proven tier.
    pub tier: Option<Tier>,
    /// Trust level.
    pub trust: TrustLevel,
    /// Declared memory, MiB.
    pub memory_mb: u32,
    /// Declared devices or cores.
    pub units: u32,
    /// Thousandths of a point.
    pub reputation: u32,
    /// Availability, basis points.
    pub uptime_bps: u16,
    /// Verified tickets a second.
    pub hash_rate: u64,
}

impl Record {
    /// The terms of an offer, nothing known of its node; a term that does not fit its field was refused before.
    #[must_use]
    pub fn of(terms: &OfferTerms, provider: ProviderId) -> Self {
        Self {
            node: terms.node.u64(),
            provider: provider.u64(),
            price: terms.price.u128(),
            unit: terms.unit,
            min_secs: u16::try_from(terms.min_secs).unwrap_or(u16::MAX),
            max_secs: u32::try_from(terms.max_secs).unwrap_or(u32::MAX),
            capacity: u8::try_from(terms.capacity).unwrap_or(MAX_CAPACITY).min(MAX_CAPACITY),
            dormant: true,
            class: Class::Community,
            tier: None,
            trust: TrustLevel::None,
            memory_mb: 0,
            units: 0,
            reputation: 0,
            uptime_bps: 0,
            hash_rate: 0,
        }
    }

    /// The same terms with what the registry says now. A node that can take no work is dormant.
    #[must_use]
    pub fn with_facts(&self, candidate: &Candidate) -> Self {
        Self {
            dormant: !can_work(candidate),
            class: candidate.class,
            tier: candidate.tier,
            trust: candidate.standing.trust,
            memory_mb: u32::try_from(candidate.hardware.memory_mb).unwrap_or(u32::MAX),
            units: candidate.hardware.units,
            reputation: candidate.standing.reputation,
            uptime_bps: candidate.uptime_bps,
            hash_rate: candidate.hash_rate,
            ..self.clone()
        }
    }

    /// The same terms when the registry does not know the node.
    #[must_use]
    pub fn gone(&self) -> Self {
        Self {
            dormant: true,
            ..self.clone()
        }
    }

    /// The score to book.
    #[must_use]
    pub fn booked(&self, weights: &Weights, references: &References) -> u16 {
        let booked = self.score(weights, references).booked.min(MAX_BOOKED);
        u16::try_from(booked).unwrap_or(u16::MAX)
    }

    /// The capability band: no request that this node satisfies starts above it, because both sides are measured by
    /// the same function, which never falls when memory, cores or tier grow.
    #[must_use]
    pub fn band(&self, kind: ResourceKind) -> u8 {
        band_of(kind, u64::from(self.memory_mb), self.units, self.tier)
    }

    /// The parts of the score and their sum, which is zero for a dormant offer.
    #[must_use]
    pub fn score(&self, weights: &Weights, references: &References) -> Breakdown {
        let facts = Facts {
            price: self.price,
            reputation: self.reputation,
            uptime_bps: self.uptime_bps,
            hash_rate: self.hash_rate,
        };
        let parts = breakdown(weights, references, &facts);
        if self.dormant {
            Breakdown { booked: 0, ..parts }
        } else {
            parts
        }
    }
}

/// Whether a node can take work now, apart from how much it carries.
#[must_use]
pub fn can_work(candidate: &Candidate) -> bool {
    candidate.available && matches!(candidate.state, NodeState::Active | NodeState::Earning)
}

/// The lowest band that can hold a node of this size and tier.
#[must_use]
pub fn band_of(kind: ResourceKind, memory_mb: u64, units: u32, tier: Option<Tier>) -> u8 {
    let size = Capacity {
        memory_bytes: memory_mb.saturating_mul(MIB),
        cores: units,
        network_mbps: 0,
    };
    min_band(kind, &size, tier)
}

impl Packed for Record {
    fn pack(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(63);
        bytes.extend(self.node.to_be_bytes());
        bytes.extend(self.provider.to_be_bytes());
        bytes.extend(self.price.to_be_bytes());
        bytes.extend(self.min_secs.to_be_bytes());
        bytes.extend(self.max_secs.to_be_bytes());
        bytes.extend(self.memory_mb.to_be_bytes());
        bytes.extend(self.units.to_be_bytes());
        bytes.extend(self.reputation.to_be_bytes());
        bytes.extend(self.uptime_bps.to_be_bytes());
        bytes.extend(self.hash_rate.to_be_bytes());
        bytes.push(self.capacity | if self.dormant { DORMANT } else { 0 });
        bytes.push((self.unit.index() << 4) | self.class.index());
        bytes.push((self.tier.map_or(NO_TIER, Tier::index) << 4) | self.trust.index());
        bytes
    }

    fn unpack(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(bytes);
        let (node, provider, price) = (from.u64()?, from.u64()?, from.u128()?);
        let (min_secs, max_secs) = (from.u16()?, from.u32()?);
        let (memory_mb, units, reputation) = (from.u32()?, from.u32()?, from.u32()?);
        let (uptime_bps, hash_rate) = (from.u16()?, from.u64()?);
        let (load, sale, standing) = (from.u8()?, from.u8()?, from.u8()?);
        from.end(Self {
            node,
            provider,
            price,
            unit: PriceUnit::from_index(sale >> 4)?,
            min_secs,
            max_secs,
            capacity: load & !DORMANT,
            dormant: load & DORMANT != 0,
            class: Class::from_index(sale & 0x0f)?,
            tier: match standing >> 4 {
                NO_TIER => None,
                index => Some(Tier::from_index(index)?),
            },
            trust: TrustLevel::from_index(standing & 0x0f)?,
            memory_mb,
            units,
            reputation,
            uptime_bps,
            hash_rate,
        })
    }
}

/// Where an offer stands in the index. 75 bytes packed; exists while the offer is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Kind of resource.
    pub kind: ResourceKind,
    /// Number of the denomination.
    pub denom: u8,
    /// Capability band under which it is listed.
    pub band: u8,
    /// Index of the region.
    pub region: u8,
    /// Epoch of `booked`.
    pub epoch: u32,
    /// Score in `epoch`.
    pub booked: u16,
    /// Score in the epoch after it, once re-keyed.
    pub next: u16,
    /// Terms and facts.
    pub record: Record,
}

impl Entry {
    /// The score booked in an epoch, which is the entry's own or the one after it.
    #[must_use]
    pub const fn booked_in(&self, epoch: u32) -> u16 {
        if epoch == self.epoch {
            self.booked
        } else {
            self.next
        }
    }

    /// The stream of an epoch in which the offer is listed.
    #[must_use]
    pub const fn stream(&self, epoch: u32) -> StreamKey {
        StreamKey {
            epoch,
            kind: self.kind,
            denom: self.denom,
            band: self.band,
            region: self.region,
        }
    }

    /// The key of the offer in an epoch.
    #[must_use]
    pub fn key(&self, epoch: u32, offer: u64) -> Vec<u8> {
        self.stream(epoch).key(self.booked_in(epoch), offer)
    }
}

impl Packed for Entry {
    fn pack(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(75);
        bytes.extend([self.kind.index(), self.denom, self.band, self.region]);
        bytes.extend(self.epoch.to_be_bytes());
        bytes.extend(self.booked.to_be_bytes());
        bytes.extend(self.next.to_be_bytes());
        bytes.extend(self.record.pack());
        bytes
    }

    fn unpack(bytes: &[u8]) -> Option<Self> {
        let (head, record) = bytes.split_at_checked(12)?;
        let mut from = Reader::new(head);
        Some(Self {
            kind: ResourceKind::from_index(from.u8()?)?,
            denom: from.u8()?,
            band: from.u8()?,
            region: from.u8()?,
            epoch: from.u32()?,
            booked: from.u16()?,
            next: from.u16()?,
            record: Record::unpack(record)?,
        })
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn record() -> impl Strategy<Value = Record> {
        let ids = (any::<u64>(), any::<u64>(), any::<u128>(), 0u8..5);
        let secs = (any::<u16>(), any::<u32>(), 1u8..=16, any::<bool>());
        let kinds = (0u8..3, prop::option::of(0u8..3), 0u8..5);
        let facts = (any::<u32>(), any::<u32>(), any::<u32>(), any::<u16>(), any::<u64>());
        (ids, secs, kinds, facts).prop_map(|(ids, secs, kinds, facts)| Record {
            node: ids.0,
            provider: ids.1,
            price: ids.2,
            unit: PriceUnit::from_index(ids.3).unwrap(),
            min_secs: secs.0,
            max_secs: secs.1,
            capacity: secs.2,
            dormant: secs.3,
            class: Class::from_index(kinds.0).unwrap(),
            tier: kinds.1.map(|tier| Tier::from_index(tier).unwrap()),
            trust: TrustLevel::from_index(kinds.2).unwrap(),
            memory_mb: facts.0,
            units: facts.1,
            reputation: facts.2,
            uptime_bps: facts.3,
            hash_rate: facts.4,
        })
    }

    proptest! {
        #[test]
        fn entries_round_trip_and_no_other_length_is_read(record in record(), head: (u8, u8, u32, u16, u16)) {
            let entry = Entry {
                kind: ResourceKind::Cpu,
                denom: head.0,
                band: head.1,
                region: 3,
                epoch: head.2,
                booked: head.3,
                next: head.4,
                record,
            };
            let bytes = entry.pack();
            prop_assert_eq!(bytes.len(), 75);
            prop_assert_eq!(Entry::unpack(&bytes), Some(entry));
            prop_assert_eq!(Entry::unpack(&bytes[..74]), None);
            prop_assert_eq!(Entry::unpack(&[&bytes[..], &[0]].concat()), None);
        }

        #[test]
        fn a_node_that_satisfies_a_request_is_never_in_a_lower_band(
            wish in (0u32..100_000, 0u32..200, prop::option::of(0u8..3)),
            more in (0u32..100_000, 0u32..200, 0u8..3),
        ) {
            let tier = |index: Option<u8>| index.and_then(Tier::from_index);
            let node = (wish.0 + more.0, wish.1 + more.1, Some(wish.2.unwrap_or(0).max(more.2)));
            for kind in ResourceKind::ALL {
                prop_assert!(
                    band_of(*kind, node.0.into(), node.1, tier(node.2)) >= band_of(*kind, wish.0.into(), wish.1, tier(wish.2))
                );
            }
        }
    }
}
