//! `joule job list`.
use joule_types::marketplace::{JobFilter, JobResponse};
use joule_types::{JobId, ProviderId};
use joule_work::job::JobState;

use super::super::common::Common;
use super::super::output;
use crate::error::Result;

#[derive(clap::Args, Debug)]
#[group(id = "which", multiple = false)]
pub struct Filter {
    /// All jobs, not only those of the key
    #[arg(long)]
    all: bool,
    /// Jobs of this buyer
    #[arg(long, value_name = "ADDRESS")]
    buyer: Option<String>,
    /// Open jobs whose running attempt is this provider's
    #[arg(long, value_name = "ID")]
    provider: Option<ProviderId>,
    /// Jobs that wait for an offer
    #[arg(long)]
    queued: bool,
    /// Jobs that are not in a final state
    #[arg(long)]
    open: bool,
}

#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    filter: Filter,
    /// Only jobs after this one
    #[arg(long, value_name = "JOB")]
    after: Option<JobId>,
    #[command(flatten)]
    common: Common,
}

pub async fn run(args: Args) -> Result<()> {
    let filter = match args.filter {
        Filter { all: true, .. } => JobFilter::All {},
        Filter { buyer: Some(buyer), .. } => JobFilter::Buyer { buyer },
        Filter {
            provider: Some(provider),
            ..
        } => JobFilter::Provider { provider },
        Filter { queued: true, .. } => JobFilter::Queued {},
        Filter { open: true, .. } => JobFilter::Open {},
        _ => JobFilter::Buyer {
            buyer: args.common.address()?,
        },
    };
    let session = args.common.open().await?;
    let now = session.market.now().await?;
    let page = session.market.marketplace.jobs(filter, args.after).await?;
    output::show(args.common.json, &page, |page| {
        if page.items.is_empty() {
            return "No such jobs; `joule job post FILE` posts one.".into();
        }
        let rows = page.items.iter().map(|job| row(job, now, &session.denoms));
        let table = output::table(
            [
                "job", "state", "budget", "quote", "provider", "attempts", "posted", "deadline",
            ],
            rows,
        );
        match &page.next {
            Some(next) => format!("{table}\nMore with --after {next}."),
            None => table,
        }
    })
}

fn row(job: &JobResponse, now: u64, denoms: &crate::chain::contracts::money::Denoms) -> [String; 8] {
    let asked = &job.spec.requirements;
    let attempt = job.attempt.as_ref();
    [
        job.job.to_string(),
        state_name(job.state),
        denoms.show(&asked.denom, asked.budget.u128()),
        attempt.map_or("-".into(), |a| denoms.show(&asked.denom, a.quote.u128())),
        attempt.map_or("-".into(), |a| a.provider.to_string()),
        job.attempts.to_string(),
        output::when(job.posted_at, now),
        job.next_deadline_at.map_or("-".into(), |at| output::when(at, now)),
    ]
}

/// A state as the design names it.
pub fn state_name(state: JobState) -> String {
    format!("{state:?}")
}
