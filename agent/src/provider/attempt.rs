//! One attempt at a job, from assignment to delivered result.
//!
//! The journal is written before each effect: the claim before `Start` is sent, each step before the next is awaited, the
//! result before `SubmitResult` is sent. A restart finds the stage and goes on from there:
//!
//! | journal | job on chain | what is done |
//! |---|---|---|
//! | nothing | Assigned | fetch, compile in a child that waits, claim - or decline |
//! | Claimed | Assigned or Running | `Start` again under its tag, then run |
//! | Started | Running | end the old child, run again from step 0 against the recorded digests |
//! | Result, Submitted | Running | deliver again under its tag |
//! | nothing | Running | nothing: another process may have run it, and one attempt is never run twice |
use std::sync::Arc;
use std::time::{Duration, Instant};

use joule_types::marketplace::{Attempt, JobResponse};
use joule_types::JobId;
use joule_work::digest;
use joule_work::job::JobState;

use super::child::Waiting;
use super::context::{blocking, Context};
use super::failure::object_error;
use super::inputs::ready;
use super::{orphan, Fault};
use crate::chain::contracts::Delivery;
use crate::error::{Error, Exit, Result};
use crate::journal::{Stage, WorkResult};
use crate::runtime::Outcome;

/// Of the time to start, what is left for the transaction after the inputs are fetched: a quarter.
const FETCH_SHARE: u32 = 4;
/// Kept of the running time for output and transaction.
const DELIVERY: Duration = Duration::from_secs(2);
/// Pause before something that failed for the network's sake is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// An attempt of this provider.
pub struct Work {
    cx: Arc<Context>,
    job: JobResponse,
    attempt: Attempt,
}

impl Work {
    pub fn new(cx: Arc<Context>, job: JobResponse, attempt: Attempt) -> Self {
        Self { cx, job, attempt }
    }

    /// Brings the attempt on as far as it gets.
    pub async fn go(self) -> Result<()> {
        let (job, attempt) = self.key();
        let known = self.cx.journal(move |j| j.attempt(job, attempt)).await?;
        match (self.job.state, known.map(|known| known.stage)) {
            (JobState::Assigned, None | Some(Stage::Claimed)) => match self.claim().await? {
                Some(child) => self.run(child).await,
                None => Ok(()),
            },
            (JobState::Running, Some(Stage::Claimed)) => {
                self.cx.journal(move |j| j.record_started(job, attempt)).await?;
                self.resume().await
            }
            (JobState::Running, Some(Stage::Started)) => self.resume().await,
            (JobState::Running, Some(Stage::Result | Stage::Submitted)) => self.deliver().await,
            (JobState::Running, None) => {
                tracing::error!(
                    job,
                    attempt,
                    "runs on chain, but this agent knows nothing of it: left alone"
                );
                self.cx.journal(move |j| j.record_claim(job, attempt)).await?;
                self.close("unknown").await
            }
            (JobState::ResultSubmitted | JobState::Verifying, Some(Stage::Result)) => self.note_delivery().await,
            _ => Ok(()),
        }
    }

    fn key(&self) -> (u64, u32) {
        (self.job.job.u64(), self.attempt.attempt)
    }

    fn tag(&self, what: &str) -> String {
        let (job, attempt) = self.key();
        format!("{what}/{job}/{attempt}")
    }

    /// What is left until the attempt's deadline on chain.
    fn left(&self) -> Duration {
        self.cx.clock.left(self.job.next_deadline_at.unwrap_or(0))
    }

    /// Fetches what the job needs and has a child take it in. The error is the reason for a `Decline`.
    async fn prepare(&self, patience: Duration) -> Result<Waiting, String> {
        let (key, seen) = (self.key(), Instant::now());
        let job = ready(&self.cx, self.attempt.node, &self.job.spec, patience).await?;
        let left = patience.saturating_sub(seen.elapsed());
        let child = Waiting::start(&self.cx, key, job, left).await?;
        self.cx.stats.prepare_seconds.observe(seen.elapsed().as_secs_f64());
        tracing::info!(job = key.0, attempt = key.1, "its child waits");
        Ok(child)
    }

