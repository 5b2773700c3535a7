//! What is sold: kinds of resources, classes of providers, tiers of GPUs and the capability bands of the index.

use serde::{Deserialize, Serialize};

use crate::price::PriceUnit;

/// 10^9 bytes.
pub const GB: u64 = 1_000_000_000;
/// 2^30 bytes.
pub const GIB: u64 = 1_073_741_824;
/// Least memory of a GPU that may register.
pub const MIN_GPU_MEMORY: u64 = 8 * GB;

/// Kind of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ResourceKind {
    /// A graphics processor, sold by time.
    Gpu,
    /// Processor cores, sold by time.
    Cpu,
    /// Bandwidth, sold by the gigabyte.
    Network,
    /// A phone, sold by the task.
    Mobile,
    /// An edge device, sold by the data point.
    Iot,
}

indexed!(ResourceKind { Gpu = 0, Cpu = 1, Network = 2, Mobile = 3, Iot = 4 });

impl ResourceKind {
    /// Whether offers of this kind may be priced by `unit`.
    pub const fn sells_by(self, unit: PriceUnit) -> bool {
        match self {
            Self::Gpu | Self::Cpu => matches!(unit, PriceUnit::Hour | PriceUnit::Minute),
            Self::Network => matches!(unit, PriceUnit::Gigabyte),
            Self::Mobile => matches!(unit, PriceUnit::Task),
            Self::Iot => matches!(unit, PriceUnit::DataPoint),
        }
    }
}

/// Who runs a node; set by the dao for all but community.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Anybody; planned share of the capacity 50 %.
    #[default]
    Community,
    /// Rented from clouds by the platform; planned share 30 %.
    Cloud,
    /// Owned by the platform; planned share 20 %.
    Dedicated,
}

indexed!(Class { Community = 0, Cloud = 1, Dedicated = 2 });

impl Class {
    /// Planned share of the whole capacity, basis points.
    pub const fn planned_share_bps(self) -> u16 {
        match self {
            Self::Community => 5_000,
            Self::Cloud => 3_000,
            Self::Dedicated => 2_000,
        }
    }
}

/// Tier of a GPU; follows from proven memory and bandwidth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// 8 to 24 GB.
    Consumer,
    /// More than 24 GB.
    Prosumer,
    /// 80 GB or more, or 40 GB with 1.3 TB/s.
    Datacenter,
}

indexed!(Tier { Consumer = 0, Prosumer = 1, Datacenter = 2 });

/// Memory above which a GPU is no longer of the consumer tier.
const CONSUMER_MOST: u64 = 24 * GIB;
const DATACENTER_MEMORY: u64 = 80 * GB;
const FAST_DATACENTER_MEMORY: u64 = 40 * GB;
/// Bytes per second.
const FAST_DATACENTER_BANDWIDTH: u64 = 1_300 * GB;

/// Tier of a GPU from its proven memory (bytes) and memory bandwidth (bytes per second); `None` until at least
/// [`MIN_GPU_MEMORY`] is proven.
///
/// Lower limits count 10^9 bytes, so that a card sold with that much reaches them beside what its driver keeps; the
/// consumer tier's upper limit counts 2^30 bytes, so that no card sold with 24 exceeds it.
pub const fn tier(proven_memory: u64, proven_bandwidth: u64) -> Option<Tier> {
    if proven_memory < MIN_GPU_MEMORY {
        return None;
    }
    let fast = proven_memory >= FAST_DATACENTER_MEMORY && proven_bandwidth >= FAST_DATACENTER_BANDWIDTH;
    if proven_memory >= DATACENTER_MEMORY || fast {
        return Some(Tier::Datacenter);
    }
    if proven_memory > CONSUMER_MOST {
        return Some(Tier::Prosumer);
    }
    Some(Tier::Consumer)
}

/// Number of capability bands of a kind.
pub const BANDS: u8 = 8;

/// Declared size of a node, or the least size that a request asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Capacity {
    /// Memory in bytes; of the card for a GPU.
    pub memory_bytes: u64,
    /// Processor cores.
    pub cores: u32,
    /// Network bandwidth in megabits per second.
    pub network_mbps: u32,
}

/// Lower limits of bands 1 to 7; what is below the first is band 0.
const GPU_BANDS: [u64; 7] = [
    8 * GB,
    12 * GB,
    16 * GB,
    24 * GB,
    CONSUMER_MOST + 1,
    FAST_DATACENTER_MEMORY,
    80 * GB,
];
const CPU_BANDS: [u64; 7] = [2, 4, 8, 16, 32, 64, 128];
const NETWORK_BANDS: [u64; 7] = [10, 50, 100, 250, 500, 1_000, 10_000];

