//! Queries of the registry.

use cosmwasm_schema::{cw_serde, QueryResponses};
use cosmwasm_std::{Addr, Binary, HexBinary, Uint128, Uint64};
use joule_work::kind::{Class, ResourceKind, Tier};

use super::{Counters, Hardware, NodeSpec, NodeState, Params, Standing, Verified};
use crate::{AdminResponse, NodeId, Page, ProviderId, WindowId};

/// Most nodes that one `Candidates` query answers.
pub const MAX_CANDIDATES: usize = 12;

/// Queries.
#[cw_serde]
#[derive(QueryResponses)]
pub enum QueryMsg {
    /// Parameters.
    #[returns(Params)]
    Params {},
    /// Phase, pause, guardian, peers.
    #[returns(AdminResponse)]
    Admin {},
    /// A provider.
    #[returns(ProviderResponse)]
    Provider {
        /// Id.
        provider: ProviderId,
    },
    /// The provider of an owner or operator address; none if there is none.
    #[returns(Option<ProviderResponse>)]
    ProviderOf {
        /// Owner or operator.
        address: String,
    },
    /// All providers, by id.
    #[returns(Page<ProviderResponse, ProviderId>)]
    Providers {
        /// Exclusive.
        start_after: Option<ProviderId>,
        /// At most 100.
        limit: Option<u32>,
    },
    /// A node.
    #[returns(NodeResponse)]
    Node {
        /// Id.
        node: NodeId,
    },
    /// Nodes, all or of one provider, by id.
    #[returns(Page<NodeResponse, NodeId>)]
    Nodes {
        /// Only this provider's.
        provider: Option<ProviderId>,
        /// Exclusive.
        start_after: Option<NodeId>,
        /// At most 100.
        limit: Option<u32>,
    },
    /// What the marketplace needs to know of up to 12 nodes, in the order asked; unknown ones are left out.
    #[returns(Vec<Candidate>)]
    Candidates {
        /// Nodes.
        nodes: Vec<NodeId>,
    },
    /// Seconds that a node was on line from its first beat to `at` (default now; never later than now).
    #[returns(OnlineResponse)]
    Online {
        /// Node.
        node: NodeId,
        /// Seconds.
        at: Option<u64>,
    },
    /// The open admission challenge of a node.
    #[returns(Option<ChallengeResponse>)]
    Challenge {
        /// Node.
        node: NodeId,
    },
    /// A proof window, or the latest.
    #[returns(Option<WindowResponse>)]
    Window {
        /// Id; the latest if absent.
        window: Option<WindowId>,
    },
    /// The beacon, its latest round and the fund for tips.
    #[returns(BeaconResponse)]
    Beacon {},
    /// A posted round.
    #[returns(Option<RoundRecord>)]
    Round {
        /// Number.
        round: u64,
    },
    /// Rounds that somebody waits for, by number.
    #[returns(Page<u64, u64>)]
    WantedRounds {
        /// Exclusive.
        start_after: Option<u64>,
        /// At most 100.
        limit: Option<u32>,
    },
    /// Tips that an address can claim, micro-JOULE.
    #[returns(Uint128)]
    Tips {
        /// Who posted rounds.
        address: String,
    },
    /// What a node committed in a window.
    #[returns(Option<CommitResponse>)]
    Commit {
        /// Window.
        window: WindowId,
        /// Node.
        node: NodeId,
    },
}

/// A provider.
#[cw_serde]
pub struct ProviderResponse {
    /// Id.
    pub provider: ProviderId,
    /// Cold key: owns the record and the stake.
    pub owner: Addr,
    /// Hot key: may do what an agent needs.
    pub operator: Addr,
    /// Where earnings are credited.
    pub payout: Addr,
    /// Who referred it.
    pub referrer: Option<Addr>,
    /// Class.
    pub class: Class,
    /// Level 4 was granted.
    pub partner: bool,
    /// Banned for misuse.
    pub banned: bool,
    /// Seconds.
    pub registered_at: u64,
    /// Reputation, success rate, trust, stake.
    pub standing: Standing,
    /// Counters.
    pub counters: Counters,
}

