//! Errors of the registry, each with a stable code, the value at fault and what to do.

use cosmwasm_std::{OverflowError, StdError, Uint128};
use joule_kit::KitError;
use joule_types::{NodeId, ProviderId, WindowId};
use joule_work::WorkError;

/// Why the registry refuses a message or a query.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum RegistryError {
    /// An error that all contracts share.
    #[error(transparent)]
    Kit(#[from] KitError),
    /// A rule of the shared mathematics has no answer.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// DePIN 500: no such provider, or one that may not be.
    #[error("reg.invalid_provider: {provider}: {reason}")]
    InvalidProvider {
        /// Id or address.
        provider: String,
        /// What is wrong and what to do.
        reason: &'static str,
    },
    /// DePIN 504: a proof that does not hold.
    #[error("reg.invalid_proof: {reason}")]
    InvalidProof {
        /// What is wrong and what to do.
        reason: String,
    },
    /// DePIN 506: not enough memory.
    #[error("reg.invalid_gpu: a gpu of {memory_mb} MiB; at least {min_mb} MiB are required")]
    InvalidGpu {
        /// Declared.
        memory_mb: u64,
        /// Required.
        min_mb: u64,
    },
    /// No such node.
    #[error("reg.node_not_found: no node has the id {node}; ids count from 1")]
    NodeNotFound {
        /// Node.
        node: NodeId,
    },
    /// No such window.
    #[error("reg.window_not_found: no window has the id {window}; query the latest")]
    WindowNotFound {
        /// Window.
        window: WindowId,
    },
    /// A node of somebody else.
    #[error("reg.not_your_node: node {node} does not belong to provider {provider}; name a node of your own")]
    NotYourNode {
        /// Node.
        node: NodeId,
        /// Provider of the sender.
        provider: ProviderId,
    },
    /// Only the owner may.
    #[error("reg.not_owner: only the owner of provider {provider} may change its addresses; send from the cold key")]
    NotOwner {
        /// Provider.
        provider: ProviderId,
    },
    /// The address acts for a provider already.
    #[error("reg.address_taken: {address} is owner or operator of provider {provider}; use another address")]
    AddressTaken {
        /// Address.
        address: String,
        /// Its provider.
        provider: ProviderId,
    },
    /// Not the fee.
    #[error("reg.wrong_fee: {sent} micro-JOULE came; send exactly the fee of {fee}")]
    WrongFee {
        /// What came.
        sent: Uint128,
        /// The fee.
        fee: Uint128,
    },
    /// Too little stake.
    #[error("reg.stake_too_low: {stake} micro-JOULE are bonded, {min} are required; bond in staking first")]
    StakeTooLow {
        /// Bonded.
        stake: Uint128,
        /// Required.
        min: Uint128,
    },
    /// The provider is banned.
    #[error("reg.banned: provider {provider} was banned; it takes no further part in the market")]
    Banned {
        /// Provider.
        provider: ProviderId,
    },
    /// No such region.
    #[error("reg.unknown_region: `{region}` is none of {known}; use one of them")]
    UnknownRegion {
        /// Text, at most 32 characters.
        region: String,
        /// The list.
        known: String,
    },
    /// The provider has as many nodes as it may.
    #[error("reg.too_many_nodes: the provider added {max} nodes, the most allowed; ask the dao for more")]
    TooManyNodes {
        /// Most.
        max: u32,
    },
    /// A description that cannot be.
    #[error("reg.invalid_node: {field}: {reason}")]
    InvalidNode {
        /// Field at fault.
        field: &'static str,
        /// What is wrong and what is allowed.
        reason: String,
    },
    /// The node carries work.
    #[error("reg.node_busy: node {node} carries {load} attempts; change it when they are done")]
    NodeBusy {
        /// Node.
        node: NodeId,
        /// Attempts.
        load: u32,
    },
    /// The node did not pass the admission.
    #[error("reg.not_admitted: node {node} did not pass the admission; request a challenge and solve it first")]
    NotAdmitted {
        /// Node.
        node: NodeId,
    },
    /// The node is rejected for good.
    #[error("reg.rejected: node {node} was rejected for good; add another")]
    Rejected {
        /// Node.
        node: NodeId,
    },
    /// A node twice in one message.
    #[error("reg.duplicate_node: node {node} is named twice; name each once")]
    DuplicateNode {
        /// Node.
        node: NodeId,
    },
    /// Too many or no nodes in one message.
    #[error("reg.too_many: {got} nodes in one message; 1 to {max} are taken")]
    TooMany {
        /// Named.
        got: usize,
        /// Most.
        max: usize,
    },
    /// A challenge is open.
    #[error("reg.challenge_open: node {node} has a challenge until second {deadline_at}; solve that one")]
    ChallengeOpen {
        /// Node.
        node: NodeId,
        /// Seconds.
        deadline_at: u64,
    },
    /// Nothing to prove.
    #[error("reg.already_admitted: node {node} is admitted and its proofs hold; no challenge is needed")]
    AlreadyAdmitted {
        /// Node.
        node: NodeId,
    },
    /// No challenge is open.
    #[error("reg.no_challenge: node {node} has no open challenge; request one")]
    NoChallenge {
        /// Node.
        node: NodeId,
    },
    /// Not yet.
    #[error("reg.too_early: possible from second {at} on, now is second {now}")]
    TooEarly {
        /// First second.
        at: u64,
        /// Now.
        now: u64,
    },
    /// No longer.
    #[error("reg.too_late: was possible until second {until}, now is second {now}")]
    TooLate {
        /// Last second.
        until: u64,
        /// Now.
        now: u64,
    },
    /// Not a round of the beacon.
    #[error("reg.invalid_round: round {round}: {reason}")]
    InvalidRound {
        /// Number.
        round: u64,
        /// What is wrong and what to do.
        reason: &'static str,
    },
    /// The seed is not known yet.
    #[error("reg.no_round: round {round}, due at second {due_at}, was not posted yet; post it with `PostRound`")]
    NoRound {
        /// Number.
        round: u64,
        /// Seconds.
        due_at: u64,
    },
    /// No tips earned.
    #[error("reg.nothing_to_claim: {address} has earned no tips that were not paid; post rounds that are wanted")]
    NothingToClaim {
        /// Address.
        address: String,
    },
    /// No uptime to judge.
    #[error("reg.no_beat: node {node} never beat; its first period starts with its first beat")]
    NoBeat {
        /// Node.
        node: NodeId,
    },
    /// One commitment a node and window.
    #[error("reg.already_committed: node {node} committed in window {window} already; a commitment is final")]
    AlreadyCommitted {
        /// Window.
        window: WindowId,
        /// Node.
        node: NodeId,
    },
    /// Nothing to reveal.
    #[error("reg.not_committed: node {node} has nothing to reveal in window {window}")]
    NotCommitted {
        /// Window.
        window: WindowId,
        /// Node.
        node: NodeId,
    },
    /// Nothing was missed.
    #[error("reg.not_missed: node {node} and window {window}: {reason}")]
    NotMissed {
        /// Window.
        window: WindowId,
        /// Node.
        node: NodeId,
        /// Why.
        reason: &'static str,
    },
    /// A parameter outside its bounds.
    #[error("reg.invalid_params: {field}: {reason}")]
    InvalidParams {
        /// Parameter at fault.
        field: &'static str,
        /// What came and what is allowed.
        reason: String,
    },
}

impl From<OverflowError> for RegistryError {
    fn from(error: OverflowError) -> Self {
        StdError::from(error).into()
    }
}

impl From<StdError> for RegistryError {
    fn from(error: StdError) -> Self {
        Self::Kit(error.into())
    }
}
