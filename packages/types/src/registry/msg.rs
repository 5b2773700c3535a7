//! Messages of the registry.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{Binary, HexBinary, Uint128, Uint64};
use cw20::Cw20ReceiveMsg;
use joule_work::kind::Class;

use super::{NodeSpec, NodeUpdate, Outcome, TrustThresholds};
use crate::{AdminMsg, NodeId, Peer, Peers, ProviderId, Role, WindowId};

/// Instantiation, by the deployer.
#[cw_serde]
pub struct InstantiateMsg {
    /// All contracts of the deployment, predicted.
    pub peers: Peers<String>,
    /// May pause.
    pub guardian: Option<String>,
    /// Parameters.
    pub params: Params,
    /// The shortest windows and deadlines in seconds that a later change may set, fixed for good.
    pub min_window_secs: u64,
    /// The beacon, fixed for good: only a migration could change whom to believe.
    pub beacon: BeaconParams,
}

/// The drand chain whose rounds are believed, in the scheme of quicknet (`joule_work::beacon`).
#[cw_serde]
pub struct BeaconParams {
    /// Compressed public key on G2, 96 bytes; not the point at infinity.
    pub public_key: HexBinary,
    /// Time of round 1, seconds.
    pub genesis: u64,
    /// Seconds between two rounds, at least 1.
    pub period: u64,
}

/// Parameters. Running windows and challenges keep the ones they began with.
#[cw_serde]
pub struct Params {
    /// Registration fee in micro-JOULE, to the treasury.
    pub fee: Uint128,
    /// Regions, at most 8, each at most 16 bytes; the position is the index, so the list may only grow.
    pub regions: Vec<String>,
    /// Least memory of a gpu node in MiB.
    pub min_gpu_memory_mb: u64,
    /// Most nodes of a provider.
    pub max_nodes: u32,
    /// Seconds that a beat covers.
    pub beat_secs: u64,
    /// Least availability in basis points over `uptime_period_secs`.
    pub min_uptime_bps: u16,
    /// Period over which uptime is judged, seconds.
    pub uptime_period_secs: u64,
    /// Admission: units of work that a solution takes on average (target = 2^64 / units).
    pub admission_units: Uint64,
    /// Admission: seconds to solve.
    pub admission_secs: u64,
    /// Failed admissions after which a node is rejected.
    pub max_admission_failures: u8,
    /// Length of a proof window in seconds.
    pub window_secs: u64,
    /// Seconds after a window in which lists may be revealed.
    pub reveal_secs: u64,
    /// Least seconds between the openings of two windows; at least `window_secs + reveal_secs`.
    pub window_gap_secs: u64,
    /// Mean seconds between two rounds that open a window (`joule_work::beacon::opens_window`).
    pub window_every_secs: u64,
    /// A round that is posted later than this after it was due opens no window: too little of it would be left.
    pub window_grace_secs: u64,
    /// Micro-JOULE for who posts a round that opens a window or that a committee waits for, as far as the fund goes.
    pub round_tip: Uint128,
    /// Tickets a list must have: 64, 128, 256 or 512.
    pub window_k: u16,
    /// Slash for a forged list, basis points; the second one takes all.
    pub forgery_slash_bps: u16,
    /// Slash for misuse, basis points.
    pub misuse_slash_bps: u16,
    /// Stakes, proofs and jobs that trust levels ask for.
    pub trust: TrustThresholds,
}

