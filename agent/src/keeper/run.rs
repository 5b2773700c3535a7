//! The keeper's process.
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use joule_types::registry::WindowResponse;
use joule_types::{JobId, WindowId};
use joule_work::beacon::Clock;

use super::chores::Chores;
use super::jobs::Jobs;
use super::lists::Lists;
use super::panels::{look_at, step, Moment, Step};
use super::policy;
use super::rounds::Rounds;
use super::task::Task;
use super::terms::Terms;
use super::watch::Watch;
use super::Stats;
use crate::beacon;
use crate::chain::contracts::Market;
use crate::chain::tx::Sender;
use crate::chain::Event;
use crate::config::Settings;
use crate::daemon::{start_signer, Backoff, Feed, Pulse, SignerPlace, Stop};
use crate::error::{Exit, Result};
use crate::journal::Journal;
use crate::monitor::{Monitor, Own};

/// Name of the saved height.
const CURSOR: &str = "keeper";

/// What a keeper is started with.
pub struct Setup {
    pub market: Market,
    pub settings: Settings,
    pub signer: SignerPlace,
    /// Most fees of a day, base units of the fee coin.
    pub max_fees_per_day: u64,
    /// Time between two rounds of chores: fees, tips, forgotten holds and proposals.
    pub distribute_every: Duration,
    /// Where rounds come from ([`beacon::open`]).
    pub beacon: Vec<String>,
}

/// Keeps until `stop`.
pub async fn run(setup: Setup, monitor: Monitor, mut stop: Stop) -> Result<()> {
    let Setup {
        market,
        settings,
        signer: place,
        max_fees_per_day,
        distribute_every,
        beacon: wanted,
    } = setup;
    let stats = Stats::default();
    monitor.list(|book| stats.list(book));
    let chain = market.registry.beacon().await?.beacon;
    let source = beacon::open(&wanted, &chain)?;
    let journal = Arc::new(Journal::open(&place.state)?);
    let signer = start_signer(&place, &policy(&settings, &market, max_fees_per_day))?;
    let sender = Sender::start(market.chain.clone(), signer, journal.clone(), settings.tx_options());
    monitor.owns(Own {
        market: market.clone(),
        sender: sender.clone(),
        journal: journal.clone(),
        cursor: CURSOR,
        cache: None,
    });
    let poll = Duration::from_millis(settings.chain.poll_ms);
    let mut feed = Feed::open(market.chain.clone(), &journal, CURSOR, poll, monitor.pulse()).await?;
    let terms = Terms::read(&market).await?;
    let clock = Clock {
        genesis: chain.genesis,
        period: chain.period,
    };
    let mut keeper = Keeper {
        rounds: Rounds::new(source, clock, &terms.registry),
        terms,
        market,
        sender,
        jobs: Jobs::default(),
        lists: Lists::default(),
        chores: Chores::default(),
        backoff: Backoff::default(),
        distribute_every,
        done_chores: None,
        pulse: monitor.pulse(),
        stats,
    };
    tracing::info!(address = keeper.sender.address(), "keeping");
    monitor.serving(Arc::new(Watch {
        market: keeper.market.clone(),
        address: keeper.sender.address().to_string(),
        fee_denom: settings.gas.denom.clone(),
        stats: keeper.stats.clone(),
    }));
    loop {
        let done = tokio::select! {
            block = feed.next() => match block {
                Ok(block) => keeper.tick(block.as_deref()).await,
                Err(error) => Err(error),
            },
            // What is in flight is settled by the next start.
            () = stop.wait() => {
                monitor.finishing();
                return Ok(());
            }
        };
        if let Err(error) = done {
            feed.rest(&error).await;
        }
    }
}

struct Keeper {
    market: Market,
    sender: Sender,
    terms: Terms,
    rounds: Rounds,
    jobs: Jobs,
    lists: Lists,
    chores: Chores,
    backoff: Backoff,
    distribute_every: Duration,
    done_chores: Option<Instant>,
    pulse: Pulse,
    stats: Stats,
}

