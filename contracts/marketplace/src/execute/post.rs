//! `PostJob`.

use cosmwasm_std::{Addr, Coin, Order, QuerierWrapper, Response, Uint128};
use cw20::Denom;
use joule_kit::{funds, ids};
use joule_types::{
    denom_name,
    escrow::HoldTerms,
    marketplace::{CommitteeTerms, JobPosted, JobSpec, JobTerms, Object, Params, Requirements, Verification, MAX_URL},
    staking, JobId, Money, OfferId,
};
use joule_work::{
    committee::{least_budget, MIN_STEPS},
    fees::FeeTerms,
    kind::ResourceKind,
};

use super::{assign::assign_or_queue, Ctx};
use crate::{
    domain::panel::durations,
    error::Res,
    jobs::Job,
    outbox::Outbox,
    params,
    state::{DenomRecord, Posted, BUYER_JOBS, JOB_SEQ, PARAMS},
    tally, MarketplaceError,
};

/// Runtimes whose results are the same bytes on every machine.
const DETERMINISTIC: [&str; 2] = ["wasm/1@", "wgsl/1@"];
const MAX_RUNTIME: usize = 48;
const MAX_STEPS: u32 = 65_536;
const MAX_MEMORY_MB: u32 = 65_536;
const MAX_REGION: usize = 16;
const MAX_UNITS: u64 = 1_000_000_000_000;
/// The hold of a job can be reclaimed without the marketplace this long after its last possible deadline.
const RECLAIM_SECS: u64 = 30 * 24 * 3600;

/// Posts a job and matches it at once if an offer fits.
pub fn post(ctx: Ctx, spec: JobSpec, hints: &[OfferId]) -> Res<Response> {
    let now = ctx.now();
    let Ctx {
        mut deps,
        env,
        info,
        control,
    } = ctx;
    control.ensure_open(&env)?;
    let core = PARAMS.load(deps.storage)?;
    let denom = params::listed_denom(deps.storage, &spec.requirements.denom)?;
    validate(&spec, &core, denom.rules.rep_min_quote, now)?;
    if spec.verification == (Verification::Committee {}) {
        expect_validators(&deps.querier, &control.peers.staking, core.committee.min_validators)?;
    }
    if info.sender.as_str() == core.arbiter {
        return Err(invalid(
            "buyer",
            &info.sender,
            "the arbiter decides disputes and posts no jobs",
        ));
    }
    let coins = attached(&info, &spec.requirements.denom)?;
    let sum = hold_sum(&spec)?;

    let id = JobId(ids::next(deps.storage, &JOB_SEQ)?);
    let buyer = info.sender;
    let first = BUYER_JOBS
        .prefix(&buyer)
        .keys(deps.storage, None, None, Order::Ascending)
        .next()
        .is_none();
    BUYER_JOBS.save(deps.storage, (&buyer, id.u64()), &())?;
    tally::posted(deps.storage, denom.id, first);
    let is_joule = spec.requirements.denom == Denom::Cw20(control.peers.token.clone());
    let posted = Posted {
        buyer,
        terms: terms(&core, &denom, is_joule, spec.verification),
        spec,
        denom: denom.id,
        is_joule,
        posted_at: now,
    };
    crate::state::SPECS.save(deps.storage, id.u64(), &posted)?;
    let mut job = Job::new(id, posted);

    let mut out = Outbox::new(&control);
    let (posted, hold) = (&job.posted, job.hold()?);
    let amount = Money::new(posted.spec.requirements.denom.clone(), sum);
    out.say(JobPosted {
        job: id,
        buyer: posted.buyer.clone(),
        hold,
        denom: denom_name(&amount.denom).into(),
        amount: sum,
    });
    let hold_terms = HoldTerms {
        fees: posted.terms.fees,
        tips: posted.spec.crank_deposit,
        reclaim_at: reclaim_at(posted),
    };
    out.hold(hold, &posted.buyer, amount, hold_terms, coins)?;
    assign_or_queue(
        &mut deps,
        &env,
        &control.peers.registry,
        &mut job,
        hints,
        None,
        &mut out,
    )?;
    job.save(deps.storage)?;
    Ok(out.respond("post_job"))
}

