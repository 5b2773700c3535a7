//! The life of a job: one table of states and actions, why jobs fail, and how a dispute divides the quote.

use serde::{Deserialize, Serialize};

use crate::fees::{at_most, part};
use crate::{WorkError, BPS};

/// State of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Paid for, neither matched nor queued yet.
    Submitted,
    /// Waits for a node; anyone may assign it.
    Queued,
    /// A node was chosen and has to start or decline.
    Assigned,
    /// The node works.
    Running,
    /// A result waits for the buyer, or for its window to end.
    ResultSubmitted,
    /// A committee judges the result. No action leads here until committees exist.
    Verifying,
    /// Paid. Final.
    Completed,
    /// Refunded, with a [`FailReason`]. Final.
    Failed,
    /// Waits for the arbiter, or for the arbiter's deadline.
    Disputed,
    /// Divided by the arbiter or by the rule of silence. Final.
    Resolved,
}

indexed!(JobState {
    Submitted = 0,
    Queued = 1,
    Assigned = 2,
    Running = 3,
    ResultSubmitted = 4,
    Verifying = 5,
    Completed = 6,
    Failed = 7,
    Disputed = 8,
    Resolved = 9,
});

impl JobState {
    /// Whether nothing can happen to the job any more and its hold is empty.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Resolved)
    }

    /// Whether a node holds the job's attempt.
    pub const fn is_on_node(self) -> bool {
        matches!(self, Self::Assigned | Self::Running)
    }
}

/// Whether another attempt follows one that ended without a result; see [`retry_blocked`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Retry {
    /// Attempts and time are left: back to the queue.
    Again,
    /// None are left: the job fails.
    Exhausted,
}

impl Retry {
    /// From the answer of [`retry_blocked`].
    pub const fn of(blocked: Option<FailReason>) -> Self {
        match blocked {
            None => Self::Again,
            Some(_) => Self::Exhausted,
        }
    }
}

/// What can happen to a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobAction {
    /// No node was good enough when it was posted.
    Enqueue,
    /// A node was chosen.
    Assign,
    /// The node gave the job back before it started; free.
    Decline(Retry),
    /// The node has fetched the inputs and begins.
    Start,
    /// The node did not start in time.
    StartTimeout(Retry),
    /// The node committed its result.
    SubmitResult,
    /// The node did not finish in time.
    RunTimeout(Retry),
    /// The buyer accepted.
    Accept,
    /// The buyer was silent until the deadline: counts as accepted.
    AcceptTimeout,
    /// A party disputed inside the window.
    Dispute,
    /// The arbiter fixed a split.
    Resolve,
    /// The arbiter was silent until the deadline.
    ArbiterTimeout,
    /// The buyer withdrew the job.
    Cancel,
    /// The job's deadline passed before a node was found.
    Expire,
}

impl JobAction {
    /// Every action, with both outcomes of those that may be retried.
    pub const ALL: [Self; 17] = [
        Self::Enqueue,
        Self::Assign,
        Self::Decline(Retry::Again),
        Self::Decline(Retry::Exhausted),
        Self::Start,
        Self::StartTimeout(Retry::Again),
        Self::StartTimeout(Retry::Exhausted),
        Self::SubmitResult,
        Self::RunTimeout(Retry::Again),
        Self::RunTimeout(Retry::Exhausted),
        Self::Accept,
        Self::AcceptTimeout,
        Self::Dispute,
        Self::Resolve,
        Self::ArbiterTimeout,
        Self::Cancel,
        Self::Expire,
    ];

    /// The name in CamelCase, for errors and events.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Enqueue => "Enqueue",
            Self::Assign => "Assign",
            Self::Decline(_) => "Decline",
            Self::Start => "Start",
            Self::StartTimeout(_) => "StartTimeout",
            Self::SubmitResult => "SubmitResult",
            Self::RunTimeout(_) => "RunTimeout",
            Self::Accept => "Accept",
            Self::AcceptTimeout => "AcceptTimeout",
            Self::Dispute => "Dispute",
            Self::Resolve => "Resolve",
            Self::ArbiterTimeout => "ArbiterTimeout",
            Self::Cancel => "Cancel",
            Self::Expire => "Expire",
        }
    }
}

/// The state after an action, or `None` where the action is not allowed. The only place that decides this.
pub const fn next(state: JobState, action: JobAction) -> Option<JobState> {
    use JobAction as A;
    use JobState as S;
    match (state, action) {
        (S::Submitted, A::Enqueue) => Some(S::Queued),
        (S::Submitted | S::Queued, A::Assign) => Some(S::Assigned),
        (S::Submitted | S::Queued, A::Expire) => Some(S::Failed),
        (S::Submitted | S::Queued | S::Assigned, A::Cancel) => Some(S::Failed),
        (S::Assigned, A::Start) => Some(S::Running),
        (S::Assigned, A::Decline(retry) | A::StartTimeout(retry)) => Some(retried(retry)),
        (S::Running, A::SubmitResult) => Some(S::ResultSubmitted),
        (S::Running, A::RunTimeout(retry)) => Some(retried(retry)),
        (S::ResultSubmitted, A::Accept | A::AcceptTimeout) => Some(S::Completed),
        (S::ResultSubmitted, A::Dispute) => Some(S::Disputed),
        (S::Disputed, A::Resolve | A::ArbiterTimeout) => Some(S::Resolved),
        _ => None,
    }
}

