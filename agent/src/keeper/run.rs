//! The keeper's process.
use std::sync::Arc;
use std::time::{Duration, Instant};

use joule_types::registry::WindowResponse;
use joule_types::WindowId;

use super::backoff::Backoff;
use super::policy;
use super::tasks::{fees, window, Rounds, Task};
use crate::chain::contracts::money::Denoms;
use crate::chain::contracts::Market;
use crate::chain::tx::Sender;
use crate::config::Settings;
use crate::daemon::{start_signer, Feed, SignerPlace, Stop};
use crate::error::{Exit, Result};
use crate::journal::Journal;

/// Name of the saved height.
const CURSOR: &str = "keeper";

/// What a keeper is started with.
pub struct Setup {
    pub market: Market,
    pub denoms: Denoms,
    pub settings: Settings,
    pub signer: SignerPlace,
    /// Most fees of a day, base units of the fee coin.
    pub max_fees_per_day: u64,
    /// Time between two distributions of fees.
    pub distribute_every: Duration,
}

/// Keeps until `stop`.
pub async fn run(setup: Setup, mut stop: Stop) -> Result<()> {
    let Setup {
        market,
        denoms,
        settings,
        signer: place,
        max_fees_per_day,
        distribute_every,
    } = setup;
    let journal = Arc::new(Journal::open(&place.state)?);
    let signer = start_signer(&place, &policy(&settings, &market, max_fees_per_day))?;
    let sender = Sender::start(market.chain.clone(), signer, journal.clone(), settings.tx_options());
    let poll = Duration::from_millis(settings.chain.poll_ms);
    let mut feed = Feed::open(market.chain.clone(), &journal, CURSOR, poll).await?;
    let mut keeper = Keeper {
        gap: market.registry.params().await?.window_gap_secs,
        market,
        denoms,
        sender,
        rounds: Rounds::default(),
        backoff: Backoff::default(),
        distribute_every,
        distributed: None,
    };
    tracing::info!(address = keeper.sender.address(), "keeping");
    loop {
        let done = tokio::select! {
            block = feed.next() => match block {
                Ok(_) => keeper.tick().await,
                Err(error) => Err(error),
            },
            () = stop.wait() => return Ok(()),
        };
        if let Err(error) = done {
            feed.rest(&error).await;
        }
    }
}

struct Keeper {
    market: Market,
    denoms: Denoms,
    sender: Sender,
    /// Least seconds between two windows.
    gap: u64,
    rounds: Rounds,
    backoff: Backoff,
    distribute_every: Duration,
    distributed: Option<Instant>,
}

impl Keeper {
    /// One look at everything, and one batch.
    async fn tick(&mut self) -> Result<()> {
        let now = self.market.now().await?;
        let latest = self.market.registry.window(None).await?;
        let mut tasks = window(&self.market, now, self.gap, latest.as_ref()).await?;
        tasks.extend(self.rounds.jobs(&self.market, now).await?);
        let closed = self.closed(now, latest).await?;
        tasks.extend(self.rounds.nodes(&self.market, now, closed.as_ref()).await?);
        tasks.extend(self.rounds.offers(&self.market).await?);
        if self.distributed.is_none_or(|at| at.elapsed() >= self.distribute_every) {
            tasks.extend(fees(&self.market, &self.denoms).await?);
            self.distributed = Some(Instant::now());
        }
        tasks.retain(|task| self.backoff.ready(&task.name));
        self.send(tasks).await
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
            async move { (sender.submit(vec![task.msg]).await, task.name) }
        });
        for (outcome, name) in futures::future::join_all(sent).await {
            match outcome {
                Ok(receipt) => {
                    tracing::info!(task = name, tx = %receipt.hash, "done");
                    self.backoff.done(&name);
                }
                // Another keeper was faster, or there is nothing to match yet.
                Err(error) if error.exit() == Exit::Refused => {
                    tracing::debug!(task = name, %error, "refused");
                    self.backoff.refused(&name);
                }
                Err(error) => {
                    self.rounds.look_again();
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}
