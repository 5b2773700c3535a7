//! Jobs and their results.
use joule_types::JobId;
use joule_work::job::JobState;
use serde_json::Value;

use super::validators::eligible;
use super::{reached, ABSENT_JOB, FORGED_JOB, JURORS, LIED_JOB, LONG, PROVIDERS, SILENT, SILENT_JOB};
use crate::demo::jobs::{describe, Jobs, Work};
use crate::demo::outcome::Posted;
use crate::demo::stage::Stage;
use crate::error::{Error, Result};

/// Buyers deposit and post; returns the jobs in the order of their ids.
pub async fn post(stage: &mut Stage, jobs: &Jobs) -> Result<[Posted; 6]> {
    stage
        .act(
            "Buyers post jobs",
            "WebAssembly and WGSL with real inputs. The market matches the best offer by score. For some the buyer judges the result, \
             for others a committee of strangers.",
        )
        .await?;
    eligible(stage, &JURORS).await?;
    for buyer in ["studio", "lab"] {
        stage.call(buyer, &["deposit", "2usdc"]).await?;
    }
    let posted = [
        one(stage, &jobs.silent).await?,
        one(stage, &jobs.forged).await?,
        one(stage, &jobs.fractal).await?,
        one(stage, &jobs.absent).await?,
        one(stage, &jobs.picture).await?,
        one(stage, &jobs.factors).await?,
    ];
    // Those who misbehave were told in which job.
    let named = [SILENT_JOB, FORGED_JOB, LIED_JOB, ABSENT_JOB];
    match posted.iter().zip(named).find(|(posted, id)| posted.id != *id) {
        None => Ok(posted),
        Some((posted, id)) => Err(Error::internal(
            "demo.order",
            format!("`{}` is job {}, not {id}", posted.work.title, posted.id),
            "report this",
        )),
    }
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

/// Waits for a job over a shipped file, checks what came, accepts.
pub async fn work(stage: &mut Stage, posted: &Posted) -> Result<()> {
    stage
        .act(
            "A buyer accepts",
            "It fetches the output by its digest, checks it and accepts: the provider is paid at once.",
        )
        .await?;
    deliver(stage, posted).await
}

/// Waits for a result, fetches and checks it, accepts it.
async fn deliver(stage: &mut Stage, posted: &Posted) -> Result<()> {
    reached(stage, posted.id, JobState::ResultSubmitted).await?;
    fetch(stage, posted).await?;
    stage
        .call(posted.work.buyer, &["job", "accept", &posted.id.to_string()])
        .await?;
    reached(stage, posted.id, JobState::Completed).await.map(drop)
}

/// Fetches a delivered result and says what it is.
pub async fn fetch(stage: &mut Stage, posted: &Posted) -> Result<()> {
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

/// Waits until the silent provider has paid for it and another one has delivered.
pub async fn silence(stage: &mut Stage, posted: &Posted) -> Result<()> {
    let first = PROVIDERS.get(SILENT).map_or("", |provider| provider.owner);
    let about = format!("{first} took the first job, began, and went silent. The keeper carries out the deadline; another provider finishes.");
    stage.act("A provider falls silent", &about).await?;
    let secs = stage
        .ground
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
