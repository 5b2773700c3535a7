//! `Decline`, `Start`, and what follows an attempt that ended without a result.

use cosmwasm_std::{DepsMut, Env, Response, Uint128};
use joule_kit::Control;
use joule_types::{
    marketplace::{JobDeclined, JobFailed, JobStarted},
    registry::Outcome,
    JobId,
};
use joule_work::job::{retry_blocked, FailReason, JobAction, Retry};

use super::{assign::assign_or_queue, expect_words, Ctx};
use crate::{
    error::Res,
    jobs::Job,
    nodes,
    outbox::Outbox,
    state::{AttemptRecord, PROVIDER_JOBS},
    tally,
};

/// Declines of a job that do not count as attempts; each further one does, so that a job cannot be handed round for ever.
const MAX_DECLINES: u8 = 8;

/// Hands an attempt back, free until the time to start has passed: after it only a timeout ends the attempt, so that
/// nobody can escape the slash by being faster than the keeper.
pub fn decline(ctx: Ctx, id: JobId, attempt: u32, reason: String) -> Res<Response> {
    let now = ctx.now();
    let Ctx {
        mut deps,
        env,
        info,
        control,
    } = ctx;
    expect_words(&reason)?;
    let mut job = Job::load(deps.storage, id)?;
    let action = JobAction::Decline(Retry::Again);
    job.expect_attempt(attempt)?;
    job.expect(action)?;
    let tried = job.attempt(deps.storage, action)?;
    job.expect_provider(&tried, &info.sender, "decline")?;
    job.expect_in_time(now, "the time to start or decline")?;

    let mut out = Outbox::new(&control);
    out.say(JobDeclined {
        job: id,
        attempt,
        provider: tried.provider,
        reason,
    });
    leave_node(&mut deps, &mut job, &tried, Outcome::Neutral {}, &mut out)?;
    job.progress.declines = job.progress.declines.saturating_add(1).min(MAX_DECLINES);
    again(
        &mut deps,
        &env,
        &control,
        &mut job,
        JobAction::Decline,
        "declined",
        &mut out,
    )?;
    job.save(deps.storage)?;
    Ok(out.respond("decline"))
}

/// Begins the work.
pub fn start(ctx: Ctx, id: JobId, attempt: u32) -> Res<Response> {
    let now = ctx.now();
    let Ctx {
        deps, info, control, ..
    } = ctx;
    let mut job = Job::load(deps.storage, id)?;
    job.expect_attempt(attempt)?;
    job.expect(JobAction::Start)?;
    let tried = job.attempt(deps.storage, JobAction::Start)?;
    job.expect_provider(&tried, &info.sender, "start")?;
    job.expect_in_time(now, "the time to start")?;

    let deadline_at = now.saturating_add(job.posted.spec.requirements.max_secs);
    job.advance(JobAction::Start, deadline_at)?;
    job.progress.started_at = now;
    job.save(deps.storage)?;

    let mut out = Outbox::new(&control);
    out.say(JobStarted {
        job: id,
        attempt,
        provider: tried.provider,
        deadline_at,
    });
    Ok(out.respond("start"))
}

/// As [`leave`], and off its node.
pub fn leave_node(
    deps: &mut DepsMut,
    job: &mut Job,
    tried: &AttemptRecord,
    outcome: Outcome,
    out: &mut Outbox,
) -> Res<()> {
    let load = nodes::change_load(deps.storage, tried.node.u64(), false)?;
    leave(deps, job, tried, load, outcome, out)
}

/// Takes an attempt that ended without a result off its provider, who is not asked again. `load` is what its node carries.
pub fn leave(
    deps: &mut DepsMut,
    job: &mut Job,
    tried: &AttemptRecord,
    load: u32,
    outcome: Outcome,
    out: &mut Outbox,
) -> Res<()> {
    PROVIDER_JOBS.remove(deps.storage, (tried.provider.u64(), job.id.u64()));
    job.progress.excluded.push(tried.provider.u64());
    out.record(tried.node, load, Some(outcome))
}

/// The next attempt, the queue, or the end, whichever attempts and time allow.
pub fn again(
    deps: &mut DepsMut,
    env: &Env,
    control: &Control,
    job: &mut Job,
    action: fn(Retry) -> JobAction,
    why: &str,
    out: &mut Outbox,
) -> Res<()> {
    let deadline = job.posted.spec.deadline_at;
    // The job's deadline is for the assignment alone, so an attempt needs no time before it.
    let counted = job.progress.attempts.saturating_sub(job.progress.declines.into());
    let blocked = retry_blocked(
        counted,
        job.posted.terms.max_attempts.into(),
        env.block.time.seconds(),
        0,
        deadline,
    );
    match blocked {
        Some(reason) => fail(deps, job, action(Retry::Exhausted), reason, out),
        None => {
            job.advance(action(Retry::Again), deadline)?;
            assign_or_queue(deps, env, &control.peers.registry, job, &[], Some(why), out)
        }
    }
}

/// Ends a job without a payment: what is left of the hold goes back to the buyer.
pub fn fail(deps: &mut DepsMut, job: &mut Job, action: JobAction, reason: FailReason, out: &mut Outbox) -> Res<()> {
    job.advance(action, 0)?;
    job.progress.fail_reason = Some(reason);
    tally::failed(deps.storage, job.posted.denom);

    out.settle(job.hold()?, None, None, Uint128::zero(), vec![])?;
    out.say(JobFailed {
        job: job.id,
        reason: reason.name().into(),
    });
    Ok(())
}
