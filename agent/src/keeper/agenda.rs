//! Which jobs to look at next: what has a deadline at its time, what waits for a match in its turn.
//!
//! A look costs queries, so a tick has few of them, and what anybody can make many of must not crowd out the rest. Deadlines
//! come first, the oldest before all; jobs that wait for a match share what is left, each behind those that waited longer.
//! So thousands of jobs that nobody takes delay no deadline, and thousands of deadlines are carried out one by one.
use std::collections::{BTreeSet, HashMap};

use joule_types::JobId;

/// Jobs remembered; the pages of the market's lists bring back those that had no room.
const MOST: usize = 100_000;

/// How much a look is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// A deadline, or the next step of a committee.
    Deadline,
    /// A job that waits for a match.
    Match,
}

/// Jobs by rank and time.
#[derive(Debug, Default)]
pub struct Agenda {
    order: BTreeSet<(Rank, u64, JobId)>,
    known: HashMap<JobId, (Rank, u64)>,
}

impl Agenda {
    /// Whether a job has its time.
    pub fn knows(&self, job: JobId) -> bool {
        self.known.contains_key(&job)
    }

    /// A job is to be looked at from `at` on (seconds). One that is known keeps its time unless this is sooner; those that wait
    /// for a match do not get ahead by being seen again.
    pub fn learn(&mut self, job: JobId, rank: Rank, at: u64) {
        match self.known.get(&job) {
            None => self.set(job, rank, at),
            Some((Rank::Deadline, known)) if at < *known => self.set(job, rank, at),
            Some((Rank::Match, known)) if rank == Rank::Deadline => self.set(job, rank, at.min(*known)),
            Some(_) => {}
        }
    }

    /// A job is to be looked at from `at` on, whatever was known of it.
    pub fn set(&mut self, job: JobId, rank: Rank, at: u64) {
        self.forget(job);
        if self.known.len() < MOST {
            self.known.insert(job, (rank, at));
            self.order.insert((rank, at, job));
        }
    }

    /// There is nothing more to do for a job.
    pub fn forget(&mut self, job: JobId) {
        if let Some((rank, at)) = self.known.remove(&job) {
            self.order.remove(&(rank, at, job));
        }
    }

    /// The next jobs whose time has come, at most `most`. They stay known; whoever looks says when to look again.
    pub fn due(&self, now: u64, most: usize) -> Vec<JobId> {
        let of = |rank: Rank| {
            let from = (rank, 0, JobId(0));
            self.order.range(from..=(rank, now, JobId(u64::MAX)))
        };
        let all = of(Rank::Deadline).chain(of(Rank::Match));
        all.take(most).map(|(_, _, job)| *job).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_that_wait_for_a_match_delay_no_deadline() {
        let mut agenda = Agenda::default();
        for job in 1..=5_000 {
            agenda.set(JobId(job), Rank::Match, 10);
        }
        agenda.set(JobId(6_000), Rank::Deadline, 100);
        agenda.set(JobId(6_001), Rank::Deadline, 90);
        assert_eq!(agenda.due(99, 2), [JobId(6_001), JobId(1)]);
        assert_eq!(agenda.due(100, 3), [JobId(6_001), JobId(6_000), JobId(1)]);
    }

    #[test]
    fn every_job_that_waits_has_its_turn() {
        let mut agenda = Agenda::default();
        for job in 1..=100 {
            agenda.set(JobId(job), Rank::Match, 0);
        }
        let mut seen = BTreeSet::new();
        for tick in 1..=10 {
            for job in agenda.due(tick, 10) {
                assert!(seen.insert(job), "{job} before others had their turn");
                agenda.set(job, Rank::Match, tick);
            }
        }
        assert_eq!(seen.len(), 100);
    }

    #[test]
    fn what_is_known_keeps_its_time_until_somebody_looked() {
        let mut agenda = Agenda::default();
        agenda.learn(JobId(1), Rank::Deadline, 50);
        agenda.learn(JobId(1), Rank::Deadline, 60);
        assert_eq!(agenda.due(49, 9), []);
        assert_eq!(agenda.due(50, 9), [JobId(1)]);
        // It went back to the queue: no deadline is waited for any more, and it gets no second turn by being seen again.
        agenda.learn(JobId(1), Rank::Match, 40);
        assert_eq!(agenda.due(40, 9), [JobId(1)]);
        agenda.set(JobId(1), Rank::Match, 45);
        agenda.learn(JobId(1), Rank::Match, 41);
        assert_eq!(agenda.due(44, 9), []);
        // A deadline is more than a turn.
        agenda.learn(JobId(1), Rank::Deadline, 90);
        assert_eq!(agenda.known[&JobId(1)], (Rank::Deadline, 45));
        agenda.set(JobId(1), Rank::Match, 10);
        assert_eq!(agenda.due(9, 9), []);
        assert_eq!(agenda.due(10, 9), [JobId(1)]);
        agenda.forget(JobId(1));
        assert_eq!(agenda.due(u64::MAX, 9), []);
        assert!(agenda.order.is_empty() && agenda.known.is_empty());
    }

    #[test]
    fn memory_is_bounded() {
        let mut agenda = Agenda::default();
        for job in 0..=MOST as u64 {
            agenda.learn(JobId(job), Rank::Match, 0);
        }
        assert_eq!((agenda.known.len(), agenda.order.len()), (MOST, MOST));
    }
}
