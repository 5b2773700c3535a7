//! What goes wrong. Each fault strikes while jobs are on their way, at moments that follow from the seed; in the end all of them
//! are carried to their end, and `check` looks at everything.
use std::time::Duration;

use joule_faultproxy::Knobs;

use super::crew::{agents, providers, Crew};
use super::net::Run;
use super::Result;

/// A fault.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// Agents are killed and start again.
    Killed,
    /// The node ends, in order or not, and starts again.
    NodeRestarted,
    /// Answers are late, lost, doubled and old.
    BadAnswers,
    /// Another process signs with the keys of the agents.
    StolenSequence,
    /// Transactions are accepted and never land.
    NeverLands,
}

/// All of them with what must hold.
pub const ALL: [(&str, Fault); 5] = [
    ("agents are killed at any moment and go on", Fault::Killed),
    ("the node is restarted while jobs run", Fault::NodeRestarted),
    ("answers are late, lost, doubled and old", Fault::BadAnswers),
    ("another process uses up the sequence of a key", Fault::StolenSequence),
    ("a transaction never lands", Fault::NeverLands),
];

impl Fault {
    /// Strikes while jobs run, and carries them to their end.
    pub async fn strike(self, run: &Run, crew: &mut Crew) -> Result<()> {
        crew.act(&format!("{self:?}")).await?;
        let mut dice = run.dice(100 + self as u64);
        match self {
            Self::Killed => killed(run, crew, &mut dice).await?,
            Self::NodeRestarted => restarted(run, crew, &mut dice).await?,
            Self::BadAnswers => answers(run, crew).await?,
            Self::StolenSequence => stolen(run, crew, &mut dice).await?,
            Self::NeverLands => swallowed(run, crew, &mut dice).await?,
        }
        crew.carry().await
    }
}

fn moment(dice: &mut fastrand::Rng, most_ms: u64) -> Duration {
    Duration::from_millis(dice.u64(100..most_ms))
}

async fn killed(run: &Run, crew: &mut Crew, dice: &mut fastrand::Rng) -> Result<()> {
    let names = agents();
    for _ in 0..run.times(1, 4) {
        crew.post(&[
            crew.jobs.later.clone(),
            crew.jobs.absent.clone(),
            crew.jobs.silent.clone(),
        ])
        .await?;
        for turn in 0..run.times(5, 12) {
            crew.pass(moment(dice, 3_000)).await?;
            // Every other time one that is at work on a job.
            let name = match turn % 2 {
                0 => providers()[dice.usize(0..3)].owner,
                _ => names[dice.usize(0..names.len())],
            };
            crew.kill(name).await?;
            crew.pass(moment(dice, 1_500)).await?;
            crew.restart(name).await?;
        }
        crew.carry().await?;
    }
    Ok(())
}

async fn restarted(run: &Run, crew: &mut Crew, dice: &mut fastrand::Rng) -> Result<()> {
    for turn in 0..run.times(2, 8) {
        crew.post(&[crew.jobs.silent.clone(), crew.jobs.absent.clone()]).await?;
        crew.pass(moment(dice, 6_000)).await?;
        if turn % 2 == 0 {
            run.kill_node()?;
        } else {
            run.localnet("stop")?;
        }
        tokio::time::sleep(moment(dice, 3_000)).await;
        run.localnet("start")?;
        crew.answers().await?;
    }
    Ok(())
}

async fn answers(run: &Run, crew: &mut Crew) -> Result<()> {
    let quiet = crew.proxy.knobs();
    crew.proxy.set(Knobs {
        delay_ms: 20,
        jitter_ms: 200,
        drop_before: 0.05,
        drop_after: 0.05,
        duplicate: 0.1,
        stale: 0.1,
        ..quiet.clone()
    });
    let before = crew.proxy.stats();
    for _ in 0..run.times(1, 5) {
        crew.post(&[
            crew.jobs.later.clone(),
            crew.jobs.factors.clone(),
            crew.jobs.silent.clone(),
        ])
        .await?;
        crew.carry().await?;
    }
    crew.proxy.set(quiet);
    let after = crew.proxy.stats();
    let kinds = [
        after.dropped_before - before.dropped_before,
        after.dropped_after - before.dropped_after,
        after.duplicated - before.duplicated,
        after.stale - before.stale,
    ];
    if kinds.contains(&0) {
        return Err(format!("not every fault struck: {after:?}").into());
    }
    Ok(())
}

async fn stolen(run: &Run, crew: &mut Crew, dice: &mut fastrand::Rng) -> Result<()> {
    crew.post(&[
        crew.jobs.later.clone(),
        crew.jobs.absent.clone(),
        crew.jobs.silent.clone(),
    ])
    .await?;
    let market = crew.stage.ground.market.clone();
    let offers = market.marketplace.offers(None, None, None).await?.items;
    let msg = market
        .marketplace
        .refresh(offers.iter().map(|offer| offer.offer).collect())?;
    let keys: Vec<&str> = providers()
        .iter()
        .map(|provider| provider.agent)
        .chain(["keeper"])
        .collect();
    for _ in 0..run.times(8, 40) {
        crew.pass(moment(dice, 1_200)).await?;
        // From this process, which knows nothing of what the agent has under way.
        let key = keys[dice.usize(0..keys.len())];
        crew.stage.send(key, vec![msg.clone()]).await?;
    }
    Ok(())
}

async fn swallowed(run: &Run, crew: &mut Crew, dice: &mut fastrand::Rng) -> Result<()> {
    let quiet = crew.proxy.knobs();
    for _ in 0..run.times(1, 6) {
        let budget = dice.u64(3..9);
        crew.proxy.set(Knobs {
            swallow: 1.0,
            methods: vec!["broadcast_tx_sync".into()],
            budget: Some(budget),
            ..quiet.clone()
        });
        let before = crew.proxy.stats().swallowed;
        crew.post(&[crew.jobs.later.clone(), crew.jobs.absent.clone()]).await?;
        crew.carry().await?;
        if crew.proxy.stats().swallowed == before {
            return Err("no transaction was swallowed".into());
        }
        crew.proxy.set(quiet.clone());
    }
    Ok(())
}
