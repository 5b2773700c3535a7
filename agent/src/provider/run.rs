//! The provider's process: signer, onboarding, then the loop over blocks until it is asked to end.
use std::sync::atomic::Ordering;
use std::sync::Arc;
use std::time::{Duration, Instant};

use joule_types::marketplace::JobAssigned;
use joule_types::registry::WindowOpened;

use super::beats::Beats;
use super::context::{blocking, Context};
use super::jobs::Jobs;
use super::onboard::Onboarding;
use super::owner::Owner;
use super::watch::Watch;
use super::windows::Windows;
use super::{policy, Fault, ProviderConfig, Stats};
use crate::chain::contracts::money::Denoms;
use crate::chain::contracts::{events, Market};
use crate::chain::tx::Sender;
use crate::chain::Event;
use crate::config::Settings;
use crate::daemon::{finish, start_signer, Clock, Feed, Pulse, Scope, SignerPlace, Stop};
use crate::error::{Error, Exit, Result};
use crate::journal::Journal;
use crate::monitor::{Monitor, Own, Watched};
use crate::objects::{Objects, Policy};
use crate::sandbox::{Device, Sandbox};

/// Name of the saved height.
const CURSOR: &str = "provider";
/// State is read by query at least this often, whatever events say.
const SYNC: Duration = Duration::from_secs(5);
/// A drain looks this often whether everything is done.
const DRAIN: Duration = Duration::from_millis(500);

/// What a provider is started with.
pub struct Setup {
    pub market: Market,
    pub denoms: Denoms,
    pub settings: Settings,
    pub config: ProviderConfig,
    pub signer: SignerPlace,
    pub fault: Option<Scope<Fault>>,
}

/// Serves until `stop`, then finishes what was begun.
pub async fn run(setup: Setup, monitor: Monitor, mut stop: Stop) -> Result<()> {
    if let Some(scope) = setup.fault {
        scope.fault().check(&setup.settings.chain.id)?;
    }
    let stats = Stats::default();
    monitor.list(|book| stats.list(book));
    let journal = Arc::new(Journal::open(&setup.signer.state)?);
    let cache = setup.signer.home.join("cache");
    let objects = Objects::open(
        &cache,
        Policy {
            files: setup.config.allow_files.clone(),
            allow_loopback: setup.config.allow_loopback,
        },
    );
    let objects = objects.map_err(super::object_error)?;
    let sandbox = match setup.config.gpu {
        true => with_gpu(open_sandbox().await?, setup.config.check_steps).await?,
        false => open_sandbox().await?,
    };
    let (sender, owner) = hands(&setup, &journal).await?;
    monitor.owns(Own {
        market: setup.market.clone(),
        sender: sender.clone(),
        journal: journal.clone(),
        cursor: CURSOR,
        cache: Some(cache),
    });
    let Setup {
        market,
        denoms,
        settings,
        config,
        fault,
        ..
    } = setup;
    let onboarding = Onboarding {
        market: &market,
        denoms: &denoms,
        config: &config,
        sender: &sender,
        owner: &owner,
    };
    let own = tokio::select! {
        own = onboarding.run() => own?,
        () = stop.wait() => return Ok(()),
    };
    drop(owner);
    tracing::info!(provider = %own.0, nodes = own.1.len(), "on the market");
    let payee = market.registry.provider(own.0).await?.payout.into_string();
    let clock = Clock::at(market.now().await?);
    let feed = Feed::open(
        market.chain.clone(),
        &journal,
        CURSOR,
        Duration::from_millis(settings.chain.poll_ms),
        monitor.pulse(),
    )
    .await?;
    let cx = Arc::new(Context::new(
        market, sender, journal, objects, sandbox, config, own, clock, fault, stats,
    ));
    let serving = Loop::new(cx, monitor.pulse());
    let watch = Arc::new(serving.watch(payee));
    monitor.serving(watch.clone());
    let drain = serving.run(feed, stop).await;
    monitor.finishing();
    let left = || async move {
        let left = watch.in_hand().await.unwrap_or_default();
        left.into_iter()
            .map(|hand| format!("{} ({})", hand.what, hand.state))
            .collect()
    };
    finish(settings.stop.within(), drain.drain(), left).await
}

/// Starts the signer: what sends as the operator, and what can as the owner.
pub(super) async fn hands(setup: &Setup, journal: &Arc<Journal>) -> Result<(Sender, Owner)> {
    let Setup {
        market,
        settings,
        config,
        signer: place,
        ..
    } = setup;
    let owner_joule = match &config.owner_key {
        Some(_) => None,
        None => Some(owner_ceiling(market, &setup.denoms, config).await?),
    };
    let rules = policy(settings, market, config.max_fees_per_day, owner_joule);
    let signer = start_signer(place, &rules)?;
    let options = settings.tx_options();
    let sender = Sender::start(market.chain.clone(), signer, journal.clone(), options.clone());
    let owner = Owner::new(config, &place.home, &sender, &market.chain, journal, &options)?;
    Ok((sender, owner))
}