const fn retried(retry: Retry) -> JobState {
    match retry {
        Retry::Again => JobState::Queued,
        Retry::Exhausted => JobState::Failed,
    }
}

/// Why a job failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FailReason {
    /// The buyer withdrew it before it ran.
    Cancelled,
    /// Its deadline left no time for a node or for another attempt.
    Expired,
    /// Every attempt ended without a result.
    AttemptsExhausted,
}

indexed!(FailReason { Cancelled = 0, Expired = 1, AttemptsExhausted = 2 });

/// Why no further attempt is possible, or `None` when the job goes back to the queue: an attempt is left, and
/// `needed_secs` (the time to start and to run) fit between `now` and the deadline.
pub const fn retry_blocked(
    attempts_used: u32,
    max_attempts: u32,
    now: u64,
    needed_secs: u64,
    deadline: u64,
) -> Option<FailReason> {
    if attempts_used >= max_attempts {
        return Some(FailReason::AttemptsExhausted);
    }
    if now.saturating_add(needed_secs) > deadline {
        return Some(FailReason::Expired);
    }
    None
}

/// A party of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// Who posted and paid.
    Buyer,
    /// Who ran it.
    Provider,
}

indexed!(Party { Buyer = 0, Provider = 1 });

/// A disputed quote and the opener's bond divided; the four parts add up to `quote + bond`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DisputeSplit {
    /// The provider's part before the platform's fee, which applies to it as to any payment.
    pub provider: u128,
    /// The buyer's part, returned.
    pub buyer: u128,
    /// The arbiter's fee.
    pub arbiter: u128,
    /// What the opener gets back of the bond.
    pub bond_back: u128,
}

/// The bond of whoever opens a dispute, which is also the arbiter's full fee: `floor(quote x fee_bps / 10000)`.
///
/// # Errors
/// `work.bps_out_of_range` above the whole.
pub fn dispute_bond(quote: u128, fee_bps: u16) -> Result<u128, WorkError> {
    at_most("the dispute fee", u32::from(fee_bps), u32::from(BPS))?;
    part(quote, fee_bps)
}

/// Divides by the arbiter's decision (DESIGN 11.5). The provider gets `floor(quote x provider_bps / 10000)` and the buyer
/// the rest. Who gets less than half pays the fee; on an equal split each pays half, the odd unit the buyer. The opener
/// pays from the bond, the other side from its part of the quote, as far as that goes.
///
/// # Errors
/// `work.bps_out_of_range` for a ratio above the whole.
pub fn resolve_dispute(quote: u128, provider_bps: u16, fee_bps: u16, opener: Party) -> Result<DisputeSplit, WorkError> {
    at_most("provider_bps", u32::from(provider_bps), u32::from(BPS))?;
    let bond = dispute_bond(quote, fee_bps)?;
    let provider = part(quote, provider_bps)?;
    let buyer = quote.saturating_sub(provider);
    let provider_owes = match provider_bps.cmp(&(BPS / 2)) {
        core::cmp::Ordering::Less => bond,
        core::cmp::Ordering::Equal => bond / 2,
        core::cmp::Ordering::Greater => 0,
    };
    let buyer_owes = bond.saturating_sub(provider_owes);
    Ok(match opener {
        Party::Buyer => {
            let paid = provider_owes.min(provider);
            DisputeSplit {
                provider: provider.saturating_sub(paid),
                buyer,
                arbiter: buyer_owes.saturating_add(paid),
                bond_back: bond.saturating_sub(buyer_owes),
            }
        }
        Party::Provider => {
            let paid = buyer_owes.min(buyer);
            DisputeSplit {
                provider,
                buyer: buyer.saturating_sub(paid),
                arbiter: provider_owes.saturating_add(paid),
                bond_back: bond.saturating_sub(provider_owes),
            }
        }
    })
}

/// Divides when the arbiter was silent: half each, the odd unit to the buyer, no fee, the whole bond back.
///
/// # Errors
/// `work.bps_out_of_range` for a fee above the whole.
pub fn dispute_silence(quote: u128, fee_bps: u16) -> Result<DisputeSplit, WorkError> {
    let provider = quote / 2;
    let bond_back = dispute_bond(quote, fee_bps)?;
    Ok(DisputeSplit {
        provider,
        buyer: quote.saturating_sub(provider),
        arbiter: 0,
        bond_back,
    })
}
