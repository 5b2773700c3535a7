//! `joule job get`.
use std::path::{Path, PathBuf};

use joule_types::marketplace::{JobDeclined, JobResponse, JobResult, PanelResponse, Verification};
use joule_types::{JobId, ProviderId};
use joule_work::job::JobState;
use serde::Serialize;

use super::super::common::{Common, Session};
use super::super::output;
use super::list::state_name;
use super::{panel, Reach};
use crate::error::{Error, Result};
use crate::objects::{ObjectError, Objects};

#[derive(clap::Args, Debug)]
pub struct Args {
    /// Job
    job: JobId,
    /// Write the output here; without it only the job is shown
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the file if it exists
    #[arg(long, requires = "output")]
    force: bool,
    #[command(flatten)]
    reach: Reach,
    #[command(flatten)]
    common: Common,
}

/// A job, and where its output was written.
#[derive(Serialize)]
struct Got {
    job: JobResponse,
    #[serde(skip_serializing_if = "Option::is_none")]
    panel: Option<PanelResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    declined: Option<Declined>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<PathBuf>,
}

/// The last time that a provider handed the job back.
#[derive(Serialize)]
struct Declined {
    provider: ProviderId,
    reason: String,
}

pub async fn run(args: Args) -> Result<()> {
    if let Some(path) = args.output.as_deref().filter(|path| path.exists() && !args.force) {
        let what = format!("{} exists", path.display());
        return Err(Error::usage(
            "job.output_exists",
            what,
            "choose another file, or give --force",
        ));
    }
    let session = args.common.open().await?;
    let job = session.market.marketplace.job(args.job).await?;
    if let Some(path) = &args.output {
        let bytes = fetch(&args, &job).await?;
        write(path, &bytes)?;
    }
    let now = session.market.now().await?;
    let panel = match job.spec.verification {
        Verification::Committee {} => session.market.marketplace.panel(args.job, None).await?,
        Verification::BuyerAccept {} => None,
    };
    let got = Got {
        declined: declined(&session, &job).await,
        job,
        panel,
        output: args.output,
    };
    output::show(args.common.json, &got, |got| text(got, &session, now))
}

/// Why a job that nobody works on was handed back. A node that keeps no index of transactions cannot say it; all else of the job is
/// worth showing then.
async fn declined(session: &Session, job: &JobResponse) -> Option<Declined> {
    let idle = matches!(job.state, JobState::Queued | JobState::Assigned | JobState::Failed);
    if !idle || job.attempt.is_none() {
        return None;
    }
    match session.market.marketplace.last_decline(job.job).await {
        Ok(last) => last.map(|JobDeclined { provider, reason, .. }| Declined { provider, reason }),
        Err(error) => {
            tracing::warn!(job = job.job.u64(), %error, "no node can say whether the job was declined");
            None
        }
    }
}

/// The output with the digest that is on chain, or an error.
async fn fetch(args: &Args, job: &JobResponse) -> Result<Vec<u8>> {
    let Some(result) = &job.result else {
        let what = format!("job {} is {} and has no result", job.job, state_name(job.state));
        return Err(Error::refused("job.no_result", what, "wait until it is delivered"));
    };
    let digest = result.result_root.to_array().map_err(|_| bad_result(result))?;
    let objects = Objects::open(&args.common.home.dir()?.join("cache"), args.reach.policy(None))
        .map_err(crate::provider::object_error)?;
    let fetched = objects
        .fetch(&result.output_url, &digest, job.spec.max_output.u64())
        .await;
    fetched.map_err(|error| {
        let forbidden = matches!(error, ObjectError::ForbiddenFile { .. });
        let told = crate::provider::object_error(error);
        match forbidden {
            true => Error::usage(
                told.code().to_string(),
                format!("the output is at {}, which may not be read", result.output_url),
                "give its folder with --allow-files if you trust it",
            ),
            false => told,
        }
    })
}

fn bad_result(result: &JobResult) -> Error {
    Error::refused(
        "job.bad_result",
        format!("root {}", result.result_root),
        "dispute it: a root has 32 bytes",
    )
}

/// Whole or not at all.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let part = path.with_extension(format!("part-{}", std::process::id()));
    let written = std::fs::write(&part, bytes).and_then(|()| std::fs::rename(&part, path));
    written.map_err(|e| {
        // What was begun is of no use to anybody.
        let _ = std::fs::remove_file(&part);
        Error::local(
            "job.write_failed",
            format!("{}: {e}", path.display()),
            "choose a folder you may write to",
        )
    })
}

fn text(got: &Got, session: &Session, now: u64) -> String {
    let job = &got.job;
    let asked = &job.spec.requirements;
    let money = |amount: u128| session.denoms.show(&asked.denom, amount);
    let mut rows = vec![
        ("job", job.job.to_string()),
        ("state", state_name(job.state)),
        ("buyer", job.buyer.to_string()),
        ("runtime", job.spec.runtime.clone()),
        ("steps", job.spec.steps.to_string()),
        ("budget", money(asked.budget.u128())),
        ("posted", output::when(job.posted_at, now)),
        ("attempts", format!("{} of {}", job.attempts, job.terms.max_attempts)),
    ];
    if let Some(reason) = job.fail_reason {
        rows.push(("failed", format!("{reason:?}")));
    }
    if let Some(attempt) = &job.attempt {
        let whose = match job.state {
            JobState::Queued => "last provider",
            _ => "provider",
        };
        rows.push((
            whose,
            format!("{} (node {}, offer {})", attempt.provider, attempt.node, attempt.offer),
        ));
        rows.push(("quote", money(attempt.quote.u128())));
    }
    if let Some(Declined { provider, reason }) = &got.declined {
        rows.push(("declined", format!("by provider {provider}: {reason}")));
        if reason.starts_with("objects.") {
            let next = "post it again with a --store that providers can read: https, or on a local chain a folder that they allow";
            rows.push(("what helps", next.into()));
        }
    }
    if let Some(result) = &job.result {
        rows.push(("output sha256", result.result_root.to_string()));
        rows.push(("trace root", result.trace_root.to_string()));
        rows.push((
            "output",
            format!("{} bytes at {}", result.output_size, result.output_url),
        ));
    }
    if let Some(panel) = &got.panel {
        rows.extend(panel::rows(panel, job.result.as_ref(), now));
    }
    if let Some(dispute) = &job.dispute {
        let who = if dispute.by_buyer { "buyer" } else { "provider" };
        rows.push(("dispute", format!("by the {who}: {}", dispute.reason)));
    }
    if let Some(end) = &job.settlement {
        rows.push((
            "settled",
            format!("{} before fees, {}", money(end.gross.u128()), output::when(end.at, now)),
        ));
    }
    if let Some(at) = job.next_deadline_at {
        rows.push(("next deadline", output::when(at, now)));
    }
    if let Some(path) = &got.output {
        rows.push(("written", format!("{} (digest checked)", path.display())));
    }
    match &got.panel {
        Some(panel) if !panel.seats.is_empty() => {
            format!("{}\n{}", output::facts(rows), panel::votes(panel, job.result.as_ref()))
        }
        _ => output::facts(rows),
    }
}
