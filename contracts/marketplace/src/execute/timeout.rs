//! `Timeout`: carries out the deadline that has passed.

use cosmwasm_std::{DepsMut, Env, Response};
use joule_kit::Control;
use joule_types::{
    marketplace::AttemptTimedOut,
    registry::Outcome,
    staking::{self, Incident, IncidentKind, Repay},
    JobId,
};
use joule_work::job::{FailReason, JobAction, JobState, Retry};

use super::{
    attempt::{again, fail, leave_node},
    dispute, panel, result, Ctx,
};
use crate::{error::Res, jobs::Job, outbox::Outbox, state::AttemptRecord, MarketplaceError};

/// Ends the present state of a job, whose time is over.
pub fn timeout(ctx: Ctx, id: JobId) -> Res<Response> {
    let now = ctx.now();
    let Ctx {
        mut deps,
        env,
        info,
        control,
    } = ctx;
    let mut job = Job::load(deps.storage, id)?;
    let (state, deadline) = (job.progress.state, job.progress.next_deadline_at);
    if state.is_final() {
        return Err(MarketplaceError::JobFinal { job: id, state });
    }
    if now <= deadline {
        return Err(job.too_early("second", deadline, now));
    }

    let mut out = Outbox::new(&control);
    // First: nothing can be paid from a hold that a later message has closed.
    out.tip(&job, &info.sender)?;
    match state {
        JobState::Submitted | JobState::Queued => {
            fail(&mut deps, &mut job, JobAction::Expire, FailReason::Expired, &mut out)?;
        }
        JobState::Assigned => late(&mut deps, &env, &control, &mut job, JobAction::StartTimeout, &mut out)?,
        JobState::Running => late(&mut deps, &env, &control, &mut job, JobAction::RunTimeout, &mut out)?,
        JobState::ResultSubmitted => {
            result::complete(&mut deps, &mut job, JobAction::AcceptTimeout, now, &mut out)?;
        }
        JobState::Disputed => dispute::end(&mut deps, &mut job, None, now, &mut out)?,
        JobState::Verifying => return panel::timeout(deps, &env, &control, job, out),
        // Final, and refused above.
        JobState::Completed | JobState::Failed | JobState::Resolved => {
            job.expect(JobAction::Expire)?;
        }
    }
    job.save(deps.storage)?;
    Ok(out.respond("timeout"))
}

/// What a slash of the provider repays the buyer, if anything.
pub fn repay_buyer(job: &Job, tried: &AttemptRecord) -> Vec<Repay> {
    let repay = Repay {
        to: job.posted.buyer.to_string(),
        up_to: tried.repay,
    };
    Some(repay).filter(|repay| !repay.up_to.is_zero()).into_iter().collect()
}

/// Slashes the pool behind an attempt that served no result in time, for the buyer. Returns the share, basis points.
pub fn slash_late(control: &Control, job: &Job, tried: &AttemptRecord, out: &mut Outbox) -> Res<u16> {
    let bps = job.posted.terms.timeout_slash_bps;
    if bps > 0 {
        let incident = Incident {
            kind: IncidentKind::Timeout,
            id: job.id.u64(),
            attempt: job.progress.attempts.into(),
        };
        let (staking, repay) = (&control.peers.staking, repay_buyer(job, tried));
        out.send(staking::handle::slash(staking, incident, &tried.owner, bps, repay)?);
    }
    Ok(bps)
}

/// An attempt that was not started or not finished in time: the pool behind it is slashed, the job goes on elsewhere.
fn late(
    deps: &mut DepsMut,
    env: &Env,
    control: &Control,
    job: &mut Job,
    action: fn(Retry) -> JobAction,
    out: &mut Outbox,
) -> Res<()> {
    let tried = job.attempt(deps.storage, action(Retry::Again))?;
    let bps = slash_late(control, job, &tried, out)?;
    out.say(AttemptTimedOut {
        job: job.id,
        attempt: job.progress.attempts,
        provider: tried.provider,
        started: job.progress.started_at > 0,
        slash_bps: bps,
    });
    leave_node(deps, job, &tried, Outcome::Failure {}, out)?;
    again(deps, env, control, job, action, "timeout", out)
}
