//! Records of the registry that others see.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{Binary, Uint128};
use joule_work::{kind::ResourceKind, trust::TrustRules};

/// Most bytes of an endpoint address.
pub const MAX_ENDPOINT: usize = 256;
/// Most bytes of a model name.
pub const MAX_MODEL: usize = 64;
/// Most regions of the list.
pub const MAX_REGIONS: usize = 8;
/// Most nodes of one beat.
pub const MAX_BEAT: usize = 64;

/// Declared hardware. Nothing here is believed: it bounds what a request may ask of the node, and counts as zero where a
/// proof is required.
#[cw_serde]
pub struct Hardware {
    /// Model as its maker names it, at most 64 bytes.
    pub model: String,
    /// Devices of a gpu node, cores of a cpu node; 1 for the other kinds.
    pub units: u32,
    /// Device memory of a gpu node, main memory of the others, in MiB.
    pub memory_mb: u64,
}

/// A node as its provider describes it.
#[cw_serde]
pub struct NodeSpec {
    /// What it sells.
    pub kind: ResourceKind,
    /// One of the dao's list of regions.
    pub region: String,
    /// Declared hardware; a gpu needs at least `min_gpu_memory_mb`.
    pub hardware: Hardware,
    /// Where tenants reach it (https address), if anywhere; at most 256 bytes.
    pub endpoint: Option<String>,
    /// Public key of the endpoint, 32 or 33 bytes.
    pub endpoint_key: Option<Binary>,
}

/// Changes of a node; absent fields stay. New hardware voids the node's proofs, nobody else's.
#[cw_serde]
#[derive(Default)]
pub struct NodeUpdate {
    /// Region.
    pub region: Option<String>,
    /// Hardware.
    pub hardware: Option<Hardware>,
    /// Endpoint.
    pub endpoint: Option<String>,
    /// Key of the endpoint.
    pub endpoint_key: Option<Binary>,
}

/// State of a node. `Inactive`, `Earning` and `Slashed` are derived when read.
#[cw_serde]
#[derive(Copy, Eq, Hash)]
pub enum NodeState {
    /// Registered, nothing proven.
    Pending,
    /// Passed the admission.
    Verified,
    /// Beating and available.
    Active,
    /// Active and carrying work.
    Earning,
    /// No beat covers now, or switched off.
    Inactive,
    /// Its pool was slashed after its last proof, or its provider is banned: re-stake and prove again.
    Slashed,
    /// Three failed admissions, or the dao.
    Rejected,
}

impl NodeState {
    /// All states.
    pub const ALL: [NodeState; 7] = [
        NodeState::Pending,
        NodeState::Verified,
        NodeState::Active,
        NodeState::Earning,
        NodeState::Inactive,
        NodeState::Slashed,
        NodeState::Rejected,
    ];
}

/// What the contract verified of a node. Zero means not measured, carries no weight and is not paid.
#[cw_serde]
#[derive(Default)]
pub struct Verified {
    /// Phase A tickets a second: lower confidence bound, smoothed over windows.
    pub hash_rate: u64,
    /// int8 GEMM in GFLOPS (phase B; not measured yet).
    pub gemm_gflops: u64,
    /// Device memory in bytes (phase C; not measured yet).
    pub memory_bytes: u64,
    /// Device bandwidth in bytes a second (phase C; not measured yet).
    pub bandwidth: u64,
    /// Accepted windows.
    pub windows: u32,
    /// Time of the last accepted window or admission (seconds); 0 if none.
    pub proved_at: u64,
}

/// What the marketplace reports about an attempt. One report an attempt.
#[cw_serde]
#[derive(Copy, Eq)]
pub enum Outcome {
    /// A paid result. `reputation`: the +10 applies (DESIGN 11.7).
    Success {
        /// Whether reputation rises.
        reputation: bool,
        /// A committee of strangers judged the result: counts for trust level 3.
        judged: bool,
    },
    /// The provider failed the attempt (timeout, lost dispute).
    Failure {},
    /// A committee proved the delivered result wrong: reputation x0.5.
    Fraud {},
    /// The attempt ended without anybody's fault (declined, cancelled): only the load changes.
    Neutral {},
}

/// Counters of a provider.
#[cw_serde]
#[derive(Default)]
pub struct Counters {
    /// Paid results.
    pub succeeded: u32,
    /// Of them, judged by a committee and worth reputation.
    pub judged: u32,
    /// Failed attempts.
    pub failed: u32,
    /// Accepted proof windows of all nodes.
    pub windows: u32,
    /// Missed or failed challenges and windows.
    pub missed: u32,
    /// Proven forgeries of ticket lists.
    pub forgeries: u32,
    /// Results proven wrong.
    pub frauds: u32,
    /// Nodes ever registered.
    pub nodes: u32,
    /// Last 20 outcomes as bits, newest lowest, 1 is a failure.
    pub recent: u32,
}

/// Earned sums are in the escrow; this is what stake and standing say.
#[cw_serde]
pub struct Standing {
    /// Reputation in thousandths of a point (100 points = 100000).
    pub reputation: u32,
    /// Share of attempts that ended well, basis points; 10000 before the first.
    pub success_bps: u16,
    /// Trust level, computed from evidence and stake.
    pub trust: joule_work::trust::TrustLevel,
    /// Micro-JOULE bonded.
    pub stake: Uint128,
    /// More than 20 % of the last 20 attempts failed: the dao should look.
    pub under_review: bool,
}

/// What the trust levels ask for: [`TrustRules`] on the wire.
#[cw_serde]
pub struct TrustThresholds {
    /// Micro-JOULE bonded for level 1; also what registration asks for.
    pub basic_stake: Uint128,
    /// Micro-JOULE bonded for level 2.
    pub verified_stake: Uint128,
    /// Micro-JOULE bonded for levels 3 and 4.
    pub trusted_stake: Uint128,
    /// Accepted proof windows for level 2.
    pub verified_windows: u32,
    /// Successes for level 3.
    pub trusted_jobs: u32,
    /// Success rate for level 3, basis points.
    pub trusted_success_bps: u16,
}

impl From<TrustRules> for TrustThresholds {
    fn from(rules: TrustRules) -> Self {
        Self {
            basic_stake: rules.basic_stake.into(),
            verified_stake: rules.verified_stake.into(),
            trusted_stake: rules.trusted_stake.into(),
            verified_windows: rules.verified_windows,
            trusted_jobs: rules.trusted_jobs,
            trusted_success_bps: rules.trusted_success_bps,
        }
    }
}

impl From<&TrustThresholds> for TrustRules {
    fn from(wire: &TrustThresholds) -> Self {
        Self {
            basic_stake: wire.basic_stake.u128(),
            verified_stake: wire.verified_stake.u128(),
            trusted_stake: wire.trusted_stake.u128(),
            verified_windows: wire.verified_windows,
            trusted_jobs: wire.trusted_jobs,
            trusted_success_bps: wire.trusted_success_bps,
        }
    }
}