/// The coin that came, if any: it must be what the job is paid in.
fn attached(info: &cosmwasm_std::MessageInfo, denom: &Denom) -> Res<Vec<Coin>> {
    let Some(coin) = funds::at_most_one(info)? else {
        return Ok(vec![]);
    };
    if *denom == Denom::Native(coin.denom.clone()) {
        return Ok(vec![coin.clone()]);
    }
    Err(MarketplaceError::WrongFunds {
        found: coin.denom.clone(),
        wanted: denom_name(denom).into(),
    })
}

fn hold_sum(spec: &JobSpec) -> Res<Uint128> {
    let budget = spec.requirements.budget;
    let sum = budget
        .checked_add(spec.verification_budget)
        .and_then(|sum| sum.checked_add(spec.crank_deposit));
    sum.map_err(|_| MarketplaceError::SumTooLarge {
        what: "the hold",
        part: budget,
    })
}

fn terms(core: &Params, denom: &DenomRecord, is_joule: bool, verification: Verification) -> JobTerms {
    let discount_bps = if is_joule { core.fees.discount_bps } else { 0 };
    JobTerms {
        fees: FeeTerms {
            discount_bps,
            ..core.fees
        },
        start_secs: core.start_secs,
        accept_secs: core.accept_secs,
        arbiter_secs: core.arbiter_secs,
        arbiter: Addr::unchecked(&core.arbiter),
        dispute_bps: core.dispute_bps,
        timeout_slash_bps: core.timeout_slash_bps,
        max_attempts: core.max_attempts,
        tip: denom.rules.tip,
        rep_min_quote: denom.rules.rep_min_quote,
        committee: match verification {
            Verification::BuyerAccept {} => None,
            Verification::Committee {} => Some(core.committee.clone()),
        },
    }
}

/// Past every deadline that the job can have: each attempt may be assigned at the last second of the queue.
fn reclaim_at(posted: &Posted) -> u64 {
    let terms = &posted.terms;
    let max_secs = posted.spec.requirements.max_secs;
    let judged = terms.committee.as_ref();
    let judged = judged.map_or(0, |committee| durations(committee, max_secs).longest());
    let attempt = terms.start_secs.saturating_add(max_secs).saturating_add(judged);
    posted
        .spec
        .deadline_at
        .saturating_add(attempt.saturating_mul(terms.max_attempts.into()))
        .saturating_add(terms.accept_secs)
        .saturating_add(terms.arbiter_secs)
        .saturating_add(RECLAIM_SECS)
}

fn validate(spec: &JobSpec, core: &Params, rep_min_quote: Uint128, now: u64) -> Res<()> {
    let runtime = &spec.runtime;
    if runtime.is_empty() || runtime.len() > MAX_RUNTIME || !runtime.bytes().all(|byte| byte.is_ascii_graphic()) {
        let shown: String = runtime.chars().take(MAX_RUNTIME).collect();
        return Err(invalid(
            "runtime",
            format!("`{shown}`"),
            "1 to 48 printable ASCII characters",
        ));
    }
    object("bundle", &spec.bundle)?;
    object("input", &spec.input)?;
    within("steps", spec.steps.into(), 1, MAX_STEPS.into())?;
    within("fuel_per_step", spec.fuel_per_step.u64(), 1, u64::MAX)?;
    within("memory_mb", spec.memory_mb.into(), 1, MAX_MEMORY_MB.into())?;
    within("max_output", spec.max_output.u64(), 1, u64::MAX)?;
    within("complexity", spec.complexity.into(), 1, u32::MAX.into())?;
    request(&spec.requirements, core.max_job_secs)?;
    within("estimated_secs", spec.estimated_secs, 0, spec.requirements.max_secs)?;
    match spec.verification {
        Verification::BuyerAccept {} if !spec.verification_budget.is_zero() => {
            return Err(invalid(
                "verification_budget",
                spec.verification_budget,
                "it is zero in buyer-accept mode",
            ))
        }
        Verification::BuyerAccept {} => {}
        Verification::Committee {} => judgeable(spec, &core.committee, rep_min_quote)?,
    }
    within(
        "deadline_at",
        spec.deadline_at,
        now.saturating_add(1),
        now.saturating_add(core.max_queue_secs),
    )
}

