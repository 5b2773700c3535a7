//! `joule job accept|cancel|dispute|resolve`.
use joule_types::marketplace::JobResponse;
use joule_types::JobId;
use joule_work::fees::part;
use joule_work::job::{FailReason, JobState};
use serde::Serialize;

use super::super::common::{Common, Session};
use super::super::{funds, output};
use super::list::state_name;
use crate::chain::types::Msg;
use crate::error::{Error, Result};

/// Longest reason, bytes.
const MAX_REASON: usize = 280;

#[derive(clap::Args, Debug)]
pub struct Accept {
    /// Job
    job: JobId,
    #[command(flatten)]
    common: Common,
}

#[derive(clap::Args, Debug)]
pub struct Cancel {
    /// Job
    job: JobId,
    #[command(flatten)]
    common: Common,
}

#[derive(clap::Args, Debug)]
pub struct Dispute {
    /// Job
    job: JobId,
    /// What is wrong, at most 280 bytes
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    common: Common,
}

#[derive(clap::Args, Debug)]
pub struct Resolve {
    /// Job
    job: JobId,
    /// Share of the quote for the provider in basis points: 10000 is all of it
    #[arg(long, value_name = "BPS", value_parser = clap::value_parser!(u16).range(0..=10_000))]
    provider_bps: u16,
    #[command(flatten)]
    common: Common,
}

/// What a transaction about a job did.
#[derive(Serialize)]
struct Acted {
    job: JobId,
    state: JobState,
    tx: String,
    height: u64,
}

pub async fn accept(args: Accept) -> Result<()> {
    let session = args.common.open().await?;
    let job = session.market.marketplace.job(args.job).await?;
    must_be(
        &job,
        &[JobState::ResultSubmitted],
        "only a delivered result can be accepted",
    )?;
    must_be_buyer(&args.common, &job)?;
    send(
        &args.common,
        &session,
        args.job,
        session.market.marketplace.accept(args.job)?,
    )
    .await
}

pub async fn cancel(args: Cancel) -> Result<()> {
    let session = args.common.open().await?;
    let job = session.market.marketplace.job(args.job).await?;
    let before = [JobState::Submitted, JobState::Queued, JobState::Assigned];
    must_be(&job, &before, "only a job that does not run yet can be cancelled")?;
    must_be_buyer(&args.common, &job)?;
    send(
        &args.common,
        &session,
        args.job,
        session.market.marketplace.cancel(args.job)?,
    )
    .await
}

pub async fn dispute(args: Dispute) -> Result<()> {
    if args.reason.is_empty() || args.reason.len() > MAX_REASON {
        let what = format!("the reason has {} bytes", args.reason.len());
        return Err(Error::usage(
            "job.bad_reason",
            what,
            format!("say it in 1 to {MAX_REASON} bytes"),
        ));
    }
    let session = args.common.open().await?;
    let job = session.market.marketplace.job(args.job).await?;
    must_be(
        &job,
        &[JobState::ResultSubmitted],
        "only a delivered result can be disputed",
    )?;
    let address = args.common.address()?;
    let quote = job.attempt.as_ref().map_or(0, |a| a.quote.u128());
    let bond = part(quote, job.terms.dispute_bps)
        .map_err(|e| Error::internal("job.bad_terms", e, "report this: the job's terms are out of bounds"))?;
    let bond = joule_types::Money::new(job.spec.requirements.denom.clone(), bond);
    let free = session
        .market
        .escrow
        .balance(&address, bond.denom.clone())
        .await?
        .total()
        .u128();
    if free < bond.amount.u128() {
        return Err(funds::too_little(
            &session,
            &bond,
            free,
            format!("the escrow account of {address} (for the bond)"),
        ));
    }
    send(
        &args.common,
        &session,
        args.job,
        session.market.marketplace.dispute(args.job, args.reason)?,
    )
    .await
}

pub async fn resolve(args: Resolve) -> Result<()> {
    let session = args.common.open().await?;
    let job = session.market.marketplace.job(args.job).await?;
    must_be(&job, &[JobState::Disputed], "only a disputed job can be split")?;
    let message = session.market.marketplace.resolve(args.job, args.provider_bps)?;
    send(&args.common, &session, args.job, message).await
}

fn must_be(job: &JobResponse, states: &[JobState], rule: &'static str) -> Result<()> {
    if states.contains(&job.state) {
        return Ok(());
    }
    Err(Error::refused(
        "job.wrong_state",
        format!("job {} is {}", job.job, state_name(job.state)),
        rule,
    ))
}

fn must_be_buyer(common: &Common, job: &JobResponse) -> Result<()> {
    let address = common.address()?;
    if job.buyer.as_str() == address {
        return Ok(());
    }
    let what = format!("job {} belongs to {}, the key is {address}", job.job, job.buyer);
    Err(Error::refused(
        "job.not_buyer",
        what,
        "choose the buyer's key with --key",
    ))
}

async fn send(common: &Common, session: &Session, job: JobId, message: Msg) -> Result<()> {
    let receipt = common.sender(session).await?.submit(vec![message]).await?;
    let now = session.market.marketplace.job(job).await?;
    let acted = Acted {
        job,
        state: now.state,
        tx: receipt.hash.to_string(),
        height: receipt.height,
    };
    output::show(common.json, &acted, |a| {
        format!("job {job} is {} (block {}, {})", became(&now), a.height, a.tx)
    })
}

/// What a command made of a job: a buyer that withdrew it does not want to read that it failed.
fn became(job: &JobResponse) -> String {
    match job.fail_reason {
        Some(FailReason::Cancelled) => "cancelled; what is left of its hold is back in the escrow account".into(),
        _ => state_name(job.state),
    }
}
