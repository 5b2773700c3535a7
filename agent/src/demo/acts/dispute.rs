//! A buyer does not like a result, and the arbiter divides.
use joule_work::job::JobState;

use super::reached;
use super::work::{fetch, one};
use crate::demo::jobs::Work;
use crate::demo::outcome::Posted;
use crate::demo::stage::Stage;
use crate::error::Result;

/// What the arbiter gives the provider, basis points.
const PROVIDER_BPS: &str = "6000";

/// Posts a job and disputes its result; the arbiter decides.
pub async fn dispute(stage: &mut Stage, work: &Work) -> Result<Posted> {
    stage
        .act(
            "A dispute",
            "The buyer puts up a bond and says what is wrong; the money stays held until the arbiter decides.",
        )
        .await?;
    let posted = one(stage, work).await?;
    reached(stage, posted.id, JobState::ResultSubmitted).await?;
    fetch(stage, &posted).await?;
    let id = posted.id.to_string();
    stage
        .call(
            work.buyer,
            &[
                "job",
                "dispute",
                &id,
                "--reason",
                "the light is too cold for the catalogue",
            ],
        )
        .await?;
    reached(stage, posted.id, JobState::Disputed).await?;
    stage
        .call(
            "arbiter",
            &["job", "resolve", &posted.id.to_string(), "--provider-bps", PROVIDER_BPS],
        )
        .await?;
    reached(stage, posted.id, JobState::Resolved).await?;
    Ok(posted)
}
