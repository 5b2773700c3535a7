//! Errors.

use cosmwasm_std::{StdError, Uint128};
use joule_kit::KitError;
use joule_types::{JobId, NodeId, OfferId};
use joule_work::{job::JobState, WorkError};

/// An error of the marketplace: stable code, value at fault, what to do.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum MarketplaceError {
    /// Unknown job.
    #[error("mkt.job_not_found: there is no job {job}; list jobs with the `jobs` query")]
    JobNotFound {
        /// Id.
        job: JobId,
    },
    /// The state does not allow the action.
    #[error("mkt.job_not_open: job {job} is {state}; {action} is not possible in this state")]
    JobNotOpen {
        /// Id.
        job: JobId,
        /// State now.
        state: JobState,
        /// Name of the action.
        action: &'static str,
    },
    /// The job is on a node, or beyond.
    #[error("mkt.job_active: job {job} is {state}; only a queued job can be assigned")]
    JobActive {
        /// Id.
        job: JobId,
        /// State now.
        state: JobState,
    },
    /// Nothing can happen to the job any more.
    #[error("mkt.job_final: job {job} is {state}, which is final")]
    JobFinal {
        /// Id.
        job: JobId,
        /// State.
        state: JobState,
    },
    /// Another attempt or rung runs.
    #[error("mkt.stale_attempt: {what} {named} of job {job} is not the present one, which is {current}")]
    StaleAttempt {
        /// Id.
        job: JobId,
        /// attempt or rung.
        what: &'static str,
        /// Named.
        named: u32,
        /// Running or last.
        current: u32,
    },
    /// What a message does was done before.
    #[error("mkt.already_claimed: {what} {number} of job {job} has {done}; nothing more is needed")]
    AlreadyClaimed {
        /// Id.
        job: JobId,
        /// attempt or seat.
        what: &'static str,
        /// Attempt or seat.
        number: u32,
        /// What was done.
        done: &'static str,
    },
    /// The sender is no party of the job.
    #[error("mkt.not_party: {sender} may not {action} job {job}; its {party} may")]
    NotParty {
        /// Sender.
        sender: String,
        /// Id.
        job: JobId,
        /// Name of the action.
        action: &'static str,
        /// Who may.
        party: &'static str,
    },
    /// The sender is not the buyer.
    #[error("mkt.not_buyer: {sender} did not post job {job}; only its buyer may {action} it")]
    NotBuyer {
        /// Sender.
        sender: String,
        /// Id.
        job: JobId,
        /// Name of the action.
        action: &'static str,
    },
    /// The sender is not the arbiter of the job's terms.
    #[error("mkt.not_arbiter: {sender} may not decide job {job}; {arbiter} may")]
    NotArbiter {
        /// Sender.
        sender: String,
        /// Id.
        job: JobId,
        /// Who may.
        arbiter: String,
    },
    /// A deadline has passed.
    #[error("mkt.too_late: {what} of job {job} ended at second {deadline}, now is {now}; send `timeout`")]
    TooLate {
        /// Id.
        job: JobId,
        /// Which time.
        what: &'static str,
        /// Last second.
        deadline: u64,
        /// Now.
        now: u64,
    },
    /// A deadline has not passed.
    #[error("mkt.too_early: job {job} is {state} until {unit} {deadline} inclusive, now is {now}; wait")]
    TooEarly {
        /// Id.
        job: JobId,
        /// State.
        state: JobState,
        /// second or height.
        unit: &'static str,
        /// Last one.
        deadline: u64,
        /// Now.
        now: u64,
    },
    /// No offer fits.
    #[error("mkt.insufficient_compute: no offer serves job {job} now ({reason}); the `explain_match` query says why")]
    InsufficientCompute {
        /// Id.
        job: JobId,
        /// no_offer, budget or gap.
        reason: &'static str,
    },
    /// A field of a job or request.
    #[error("mkt.invalid_job: {field} is {found}; {rule}")]
    InvalidJob {
        /// Field.
        field: &'static str,
        /// Value.
        found: String,
        /// What it must be.
        rule: String,
    },
    /// A field of a result.
    #[error("mkt.invalid_result: {field} is {found}; {rule}")]
    InvalidResult {
        /// Field.
        field: &'static str,
        /// Value.
        found: String,
        /// What it must be.
        rule: String,
    },
    /// A share above the whole.
    #[error("mkt.invalid_split: provider_bps is {found}; it must be at most 10000")]
    InvalidSplit {
        /// Value.
        found: u16,
    },
    /// A text that is too long.
    #[error("mkt.text_too_long: the reason has {len} bytes; at most {max} are kept")]
    TextTooLong {
        /// Bytes.
        len: usize,
        /// Most.
        max: usize,
    },
    /// A list that is too long or has repeats.
    #[error("mkt.invalid_list: {what} must be at most {max}, each once")]
    InvalidList {
        /// Which list.
        what: &'static str,
        /// Most.
        max: usize,
    },
    /// Coins of another denomination than the deal's.
    #[error("mkt.wrong_funds: {found} was attached to a job paid in {wanted}; attach that or nothing")]
    WrongFunds {
        /// Denomination attached.
        found: String,
        /// Denomination of the job.
        wanted: String,
    },
    /// Unknown denomination.
    #[error("mkt.denom_not_listed: deals in `{denom}` are not open; the `params` query lists those that are")]
    DenomNotListed {
        /// Denomination.
        denom: String,
    },
    /// The sender does not run the node.
    #[error("mkt.not_your_node: {sender} is neither owner nor operator of the provider of node {node}")]
    NotYourNode {
        /// Sender.
        sender: String,
        /// Node.
        node: NodeId,
    },
    /// The node cannot be offered.
    #[error("mkt.provider_offline: node {node} is {state}; it has to pass the admission before it is offered")]
    ProviderOffline {
        /// Node.
        node: NodeId,
        /// State.
        state: String,
    },
    /// A field of an offer.
    #[error("mkt.invalid_offer: {field} is {found}; {rule}")]
    InvalidOffer {
        /// Field.
        field: &'static str,
        /// Value.
        found: String,
        /// What it must be.
        rule: String,
    },
    /// A second offer of the same node and denomination.
    #[error("mkt.offer_exists: node {node} has the open offer {offer} in this denomination; update that one")]
    OfferExists {
        /// Node.
        node: NodeId,
        /// The other offer.
        offer: OfferId,
    },
    /// Too many open offers.
    #[error("mkt.too_many_offers: {open} offers are open; a provider may have {max}, close one first")]
    TooManyOffers {
        /// Open.
        open: u32,
        /// Most.
        max: u32,
    },
    /// Unknown or closed offer.
    #[error("mkt.offer_not_found: there is no open offer {offer}")]
    OfferNotFound {
        /// Id.
        offer: OfferId,
    },
    /// Nothing to re-key.
    #[error("mkt.index_current: epoch {serving} of the index is complete; nothing is left to do")]
    IndexCurrent {
        /// Epoch.
        serving: u32,
    },
    /// An epoch is being filled or removed.
    #[error("mkt.index_busy: epoch {serving} is still being worked on; send `reindex` until it is done")]
    IndexBusy {
        /// Epoch.
        serving: u32,
    },
    /// A parameter out of its bounds.
    #[error("mkt.invalid_params: {field} is {found}; {rule}")]
    InvalidParams {
        /// Field.
        field: &'static str,
        /// Value.
        found: String,
        /// What it must be.
        rule: String,
    },
    /// A sum leaves its range.
    #[error("mkt.sum_too_large: {what} of {part} and more does not fit 128 bits; use smaller amounts")]
    SumTooLarge {
        /// Which sum.
        what: &'static str,
        /// First part.
        part: Uint128,
    },
    /// The present attempt of the job has no committee.
    #[error("mkt.no_panel: no committee judges job {job}; one opens when a result is delivered in committee mode")]
    NoPanel {
        /// Id.
        job: JobId,
    },
    /// The phase of the committee does not allow the action.
    #[error("mkt.wrong_phase: the committee of job {job} is in the phase `{phase}`; {action} is not possible in it")]
    WrongPhase {
        /// Id.
        job: JobId,
        /// Phase now.
        phase: &'static str,
        /// Name of the action.
        action: &'static str,
    },
    /// The first epoch of stake is still open.
    #[error("mkt.no_epoch: at second {now} no epoch of {epoch_secs} seconds is over; wait for the first to end")]
    NoEpoch {
        /// Now.
        now: u64,
        /// Length of an epoch.
        epoch_secs: u64,
    },
    /// The sealed round is not posted.
    #[error("mkt.no_round: round {round}, by which job {job} is judged, is not posted; post it to the registry first")]
    NoRound {
        /// Id.
        job: JobId,
        /// Round.
        round: u64,
    },
    /// The sender does not hold the seat.
    #[error("mkt.not_seated: {sender} is neither owner nor operator of seat {seat} of job {job}; the `panel` query lists the seats")]
    NotSeated {
        /// Sender.
        sender: String,
        /// Id.
        job: JobId,
        /// Seat.
        seat: u8,
    },
    /// A field of a vote.
    #[error("mkt.invalid_vote: {field} is {found}; {rule}")]
    InvalidVote {
        /// Field.
        field: &'static str,
        /// Value.
        found: String,
        /// What it must be.
        rule: &'static str,
    },
    /// Too few validators could judge.
    #[error("mkt.too_few_validators: {eligible} validators are eligible, {min} are needed for a committee; let the buyer accept, or wait")]
    TooFewValidators {
        /// Enrolled with weight now.
        eligible: u32,
        /// Least.
        min: u32,
    },
    /// Of the kit.
    #[error(transparent)]
    Kit(#[from] KitError),
    /// Of the shared rules.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// Of the chain's library.
    #[error(transparent)]
    Std(#[from] StdError),
}

/// Result of the marketplace.
pub type Res<T> = Result<T, MarketplaceError>;