/// Whether strangers can run the job again and be paid for it.
fn judgeable(spec: &JobSpec, terms: &CommitteeTerms, rep_min_quote: Uint128) -> Res<()> {
    if !DETERMINISTIC.iter().any(|prefix| spec.runtime.starts_with(prefix)) {
        return Err(invalid(
            "runtime",
            &spec.runtime,
            "a committee judges wasm/1@ and wgsl/1@ only, which give every machine the same result",
        ));
    }
    within("steps", spec.steps.into(), MIN_STEPS.into(), MAX_STEPS.into())?;
    within("requirements.max_secs", spec.requirements.max_secs, 1, terms.max_secs)?;
    let most = spec.requirements.budget.max(rep_min_quote);
    let least = least_budget(most.u128(), terms.verify_bps)?;
    if spec.verification_budget.u128() < least {
        let rule = format!("a first jury costs up to {least}");
        return Err(invalid("verification_budget", spec.verification_budget, rule));
    }
    Ok(())
}

/// Checks that enough validators could be drawn now.
fn expect_validators(querier: &QuerierWrapper, staking: &Addr, min: u32) -> Res<()> {
    let eligible = staking::handle::validators(querier, staking)?.eligible;
    if eligible < min {
        return Err(MarketplaceError::TooFewValidators { eligible, min });
    }
    Ok(())
}

/// Checks what a buyer asks of an offer.
pub fn request(wish: &Requirements, max_job_secs: u64) -> Res<()> {
    within("requirements.max_secs", wish.max_secs, 1, max_job_secs)?;
    let most = match wish.kind {
        ResourceKind::Gpu | ResourceKind::Cpu => 1,
        ResourceKind::Network | ResourceKind::Mobile | ResourceKind::Iot => MAX_UNITS,
    };
    within("requirements.units", wish.units, 1, most)?;
    if wish.budget.is_zero() {
        return Err(invalid("requirements.budget", 0, "name the most that the job may cost"));
    }
    within("requirements.min_uptime_bps", wish.min_uptime_bps.into(), 0, 10_000)?;
    match &wish.region {
        Some(name) if name.is_empty() || name.len() > MAX_REGION => Err(invalid(
            "requirements.region",
            name.len(),
            "a region's name has 1 to 16 bytes",
        )),
        _ => Ok(()),
    }
}

fn object(field: &'static str, object: &Object) -> Res<()> {
    if object.sha256.len() != 32 {
        return Err(invalid(
            field,
            format!("{} bytes of digest", object.sha256.len()),
            "SHA-256 has 32 bytes",
        ));
    }
    if object.url.is_empty() || object.url.len() > MAX_URL {
        return Err(invalid(
            field,
            format!("{} bytes of url", object.url.len()),
            format!("1 to {MAX_URL} bytes"),
        ));
    }
    Ok(())
}

fn within(field: &'static str, found: u64, min: u64, max: u64) -> Res<()> {
    if (min..=max).contains(&found) {
        Ok(())
    } else {
        Err(invalid(field, found, format!("{min} to {max} is allowed")))
    }
}

fn invalid(field: &'static str, found: impl std::fmt::Display, rule: impl Into<String>) -> MarketplaceError {
    MarketplaceError::InvalidJob {
        field,
        found: found.to_string(),
        rule: rule.into(),
    }
}
