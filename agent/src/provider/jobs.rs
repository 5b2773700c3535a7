//! The attempts that the chain assigned to this provider: one task each, and the end of those that are decided.
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use joule_types::marketplace::{JobFilter, JobResponse};
use joule_types::JobId;

use super::attempt::Work;
use super::context::Context;
use crate::error::Result;
use crate::journal::Stage;

/// What is under way.
pub struct Jobs {
    cx: Arc<Context>,
    busy: Mutex<HashSet<(u64, u32)>>,
    /// Next deadline of each attempt, as last seen.
    deadlines: Mutex<HashMap<(u64, u32), u64>>,
}

/// Takes its entry out of `busy` when the task ends, in whatever way.
struct Turn {
    jobs: Arc<Jobs>,
    key: (u64, u32),
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.jobs
            .busy
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.key);
    }
}

impl Jobs {
    pub fn new(cx: Arc<Context>) -> Self {
        Self {
            cx,
            busy: Mutex::default(),
            deadlines: Mutex::default(),
        }
    }

    /// Compares chain and journal, starts tasks for what is to be done, and returns.
    pub async fn sync(self: &Arc<Self>) -> Result<()> {
        let filter = JobFilter::Provider {
            provider: self.cx.provider,
        };
        let assigned = self.cx.market.marketplace.all_jobs(filter).await?;
        let ours: HashSet<(u64, u32)> = assigned.iter().filter_map(|job| self.key(job)).collect();
        let deadlines = assigned
            .iter()
            .filter_map(|job| Some((self.key(job)?, job.next_deadline_at?)));
        *self.deadlines.lock().unwrap_or_else(PoisonError::into_inner) = deadlines.collect();
        for known in self.cx.journal(|j| j.open_attempts()).await? {
            let key = (known.job, known.attempt);
            if ours.contains(&key) || self.is_busy(key) {
                continue;
            }
            let job = self.cx.market.marketplace.job(JobId(known.job)).await?;
            self.decided(job, known.attempt).await?;
        }
        for job in assigned {
            self.take(job);
        }
        Ok(())
    }

    /// Next deadline of an attempt, as last seen.
    pub fn deadline(&self, key: (u64, u32)) -> Option<u64> {
        let deadlines = self.deadlines.lock().unwrap_or_else(PoisonError::into_inner);
        deadlines.get(&key).copied()
    }

    /// Whether a task is under way.
    pub fn is_idle(&self) -> bool {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    fn is_busy(&self, key: (u64, u32)) -> bool {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner).contains(&key)
    }

    /// The running attempt of a job, if it is ours.
    fn key(&self, job: &JobResponse) -> Option<(u64, u32)> {
        let attempt = job
            .attempt
            .as_ref()
            .filter(|attempt| attempt.provider == self.cx.provider)?;
        Some((job.job.u64(), attempt.attempt))
    }

    fn take(self: &Arc<Self>, job: JobResponse) {
        let (Some(key), Some(attempt)) = (self.key(&job), job.attempt.clone()) else {
            return;
        };
        if !self.busy.lock().unwrap_or_else(PoisonError::into_inner).insert(key) {
            return;
        }
        let turn = Turn {
            jobs: self.clone(),
            key,
        };
        tokio::spawn(async move {
            let work = Work::new(turn.jobs.cx.clone(), job, attempt);
            let (job, attempt) = turn.key;
            if let Err(error) = work.go().await {
                tracing::warn!(job, attempt, %error, "the attempt stands still; trying again");
            }
            drop(turn);
        });
    }

    /// An attempt that is not the running one any more, or whose job is at its end.
    async fn decided(&self, job: JobResponse, attempt: u32) -> Result<()> {
        let replaced = job.attempts != attempt;
        if !replaced && !job.state.is_final() {
            return Ok(());
        }
        let end = if replaced {
            "replaced".to_string()
        } else {
            format!("{:?}", job.state)
        };
        let id = job.job.u64();
        tracing::info!(job = id, attempt, end, "decided");
        self.cx.stats.finished.of(&end.to_lowercase()).inc();
        self.cx.journal(move |j| j.record_done(id, attempt, &end)).await
    }

    /// Attempts whose result is not delivered yet.
    pub async fn owes(&self) -> Result<bool> {
        let open = self.cx.journal(|j| j.open_attempts()).await?;
        Ok(open
            .iter()
            .any(|known| matches!(known.stage, Stage::Started | Stage::Result)))
    }
}