impl Keeper {
    /// One look at everything, and one batch. Without events, nothing is known of what the last blocks did.
    async fn tick(&mut self, block: Option<&[Event]>) -> Result<()> {
        let now = self.market.now().await?;
        self.jobs.hear(self.market.marketplace.address(), block, now);
        if self.terms.are_old(block) {
            self.terms = Terms::read(&self.market).await?;
            self.rounds.follow(&self.terms.registry);
        }
        let latest = self.market.registry.window(None).await?;
        let (mut tasks, judged) = self.jobs.tasks(&self.market, now).await?;
        let (panels, posted) = self.panels(now, judged).await?;
        tasks.extend(panels);
        let rounds = self.rounds.tasks(&self.market, now, latest.as_ref(), &posted).await?;
        tasks.extend(rounds);
        let closed = self.closed(now, latest).await?;
        let period = self.terms.registry.uptime_period_secs;
        let nodes = self.lists.nodes(&self.market, now, closed.as_ref(), period).await?;
        tasks.extend(nodes);
        tasks.extend(self.lists.offers(&self.market).await?);
        if self.done_chores.is_none_or(|at| at.elapsed() >= self.distribute_every) {
            let own = self.sender.address();
            tasks.extend(self.chores.tasks(&self.market, &self.terms.denoms, own, now).await?);
            self.done_chores = Some(Instant::now());
        }
        tasks.retain(|task| self.backoff.ready(&task.name));
        self.send(tasks).await
    }

    /// What the committees of these jobs need, and the rounds that are posted with it.
    async fn panels(&mut self, now: u64, judged: Vec<JobId>) -> Result<(Vec<Task>, BTreeSet<u64>)> {
        let (mut tasks, mut posted) = (Vec::new(), BTreeSet::new());
        if judged.is_empty() {
            return Ok((tasks, posted));
        }
        let at = Moment {
            height: self.market.chain.height().await?,
            now,
            clock: self.rounds.clock(),
            epoch_secs: self.terms.epoch_secs,
            seal_ahead: self.terms.seal_ahead,
        };
        let jobs = &self.market.marketplace;
        for job in judged {
            self.jobs.look_again(job, now, None);
            let Some(panel) = jobs.panel(job, None).await? else {
                continue;
            };
            let Some(step) = step(&panel, &at) else {
                self.jobs.look_again(job, now, look_at(&panel, &at));
                continue;
            };
            let mut rounds = 0;
            let (word, msgs) = match step {
                Step::Seal => ("seal", vec![jobs.seal(job)?]),
                Step::Tally => ("tally", vec![jobs.tally(job)?]),
                Step::Timeout => ("timeout", vec![jobs.timeout(job)?]),
                Step::Draw { round } => {
                    let Some(mut msgs) = self.rounds.before_use(&self.market, round).await? else {
                        continue;
                    };
                    // Two panels may wait for one round: the second posting of a batch changes nothing.
                    rounds = u64::from(posted.insert(round) && !msgs.is_empty());
                    msgs.push(jobs.draw(job)?);
                    ("draw", msgs)
                }
            };
            let name = format!("{word}/{job}/{}/{}/{}", panel.attempt, panel.rung, panel.phase_until);
            tasks.push(Task { name, msgs, rounds });
        }
        Ok((tasks, posted))
    }

    /// The last window whose lists can be revealed no more: the one before the latest, while that one runs.
    async fn closed(&self, now: u64, latest: Option<WindowResponse>) -> Result<Option<WindowResponse>> {
        let Some(latest) = latest else { return Ok(None) };
        if latest.reveal_by < now {
            return Ok(Some(latest));
        }
        match latest.window.u64().checked_sub(1) {
            None | Some(0) => Ok(None),
            Some(before) => self.market.registry.window(Some(WindowId(before))).await,
        }
    }

    /// Sends the tasks side by side: the transaction actor puts them together and leaves out those that are refused.
    async fn send(&mut self, tasks: Vec<Task>) -> Result<()> {
        let sent = tasks.into_iter().map(|task| {
            let sender = self.sender.clone();
            async move { (sender.submit(task.msgs).await, task.name, task.rounds) }
        });
        for (outcome, name, rounds) in self.pulse.during(futures::future::join_all(sent)).await {
            let kind = name.split('/').next().unwrap_or_default();
            match outcome {
                Ok(receipt) => {
                    self.stats.done.of(kind).inc();
                    self.stats.rounds_posted.inc_by(rounds);
                    tracing::info!(task = name, tx = %receipt.hash, "done");
                    self.backoff.done(&name);
                }
                // Another keeper was faster, or there is nothing to match yet.
                Err(error) if error.exit() == Exit::Refused => {
                    self.stats.refused.of(kind).inc();
                    tracing::debug!(task = name, %error, "refused");
                    self.backoff.refused(&name);
                }
                Err(error) => {
                    self.lists.look_again();
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}
