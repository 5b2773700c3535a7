//! Each transaction of the scenarios in a market of its own, frozen right before it, all at the same time of one chain.

use anyhow::{ensure, Context, Result};
use joule::chain::Msg;
use joule_testing::scenarios::{adjust, all, Book};
use joule_testing::World;

use crate::market::{freeze, messages, sender, world, Account, Frozen, Names};

/// A transaction and the market that it is for.
#[derive(Clone, Debug)]
pub struct Act {
    /// Name.
    pub name: &'static str,
    /// What it does.
    pub about: String,
    /// Seed of the market's keys.
    pub seed: String,
    /// Name of the account that signs; none if a contract sends it.
    pub signer: Option<String>,
    /// Address of the sender.
    pub sender: String,
    /// Its messages.
    pub msgs: Vec<Msg>,
    /// Block time in the simulator, seconds.
    pub time: u64,
    /// The market before it.
    pub market: Frozen,
}

/// A book that keeps one transaction, or only the names of all.
struct Search {
    seed: String,
    start: u64,
    wanted: Option<&'static str>,
    names: Names,
    seen: Vec<&'static str>,
    found: Option<Act>,
}

impl Search {
    fn new(wanted: Option<&'static str>, start: u64) -> Self {
        Self {
            seed: wanted.unwrap_or_default().to_string(),
            start,
            wanted,
            names: Names::default(),
            seen: vec![],
            found: None,
        }
    }
}

impl Book for Search {
    fn world(&mut self) -> World {
        let (world, names) = world(&self.seed, self.start, adjust);
        self.names = names;
        world
    }

    fn tx<T>(
        &mut self,
        name: &'static str,
        about: &str,
        world: &mut World,
        action: impl FnOnce(&mut World) -> anyhow::Result<T>,
    ) -> T {
        self.seen.push(name);
        let market = (self.wanted == Some(name)).then(|| freeze(world, &self.seed, &self.names, |_| true));
        let outcome = action(world).unwrap_or_else(|error| panic!("{name}: {error:#}"));
        if let Some(mut market) = market {
            let sent = world.last.clone().expect("a transaction was sent");
            // Accounts that the message itself named first.
            for (name, account) in freeze(world, &self.seed, &self.names, |_| true).accounts {
                market.accounts.entry(name).or_insert(Account { usdc: 0, ..account });
            }
            self.found = Some(Act {
                name,
                about: about.to_string(),
                seed: self.seed.clone(),
                signer: sender(&self.names, &sent),
                sender: sent.sender.to_string(),
                msgs: messages(&sent).expect("messages of a world"),
                time: sent.block.time.seconds(),
                market,
            });
        }
        outcome
    }
}

/// All transactions, each as close to `time` as its scenario allows, none later than `latest`.
pub fn acts(time: u64, latest: u64) -> Result<Vec<Act>> {
    let mut acts = vec![];
    for scenario in all::<Search>() {
        let mut search = Search::new(None, time - 1_000);
        scenario(&mut search);
        for name in search.seen {
            let act = aim(scenario, name, time, latest).with_context(|| format!("scenario {name}"))?;
            println!("{name}: {} s from the time aimed at", act.time as i64 - time as i64);
            acts.push(act);
        }
    }
    acts.sort_by_key(|act| act.time);
    Ok(acts)
}

/// Runs a scenario again and again, starting earlier or later, until its transaction is at `time`. Scenarios that wait for an epoch or a round cannot be
/// moved freely: the best of a few tries counts.
fn aim(scenario: fn(&mut Search), name: &'static str, time: u64, latest: u64) -> Result<Act> {
    let mut start = time - 1_000;
    let mut best: Option<Act> = None;
    // The node can wait for an act that is late; an early one may belong to another epoch.
    let distance = |act: &Act| act.time.saturating_sub(time) + 10 * time.saturating_sub(act.time);
    for _ in 0..4 {
        let mut search = Search::new(Some(name), start);
        scenario(&mut search);
        let act = search.found.with_context(|| format!("no transaction {name}"))?;
        start = (start + time)
            .checked_sub(act.time)
            .context("a scenario longer than time")?;
        let better = best.as_ref().is_none_or(|best| distance(&act) < distance(best));
        if act.time <= latest && better {
            best = Some(act);
        }
        if best.as_ref().is_some_and(|best| distance(best) == 0) {
            break;
        }
    }
    let best = best.context("always later than the chain")?;
    ensure!(best.time + 120 > time, "{} s too early", time - best.time);
    Ok(best)
}
