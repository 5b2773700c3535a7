//! The requirements of a job file and of a search.
use joule_types::marketplace::Requirements;
use joule_types::Money;
use joule_work::kind::{ResourceKind, Tier};
use joule_work::trust::TrustLevel;
use serde::Deserialize;

use crate::error::{Error, Result};

/// What the offer must meet; everything may be left out.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    /// gpu, cpu, network, mobile or iot.
    pub kind: ResourceKind,
    /// Units of kinds that are not billed by time.
    pub units: u64,
    /// Least declared memory of the node.
    pub min_memory_mb: u64,
    /// Least declared devices or cores.
    pub min_units: u32,
    /// Least proven tier.
    pub min_tier: Option<Tier>,
    /// Least verified tickets a second.
    pub min_hash_rate: u64,
    /// Least reputation in points.
    pub min_reputation: u32,
    /// Least trust level.
    pub min_trust: TrustLevel,
    /// Least availability in basis points.
    pub min_uptime_bps: u16,
    /// Where the buyer is.
    pub region: Option<String>,
    /// Only offers of that region.
    pub only_region: bool,
    /// Guaranteed capacity.
    pub enterprise: bool,
    /// The most that the certificate of the match may leave open.
    pub max_gap: Option<u32>,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            kind: ResourceKind::Cpu,
            units: 1,
            min_memory_mb: 0,
            min_units: 0,
            min_tier: None,
            min_hash_rate: 0,
            min_reputation: 0,
            min_trust: TrustLevel::Basic,
            min_uptime_bps: 0,
            region: None,
            only_region: false,
            enterprise: false,
            max_gap: None,
        }
    }
}

impl Wanted {
    /// As the market reads it.
    pub fn requirements(self, budget: Money, max_secs: u64) -> Requirements {
        Requirements {
            kind: self.kind,
            denom: budget.denom,
            max_secs,
            units: self.units,
            budget: budget.amount,
            min_memory_mb: self.min_memory_mb,
            min_units: self.min_units,
            min_tier: self.min_tier,
            min_hash_rate: self.min_hash_rate,
            min_reputation: self.min_reputation.saturating_mul(1000),
            min_trust: self.min_trust,
            min_uptime_bps: self.min_uptime_bps,
            region: self.region,
            only_region: self.only_region,
            enterprise: self.enterprise,
            max_gap: self.max_gap,
        }
    }
}

/// A kind of resource by its name.
pub fn kind(name: &str) -> Result<ResourceKind> {
    serde_json::from_value(name.into()).map_err(|_| {
        Error::usage(
            "job_file.unknown_kind",
            format!("`{name}`"),
            "known: gpu, cpu, network, mobile, iot",
        )
    })
}
