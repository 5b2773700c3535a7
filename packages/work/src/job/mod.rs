//! The life of a job: one table of states and actions, why jobs fail, and how a dispute divides the quote.

use serde::{Deserialize, Serialize};

mod dispute;

pub use dispute::{dispute_bond, dispute_silence, resolve_dispute, DisputeSplit, Party};

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
    /// A committee judges the result.
    Verifying,
    /// Paid. Final.
    Completed,
    /// Refunded, with a [`FailReason`]. Final.
    Failed,
    /// Waits for the arbiter, or for the arbiter's deadline.
    Disputed,
    /// Divided by the arbiter, by the rule of silence, or because a committee had nothing to judge. Final.
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
    /// The node committed its result; the buyer judges it.
    SubmitResult,
    /// The node committed its result; a committee judges it.
    SubmitForJudgement,
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
    /// The committee found the result right.
    Uphold,
    /// The committee found another result.
    Overturn(Retry),
    /// The committee could not fetch what it should judge: both sides share the loss, as with a silent arbiter.
    Divide,
    /// No committee could be drawn, none agreed, or its time is over: nobody is at fault.
    Abandon,
}

impl JobAction {
    /// Every action, with both outcomes of those that may be retried.
    pub const ALL: [Self; 23] = [
        Self::Enqueue,
        Self::Assign,
        Self::Decline(Retry::Again),
        Self::Decline(Retry::Exhausted),
        Self::Start,
        Self::StartTimeout(Retry::Again),
        Self::StartTimeout(Retry::Exhausted),
        Self::SubmitResult,
        Self::SubmitForJudgement,
        Self::RunTimeout(Retry::Again),
        Self::RunTimeout(Retry::Exhausted),
        Self::Accept,
        Self::AcceptTimeout,
        Self::Dispute,
        Self::Resolve,
        Self::ArbiterTimeout,
        Self::Cancel,
        Self::Expire,
        Self::Uphold,
        Self::Overturn(Retry::Again),
        Self::Overturn(Retry::Exhausted),
        Self::Divide,
        Self::Abandon,
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
            Self::SubmitForJudgement => "SubmitForJudgement",
            Self::RunTimeout(_) => "RunTimeout",
            Self::Accept => "Accept",
            Self::AcceptTimeout => "AcceptTimeout",
            Self::Dispute => "Dispute",
            Self::Resolve => "Resolve",
            Self::ArbiterTimeout => "ArbiterTimeout",
            Self::Cancel => "Cancel",
            Self::Expire => "Expire",
            Self::Uphold => "Uphold",
            Self::Overturn(_) => "Overturn",
            Self::Divide => "Divide",
            Self::Abandon => "Abandon",
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
        (S::Running, A::SubmitForJudgement) => Some(S::Verifying),
        (S::Running, A::RunTimeout(retry)) => Some(retried(retry)),
        (S::Verifying, A::Uphold) => Some(S::Completed),
        (S::Verifying, A::Overturn(retry)) => Some(retried(retry)),
        (S::Verifying, A::Divide) => Some(S::Resolved),
        (S::Verifying, A::Abandon) => Some(S::Failed),
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
    /// Too few eligible validators for a jury.
    NoJury,
    /// No jury agreed, or the time to judge was over.
    Undecided,
    /// What is left of the verification budget pays no further jury.
    BudgetSpent,
}

indexed!(FailReason {
    Cancelled = 0,
    Expired = 1,
    AttemptsExhausted = 2,
    NoJury = 3,
    Undecided = 4,
    BudgetSpent = 5,
});

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

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// States from which `goals` can be reached by any actions.
    fn reaching(goals: &[JobState]) -> BTreeSet<JobState> {
        let mut found: BTreeSet<JobState> = goals.iter().copied().collect();
        for _ in JobState::ALL {
            for state in JobState::ALL {
                if JobAction::ALL
                    .iter()
                    .filter_map(|action| next(*state, *action))
                    .any(|next| found.contains(&next))
                {
                    found.insert(*state);
                }
            }
        }
        found
    }

    #[test]
    fn final_states_are_the_ones_without_a_way_out() {
        for state in JobState::ALL {
            let stuck = JobAction::ALL.iter().all(|action| next(*state, *action).is_none());
            assert_eq!(stuck, state.is_final(), "{state}");
        }
    }

    /// No state waits for anybody's goodwill: deadlines alone, which anyone may enforce, end every job.
    #[test]
    fn deadlines_alone_end_every_job() {
        let deadline = |action: &&JobAction| {
            let name = action.name();
            name.ends_with("Timeout") || name == "Expire" || name == "Abandon"
        };
        for start in JobState::ALL.iter().filter(|state| !state.is_final()) {
            assert!(
                JobAction::ALL
                    .iter()
                    .filter(deadline)
                    .any(|action| next(*start, *action).is_some()),
                "{start}"
            );
        }
        assert_eq!(
            reaching(&[JobState::Completed, JobState::Failed, JobState::Resolved]).len(),
            JobState::ALL.len()
        );
    }

    #[test]
    fn only_a_started_job_is_paid() {
        let entered = |goal: JobState| {
            let pairs = JobState::ALL
                .iter()
                .flat_map(|state| JobAction::ALL.iter().map(move |action| (*state, *action)));
            pairs
                .filter(|(state, action)| next(*state, *action) == Some(goal))
                .map(|(s, _)| s)
                .collect::<BTreeSet<_>>()
        };
        assert_eq!(
            entered(JobState::Completed),
            BTreeSet::from([JobState::ResultSubmitted, JobState::Verifying])
        );
        assert_eq!(entered(JobState::ResultSubmitted), BTreeSet::from([JobState::Running]));
        assert_eq!(entered(JobState::Running), BTreeSet::from([JobState::Assigned]));
        assert_eq!(
            entered(JobState::Resolved),
            BTreeSet::from([JobState::Disputed, JobState::Verifying])
        );
        assert_eq!(entered(JobState::Verifying), BTreeSet::from([JobState::Running]));
        assert_eq!(entered(JobState::Submitted), BTreeSet::new());
    }

    #[test]
    fn actions_are_listed_once() {
        assert_eq!(
            JobAction::ALL.iter().collect::<BTreeSet<_>>().len(),
            JobAction::ALL.len()
        );
        assert!(JobState::Assigned.is_on_node() && JobState::Running.is_on_node());
        assert_eq!(JobState::ALL.iter().filter(|state| state.is_on_node()).count(), 2);
    }

    #[test]
    fn retries() {
        let cases = [
            ((0, 3, 100, 50, 150), None),
            ((2, 3, 100, 50, 150), None),
            ((3, 3, 100, 50, 150), Some(FailReason::AttemptsExhausted)),
            ((0, 0, 0, 0, 0), Some(FailReason::AttemptsExhausted)),
            ((1, 3, 101, 50, 150), Some(FailReason::Expired)),
            ((1, 3, u64::MAX, 50, u64::MAX), None),
            ((1, 3, 200, 0, 150), Some(FailReason::Expired)),
        ];
        for ((used, max, now, needed, deadline), want) in cases {
            let blocked = retry_blocked(used, max, now, needed, deadline);
            assert_eq!(blocked, want);
            assert_eq!(Retry::of(blocked) == Retry::Again, want.is_none());
        }
    }
}
