//! Matching a job with an offer: on posting, by `Assign`, and after an attempt that ended without a result.

use cosmwasm_std::{Addr, DepsMut, Env, Response, Uint128};
use joule_types::{
    marketplace::{JobAssigned, JobQueued},
    JobId, NodeId, OfferId, ProviderId,
};
use joule_work::job::{JobAction, JobState};

use super::Ctx;
use crate::{
    domain::{
        search::{Checked, Found},
        settlement::repayment,
    },
    error::Res,
    jobs::Job,
    matching::{self, Ask},
    nodes,
    outbox::Outbox,
    params,
    state::{AttemptRecord, DenomRecord, ATTEMPTS, PROVIDER_JOBS},
    MarketplaceError,
};

/// A provider's referrer is paid for its first year.
const REFERRAL_SECS: u64 = 365 * 24 * 3600;

/// Matches a queued job.
pub fn assign(ctx: Ctx, id: JobId, hints: &[OfferId]) -> Res<Response> {
    let now = ctx.now();
    let Ctx {
        mut deps,
        env,
        info,
        control,
    } = ctx;
    let mut job = Job::load(deps.storage, id)?;
    expect_queued(&job)?;
    job.expect_in_time(now, "the queue")?;

    let mut out = Outbox::new(&control);
    if let Err(reason) = try_assign(&mut deps, &env, &control.peers.registry, &mut job, hints, &mut out)? {
        return Err(MarketplaceError::InsufficientCompute { job: id, reason });
    }
    job.save(deps.storage)?;

    out.tip(&job, &info.sender)?;
    Ok(out.respond("assign"))
}

fn expect_queued(job: &Job) -> Res<()> {
    let (job, state) = (job.id, job.progress.state);
    match state {
        JobState::Queued => Ok(()),
        _ if state.is_final() => Err(MarketplaceError::JobFinal { job, state }),
        _ => Err(MarketplaceError::JobActive { job, state }),
    }
}

/// Matches a job that is Submitted or Queued, or puts it into the queue with `why` (or the reason of the match, if
/// there is none).
pub fn assign_or_queue(
    deps: &mut DepsMut,
    env: &Env,
    registry: &Addr,
    job: &mut Job,
    hints: &[OfferId],
    why: Option<&str>,
    out: &mut Outbox,
) -> Res<()> {
    let Err(reason) = try_assign(deps, env, registry, job, hints, out)? else {
        return Ok(());
    };
    if job.progress.state == JobState::Submitted {
        job.advance(JobAction::Enqueue, job.posted.spec.deadline_at)?;
    }
    out.say(JobQueued {
        job: job.id,
        reason: why.unwrap_or(reason).into(),
    });
    Ok(())
}

/// Looks for an offer and starts an attempt with it. The inner error says why there is none; what the search found to
/// be listed too high is re-keyed either way.
fn try_assign(
    deps: &mut DepsMut,
    env: &Env,
    registry: &Addr,
    job: &mut Job,
    hints: &[OfferId],
    out: &mut Outbox,
) -> Res<Result<(), &'static str>> {
    let wish = &job.posted.spec.requirements;
    let denom = params::known_denom(deps.storage, &wish.denom)?;
    let denom = denom.ok_or_else(|| MarketplaceError::DenomNotListed {
        denom: joule_types::denom_name(&wish.denom).into(),
    })?;
    matching::remember_regions(deps.branch(), registry, wish)?;
    let mut ask = Ask::new(deps.as_ref(), registry, wish, &denom)?;
    ask.request.excluded.clone_from(&job.progress.excluded);
    ask.request.linked = vec![job.posted.buyer.to_string(), job.posted.terms.arbiter.to_string()];
    let found = ask.search(deps.as_ref(), hints)?;
    matching::rekey_losses(deps.storage, &ask.books, &ask.request, &found.losses)?;

    let within = found.certificate.within(wish.max_gap.unwrap_or(u32::MAX));
    match &found.best {
        None if found.over_budget => Ok(Err("budget")),
        None => Ok(Err("no_offer")),
        Some(_) if !within => Ok(Err("gap")),
        Some(best) => {
            let quote = ask.request.quote(&best.fresh)?;
            start_attempt(deps, env, job, &found, best, &denom, quote.into(), out)?;
            Ok(Ok(()))
        }
    }
}

fn start_attempt(
    deps: &mut DepsMut,
    env: &Env,
    job: &mut Job,
    found: &Found,
    best: &Checked,
    denom: &DenomRecord,
    quote: Uint128,
    out: &mut Outbox,
) -> Res<()> {
    let Some(candidate) = &best.candidate else {
        return Ok(());
    };
    let now = env.block.time.seconds();
    let (offer, node) = (OfferId(best.listing.offer), NodeId(best.fresh.node));
    let in_first_year = now < candidate.registered_at.saturating_add(REFERRAL_SECS);
    let attempt = AttemptRecord {
        offer,
        node,
        provider: ProviderId(best.fresh.provider),
        owner: candidate.owner.clone(),
        operator: candidate.operator.clone(),
        payout: candidate.payout.clone(),
        referrer: candidate.referrer.clone().filter(|_| in_first_year),
        class: candidate.class,
        quote,
        score: best.effective,
        repay: repayment(
            quote.u128(),
            job.posted.is_joule,
            denom.rules.joule_per_million.map(|rate| rate.u128()),
        )
        .into(),
    };

    job.advance(JobAction::Assign, now.saturating_add(job.posted.terms.start_secs))?;
    job.progress.attempts = job.progress.attempts.saturating_add(1);
    job.progress.assigned_at = now;
    job.progress.started_at = 0;
    ATTEMPTS.save(deps.storage, job.id.u64(), &attempt)?;
    PROVIDER_JOBS.save(deps.storage, (attempt.provider.u64(), job.id.u64()), &())?;
    let load = nodes::change_load(deps.storage, node.u64(), true)?;

    out.record(node, load, None)?;
    out.say(JobAssigned {
        job: job.id,
        attempt: job.progress.attempts,
        offer,
        node,
        provider: attempt.provider,
        operator: attempt.operator,
        quote,
        score: attempt.score,
        bound: found.certificate.bound,
        exhaustive: found.certificate.exhaustive,
    });
    Ok(())
}
