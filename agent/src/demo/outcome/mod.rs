//! How it ended: read from the chain, held against what a market must do ([`expect`]).
mod expect;

use std::collections::BTreeMap;

use joule_types::marketplace::JobResponse;
use joule_types::{escrow, staking, JobId};
use serde::Serialize;

use super::acts::{JURORS, PROVIDERS};
use super::jobs::Work;
use super::money::{Money, Totals};
use super::panels::{panels, PanelEnd};
use super::stage::Stage;
use crate::chain::contracts::events;
use crate::chain::types::text_amount;
use crate::error::Result;

/// A posted job.
#[derive(Clone, Debug)]
pub struct Posted {
    /// Its id.
    pub id: JobId,
    /// What was posted.
    pub work: Work,
}

/// The last line of `--json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// `summary`.
    pub event: &'static str,
    /// No unit of money is missing.
    pub conserved: bool,
    /// All jobs.
    pub jobs: Vec<JobEnd>,
    /// All providers, the most powerful one first.
    pub providers: Vec<ProviderEnd>,
    /// All validators.
    pub validators: Vec<ValidatorEnd>,
    /// Money by denomination.
    pub money: BTreeMap<&'static str, Totals>,
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JobEnd {
    /// Id.
    pub id: u64,
    /// Engine, interface and fuel table.
    pub runtime: String,
    /// State as the design names it.
    pub state: String,
    /// Provider of the last attempt.
    pub provider: Option<u64>,
    /// Attempts.
    pub attempts: u32,
    /// Digest of the output, hexadecimal.
    pub output_sha256: Option<String>,
    /// The committees that judged it, one an attempt; none if the buyer did.
    pub panels: Vec<PanelEnd>,
}

/// Where a provider stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProviderEnd {
    /// Id.
    pub id: u64,
    /// Verified tickets a second.
    pub verified: u64,
    /// Reputation in points.
    pub reputation: f64,
    /// Trust level, 0 to 4, before the stake was taken out.
    pub trust: u8,
    /// Earned after fees, uusdc.
    #[serde(with = "text_amount")]
    pub earned: u128,
    /// Slashed, micro-JOULE.
    #[serde(with = "text_amount")]
    pub slashed: u128,
}

/// What came of a validator.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ValidatorEnd {
    /// Name.
    pub name: &'static str,
    /// Stake at the start, micro-JOULE.
    #[serde(with = "text_amount")]
    pub stake: u128,
    /// Seats that it was drawn for, standbys not counted.
    pub seats: usize,
    /// Votes that were paid.
    pub paid_votes: usize,
    /// Earned, uusdc.
    #[serde(with = "text_amount")]
    pub earned: u128,
    /// Slashed, micro-JOULE.
    #[serde(with = "text_amount")]
    pub slashed: u128,
}

/// Something that had to happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// In words.
    pub what: String,
    /// It did.
    pub met: bool,
}

/// Everything known in the end.
pub struct Outcome {
    /// For programs.
    pub summary: Summary,
    /// For the checks.
    pub money: Money,
    /// What had to happen.
    pub expected: Vec<Expected>,
    /// Jobs as the chain has them, with their work.
    pub jobs: Vec<(Posted, JobResponse)>,
    /// Names of the providers, as in the summary.
    pub names: Vec<&'static str>,
}

/// Standing of the providers while their stake is still in: leaving lowers the trust level.
pub async fn standing(stage: &Stage) -> Result<Vec<ProviderEnd>> {
    let mut ends = vec![];
    for provider in &PROVIDERS {
        let owner = stage.actor(provider.owner)?.address.clone();
        let Some(known) = stage.ground.market.registry.provider_of(&owner).await? else {
            continue;
        };
        let nodes = stage.ground.market.registry.nodes_of(known.provider).await?;
        let escrow = stage.ground.market.escrow.address();
        let earned = events::of::<escrow::HoldSettled>(escrow, &stage.watch.events)
            .filter(|e| e.payee.as_ref() == Some(&known.payout))
            .map(|e| e.provider.u128());
        let slashed = events::of::<staking::Slashed>(stage.ground.market.staking.address(), &stage.watch.events)
            .filter(|e| e.pool == known.owner)
            .map(|e| e.slashed.u128());
        ends.push(ProviderEnd {
            id: known.provider.u64(),
            verified: nodes.iter().map(|node| node.verified.hash_rate).sum(),
            reputation: f64::from(known.standing.reputation) / 1000.0,
            trust: known.standing.trust as u8,
            earned: earned.sum(),
            slashed: slashed.sum(),
        });
    }
    Ok(ends)
}

/// Reads how everything ended. `proven` is what the providers showed in their first window.
pub async fn judge(stage: &Stage, posted: Vec<Posted>, providers: Vec<ProviderEnd>, proven: &[u64]) -> Result<Outcome> {
    let mut jobs = vec![];
    for posted in posted {
        let job = stage.ground.market.marketplace.job(posted.id).await?;
        jobs.push((posted, job));
    }
    let mut ends = vec![];
    for (posted, job) in &jobs {
        ends.push(end_of(job, panels(stage, posted.id, job.attempts).await?));
    }
    let money = Money::count(&stage.ground, &stage.watch.events).await?;
    let validators = JURORS
        .iter()
        .map(|juror| validator(juror.name, juror.stake * 1_000_000, &ends))
        .collect();
    let summary = Summary {
        event: "summary",
        conserved: money.conserved(),
        jobs: ends,
        providers,
        validators,
        money: money.totals.clone(),
    };
    let expected = expect::expected(stage, &jobs, &summary, &money, proven).await?;
    Ok(Outcome {
        summary,
        money,
        expected,
        jobs,
        names: PROVIDERS.map(|provider| provider.owner).to_vec(),
    })
}

fn end_of(job: &JobResponse, panels: Vec<PanelEnd>) -> JobEnd {
    JobEnd {
        id: job.job.u64(),
        runtime: job.spec.runtime.clone(),
        state: format!("{:?}", job.state),
        provider: job.attempt.as_ref().map(|attempt| attempt.provider.u64()),
        attempts: job.attempts,
        output_sha256: job.result.as_ref().map(|result| result.result_root.to_hex()),
        panels,
    }
}

fn validator(name: &'static str, stake: u128, jobs: &[JobEnd]) -> ValidatorEnd {
    let seats = || {
        let all = jobs.iter().flat_map(|job| &job.panels).flat_map(|panel| &panel.seats);
        all.filter(move |seat| seat.validator == name)
    };
    ValidatorEnd {
        name,
        stake,
        seats: seats().filter(|seat| !seat.standby).count(),
        paid_votes: seats().filter(|seat| seat.verdict.as_deref() == Some("paid")).count(),
        earned: seats().map(|seat| seat.paid).sum(),
        slashed: seats().map(|seat| seat.slashed).sum(),
    }
}

/// Sum due and fee of a settled job, from the event of its settlement.
pub fn due_and_fee(stage: &Stage, job: &JobResponse) -> Option<(u128, u128)> {
    let settled = events::of::<escrow::HoldSettled>(stage.ground.market.escrow.address(), &stage.watch.events)
        .find(|e| e.hold == job.hold && !e.closed_before)?;
    let fee = settled.stakers + settled.treasury + settled.referrer;
    Some((settled.gross.u128(), fee.u128()))
}