/// Probing starts children, which block.
pub async fn open_sandbox() -> Result<Sandbox> {
    let sandbox = blocking(Sandbox::open).await?;
    let sandbox =
        sandbox.map_err(|e| Error::new(Exit::Local, e.code(), e, "check that this program may start itself"))?;
    let confinement = sandbox.confinement();
    if confinement.layers.sufficient() {
        tracing::info!(layers = %confinement.layers, "jobs run confined");
    } else {
        tracing::warn!(missing = %confinement.gaps(), "only jobs on the shipped list run here");
    }
    Ok(sandbox)
}

/// Asking the driver starts a worker, which blocks.
pub async fn with_gpu(sandbox: Sandbox, check_steps: u32) -> Result<Sandbox> {
    let program = sandbox.program().to_path_buf();
    let found = blocking(move || Device::hardware(&program, check_steps)).await?;
    let (device, adapter) = found.map_err(|e| {
        Error::new(
            Exit::Local,
            e.code(),
            e,
            "check the driver with `joule bench`, or do without the graphics processor",
        )
    })?;
    tracing::info!(adapter = adapter.name, "jobs of wgsl/1 run on the graphics processor");
    Ok(sandbox.with_device(device))
}

/// Most micro-JOULE that an operator who is the owner too may move in a day: stake, fee and deposits, twice over.
async fn owner_ceiling(market: &Market, denoms: &Denoms, config: &ProviderConfig) -> Result<u128> {
    let offers = u128::try_from(config.nodes.iter().map(|node| node.offers.len()).sum::<usize>()).unwrap_or(u128::MAX);
    let deposits = market
        .marketplace
        .params()
        .await?
        .offer_deposit
        .u128()
        .saturating_mul(offers);
    let fee = market.registry.params().await?.fee.u128();
    Ok(denoms
        .ujoule(&config.stake)?
        .saturating_add(fee)
        .saturating_add(deposits)
        .saturating_mul(2))
}

struct Loop {
    cx: Arc<Context>,
    beats: Arc<Beats>,
    windows: Arc<Windows>,
    jobs: Arc<Jobs>,
    pulse: Pulse,
    synced: Option<Instant>,
}

impl Loop {
    fn new(cx: Arc<Context>, pulse: Pulse) -> Self {
        Self {
            beats: Arc::new(Beats::new(cx.clone())),
            windows: Arc::new(Windows::new(cx.clone())),
            jobs: Arc::new(Jobs::new(cx.clone())),
            cx,
            pulse,
            synced: None,
        }
    }

    /// What it says when asked how it is.
    fn watch(&self, payee: String) -> Watch {
        Watch {
            cx: self.cx.clone(),
            jobs: self.jobs.clone(),
            payee,
        }
    }

    /// Works until it is asked to end.
    async fn run(mut self, mut feed: Feed, mut stop: Stop) -> Self {
        loop {
            if self.cx.is_silent() {
                self.pulse.during(stop.wait()).await;
                return self;
            }
            let block = tokio::select! {
                block = feed.next() => block,
                () = stop.wait() => return self,
            };
            if let Err(error) = self.on_block(block).await {
                feed.rest(&error).await;
            }
        }
    }

    async fn on_block(&mut self, block: Result<Option<Vec<Event>>>) -> Result<()> {
        let block = block?;
        self.cx.clock.heard(self.cx.market.now().await?);
        self.beats.tick();
        let due = self.synced.is_none_or(|at| at.elapsed() >= SYNC);
        if due || block.is_none_or(|events| self.concerns_us(&events)) {
            self.windows.sync().await?;
            self.jobs.sync().await?;
            self.synced = Some(Instant::now());
        }
        Ok(())
    }

    /// A window for everybody, or a job for us.
    fn concerns_us(&self, block: &[Event]) -> bool {
        let market = &self.cx.market;
        let window = events::of::<WindowOpened>(market.registry.address(), block)
            .next()
            .is_some();
        let mut jobs = events::of::<JobAssigned>(market.marketplace.address(), block);
        window || jobs.any(|job| job.provider == self.cx.provider)
    }

    /// Takes no new work, finishes what was begun and reveals what was committed.
    async fn drain(self) -> Result<()> {
        if self.cx.is_silent() {
            return Ok(());
        }
        self.cx.draining.store(true, Ordering::Relaxed);
        let registry = &self.cx.market.registry;
        let off = self
            .cx
            .nodes
            .iter()
            .map(|node| registry.set_available(node.id, false))
            .collect::<Result<Vec<_>>>()?;
        if let Err(error) = self.pulse.during(self.cx.submit(off)).await {
            tracing::warn!(%error, "the nodes could not be switched off; new jobs will be declined");
        }
        loop {
            self.pulse.beat();
            let done = async {
                self.cx.clock.heard(self.cx.market.now().await?);
                self.beats.tick();
                self.jobs.sync().await?;
                self.windows.sync().await?;
                Ok(self.jobs.is_idle() && self.windows.is_settled().await? && !self.jobs.owes().await?)
            };
            match done.await {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(error) => {
                    let error: Error = error;
                    tracing::warn!(%error, "the chain does not answer while finishing");
                }
            }
            tokio::time::sleep(DRAIN).await;
        }
    }
}
