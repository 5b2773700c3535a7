//! What every part of a running provider needs.
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use joule_types::{JobId, NodeId, ProviderId};

use super::{Fault, NodeConfig, ProviderConfig, Stats};
use crate::chain::contracts::Market;
use crate::chain::tx::Sender;
use crate::chain::Msg;
pub use crate::daemon::blocking;
use crate::daemon::{Clock, Scope};
use crate::error::{Error, Result};
use crate::journal::{Journal, Receipt};
use crate::objects::Objects;
use crate::process::gpu_worker;
use crate::sandbox::Sandbox;
use crate::tickets::Searcher;

/// A node of this provider.
#[derive(Clone, Debug)]
pub struct OwnNode {
    /// On chain.
    pub id: NodeId,
    /// As configured.
    pub config: NodeConfig,
}

/// Shared by all parts; made once the provider is on the market.
pub struct Context {
    pub market: Market,
    pub sender: Sender,
    pub journal: Arc<Journal>,
    pub objects: Objects,
    pub sandbox: Sandbox,
    pub config: ProviderConfig,
    pub provider: ProviderId,
    pub nodes: Vec<OwnNode>,
    pub clock: Clock,
    pub fault: Option<Scope<Fault>>,
    /// Searches tickets.
    pub searcher: Searcher,
    pub stats: Stats,
    /// Nothing new is begun any more.
    pub draining: AtomicBool,
    /// Nothing is sent any more ([`Fault::SilentAfterStart`]).
    silent: AtomicBool,
}

impl Context {
    #[allow(clippy::too_many_arguments)] // each is a part of its own, and this is the one place that brings them together
    pub fn new(
        market: Market,
        sender: Sender,
        journal: Arc<Journal>,
        objects: Objects,
        sandbox: Sandbox,
        config: ProviderConfig,
        (provider, nodes): (ProviderId, Vec<OwnNode>),
        clock: Clock,
        fault: Option<Scope<Fault>>,
        stats: Stats,
    ) -> Self {
        // Where the system does not say which program this is there is no worker, and the processor searches.
        let program = std::env::current_exe().unwrap_or_default();
        Self {
            searcher: Searcher::new(config.tickets, gpu_worker(&program)),
            market,
            sender,
            journal,
            objects,
            sandbox,
            config,
            provider,
            nodes,
            clock,
            fault,
            stats,
            draining: AtomicBool::new(false),
            silent: AtomicBool::new(false),
        }
    }

    /// The fault that strikes in a job.
    pub fn fault_in(&self, job: u64) -> Option<Fault> {
        self.fault.and_then(|scope| scope.strikes(JobId(job)))
    }

    /// Sends messages that may be sent again.
    pub async fn submit(&self, msgs: Vec<Msg>) -> Result<Receipt> {
        self.speak()?;
        self.sender.submit(msgs).await
    }

    /// Sends messages at most once for a tag, also across restarts.
    pub async fn submit_once(&self, tag: &str, msgs: Vec<Msg>) -> Result<Receipt> {
        self.speak()?;
        self.sender.submit_once(tag, msgs).await
    }

    /// Says nothing any more.
    pub fn fall_silent(&self) {
        tracing::warn!("falling silent, as --fault asked for");
        self.silent.store(true, Ordering::Relaxed);
    }

    /// Whether the fault has struck.
    pub fn is_silent(&self) -> bool {
        self.silent.load(Ordering::Relaxed)
    }

    /// Whether nothing new may be begun.
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    fn speak(&self) -> Result<()> {
        if self.is_silent() {
            return Err(Error::internal(
                "provider.silent",
                "the fault of --fault has struck",
                "start without --fault",
            ));
        }
        Ok(())
    }

    /// Journal access off the async threads.
    pub async fn journal<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Journal) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let journal = self.journal.clone();
        blocking(move || call(&journal)).await?
    }
}
