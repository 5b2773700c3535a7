//! What jobs need next from anybody who looks: deadlines that have passed, matches, committees.
//!
//! Blocks say which jobs changed; a page of the open ones at each tick finds those that changed while nobody listened.
use joule_types::marketplace::{JobFilter, JobResponse};
use joule_types::JobId;
use joule_work::job::JobState;

use super::agenda::{Agenda, Rank};
use super::task::Task;
use crate::chain::contracts::Market;
use crate::chain::Event;
use crate::error::Result;

/// Jobs looked at in one tick.
const LOOKS: usize = 30;
/// Seconds until a job is looked at again for which something was sent; what was refused rests longer.
const AGAIN: u64 = 3;

/// The jobs of the market, as far as they are known, and where the rounds through its lists stand.
#[derive(Default)]
pub struct Jobs {
    agenda: Agenda,
    open: Option<JobId>,
    verifying: Option<JobId>,
}

/// What a job needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    /// Nothing more.
    Nothing,
    /// Nothing before this second.
    Later(u64),
    /// Its deadline has passed.
    Timeout,
    /// A match.
    Match,
    /// Its committee says.
    Committee,
}

impl Need {
    /// Of a job in `state` with a deadline.
    fn of(state: JobState, deadline: Option<u64>, now: u64) -> Self {
        let Some(deadline) = deadline.filter(|_| !state.is_final()) else {
            return Self::Nothing;
        };
        match state {
            JobState::Verifying => Self::Committee,
            _ if deadline < now => Self::Timeout,
            JobState::Queued | JobState::Submitted => Self::Match,
            _ => Self::Later(deadline.saturating_add(1)),
        }
    }
}

impl Jobs {
    /// Hears which jobs changed; without events, that anything may have.
    pub fn hear(&mut self, market: &str, block: Option<&[Event]>, now: u64) {
        let Some(events) = block else {
            self.agenda = Agenda::default();
            return;
        };
        let ours = events
            .iter()
            .filter(|event| event.get("_contract_address") == Some(market));
        for job in ours.filter_map(|event| event.get("job")?.parse().ok()) {
            self.agenda.set(job, Rank::Deadline, now);
        }
    }

    /// What is to be sent for the next few jobs, and those of them whose committees are to be looked at.
    pub async fn tasks(&mut self, market: &Market, now: u64) -> Result<(Vec<Task>, Vec<JobId>)> {
        self.learn(market, now).await?;
        let (mut tasks, mut judged) = (Vec::new(), Vec::new());
        for id in self.agenda.due(now, LOOKS) {
            let job = market.marketplace.job(id).await?;
            let again = now.saturating_add(AGAIN);
            match Need::of(job.state, job.next_deadline_at, now) {
                Need::Nothing => self.agenda.forget(id),
                Need::Later(at) => self.agenda.set(id, Rank::Deadline, at),
                Need::Timeout => {
                    let name = format!("timeout/{id}/{}", job.version);
                    tasks.push(Task::new(name, market.marketplace.timeout(id))?);
                    self.agenda.set(id, Rank::Deadline, again);
                }
                Need::Match => {
                    let name = format!("assign/{id}/{}", job.attempts);
                    tasks.push(Task::new(name, market.marketplace.assign(id, Vec::new()))?);
                    self.agenda.set(id, Rank::Match, again);
                }
                Need::Committee => judged.push(id),
            }
        }
        Ok((tasks, judged))
    }

    /// A committee is looked at again at `at`, or as soon as something was sent for it.
    pub fn look_again(&mut self, job: JobId, now: u64, at: Option<u64>) {
        let at = at.unwrap_or(now).max(now.saturating_add(AGAIN));
        self.agenda.set(job, Rank::Deadline, at);
    }

    /// One page of the open jobs, and one of those that are judged.
    async fn learn(&mut self, market: &Market, now: u64) -> Result<()> {
        let open = market.marketplace.jobs(JobFilter::Open {}, self.open).await?;
        self.open = open.next;
        let verifying = market.marketplace.jobs(JobFilter::Verifying {}, self.verifying).await?;
        self.verifying = verifying.next;
        for job in open.items.iter().chain(&verifying.items) {
            self.note(job, now);
        }
        Ok(())
    }

    fn note(&mut self, job: &JobResponse, now: u64) {
        let (rank, at) = match Need::of(job.state, job.next_deadline_at, now) {
            Need::Nothing => return,
            Need::Later(at) => (Rank::Deadline, at),
            Need::Timeout => (Rank::Deadline, now),
            Need::Match => (Rank::Match, now),
            // One that is known has its time already, which cannot be later than its deadline.
            Need::Committee if self.agenda.knows(job.job) => {
                (Rank::Deadline, job.next_deadline_at.unwrap_or(now).saturating_add(1))
            }
            Need::Committee => (Rank::Deadline, now),
        };
        self.agenda.learn(job.job, rank, at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_need() {
        for (state, deadline, need) in [
            (JobState::Queued, Some(100), Need::Match),
            (JobState::Submitted, Some(100), Need::Match),
            (JobState::Queued, Some(99), Need::Timeout),
            (JobState::Assigned, Some(100), Need::Later(101)),
            (JobState::Assigned, Some(99), Need::Timeout),
            (JobState::Running, Some(250), Need::Later(251)),
            (JobState::ResultSubmitted, Some(99), Need::Timeout),
            (JobState::Disputed, Some(99), Need::Timeout),
            (JobState::Verifying, Some(250), Need::Committee),
            (JobState::Verifying, Some(99), Need::Committee),
            (JobState::Completed, None, Need::Nothing),
            (JobState::Failed, Some(99), Need::Nothing),
        ] {
            assert_eq!(Need::of(state, deadline, 100), need, "{state:?} until {deadline:?}");
        }
    }

    #[test]
    fn blocks_bring_jobs_forward_and_a_gap_forgets_what_was_known() {
        let event = |contract: &str| Event {
            kind: "wasm-joule_vote_revealed".into(),
            attributes: [("_contract_address", contract), ("job", "7")]
                .map(|(key, value)| (key.to_string(), value.to_string()))
                .to_vec(),
        };
        let mut jobs = Jobs::default();
        jobs.look_again(JobId(7), 100, Some(500));
        jobs.hear("market", Some(&[event("other")]), 110);
        assert_eq!(jobs.agenda.due(110, 9), []);
        jobs.hear("market", Some(&[event("market")]), 110);
        assert_eq!(jobs.agenda.due(110, 9), [JobId(7)]);
        jobs.hear("market", None, 120);
        assert!(!jobs.agenda.knows(JobId(7)));
    }
}