/// A node.
#[cw_serde]
pub struct NodeResponse {
    /// Id.
    pub node: NodeId,
    /// Its provider.
    pub provider: ProviderId,
    /// Description.
    pub spec: NodeSpec,
    /// State, derived now.
    pub state: NodeState,
    /// Switched on for new work.
    pub available: bool,
    /// What was verified.
    pub verified: Verified,
    /// Tier from what was proven; none until then.
    pub tier: Option<Tier>,
    /// Attempts it carries.
    pub load: u32,
    /// Last beat (seconds); 0 if none.
    pub last_beat: u64,
    /// Availability since the start of the running period, basis points.
    pub uptime_bps: u16,
    /// Failed admissions in a row.
    pub admission_failures: u8,
}

/// A node as the marketplace needs it for a match, a quote and an assignment.
#[cw_serde]
pub struct Candidate {
    /// Node.
    pub node: NodeId,
    /// Provider.
    pub provider: ProviderId,
    /// Owner, whose pool is behind the deal.
    pub owner: Addr,
    /// Operator.
    pub operator: Addr,
    /// Where earnings are credited.
    pub payout: Addr,
    /// Who referred the provider and since when (seconds).
    pub referrer: Option<Addr>,
    /// Time of registration, for the referrer's year.
    pub registered_at: u64,
    /// Class.
    pub class: Class,
    /// Kind.
    pub kind: ResourceKind,
    /// Index in the list of regions.
    pub region: u8,
    /// Declared hardware.
    pub hardware: Hardware,
    /// State now: only `Active` and `Earning` can take work.
    pub state: NodeState,
    /// Switched on for new work.
    pub available: bool,
    /// Verified power.
    pub hash_rate: u64,
    /// Proven tier.
    pub tier: Option<Tier>,
    /// Availability since the start of the running period, basis points.
    pub uptime_bps: u16,
    /// Attempts it carries.
    pub load: u32,
    /// Standing of the provider.
    pub standing: Standing,
}

/// The online clock.
#[cw_serde]
pub struct OnlineResponse {
    /// Seconds on line up to `at`.
    pub online_secs: u64,
    /// The time asked for.
    pub at: u64,
    /// First beat (seconds); 0 if none.
    pub since: u64,
}

/// The beacon.
#[cw_serde]
pub struct BeaconResponse {
    /// Whom to believe.
    pub beacon: super::BeaconParams,
    /// The latest posted round; none before the first.
    pub latest: Option<u64>,
    /// Micro-JOULE left for tips.
    pub fund: Uint128,
    /// Micro-JOULE earned and not claimed yet.
    pub unclaimed: Uint128,
}

/// A posted round, stored under [`super::handle::ROUNDS`] and read raw by peers.
#[cw_serde]
pub struct RoundRecord {
    /// SHA-256 of its signature, 32 bytes.
    pub randomness: HexBinary,
    /// Seconds.
    pub posted_at: u64,
}

/// An admission challenge.
#[cw_serde]
pub struct ChallengeResponse {
    /// Round that the seed comes from.
    pub round: u64,
    /// Seed of the node's tickets, 32 bytes; none until the round is posted.
    pub seed: Option<Binary>,
    /// A ticket value must not exceed it.
    pub target: Uint64,
    /// Seconds.
    pub opened_at: u64,
    /// Last second for an answer.
    pub deadline_at: u64,
}

/// A proof window.
#[cw_serde]
pub struct WindowResponse {
    /// Id.
    pub window: WindowId,
    /// Round that opened it.
    pub round: u64,
    /// Seed of the window, 32 bytes; each node derives its own from it (`joule_work::ticket::node_seed`).
    pub seed: Binary,
    /// Seconds.
    pub opened_at: u64,
    /// Last second for a commit.
    pub closes_at: u64,
    /// Last second for a reveal.
    pub reveal_by: u64,
    /// Tickets a list must have.
    pub k: u16,
}

/// A commitment.
#[cw_serde]
pub struct CommitResponse {
    /// Largest value of the list.
    pub bound: Uint64,
    /// Digest of the ids.
    pub list_hash: Binary,
    /// Revealed, reported as missed, or neither yet.
    pub state: CommitState,
}

/// Life of a commitment.
#[cw_serde]
#[derive(Copy, Eq)]
pub enum CommitState {
    /// Not revealed yet.
    Committed,
    /// Revealed and accepted.
    Accepted,
    /// Proven a forgery, or never revealed.
    Forged,
    /// Nothing was committed, and this was reported.
    Missed,
}
