//! How it ended: read from the chain, held against what a market must do.
use std::collections::BTreeMap;

use joule_types::marketplace::{AttemptTimedOut, JobAssigned, JobResponse};
use joule_types::{escrow, staking, JobId, ProviderId};
use joule_work::job::JobState;
use serde::Serialize;

use super::acts::PROVIDERS;
use super::jobs::Work;
use super::money::{Money, Totals};
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
        let Some(known) = stage.market.registry.provider_of(&owner).await? else {
            continue;
        };
        let nodes = stage.market.registry.nodes_of(known.provider).await?;
        let escrow = stage.market.escrow.address();
        let earned = events::of::<escrow::HoldSettled>(escrow, &stage.watch.events)
            .filter(|e| e.payee.as_ref() == Some(&known.payout))
            .map(|e| e.provider.u128());
        let slashed = events::of::<staking::Slashed>(stage.market.staking.address(), &stage.watch.events)
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

/// Reads how everything ended.
pub async fn judge(stage: &Stage, posted: Vec<Posted>, providers: Vec<ProviderEnd>) -> Result<Outcome> {
    let mut jobs = vec![];
    for posted in posted {
        let job = stage.market.marketplace.job(posted.id).await?;
        jobs.push((posted, job));
    }
    let money = Money::count(&stage.market, &stage.actors, &stage.watch.events).await?;
    let expected = expected(stage, &jobs, &providers, &money).await?;
    let summary = Summary {
        event: "summary",
        conserved: money.conserved(),
        jobs: jobs.iter().map(|(_, job)| end_of(job)).collect(),
        providers,
        money: money.totals.clone(),
    };
    Ok(Outcome {
        summary,
        money,
        expected,
        jobs,
        names: PROVIDERS.map(|provider| provider.owner).to_vec(),
    })
}

fn end_of(job: &JobResponse) -> JobEnd {
    JobEnd {
        id: job.job.u64(),
        runtime: job.spec.runtime.clone(),
        state: format!("{:?}", job.state),
        provider: job.attempt.as_ref().map(|attempt| attempt.provider.u64()),
        attempts: job.attempts,
        output_sha256: job.result.as_ref().map(|result| result.result_root.to_hex()),
    }
}

/// The fee of a settled job in basis points of what was due, from the event of its settlement.
pub fn fee_bps(stage: &Stage, job: &JobResponse) -> Option<u128> {
    let settled = events::of::<escrow::HoldSettled>(stage.market.escrow.address(), &stage.watch.events)
        .find(|e| e.hold == job.hold && !e.closed_before)?;
    let fee = settled.stakers + settled.treasury + settled.referrer;
    // The fee is rounded up to the unit: half a basis point of tolerance is more than that.
    (fee.u128() * 100_000 / settled.gross.u128().max(1))
        .checked_add(5)
        .map(|tenths| tenths / 10)
}

async fn expected(
    stage: &Stage,
    jobs: &[(Posted, JobResponse)],
    providers: &[ProviderEnd],
    money: &Money,
) -> Result<Vec<Expected>> {
    let job = |title: &str| {
        jobs.iter()
            .find(|(posted, _)| posted.work.title == title)
            .map(|(_, job)| job)
    };
    let state = |title: &str, state| job(title).is_some_and(|job| job.state == state);
    let fee = |title: &str| job(title).and_then(|job| fee_bps(stage, job));
    let market = stage.market.marketplace.address();
    let silent = PROVIDERS
        .iter()
        .position(|provider| provider.silent)
        .and_then(|at| providers.get(at));
    let first = |title: &str| {
        let id = job(title).map(|job| job.job);
        events::of::<JobAssigned>(market, &stage.watch.events).find(|e| Some(e.job) == id && e.attempt == 1)
    };
    let timed_out = events::of::<AttemptTimedOut>(market, &stage.watch.events).next();
    let slashed = events::of::<staking::Slashed>(stage.market.staking.address(), &stage.watch.events).next();
    // 5 % of what the pool had: rounded up to the unit by staking.
    let five_percent = slashed.as_ref().is_some_and(|e| {
        let stake = PROVIDERS
            .iter()
            .find(|provider| provider.silent)
            .map_or("", |provider| provider.stake);
        let whole: u128 = stake.trim_end_matches("joule").parse().unwrap_or(0);
        e.slashed.u128() == whole * 1_000_000 / 20 && e.repaid + e.burned == e.slashed
    });
    let other = |title: &str| {
        let last = job(title)
            .and_then(|job| job.attempt.as_ref())
            .map(|attempt| attempt.provider);
        last.is_some() && last != silent.map(|provider| ProviderId(provider.id))
    };
    let mut left = 0u128;
    for actor in &stage.actors {
        for balance in stage.market.escrow.balances(&actor.address).await? {
            left += balance.total().u128();
        }
    }
    let expect = |what: &str, met: bool| Expected { what: what.into(), met };
    Ok(vec![
        expect(
            "verified power is in the order of the processor shares",
            ordered(providers),
        ),
        expect(
            "the picture over examples/raytrace is accepted and paid",
            state("picture", JobState::Completed),
        ),
        expect(
            "the factors over examples/factor are accepted and paid",
            state("factors", JobState::Completed),
        ),
        expect(
            "the silent provider's attempt timed out and 5 % of its stake was slashed",
            {
                let its = first("codes").is_some_and(|e| Some(e.provider.u64()) == silent.map(|provider| provider.id));
                its && timed_out.is_some_and(|e| e.started) && five_percent
            },
        ),
        expect("another provider finished that job in the second attempt", {
            state("codes", JobState::Completed) && job("codes").is_some_and(|job| job.attempts == 2) && other("codes")
        }),
        expect("the disputed job was split by the arbiter", {
            state("marbles", JobState::Resolved)
                && job("marbles")
                    .and_then(|job| job.settlement.as_ref())
                    .is_some_and(|end| end.provider_bps == Some(6_000))
        }),
        expect(
            "jobs posted before the vote paid 8 %, also the one that ended after it",
            {
                ["codes", "picture", "factors", "marbles"]
                    .iter()
                    .all(|title| fee(title) == Some(800))
            },
        ),
        expect(
            "the next job paid 7 %",
            state("late", JobState::Completed) && fee("late") == Some(700),
        ),
        expect("everybody has withdrawn", left == 0),
        expect("no unit of money is missing", money.conserved()),
    ])
}

fn ordered(providers: &[ProviderEnd]) -> bool {
    providers.len() == PROVIDERS.len()
        && providers
            .windows(2)
            .all(|pair| matches!(pair, [a, b] if a.verified > b.verified && b.verified > 0))
}
