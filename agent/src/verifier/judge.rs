//! The judgement: the job is run again, the provider's output is fetched, and what is found becomes a vote.
use std::sync::atomic::AtomicBool;
use std::sync::Arc;
use std::time::Duration;

use joule_types::marketplace::{JobResponse, JobResult, PanelResponse};
use joule_work::committee::{Panel, Vote, UNFETCHABLE, WITHHELD};
use joule_work::digest::{prove, trace_root, Hash};

use super::context::Context;
use super::Fault;
use crate::chain::contracts::{Reveal, Seat};
use crate::daemon::blocking;
use crate::error::{Error, Result};
use crate::objects::{digest, ObjectError};
use crate::provider::{gather, NotReady};
use crate::runtime::Outcome;
use crate::sandbox::{Job, Stop};

/// Share of the time to commit that is kept for the transaction, and its bounds.
const MARGIN_SHARE: u32 = 4;
const LEAST_MARGIN: Duration = Duration::from_secs(2);
const MOST_MARGIN: Duration = Duration::from_secs(30);
/// Looks for an output that is not there or is not the right one, before it counts as withheld. What fails on the way
/// there is tried for as long as there is time: it may be this machine's own network.
const LOOKS: u32 = 3;
/// Pause between two of them.
const PAUSE: Duration = Duration::from_secs(2);
/// Reports of failures may be larger than the output that the job allows.
const LEAST_OUTPUT: u64 = 1 << 16;

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
        _ => match found(cx, panel, job).await? {
            Ok(Found::Outcome(outcome)) => (vote(cx, panel, result, &delivered, &outcome).await, outcome.trace),
            // Nothing was run, so no step can be opened.
            Ok(Found::Nothing) => {
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

/// What is left to commit, without the margin for the transaction.
fn left(cx: &Context, panel: &PanelResponse) -> Duration {
    let whole = cx.clock.left(panel.phase_until);
    whole.saturating_sub((whole / MARGIN_SHARE).clamp(LEAST_MARGIN, MOST_MARGIN))
}

/// What a validator comes to.
enum Found {
    /// What the job gave.
    Outcome(Outcome),
    /// Program or input could not be fetched in the first half of the time: later there would be none left to run it.
    Nothing,
}

/// Runs the job in a confined child, as its provider did.
async fn found(
    cx: &Arc<Context>,
    panel: &PanelResponse,
    job: &JobResponse,
) -> Result<std::result::Result<Found, String>> {
    let half = left(cx, panel) / 2;
    let ready = loop {
        let patience = left(cx, panel).saturating_sub(half);
        match gather(&cx.objects, &cx.sandbox, &job.spec, patience).await {
            Ok(ready) => break ready,
            Err(NotReady::Unfit(why)) => return Ok(Err(why)),
            Err(NotReady::Unfetchable(why)) => {
                tracing::warn!(job = %job.job, why, "there is nothing to judge yet");
                if left(cx, panel).saturating_sub(half) <= PAUSE {
                    return Ok(Ok(Found::Nothing));
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
    };
    let run = Job {
        spec: ready.spec,
        module: ready.module.into(),
        input: ready.input.into(),
        time: left(cx, panel),
        journalled: Vec::new(),
    };
    let cx = cx.clone();
    blocking(move || {
        let stop: Stop = Arc::new(AtomicBool::new(false));
        let ended = cx.sandbox.run(&run, &stop, &mut |_| {});
        ended.map(Found::Outcome).map_err(|e| e.to_string())
    })
    .await
}

/// The own roots; [`WITHHELD`] in place of the result's if it is the one delivered and cannot be fetched.
async fn vote(cx: &Context, panel: &PanelResponse, result: &JobResult, delivered: &Vote, own: &Outcome) -> Vote {
    let vote = Vote {
        result_root: own.result_root,
        trace_root: own.trace_root,
    };
    if vote != *delivered || output_is_there(cx, panel, result, own).await {
        return vote;
    }
    Vote {
        result_root: WITHHELD,
        ..vote
    }
}

/// Whether the output can be fetched where the provider says, by its digest.
async fn output_is_there(cx: &Context, panel: &PanelResponse, result: &JobResult, own: &Outcome) -> bool {
    let most = LEAST_OUTPUT.max(own.output.len() as u64);
    let mut looks = 0;
    loop {
        let fetched = cx.objects.download(&result.output_url, &own.result_root, most);
        // The last look gets some time in any case.
        let patience = left(cx, panel).max(LEAST_MARGIN / 2);
        let error = match tokio::time::timeout(patience, fetched).await {
            Ok(Ok(_)) => return true,
            Ok(Err(error)) => error,
            Err(_) => return false,
        };
        tracing::warn!(url = result.output_url, %error, "the output cannot be fetched");
        if !matches!(error, ObjectError::Transport { .. }) {
            looks += 1;
        }
        if looks >= LOOKS || left(cx, panel) <= PAUSE {
            return false;
        }
        tokio::time::sleep(PAUSE).await;
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
