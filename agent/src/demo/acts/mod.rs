//! The story in its parts. Every part waits for what the chain says, and fails if it does not come.
mod accounts;
mod dispute;
mod join;
mod vote;
mod work;

pub use accounts::accounts;
pub use dispute::{decide, dispute};
pub use join::{join, prove};
pub use vote::{execute, propose};
pub use work::{later, post, silence, work};

use std::time::Duration;

use joule_types::marketplace::JobResponse;
use joule_types::JobId;
use joule_work::job::JobState;

use super::stage::Stage;
use crate::error::Result;

/// The most that one step of the story may take, on a slow machine.
const LONG: Duration = Duration::from_secs(60);

/// A provider of the demo.
pub struct Cast {
    /// Its owner's key.
    pub owner: &'static str,
    /// Its agent's key.
    pub agent: &'static str,
    /// Percent of one core for its proofs of power.
    pub share: u8,
    /// Price of an hour.
    pub price: &'static str,
    /// Stake.
    pub stake: &'static str,
    /// Where it stands.
    pub region: &'static str,
    /// It will fall silent in its first job.
    pub silent: bool,
}

/// The providers, the most powerful one first.
pub const PROVIDERS: [Cast; 3] = [
    Cast {
        owner: "turbine",
        agent: "turbine-agent",
        share: 60,
        price: "0.6usdc",
        stake: "12000joule",
        region: "us",
        silent: false,
    },
    Cast {
        owner: "windmill",
        agent: "windmill-agent",
        share: 30,
        price: "0.45usdc",
        stake: "1500joule",
        region: "eu",
        silent: false,
    },
    Cast {
        owner: "dynamo",
        agent: "dynamo-agent",
        share: 15,
        price: "0.3usdc",
        stake: "400joule",
        region: "asia",
        silent: true,
    },
];

/// Waits until a job is in a state.
async fn reached(stage: &mut Stage, job: JobId, state: JobState) -> Result<JobResponse> {
    let what = format!("{} in state {state:?}", stage.watch.names.job(job));
    stage
        .until(&what, LONG, async |market| {
            let now = market.marketplace.job(job).await?;
            Ok((now.state == state).then_some(now))
        })
        .await
}
