//! The child of a job, on a thread of its own: confined and with the module compiled before the job is claimed, so that a
//! claimed one runs at once. Until it is told to run, nothing of the job has been executed.
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{mpsc, Arc};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::context::Context;
use super::inputs::clip;
use super::orphan;
use crate::daemon::panicked;
use crate::error::{Error, Result};
use crate::runtime::Outcome;
use crate::sandbox::{Held, Job, SandboxError, Stop};

/// Share of a job's running time in which its module must be checked and compiled; of a short one half, up to a limit.
const CHECK_SHARE: u32 = 4;
const SHORT_CHECK: Duration = Duration::from_secs(3);

/// What a run came to; the inner error is why there is no result, the outer one is the journal's.
type Ended = Result<Result<Outcome, String>>;

/// A child that waits for the word. It ends when this is dropped.
pub struct Waiting {
    job: Job,
    word: mpsc::Sender<Job>,
    ended: JoinHandle<Option<Ended>>,
}

impl Waiting {
    /// Has a child take in the module within `patience`. The error is the reason for a `Decline`.
    pub async fn start(
        cx: &Arc<Context>,
        (job, attempt): (u64, u32),
        waiting: Job,
        patience: Duration,
    ) -> Result<Self, String> {
        // What takes long to compile, or kills whoever compiles it, must not be found out at the cost of stake.
        let time = (waiting.time / CHECK_SHARE).max(SHORT_CHECK.min(waiting.time / 2));
        let (spec, module) = (waiting.spec.clone(), waiting.module.clone());
        let (time, longest) = (time.min(patience), patience + waiting.time);
        let (tell, told) = oneshot::channel::<Result<(), SandboxError>>();
        let (word, given) = mpsc::channel::<Job>();
        let cx = cx.clone();
        // The child lives no longer than its thread, so that waits with it.
        let ended = tokio::task::spawn_blocking(move || {
            match cx.sandbox.hold(&spec, module, time, longest, &Stop::default()) {
                Ok(held) => {
                    // Nobody listens any more: nobody gives the word either.
                    let _ = tell.send(Ok(()));
                    let run = given.recv().ok()?;
                    Some(in_child(&cx, job, attempt, held, &run))
                }
                Err(refused) => {
                    let _ = tell.send(Err(refused));
                    None
                }
            }
        });
        match told.await {
            Ok(Ok(())) => Ok(Self {
                job: waiting,
                word,
                ended,
            }),
            Ok(Err(refused)) => Err(clip(&refused.to_string())),
            Err(_) => Err("the child could not be started".into()),
        }
    }

    /// Runs the job within `time`, against the digests of an earlier run of the attempt.
    pub async fn run(self, time: Duration, journalled: Vec<[u8; 32]>) -> Ended {
        let job = Job {
            time,
            journalled,
            ..self.job
        };
        self.word.send(job).map_err(panicked)?;
        let ended = self.ended.await.map_err(panicked)?;
        ended.unwrap_or_else(|| Err(panicked("the child was given up")))
    }
}

/// Runs the job to its end.
fn in_child(cx: &Context, job: u64, attempt: u32, held: Held, run: &Job) -> Ended {
    let stop: Stop = Arc::new(AtomicBool::new(false));
    let mut failed: Option<Error> = None;
    let journal = &cx.journal;
    let note = |wrote: Result<()>, failed: &mut Option<Error>| {
        if let Err(error) = wrote {
            stop.store(true, Ordering::Relaxed);
            failed.get_or_insert(error);
        }
    };
    let mut child_failed = None;
    let began = Instant::now();
    let ended = cx.sandbox.run_held(
        held,
        run,
        &stop,
        &mut |pid| {
            // One that has ended already needs no record.
            if let Some(child) = orphan::identify(pid) {
                note(journal.record_child(job, attempt, child), &mut child_failed);
            }
        },
        &mut |step| {
            note(
                journal.record_step(job, attempt, u64::from(step.index), step.digest),
                &mut failed,
            );
        },
    );
    cx.stats.run_seconds.observe(began.elapsed().as_secs_f64());
    if let Some(error) = child_failed.or(failed) {
        return Err(error);
    }
    Ok(match ended {
        Ok(outcome) => {
            // Without a delivery the provider would be slashed for the buyer's fault.
            if let Some(failure) = &outcome.failure {
                tracing::warn!(
                    job,
                    attempt,
                    error = failure.words,
                    "the job itself fails: delivering a report"
                );
            }
            Ok(outcome)
        }
        Err(error) => Err(error.to_string()),
    })
}
