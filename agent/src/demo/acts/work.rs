//! Jobs and their results.
use std::path::Path;

use joule_types::JobId;
use joule_work::job::JobState;
use serde_json::Value;

use super::{reached, LONG, PROVIDERS};
use crate::demo::jobs::{check_factors, Jobs, Work};
use crate::demo::outcome::Posted;
use crate::demo::stage::Stage;
use crate::demo::story::grouped;
use crate::error::{Error, Result};

/// Buyers deposit and post; returns the jobs in the order of their ids.
pub async fn post(stage: &mut Stage, jobs: &Jobs) -> Result<[Posted; 3]> {
    stage
        .act(
            "Buyers post jobs",
            "Each job is WebAssembly with a real input. The market matches the best offer by score.",
        )
        .await?;
    for buyer in ["studio", "lab"] {
        stage.call(buyer, &["deposit", "0.5usdc"]).await?;
    }
    let silent = one(stage, &jobs.silent).await?;
    let picture = one(stage, &jobs.picture).await?;
    let factors = one(stage, &jobs.factors).await?;
    Ok([silent, picture, factors])
}

/// Posts a job.
pub async fn one(stage: &mut Stage, work: &Work) -> Result<Posted> {
    // Ids are given in order: the title is known before the event comes.
    let next = stage.jobs_posted() + 1;
    stage.watch.names.learn_job(JobId(next), work.title);
    let (file, store) = (work.file.display().to_string(), stage.store());
    let posted = stage
        .call(work.buyer, &["job", "post", &file, "--store", &store, "--yes"])
        .await?;
    let id = posted["job"].as_str().and_then(|id| id.parse().ok());
    match id {
        Some(id) if id == JobId(next) => Ok(Posted { id, work: work.clone() }),
        _ => Err(Error::internal(
            "demo.no_job",
            format!("`{}` was posted as {}", work.title, posted["job"]),
            "report this",
        )),
    }
}

/// Waits for the two jobs over the shipped files, checks what came, accepts.
pub async fn work(stage: &mut Stage, done: &[&Posted]) -> Result<()> {
    stage
        .act(
            "Results",
            "Buyers fetch the outputs by their digests, check them and accept: the provider is paid at once.",
        )
        .await?;
    for posted in done {
        deliver(stage, posted).await?;
    }
    Ok(())
}

/// Waits for a result, fetches and checks it, accepts it.
async fn deliver(stage: &mut Stage, posted: &Posted) -> Result<()> {
    fetch(stage, posted).await?;
    stage
        .call(posted.work.buyer, &["job", "accept", &posted.id.to_string()])
        .await?;
    reached(stage, posted.id, JobState::Completed).await.map(drop)
}

/// Waits for a result, fetches it and says what it is.
pub async fn fetch(stage: &mut Stage, posted: &Posted) -> Result<()> {
    reached(stage, posted.id, JobState::ResultSubmitted).await?;
    let (path, objects) = (
        posted.work.output.display().to_string(),
        stage.out.join("objects").display().to_string(),
    );
    let got: Value = stage
        .call(
            posted.work.buyer,
            &[
                "job",
                "get",
                &posted.id.to_string(),
                "--output",
                &path,
                "--allow-files",
                &objects,
            ],
        )
        .await?;
    let digest = got["job"]["result"]["result_root"]
        .as_str()
        .unwrap_or_default()
        .to_string();
    let said = describe(&posted.work.output)?;
    let known = match &posted.work.expected {
        Some(expected) if *expected == digest => ", bit for bit what examples/ says",
        Some(expected) => {
            let what = format!("{} came as {digest}, expected {expected}", posted.work.title);
            return Err(Error::internal(
                "demo.wrong_output",
                what,
                "report this: a provider delivered something else",
            ));
        }
        None => "",
    };
    let name = posted
        .work
        .output
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    stage.note(
        posted.work.buyer,
        format!("fetches {name} and checks its digest: {said}{known}"),
    );
    Ok(())
}

/// What a result is, found out from its bytes.
fn describe(path: &Path) -> Result<String> {
    let failed = |e: &dyn std::fmt::Display| Error::local("demo.io", format!("{}: {e}", path.display()), "report this");
    let bytes = std::fs::read(path).map_err(|e| failed(&e))?;
    if let Some(rest) = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n") {
        // Width and height stand behind length and name of the first chunk.
        let number = |at: usize| {
            rest.get(at..at + 4)
                .map_or(0, |b| b.iter().fold(0u32, |n, b| n << 8 | u32::from(*b)))
        };
        return Ok(format!(
            "a picture of {} x {} pixels, {} bytes",
            number(8),
            number(12),
            grouped(bytes.len() as u128)
        ));
    }
    let text = String::from_utf8(bytes).map_err(|e| failed(&e))?;
    Ok(format!(
        "{} numbers, every product multiplied back",
        check_factors(&text)?
    ))
}

/// Waits until the silent provider has paid for it and another one has delivered.
pub async fn silence(stage: &mut Stage, posted: &Posted) -> Result<()> {
    let first = PROVIDERS
        .iter()
        .find(|provider| provider.silent)
        .map_or("", |provider| provider.owner);
    let about = format!("{first} took the first job, began, and went silent. The keeper carries out the deadline; another provider finishes.");
    stage.act("A provider falls silent", &about).await?;
    let secs = stage
        .market
        .marketplace
        .job(posted.id)
        .await?
        .spec
        .requirements
        .max_secs;
    stage.show_bar(Some(("until the deadline", std::time::Duration::from_secs(secs))));
    let id = posted.id;
    stage
        .until("second attempt", LONG, async |market| {
            let now = market.marketplace.job(id).await?;
            Ok((now.attempts > 1 || now.state.is_final()).then_some(()))
        })
        .await?;
    stage.show_bar(None);
    deliver(stage, posted).await
}

/// A job under the new fee.
pub async fn later(stage: &mut Stage, work: &Work) -> Result<Posted> {
    let posted = one(stage, work).await?;
    deliver(stage, &posted).await?;
    Ok(posted)
}
