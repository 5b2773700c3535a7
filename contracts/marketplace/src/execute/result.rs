//! `SubmitResult`, `Accept`, `Cancel`, and the payment of a job.

use cosmwasm_std::{DepsMut, HexBinary, Response, Uint64};
use joule_types::{
    marketplace::{JobCompleted, JobResult, ResultSubmitted, Settlement, MAX_URL},
    registry::Outcome,
    JobId,
};
use joule_work::{
    committee::WITHHELD,
    fees::split,
    job::{FailReason, JobAction, JobState},
    kind::ResourceKind,
};

use super::{
    attempt::{fail, leave_node},
    panel, Ctx,
};
use crate::{
    error::Res,
    jobs::Job,
    nodes,
    outbox::Outbox,
    state::{AttemptRecord, PROVIDER_JOBS, REP_DAYS, RESULTS, SETTLEMENTS, SPENT},
    tally::{self, Paid},
    MarketplaceError,
};

const DAY: u64 = 24 * 3600;

/// What a provider says it computed.
pub struct Delivery {
    pub result_root: HexBinary,
    pub trace_root: HexBinary,
    pub output_url: String,
    pub output_size: Uint64,
}

/// Delivers a result; the node is free for other work from here on.
pub fn submit(ctx: Ctx, id: JobId, attempt: u32, delivery: Delivery) -> Res<Response> {
    let now = ctx.now();
    let Ctx {
        mut deps,
        env,
        info,
        control,
    } = ctx;
    let mut job = Job::load(deps.storage, id)?;
    job.expect_attempt(attempt)?;
    if matches!(job.progress.state, JobState::ResultSubmitted | JobState::Verifying) {
        return Err(MarketplaceError::AlreadyClaimed {
            job: id,
            what: "attempt",
            number: attempt,
            done: "delivered its result",
        });
    }
    let committee = job.posted.terms.committee.clone();
    let action = match committee {
        None => JobAction::SubmitResult,
        Some(_) => JobAction::SubmitForJudgement,
    };
    job.expect(action)?;
    let tried = job.attempt(deps.storage, action)?;
    job.expect_provider(&tried, &info.sender, "deliver the result of")?;
    job.expect_in_time(now, "the time to run")?;
    validate(&delivery, job.posted.spec.max_output.u64())?;

    let mut out = Outbox::new(&control);
    let (deadline, accept_by) = match &committee {
        None => {
            let accept_by = now.saturating_add(job.posted.terms.accept_secs);
            (accept_by, accept_by)
        }
        Some(terms) => {
            let panel = panel::open(&mut deps, &env, &control, &job, terms, &tried, &mut out)?;
            (panel.deadline(), panel.judge_by)
        }
    };
    job.advance(action, deadline)?;
    job.save(deps.storage)?;
    let (result_root, trace_root) = (delivery.result_root.to_hex(), delivery.trace_root.to_hex());
    let result = JobResult {
        result_root: delivery.result_root,
        trace_root: delivery.trace_root,
        output_url: delivery.output_url,
        output_size: delivery.output_size,
        submitted_at: now,
    };
    RESULTS.save(deps.storage, id.u64(), &result)?;
    let load = nodes::change_load(deps.storage, tried.node.u64(), false)?;

    out.record(tried.node, load, None)?;

    out.say(ResultSubmitted {
        job: id,
        attempt,
        provider: tried.provider,
        result_root,
        trace_root,
        accept_by,
    });
    Ok(out.respond("submit_result"))
}

fn validate(delivery: &Delivery, max_output: u64) -> Res<()> {
    let invalid = |field, found: String, rule: String| MarketplaceError::InvalidResult { field, found, rule };
    for (field, root) in [
        ("result_root", &delivery.result_root),
        ("trace_root", &delivery.trace_root),
    ] {
        if root.len() != 32 {
            return Err(invalid(
                field,
                format!("{} bytes", root.len()),
                "a digest has 32 bytes".into(),
            ));
        }
        // A committee writes it where it could fetch nothing: a result must not look like that.
        if root.as_slice() == WITHHELD {
            return Err(invalid(
                field,
                "zero".into(),
                "it is a digest of what was computed".into(),
            ));
        }
    }
    let url = delivery.output_url.len();
    if url == 0 || url > MAX_URL {
        return Err(invalid(
            "output_url",
            format!("{url} bytes"),
            format!("1 to {MAX_URL} bytes"),
        ));
    }
    let size = delivery.output_size.u64();
    if size > max_output {
        return Err(invalid(
            "output_size",
            size.to_string(),
            format!("the job allows {max_output} bytes"),
        ));
    }
    Ok(())
}