    /// Prepares, then claims on chain. Nothing when the attempt was handed back or is no longer ours.
    async fn claim(&self) -> Result<Option<Waiting>> {
        let (job, attempt) = self.key();
        if self.cx.is_draining() {
            return self
                .decline("the provider is shutting down".into())
                .await
                .map(|()| None);
        }
        let left = self.left();
        let patience = left.saturating_sub(left / FETCH_SHARE);
        let child = match self.prepare(patience).await {
            Ok(child) => child,
            Err(reason) => return self.decline(reason).await.map(|()| None),
        };
        self.cx.journal(move |j| j.record_claim(job, attempt)).await?;
        let start = self.cx.market.marketplace.start(self.job.job, attempt)?;
        match self.cx.submit_once(&self.tag("start"), vec![start]).await {
            Ok(_) => {}
            Err(e) if e.exit() == Exit::Refused => {
                tracing::warn!(job, attempt, error = %e, "not claimed");
                return self.close(e.code()).await.map(|()| None);
            }
            Err(e) => return Err(e),
        }
        self.cx.journal(move |j| j.record_started(job, attempt)).await?;
        self.cx.stats.claimed.inc();
        tracing::info!(job, attempt, "claimed");
        Ok(Some(child))
    }

    async fn decline(&self, reason: String) -> Result<()> {
        let (job, attempt) = self.key();
        tracing::info!(job, attempt, reason, "declined");
        let msg = self.cx.market.marketplace.decline(self.job.job, attempt, reason)?;
        match self.cx.submit_once(&self.tag("decline"), vec![msg]).await {
            Ok(_) => {
                self.cx.stats.declined.inc();
                Ok(())
            }
            Err(e) if e.exit() == Exit::Refused => {
                tracing::warn!(job, attempt, error = %e, "could not be declined");
                Ok(())
            }
            Err(e) => Err(e),
        }
    }

    /// Runs a claimed attempt again after a restart.
    async fn resume(&self) -> Result<()> {
        let (job, attempt) = self.key();
        let known = self.cx.journal(move |j| j.attempt(job, attempt)).await?;
        if let Some(child) = known.and_then(|known| known.child) {
            blocking(move || orphan::end(&child)).await??;
        }
        tracing::info!(job, attempt, "taken up again");
        match self.prepare(self.left()).await {
            Ok(child) => self.run(child).await,
            Err(reason) => {
                tracing::error!(job, attempt, reason, "its inputs are gone");
                self.close("inputs_gone").await
            }
        }
    }

    /// Lets the child run the job, stores the output, fixes the result and delivers it.
    async fn run(&self, child: Waiting) -> Result<()> {
        let (job, attempt) = self.key();
        if self.cx.fault_in(job) == Some(Fault::SilentAfterStart) {
            self.cx.fall_silent();
            return Ok(());
        }
        let current = self.cx.market.marketplace.job(JobId(job)).await?;
        let deadline = current
            .next_deadline_at
            .filter(|_| current.attempts == attempt && current.state == JobState::Running);
        let Some(deadline) = deadline else {
            return self.close("replaced").await;
        };
        let journalled = self.cx.journal(move |j| j.steps(job, attempt)).await?;
        let time = self.cx.clock.left(deadline).saturating_sub(DELIVERY);
        let outcome = match child.run(time, journalled).await? {
            Ok(outcome) if self.cx.fault_in(job) == Some(Fault::WrongResult) => wrong(&outcome),
            Ok(outcome) => outcome,
            Err(reason) => {
                tracing::error!(job, attempt, reason, "no result: the attempt will time out");
                return self.close("failed").await;
            }
        };
        self.keep(&outcome).await?;
        self.deliver().await
    }

    /// Puts the output where the buyer finds it, then fixes the result.
    async fn keep(&self, outcome: &Outcome) -> Result<()> {
        let (job, attempt) = self.key();
        while let Err(error) = self.cx.objects.store(&self.cx.config.store, &outcome.output).await {
            if self.left().is_zero() {
                return Err(object_error(error));
            }
            tracing::warn!(job, attempt, %error, "the output could not be stored; trying again");
            tokio::time::sleep(PAUSE).await;
        }
        let result = WorkResult {
            output_sha256: hex::encode(outcome.result_root),
            result_root: hex::encode(outcome.result_root),
            trace_root: hex::encode(outcome.trace_root),
        };
        self.cx.journal(move |j| j.record_result(job, attempt, &result)).await
    }