/// New values; absent ones stay.
#[cw_serde]
#[derive(Default)]
pub struct ParamsUpdate {
    /// See [`Params::fee`].
    pub fee: Option<Uint128>,
    /// See [`Params::regions`].
    pub regions: Option<Vec<String>>,
    /// See [`Params::min_gpu_memory_mb`].
    pub min_gpu_memory_mb: Option<u64>,
    /// See [`Params::max_nodes`].
    pub max_nodes: Option<u32>,
    /// See [`Params::beat_secs`].
    pub beat_secs: Option<u64>,
    /// See [`Params::min_uptime_bps`].
    pub min_uptime_bps: Option<u16>,
    /// See [`Params::uptime_period_secs`].
    pub uptime_period_secs: Option<u64>,
    /// See [`Params::admission_units`].
    pub admission_units: Option<Uint64>,
    /// See [`Params::admission_secs`].
    pub admission_secs: Option<u64>,
    /// See [`Params::max_admission_failures`].
    pub max_admission_failures: Option<u8>,
    /// See [`Params::window_secs`].
    pub window_secs: Option<u64>,
    /// See [`Params::reveal_secs`].
    pub reveal_secs: Option<u64>,
    /// See [`Params::window_gap_secs`].
    pub window_gap_secs: Option<u64>,
    /// See [`Params::window_every_secs`].
    pub window_every_secs: Option<u64>,
    /// See [`Params::window_grace_secs`].
    pub window_grace_secs: Option<u64>,
    /// See [`Params::round_tip`].
    pub round_tip: Option<Uint128>,
    /// See [`Params::window_k`].
    pub window_k: Option<u16>,
    /// See [`Params::forgery_slash_bps`].
    pub forgery_slash_bps: Option<u16>,
    /// See [`Params::misuse_slash_bps`].
    pub misuse_slash_bps: Option<u16>,
    /// See [`Params::trust`].
    pub trust: Option<TrustThresholds>,
}

