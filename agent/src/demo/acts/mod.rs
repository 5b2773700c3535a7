//! The story in its parts. Every part waits for what the chain says, and fails if it does not come.
mod accounts;
mod dispute;
mod join;
mod judged;
mod validators;
mod vote;
mod work;

pub use accounts::accounts;
pub use dispute::dispute;
pub use join::{join, keep, offered, prove, provide};
pub use judged::juries;
pub use validators::{eligible, enrol, judge, stake};
pub use vote::{execute, propose};
pub use work::{fetch, later, one, post, silence, work};

use std::time::Duration;

use joule_types::marketplace::JobResponse;
use joule_types::JobId;
use joule_work::job::JobState;

use super::jobs::{HUGE_MB, LARGE_MB};
use super::stage::Stage;
use crate::error::Result;

/// The most that one step of the story may take, on a slow machine.
const LONG: Duration = Duration::from_secs(90);

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
    /// Memory that it declares, MiB.
    pub memory_mb: u64,
    /// How it misbehaves, as `joule run --fault` reads it.
    pub fault: Option<&'static str>,
}

/// The providers, the most powerful one first.
pub const PROVIDERS: [Cast; 4] = [
    Cast {
        owner: "turbine",
        agent: "turbine-agent",
        share: 60,
        price: "0.6usdc",
        stake: "12000joule",
        region: "us",
        memory_mb: HUGE_MB,
        fault: None,
    },
    Cast {
        owner: "windmill",
        agent: "windmill-agent",
        share: 30,
        price: "0.45usdc",
        stake: "1500joule",
        region: "eu",
        memory_mb: LARGE_MB,
        fault: None,
    },
    Cast {
        owner: "dynamo",
        agent: "dynamo-agent",
        share: 16,
        price: "0.25usdc",
        stake: "400joule",
        region: "asia",
        memory_mb: 2_048,
        fault: Some("silent-after-start@1"),
    },
    Cast {
        owner: "rotor",
        agent: "rotor-agent",
        share: 8,
        price: "0.3usdc",
        stake: "1000joule",
        region: "eu",
        memory_mb: LARGE_MB,
        fault: Some("wrong-result@2"),
    },
];
/// Places of those that misbehave.
pub const SILENT: usize = 2;
/// The other one.
pub const FORGER: usize = 3;

/// Ids of the jobs with a fault in them: they are posted in this order.
pub const SILENT_JOB: JobId = JobId(1);
/// A provider delivers something else.
pub const FORGED_JOB: JobId = JobId(2);
/// A validator lies.
pub const LIED_JOB: JobId = JobId(3);
/// A validator stays away.
pub const ABSENT_JOB: JobId = JobId(4);

/// A validator of the demo.
pub struct Juror {
    /// Its key.
    pub name: &'static str,
    /// Its stake, whole JOULE.
    pub stake: u128,
    /// How it misbehaves, as `joule verify --fault` reads it.
    pub fault: Option<&'static str>,
}

impl Juror {
    /// One with little stake that does what it should.
    pub const fn honest(name: &'static str) -> Self {
        Self {
            name,
            stake: 200,
            fault: None,
        }
    }

    /// Nobody can choose who is drawn. With 98 % of the stake between them the two who misbehave miss a first jury about
    /// once in five thousand jobs.
    const fn heavy(name: &'static str, fault: &'static str) -> Self {
        Self {
            name,
            stake: 100_000,
            fault: Some(fault),
        }
    }
}

/// The validators.
pub const JURORS: [Juror; 13] = [
    Juror::heavy(LIAR, "lie@3"),
    Juror::heavy(TRUANT, "silent@4"),
    Juror::honest("anchor"),
    Juror::honest("beam"),
    Juror::honest("bracket"),
    Juror::honest("caliper"),
    Juror::honest("compass"),
    Juror::honest("gauge"),
    Juror::honest("plumb"),
    Juror::honest("ratchet"),
    Juror::honest("scale"),
    Juror::honest("sextant"),
    Juror::honest("spindle"),
];
/// Votes for something that it made up.
pub const LIAR: &str = "lever";
/// Never votes.
pub const TRUANT: &str = "hinge";

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
