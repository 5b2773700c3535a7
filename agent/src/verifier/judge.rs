//! The judgement: the job is run again, the provider's output is fetched, and what is found becomes a vote.
use std::sync::atomic::AtomicBool;
use std::sync::Arc;
use std::time::{Duration, Instant};

use joule_types::marketplace::{JobResponse, JobResult, PanelResponse};
use joule_work::committee::{Panel, Vote, UNFETCHABLE, WITHHELD};
use joule_work::digest::{prove, trace_root, Hash};

use super::context::Context;
use super::inputs::{inputs, left, output_is_there};
use super::turns::Need;
use super::Fault;
use crate::chain::contracts::{Reveal, Seat};
use crate::daemon::blocking;
use crate::error::{Error, Result};
use crate::objects::digest;
use crate::provider::{gather, NotReady};
use crate::sandbox::{Job, Stop};

/// Runs the job of `seat` again and answers the vote with what reveals it. The inner error says in words why there is
/// none.
pub async fn judge(
    cx: &Arc<Context>,
    seat: Seat,
    panel: &PanelResponse,
    job: &JobResponse,
) -> Result<std::result::Result<Reveal, String>> {
    let Some(result) = &job.result else {
        return Ok(Err("the job has no result".into()));
    };
    let mut salt: Hash = [0; 32];
    getrandom::fill(&mut salt)
        .map_err(|e| Error::internal("verify.no_randomness", e, "check the system's random numbers"))?;
    let delivered = delivered(result)?;
    let (vote, trace) = match cx.fault_in(seat) {
        Some(Fault::Lie) => {
            let trace: Vec<Hash> = (0..job.spec.steps)
                .map(|step| digest(&[&salt[..], &step.to_be_bytes()].concat()))
                .collect();
            let vote = Vote {
                result_root: digest(&salt),
                trace_root: trace_root(&trace),
            };
            (vote, trace)
        }
        Some(Fault::Copy) => (delivered, vec![[0; 32]; job.spec.steps as usize]),
        _ => match inputs(cx, panel, job).await {
            Ok(true) => match found(cx, seat, panel, job).await? {
                Ok(own) => (vote(cx, panel, result, &delivered, &own).await, own.trace),
                Err(why) => return Ok(Err(why)),
            },
            // Nothing was run, so no step can be opened.
            Ok(false) => {
                let openings = Vec::new();
                let vote = UNFETCHABLE;
                return Ok(Ok(Reveal { vote, salt, openings }));
            }
            Err(why) => return Ok(Err(why)),
        },
    };
    let openings = openings(cx, seat, panel, &trace)?;
    Ok(Ok(Reveal { vote, salt, openings }))
}

/// What was delivered, as a vote.
fn delivered(result: &JobResult) -> Result<Vote> {
    let root = |root: &cosmwasm_std::HexBinary| {
        root.to_array()
            .map_err(|e| Error::refused("verify.bad_result", e, "use agent and market of one version"))
    };
    Ok(Vote {
        result_root: root(&result.result_root)?,
        trace_root: root(&result.trace_root)?,
    })
}

/// What the own run gave. The output itself is not needed: many seats may wait for the provider's.
struct Own {
    vote: Vote,
    trace: Vec<Hash>,
    /// Bytes of output.
    size: u64,
}

/// Runs the job in a confined child, as its provider did, when it is the seat's turn.
async fn found(
    cx: &Arc<Context>,
    seat: Seat,
    panel: &PanelResponse,
    job: &JobResponse,
) -> Result<std::result::Result<Own, String>> {
    let need = Need {
        by: Instant::now() + left(cx, panel),
        takes: estimate(job),
    };
    let turn = cx.turns.take(need).await;
    if need.is_late(Instant::now()) {
        tracing::warn!(%seat, "little time is left to run the job: seats that have enough go first");
    }
    let Some(_turn) = turn else {
        return Ok(Err("other seats took all the time in which the job could run".into()));
    };
    if cx.is_draining() {
        return Ok(Err("asked to end before it was its turn".into()));
    }
    // The cache has them: nothing is fetched while others wait.
    let job = match gather(&cx.objects, &cx.sandbox, &job.spec, Duration::ZERO).await {
        Ok(job) => job,
        Err(NotReady::Unfit(why) | NotReady::Unfetchable(why)) => return Ok(Err(why)),
    };
    tracing::info!(%seat, "judging");
    let run = Job {
        time: left(cx, panel),
        ..job
    };
    let cx = cx.clone();
    blocking(move || {
        let stop: Stop = Arc::new(AtomicBool::new(false));
        let outcome = cx.sandbox.run(&run, &stop, &mut |_| {}).map_err(|e| e.to_string())?;
        Ok(Own {
            vote: Vote {
                result_root: outcome.result_root,
                trace_root: outcome.trace_root,
            },
            size: outcome.output.len() as u64,
            trace: outcome.trace,
        })
    })
    .await
}

/// How long the run probably takes: as long as the chain saw the provider at it, and never more than it may.
fn estimate(job: &JobResponse) -> Duration {
    let started = job.attempt.as_ref().and_then(|attempt| attempt.started_at);
    let took = job.result.as_ref().zip(started);
    let took = took.map(|(result, started)| result.submitted_at.saturating_sub(started));
    let most = job.spec.requirements.max_secs;
    Duration::from_secs(took.unwrap_or(most).clamp(1, most.max(1)))
}

/// The own roots; [`WITHHELD`] in place of the result's if it is the one delivered and cannot be fetched.
async fn vote(cx: &Context, panel: &PanelResponse, result: &JobResult, delivered: &Vote, own: &Own) -> Vote {
    if own.vote != *delivered || output_is_there(cx, panel, result, &own.vote.result_root, own.size).await {
        return own.vote;
    }
    Vote {
        result_root: WITHHELD,
        ..own.vote
    }
}

/// The digests and paths that the reveal of this seat has to show.
fn openings(cx: &Context, seat: Seat, panel: &PanelResponse, trace: &[Hash]) -> Result<Vec<Vec<u8>>> {
    let randomness = panel.randomness.as_ref().and_then(|bytes| bytes.to_array().ok());
    let missing = || {
        let what = format!("the committee of job {} has no randomness", seat.job);
        Error::refused("verify.bad_panel", what, "use agent and market of one version")
    };
    let positions = panel_of(cx, seat).openings(&randomness.ok_or_else(missing)?, &cx.owner, trace.len() as u64);
    let open = |position: u64| {
        let step = usize::try_from(position).ok().and_then(|at| trace.get(at))?;
        let path = prove(trace, position)?;
        Some(std::iter::once(step).chain(&path).flatten().copied().collect())
    };
    let opened: Option<Vec<Vec<u8>>> = positions.into_iter().map(open).collect();
    opened.ok_or_else(missing)
}

/// The jury of a seat.
pub fn panel_of(cx: &Context, seat: Seat) -> Panel<'_> {
    Panel {
        chain_id: cx.market.chain.chain_id(),
        contract: cx.market.marketplace.address(),
        job: seat.job.u64(),
        attempt: seat.attempt,
        rung: seat.rung,
    }
}