/// Capability band of a node, 0 to 7: by memory for a GPU, cores for a CPU, bandwidth for a network node, always 0 for
/// phones and edge devices. It never falls when the size grows.
pub fn band(kind: ResourceKind, size: &Capacity) -> u8 {
    let (limits, measure) = match kind {
        ResourceKind::Gpu => (&GPU_BANDS, size.memory_bytes),
        ResourceKind::Cpu => (&CPU_BANDS, u64::from(size.cores)),
        ResourceKind::Network => (&NETWORK_BANDS, u64::from(size.network_mbps)),
        ResourceKind::Mobile | ResourceKind::Iot => return 0,
    };
    limits.iter().fold(0u8, |band, limit| {
        if measure >= *limit {
            band.saturating_add(1)
        } else {
            band
        }
    })
}

/// The lowest band in which a node can satisfy a request for at least `size` and, for a GPU, at least `tier`. Every node
/// that satisfies the request is in this band or above; nodes of the band itself still have to be checked.
pub fn min_band(kind: ResourceKind, size: &Capacity, tier: Option<Tier>) -> u8 {
    let tier_memory = match (kind, tier) {
        (ResourceKind::Gpu, Some(Tier::Consumer)) => MIN_GPU_MEMORY,
        (ResourceKind::Gpu, Some(Tier::Prosumer)) => CONSUMER_MOST + 1,
        (ResourceKind::Gpu, Some(Tier::Datacenter)) => FAST_DATACENTER_MEMORY,
        _ => 0,
    };
    band(
        kind,
        &Capacity {
            memory_bytes: size.memory_bytes.max(tier_memory),
            ..*size
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn capacity() -> impl Strategy<Value = Capacity> {
        let memory = prop_oneof![0..100 * GB, Just(24 * GIB), Just(24 * GIB + 1), any::<u64>()];
        (memory, 0u32..300, 0u32..20_000).prop_map(|(memory_bytes, cores, network_mbps)| Capacity {
            memory_bytes,
            cores,
            network_mbps,
        })
    }

    proptest! {
        /// No node that satisfies a request hides in a band below the request's.
        #[test]
        fn bands_lose_no_node(node in capacity(), ask in capacity(), bandwidth in 0..3_000 * GB, wanted in 0u8..4) {
            let wanted = Tier::from_index(wanted);
            let node = Capacity {
                memory_bytes: node.memory_bytes.max(ask.memory_bytes),
                cores: node.cores.max(ask.cores),
                network_mbps: node.network_mbps.max(ask.network_mbps),
            };
            for kind in ResourceKind::ALL {
                let band = band(*kind, &node);
                prop_assert!(band < BANDS);
                prop_assert!(band >= min_band(*kind, &ask, None));
                if *kind != ResourceKind::Gpu || tier(node.memory_bytes, bandwidth) >= wanted {
                    prop_assert!(band >= min_band(*kind, &ask, wanted), "{kind} {band}");
                }
            }
        }

        #[test]
        fn more_proof_never_lowers_the_tier(memory: u64, bandwidth: u64, more in 0..100 * GB) {
            prop_assert!(tier(memory.saturating_add(more), bandwidth) >= tier(memory, bandwidth));
            prop_assert!(tier(memory, bandwidth.saturating_add(more)) >= tier(memory, bandwidth));
        }
    }

    #[test]
    fn a_tier_narrows_the_bands() {
        let any = Capacity::default();
        let floors = Tier::ALL
            .iter()
            .map(|tier| min_band(ResourceKind::Gpu, &any, Some(*tier)))
            .collect::<Vec<_>>();
        assert_eq!(floors, [1, 5, 6]);
        assert_eq!(min_band(ResourceKind::Cpu, &any, Some(Tier::Datacenter)), 0);
    }

    /// Every unit fits at least one kind, and phones, edge devices and networks are never sold by time.
    #[test]
    fn units_of_sale() {
        let fits = |unit: PriceUnit| {
            ResourceKind::ALL
                .iter()
                .copied()
                .filter(move |kind| kind.sells_by(unit))
        };
        let by_unit = PriceUnit::ALL
            .iter()
            .map(|unit| fits(*unit).collect::<Vec<_>>())
            .collect::<Vec<_>>();
        let time = vec![ResourceKind::Gpu, ResourceKind::Cpu];
        let one = |kind| vec![kind];
        let counted = [
            one(ResourceKind::Network),
            one(ResourceKind::Mobile),
            one(ResourceKind::Iot),
        ];
        assert_eq!(by_unit, [vec![time.clone(), time], counted.to_vec()].concat());
    }

    #[test]
    fn planned_shares_make_up_the_whole() {
        assert_eq!(
            Class::ALL.iter().map(|class| class.planned_share_bps()).sum::<u16>(),
            crate::BPS
        );
    }

    #[test]
    fn wire_and_bytes() {
        for (index, kind) in (0u8..).zip(ResourceKind::ALL) {
            assert_eq!((kind.index(), ResourceKind::from_index(index)), (index, Some(*kind)));
            assert_eq!(
                serde_json::to_string(kind).unwrap(),
                format!("\"{}\"", kind.name().to_lowercase())
            );
        }
        assert_eq!(ResourceKind::from_index(5), None);
        assert_eq!(serde_json::to_string(&PriceUnit::DataPoint).unwrap(), "\"data_point\"");
        assert_eq!(ResourceKind::Gpu.to_string(), "Gpu");
    }
}