/// Messages. Funds are refused everywhere. "By the provider" means its owner or its operator.
#[cw_serde]
pub enum ExecuteMsg {
    /// JOULE arrives with a [`RegistryHook`]. By the token contract only.
    Receive(Cw20ReceiveMsg),
    /// Changes operator and payout address of the sender's provider. By the owner. Errors: `reg.invalid_provider`,
    /// `reg.not_owner`, `reg.address_taken`, `kit.invalid_address`. Event: `joule_provider_updated`.
    UpdateProvider {
        /// The agent's hot key.
        operator: Option<String>,
        /// Where earnings of later deals are credited.
        payout: Option<String>,
    },
    /// Adds a node. By the provider. Refused while paused. Errors: `reg.invalid_gpu`, `reg.unknown_region`, `reg.too_many_nodes`,
    /// `reg.invalid_node`, `reg.banned`. Event: `joule_node_added`.
    AddNode {
        /// Description.
        spec: NodeSpec,
    },
    /// Changes a node; new hardware voids its proofs. By the provider, not while the node carries work. Errors: as `AddNode`,
    /// `reg.node_busy`. Event: `joule_node_updated`.
    UpdateNode {
        /// Node.
        node: NodeId,
        /// Changes.
        update: NodeUpdate,
    },
    /// Switches a node on or off for new work. By the provider. Event: `joule_node_available`.
    SetAvailable {
        /// Node.
        node: NodeId,
        /// On or off.
        available: bool,
    },
    /// Says that the nodes are up; covers `beat_secs` from now. At most 64 nodes, each once, admitted ones only. By the provider.
    /// Errors: `reg.not_admitted`, `reg.duplicate_node`, `reg.too_many`. Event: `joule_beat`.
    Beat {
        /// Nodes of the sender.
        nodes: Vec<NodeId>,
    },
    /// Asks for an admission challenge; an open one whose time has passed counts as missed first. Its seed comes from the round two after
    /// the one due now, which is wanted from here on. By the provider. Errors: `reg.challenge_open`,
    /// `reg.rejected`, `reg.already_admitted`. Event: `joule_challenge_opened`.
    RequestChallenge {
        /// Node.
        node: NodeId,
    },
    /// Answers the challenge: the value of ticket `nonce` under the node's seed must not exceed the target. By the provider. Errors:
    /// `reg.invalid_proof`, `reg.no_challenge`, `reg.no_round` (its round was not posted yet), `reg.too_late`. Event: `joule_node_admitted`.
    SolveChallenge {
        /// Node.
        node: NodeId,
        /// Ticket id.
        nonce: Uint64,
    },
    /// Books an unanswered challenge as missed: reputation x0.98, rejection after `max_admission_failures`; one whose round was never posted
    /// is dropped without blame. By anyone. Errors:
    /// `reg.no_challenge`, `reg.too_early`. Event: `joule_challenge_missed` or `joule_challenge_dropped`.
    ExpireChallenge {
        /// Node.
        node: NodeId,
    },
    /// Posts a round of the beacon: the signature is verified and its SHA-256 kept as the round's randomness. A round that is not due yet is
    /// refused, a known one changes nothing. If the round triggers a window, was due at most `window_grace_secs` ago and
    /// the gap to the window before is over, the window opens as of the time the round was due. A round that opens a window or that a committee waits for earns
    /// `round_tip`; one that only a challenge waits for earns nothing. By anyone; open in a pause, when no window opens. Errors: `reg.invalid_round`, `reg.too_early`. Events: `joule_round_posted`, `joule_window_opened`.
    PostRound {
        /// Number, from 1.
        round: u64,
        /// Compressed signature on G1, 48 bytes.
        signature: Binary,
    },
    /// Puts a round on the list of wanted ones, for a tip to who posts it. By the marketplace. Total: a posted or listed round changes nothing.
    WantRound {
        /// Number.
        round: u64,
    },
    /// Pays the sender the tips earned with rounds. Errors: `reg.nothing_to_claim`. Event: `joule_tips_claimed`. Open in a pause.
    ClaimTips {},
    /// Commits to a list of the k smallest tickets. By the provider, inside the window, once. Errors: `reg.too_late`,
    /// `reg.already_committed`, `reg.not_admitted`, `reg.invalid_proof`. Event: `joule_window_committed`.
    CommitWindow {
        /// Window.
        window: WindowId,
        /// Node.
        node: NodeId,
        /// Largest value of the list.
        bound: Uint64,
        /// `joule_work::ticket::list_digest` of the ids, 32 bytes.
        list_hash: Binary,
    },
    /// Reveals the list: 8 bytes an id, little endian, strictly increasing. The contract recomputes every ticket. A list that does not
    /// match what was committed is refused; one that matches and has another length, an id out of order or a ticket above the bound is a forgery: the stake is slashed and the
    /// reputation halved. An accepted list counts for reputation and trust if it proves at least `admission_units x window_secs /
    /// admission_secs` units, as they were when the window opened. By the provider, after the window closed and before `reveal_secs` have passed. Errors: `reg.too_early`, `reg.too_late`,
    /// `reg.not_committed`, `reg.invalid_proof`. Events: `joule_window_accepted` or `joule_forgery`.
    RevealWindow {
        /// Window.
        window: WindowId,
        /// Node.
        node: NodeId,
        /// Packed ids.
        ids: Binary,
    },
    /// Books a missed window: a node that was on line when it opened and did not commit (x0.98), or committed and did not reveal
    /// (a forgery: reputation x0.5 and slash). Nodes that carried work when it opened are exempt. By anyone, once
    /// a node and window, after the reveal deadline; what was not committed only before the next but one window opened. Errors:
    /// `reg.too_early`, `reg.not_missed`. Events:
    /// `joule_window_missed` or `joule_forgery`.
    ReportMissed {
        /// Window.
        window: WindowId,
        /// Node.
        node: NodeId,
    },
    /// Judges the last full period of a node's uptime: below `min_uptime_bps` it is switched off and loses 2 % of its provider's reputation;
    /// one that was switched off for the whole period passes. By anyone, once a period. Errors: `reg.too_early`, `reg.no_beat`. Event: `joule_uptime_judged`.
    JudgeUptime {
        /// Node.
        node: NodeId,
    },
    /// Books the load of a node and the outcome of an attempt. By the marketplace. Total: an unknown node changes nothing.
    /// Event: `joule_outcome_recorded`.
    Record {
        /// Node.
        node: NodeId,
        /// Attempts it carries now.
        load: u32,
        /// Outcome of the attempt that ended, if one did.
        outcome: Option<Outcome>,
    },
    /// Sets the class of a provider (community, cloud, dedicated). By the dao. Event: `joule_provider_updated`.
    SetClass {
        /// Provider.
        provider: ProviderId,
        /// Class.
        class: Class,
    },
    /// Grants or withdraws trust level 4. By the dao. Event: `joule_provider_updated`.
    SetPartner {
        /// Provider.
        provider: ProviderId,
        /// Whether it is a partner.
        partner: bool,
    },
    /// Bans a provider for misuse and slashes `misuse_slash_bps`, once. By the dao. Event: `joule_provider_banned`.
    Ban {
        /// Provider.
        provider: ProviderId,
    },
    /// Rejects a node for good. By the dao. Event: `joule_node_rejected`.
    RejectNode {
        /// Node.
        node: NodeId,
    },
    /// Changes parameters within their bounds. By the dao. Errors: `reg.invalid_params`. Event: `joule_params_updated`.
    UpdateParams {
        /// New values.
        update: Box<ParamsUpdate>,
    },
    /// Launch, pause, resume, guardian.
    Admin(AdminMsg),
}