/// Accepts a result. Possible until the job is settled, even after the window: silence would pay the same.
pub fn accept(ctx: Ctx, id: JobId) -> Res<Response> {
    let now = ctx.now();
    let Ctx {
        mut deps,
        info,
        control,
        ..
    } = ctx;
    let mut job = Job::load(deps.storage, id)?;
    job.expect_buyer(&info.sender, "accept")?;
    job.expect(JobAction::Accept)?;

    let mut out = Outbox::new(&control);
    complete(&mut deps, &mut job, JobAction::Accept, now, &mut out)?;
    job.save(deps.storage)?;
    Ok(out.respond("accept"))
}

/// Withdraws a job that does not run yet.
pub fn cancel(ctx: Ctx, id: JobId) -> Res<Response> {
    let Ctx {
        mut deps,
        info,
        control,
        ..
    } = ctx;
    let mut job = Job::load(deps.storage, id)?;
    job.expect_buyer(&info.sender, "cancel")?;
    job.expect(JobAction::Cancel)?;

    let mut out = Outbox::new(&control);
    if job.progress.state.is_on_node() {
        let tried = job.attempt(deps.storage, JobAction::Cancel)?;
        leave_node(&mut deps, &mut job, &tried, Outcome::Neutral {}, &mut out)?;
    }
    fail(&mut deps, &mut job, JobAction::Cancel, FailReason::Cancelled, &mut out)?;
    job.save(deps.storage)?;
    Ok(out.respond("cancel"))
}

/// Pays a job whose result was accepted, by the buyer or by silence.
pub fn complete(deps: &mut DepsMut, job: &mut Job, action: JobAction, now: u64, out: &mut Outbox) -> Res<()> {
    let tried = job.attempt(deps.storage, action)?;
    job.advance(action, 0)?;
    let reputation = earns_reputation(deps, job, &tried, now)?;
    book_payment(deps, job, &tried, tried.quote.u128(), None, now)?;

    let load = nodes::load(deps.storage, tried.node.u64())?.load;
    out.settle(
        job.hold()?,
        Some(&tried.payout),
        tried.referrer.as_ref(),
        tried.quote,
        vec![],
    )?;
    let outcome = Outcome::Success {
        reputation,
        judged: action == JobAction::Uphold,
    };
    out.record(tried.node, load.into(), Some(outcome))?;

    out.say(JobCompleted {
        job: job.id,
        attempt: job.progress.attempts,
        provider: tried.provider,
        quote: tried.quote,
        accepted: action == JobAction::Accept,
    });
    Ok(())
}

/// DESIGN 11.7: a quote that is worth it, once for buyer and provider a day. The parties are unlinked since the match.
fn earns_reputation(deps: &mut DepsMut, job: &Job, tried: &AttemptRecord, now: u64) -> Res<bool> {
    if tried.quote < job.posted.terms.rep_min_quote {
        return Ok(false);
    }
    let (key, day) = (
        (&job.posted.buyer, tried.provider.u64()),
        now.checked_div(DAY).unwrap_or(0),
    );
    if REP_DAYS.may_load(deps.storage, key)? == Some(day) {
        return Ok(false);
    }
    REP_DAYS.save(deps.storage, key, &day)?;
    Ok(true)
}

/// Writes the end of a paid or divided job and its figures. `arbiter` and `provider_bps` are of a division.
pub fn book_payment(
    deps: &mut DepsMut,
    job: &Job,
    tried: &AttemptRecord,
    gross: u128,
    dispute: Option<(u128, u16)>,
    now: u64,
) -> Res<()> {
    let (arbiter, provider_bps) = dispute.unzip();
    let settlement = Settlement {
        gross: gross.into(),
        validators: SPENT.may_load(deps.storage, job.id.u64())?.unwrap_or_default(),
        arbiter: arbiter.unwrap_or(0).into(),
        provider_bps,
        at: now,
    };
    SETTLEMENTS.save(deps.storage, job.id.u64(), &settlement)?;
    PROVIDER_JOBS.remove(deps.storage, (tried.provider.u64(), job.id.u64()));
    let wish = &job.posted.spec.requirements;
    let by_time = matches!(wish.kind, ResourceKind::Gpu | ResourceKind::Cpu) && provider_bps.is_none();
    let figures = Paid {
        denom: job.posted.denom,
        provider: tried.provider,
        class: tried.class,
        gross,
        earned: split(gross, &job.posted.terms.fees, false).map_or(0, |parts| parts.provider),
        secs: wish.max_secs,
        per_hour: Paid::hourly(gross, wish.max_secs).filter(|_| by_time),
    };
    tally::paid(deps.storage, &figures)
}
