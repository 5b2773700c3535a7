//! Events of the registry. Reputation in thousandths of a point.

use cosmwasm_std::{Addr, Uint128, Uint64};

use crate::{NodeId, ProviderId, WindowId};

crate::events! {
    /// A provider registered.
    ProviderRegistered = "joule_provider_registered" {
        /// Provider.
        provider: ProviderId,
        /// Owner.
        owner: Addr,
        /// Operator.
        operator: Addr,
        /// Payout address.
        payout: Addr,
        /// Referrer.
        referrer: Option<Addr>,
        /// Fee in micro-JOULE, forwarded to the treasury.
        fee: Uint128,
    }
    /// Addresses, class or partnership changed.
    ProviderUpdated = "joule_provider_updated" {
        /// Provider.
        provider: ProviderId,
        /// Operator.
        operator: Addr,
        /// Payout address.
        payout: Addr,
        /// Class.
        class: String,
        /// Partner.
        partner: bool,
    }
    /// A provider was banned.
    ProviderBanned = "joule_provider_banned" {
        /// Provider.
        provider: ProviderId,
    }
    /// A node was added.
    NodeAdded = "joule_node_added" {
        /// Node.
        node: NodeId,
        /// Provider.
        provider: ProviderId,
        /// Kind.
        kind: String,
        /// Region.
        region: String,
    }
    /// A node changed.
    NodeUpdated = "joule_node_updated" {
        /// Node.
        node: NodeId,
        /// Its proofs are void.
        proofs_voided: bool,
    }
    /// A node was switched on or off.
    NodeAvailable = "joule_node_available" {
        /// Node.
        node: NodeId,
        /// On or off.
        available: bool,
    }
    /// A node was rejected for good.
    NodeRejected = "joule_node_rejected" {
        /// Node.
        node: NodeId,
    }
    /// Nodes are up.
    Beat = "joule_beat" {
        /// Provider.
        provider: ProviderId,
        /// How many nodes.
        nodes: u32,
        /// The beat covers up to this time (seconds).
        until: u64,
    }
    /// A round of the beacon was posted; with `known` it had been posted before and nothing changed.
    RoundPosted = "joule_round_posted" {
        /// Number.
        round: u64,
        /// Hex of its randomness.
        randomness: String,
        /// Posted before.
        known: bool,
        /// Somebody waited for it.
        wanted: bool,
        /// Tip earned, micro-JOULE.
        tip: Uint128,
    }
    /// Tips for rounds were paid.
    TipsClaimed = "joule_tips_claimed" {
        /// Who was paid.
        to: Addr,
        /// Micro-JOULE.
        amount: Uint128,
    }
    /// The fund for tips grew.
    TipsFunded = "joule_tips_funded" {
        /// Who paid.
        from: Addr,
        /// Micro-JOULE.
        amount: Uint128,
    }
    /// An admission challenge is open.
    ChallengeOpened = "joule_challenge_opened" {
        /// Node.
        node: NodeId,
        /// Round that its seed comes from.
        round: u64,
        /// Target.
        target: Uint64,
        /// Last second for an answer.
        deadline_at: u64,
    }
    /// A node passed the admission.
    NodeAdmitted = "joule_node_admitted" {
        /// Node.
        node: NodeId,
        /// Solution.
        nonce: Uint64,
        /// Seconds it took.
        took_secs: u64,
    }
    /// A challenge was not answered.
    ChallengeMissed = "joule_challenge_missed" {
        /// Node.
        node: NodeId,
        /// Reputation now.
        reputation: u32,
        /// Failures in a row.
        failures: u8,
        /// The node is rejected.
        rejected: bool,
    }
    /// A challenge fell away without blame: its round was not posted in time.
    ChallengeDropped = "joule_challenge_dropped" {
        /// Node.
        node: NodeId,
        /// Round that its seed would have come from.
        round: u64,
    }
    /// A proof window opened.
    WindowOpened = "joule_window_opened" {
        /// Window.
        window: WindowId,
        /// Round that opened it.
        round: u64,
        /// Hex of its seed.
        seed: String,
        /// Last second for a commit.
        closes_at: u64,
        /// Last second for a reveal.
        reveal_by: u64,
    }
    /// A node committed.
    WindowCommitted = "joule_window_committed" {
        /// Window.
        window: WindowId,
        /// Node.
        node: NodeId,
        /// Largest value.
        bound: Uint64,
    }
    /// A list was recomputed and accepted.
    WindowAccepted = "joule_window_accepted" {
        /// Window.
        window: WindowId,
        /// Node.
        node: NodeId,
        /// Units of work, estimate.
        units: Uint64,
        /// Tickets a second in this window, lower bound.
        measured: u64,
        /// Tickets a second, verified.
        hash_rate: u64,
        /// Reputation now.
        reputation: u32,
    }
    /// A list was forged or withheld.
    Forgery = "joule_forgery" {
        /// Window.
        window: WindowId,
        /// Node.
        node: NodeId,
        /// First ticket at fault; 0 when the list was withheld or has another length.
        ticket: Uint64,
        /// Share of the stake that was slashed, basis points.
        slashed_bps: u16,
        /// Reputation now.
        reputation: u32,
        /// The provider is banned (second time).
        banned: bool,
    }
    /// A window was missed.
    WindowMissed = "joule_window_missed" {
        /// Window.
        window: WindowId,
        /// Node.
        node: NodeId,
        /// Reputation now.
        reputation: u32,
    }
    /// A period of uptime was judged.
    UptimeJudged = "joule_uptime_judged" {
        /// Node.
        node: NodeId,
        /// Availability in basis points.
        uptime_bps: u16,
        /// It was enough.
        passed: bool,
    }
    /// The marketplace reported load and outcome.
    OutcomeRecorded = "joule_outcome_recorded" {
        /// Node.
        node: NodeId,
        /// Load now.
        load: u32,
        /// success, failure, fraud, neutral, none, or unknown_node (nothing changed).
        outcome: String,
        /// Reputation now.
        reputation: u32,
    }
}