/// Message inside a cw20 `Send` to the registry.
#[cw_serde]
pub enum RegistryHook {
    /// Registers the sender of the tokens as a provider. The amount must be the fee, which goes to the treasury; the sender must have
    /// the stake of trust level 1 bonded. Refused while paused. Errors: `reg.invalid_provider`, `reg.wrong_fee`, `reg.stake_too_low`,
    /// `reg.address_taken`. A provider that named the sender as its operator has its owner as operator again. Events:
    /// `joule_provider_registered`, and then `joule_provider_updated` of that provider.
    Register {
        /// The agent's hot key; the owner if absent.
        operator: Option<String>,
        /// Where earnings are credited; the owner if absent.
        payout: Option<String>,
        /// Who referred the provider.
        referrer: Option<String>,
    },
    /// Adds the amount to the fund that pays for rounds. By anyone. Event: `joule_tips_funded`.
    FundTips {},
}

impl ExecuteMsg {
    /// Who may send it.
    #[must_use]
    pub const fn required_role(&self) -> Role {
        match self {
            ExecuteMsg::Receive(_) => Role::Peer(Peer::Token),
            ExecuteMsg::UpdateProvider { .. }
            | ExecuteMsg::AddNode { .. }
            | ExecuteMsg::UpdateNode { .. }
            | ExecuteMsg::SetAvailable { .. }
            | ExecuteMsg::Beat { .. }
            | ExecuteMsg::RequestChallenge { .. }
            | ExecuteMsg::SolveChallenge { .. }
            | ExecuteMsg::CommitWindow { .. }
            | ExecuteMsg::RevealWindow { .. } => Role::Party,
            ExecuteMsg::ExpireChallenge { .. }
            | ExecuteMsg::PostRound { .. }
            | ExecuteMsg::ClaimTips {}
            | ExecuteMsg::ReportMissed { .. }
            | ExecuteMsg::JudgeUptime { .. } => Role::Anyone,
            ExecuteMsg::Record { .. } | ExecuteMsg::WantRound { .. } => Role::Peer(Peer::Marketplace),
            ExecuteMsg::SetClass { .. }
            | ExecuteMsg::SetPartner { .. }
            | ExecuteMsg::Ban { .. }
            | ExecuteMsg::RejectNode { .. }
            | ExecuteMsg::UpdateParams { .. } => Role::Owner,
            ExecuteMsg::Admin(admin) => admin.required_role(),
        }
    }
}