    /// Delivers the fixed result. What fails for the network's sake is tried again until the chain decides.
    async fn deliver(&self) -> Result<()> {
        let (job, attempt) = self.key();
        let Some(result) = self
            .cx
            .journal(move |j| j.attempt(job, attempt))
            .await?
            .and_then(|known| known.result)
        else {
            return Err(Error::internal(
                "provider.no_result",
                format!("job {job} attempt {attempt}"),
                "report this",
            ));
        };
        let msg = self
            .cx
            .market
            .marketplace
            .submit_result(self.job.job, attempt, &self.delivery(&result).await?)?;
        loop {
            match self.cx.submit_once(&self.tag("result"), vec![msg.clone()]).await {
                Ok(receipt) => {
                    self.cx.stats.delivered.inc();
                    tracing::info!(job, attempt, tx = %receipt.hash, "delivered");
                    return self
                        .cx
                        .journal(move |j| j.record_submitted(job, attempt, receipt.hash))
                        .await;
                }
                Err(e) if e.exit() == Exit::Refused && e.code() != "tx.lapsed" => {
                    tracing::error!(job, attempt, error = %e, "the result was refused");
                    return self.close(e.code()).await;
                }
                Err(e) if self.cx.is_silent() => return Err(e),
                Err(e) => {
                    tracing::warn!(job, attempt, error = %e, "the result could not be sent; trying again");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// What goes on chain. The output is found by its digest; it is stored again, in case the store's address changed.
    async fn delivery(&self, result: &WorkResult) -> Result<Delivery> {
        let root = bytes(&result.result_root)?;
        let folder = self.cx.config.store.trim_end_matches('/');
        let url = format!("{folder}/{}", result.output_sha256);
        let output = self
            .cx
            .objects
            .fetch(&url, &root, self.job.spec.max_output.u64().max(1 << 16))
            .await;
        let output = output.map_err(object_error)?;
        let output_url = match self.cx.fault_in(self.key().0) {
            Some(Fault::WithholdOutput) => format!("{folder}/withheld"),
            _ => self.cx.objects.store(folder, &output).await.map_err(object_error)?,
        };
        Ok(Delivery {
            result_root: root,
            trace_root: bytes(&result.trace_root)?,
            output_url,
            output_size: output.len() as u64,
        })
    }

    /// The chain has the result, though this process has not noted it: the receipt was kept when it landed.
    async fn note_delivery(&self) -> Result<()> {
        let ((job, attempt), tag) = (self.key(), self.tag("result"));
        let sender = self.cx.sender.address().to_string();
        match self.cx.journal(move |j| j.receipt(&sender, &tag)).await? {
            Some(receipt) => {
                self.cx
                    .journal(move |j| j.record_submitted(job, attempt, receipt.hash))
                    .await
            }
            None => self.close("delivered").await,
        }
    }

    async fn close(&self, end: &str) -> Result<()> {
        self.cx.stats.finished.of(end).inc();
        let ((job, attempt), end) = (self.key(), end.to_string());
        self.cx.journal(move |j| j.record_done(job, attempt, &end)).await
    }
}

/// What [`Fault::WrongResult`] delivers: something that nobody else finds, with roots that fit it.
fn wrong(outcome: &Outcome) -> Outcome {
    let output = b"whatever".to_vec();
    Outcome {
        result_root: digest::result_root(&output),
        trace_root: digest::trace_root(&[digest::step_digest(0, &output)]),
        output,
        ..outcome.clone()
    }
}

fn bytes(text: &str) -> Result<[u8; 32]> {
    let mut out = [0; 32];
    hex::decode_to_slice(text, &mut out)
        .map_err(|e| Error::local("journal.unreadable_record", e, "restore the journal"))?;
    Ok(out)
}
