//! The validator's process: signer, then the loop over blocks until it is asked to end.
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use joule_types::marketplace::{PanelPhased, SeatDrawn};

use super::context::Context;
use super::inputs::FETCHES;
use super::seats::Seats;
use super::turns::Turns;
use super::watch::Watch;
use super::{policy, Fault, Stats};
use crate::chain::contracts::{events, Market};
use crate::chain::tx::Sender;
use crate::chain::Event;
use crate::config::Settings;
use crate::daemon::{finish, start_signer, Clock, Feed, Pulse, Scope, SignerPlace, Stop};
use crate::error::{Error, Result};
use crate::journal::Journal;
use crate::monitor::{Monitor, Own};
use crate::objects::{Objects, Policy};
use crate::provider::{object_error, open_sandbox, with_gpu};

/// Name of the saved height.
const CURSOR: &str = "verifier";
/// State is read by query at least this often, whatever events say.
const SYNC: Duration = Duration::from_secs(5);
/// A drain looks this often whether everything is done.
const DRAIN: Duration = Duration::from_millis(500);

/// What a validator is started with.
pub struct Setup {
    pub market: Market,
    pub settings: Settings,
    pub signer: SignerPlace,
    /// What may be fetched.
    pub reach: Policy,
    /// Run jobs of wgsl/1 on the graphics processor, and so many steps of each on the interpreter beside it.
    pub gpu: Option<u32>,
    /// Jobs that may run at once, at least 1; as many again if seats would be late otherwise.
    pub jobs: usize,
    /// Most fees of a day, base units of the fee coin.
    pub max_fees_per_day: u64,
    pub fault: Option<Scope<Fault>>,
}

/// Judges until `stop`, then reveals what was committed.
pub async fn run(setup: Setup, monitor: Monitor, mut stop: Stop) -> Result<()> {
    let Setup {
        market,
        settings,
        signer: place,
        reach,
        gpu,
        jobs,
        max_fees_per_day,
        fault,
    } = setup;
    if let Some(scope) = fault {
        scope.fault().check(&settings.chain.id)?;
    }
    let journal = Arc::new(Journal::open(&place.state)?);
    let stats = Stats::default();
    monitor.list(|book| stats.list(book));
    let cache = place.state.join("cache");
    let objects = Objects::open(&cache, reach).map_err(object_error)?;
    let sandbox = match gpu {
        Some(check_steps) => with_gpu(open_sandbox().await?, check_steps).await?,
        None => open_sandbox().await?,
    };
    let signer = start_signer(&place, &policy(&settings, &market, max_fees_per_day))?;
    let sender = Sender::start(market.chain.clone(), signer, journal.clone(), settings.tx_options());
    monitor.owns(Own {
        market: market.clone(),
        sender: sender.clone(),
        journal: journal.clone(),
        cursor: CURSOR,
        cache: Some(cache),
    });
    let own = market.staking.validator_of(sender.address()).await?.ok_or_else(|| {
        Error::refused(
            "verify.not_enrolled",
            format!("{} is neither owner nor operator of a validator", sender.address()),
            "enrol with `joule validator enrol`, with the owner's key",
        )
    })?;
    let clock = Clock::at(market.now().await?);
    let poll = Duration::from_millis(settings.chain.poll_ms);
    let mut feed = Feed::open(market.chain.clone(), &journal, CURSOR, poll, monitor.pulse()).await?;
    tracing::info!(owner = %own.owner, address = sender.address(), "judging for a validator");
    let cx = Arc::new(Context {
        market,
        sender,
        journal,
        objects,
        sandbox,
        owner: own.owner.into(),
        clock,
        turns: Turns::new(jobs),
        fetches: Turns::new(FETCHES),
        fault,
        draining: AtomicBool::new(false),
        stats,
        deadlines: Mutex::default(),
    });
    let seats = Arc::new(Seats::new(cx.clone()));
    monitor.serving(Arc::new(Watch {
        cx: cx.clone(),
        seats: seats.clone(),
    }));
    let mut synced: Option<Instant> = None;
    loop {
        let block = tokio::select! {
            block = feed.next() => block,
            () = stop.wait() => break,
        };
        let done = async {
            let block = block?;
            cx.clock.heard(cx.market.now().await?);
            let due = synced.is_none_or(|at| at.elapsed() >= SYNC);
            if due || block.is_none_or(|events| concerns_us(&cx, &events)) {
                seats.sync().await?;
                synced = Some(Instant::now());
            }
            Ok(())
        };
        if let Err(error) = done.await {
            feed.rest(&error).await;
        }
    }
    monitor.finishing();
    let left = || async {
        let ballots = cx.journal(|j| j.ballots()).await.unwrap_or_default();
        ballots
            .iter()
            .map(|ballot| format!("the vote of seat {}", ballot.seat()))
            .collect()
    };
    finish(settings.stop.within(), drain(&cx, &seats, &monitor.pulse()), left).await
}

/// A seat for us, or another phase of some committee.
fn concerns_us(cx: &Context, block: &[Event]) -> bool {
    let market = cx.market.marketplace.address();
    let mut drawn = events::of::<SeatDrawn>(market, block);
    drawn.any(|seat| seat.owner.as_str() == cx.owner) || events::of::<PanelPhased>(market, block).next().is_some()
}

/// Begins no seat any more, commits and reveals what is in the journal.
async fn drain(cx: &Arc<Context>, seats: &Arc<Seats>, pulse: &Pulse) -> Result<()> {
    cx.draining.store(true, Ordering::Relaxed);
    loop {
        pulse.beat();
        let done = async {
            cx.clock.heard(cx.market.now().await?);
            seats.sync().await?;
            Ok::<_, Error>(seats.is_idle() && !seats.owes().await?)
        };
        match done.await {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "the chain does not answer while finishing"),
        }
        tokio::time::sleep(DRAIN).await;
    }
}
