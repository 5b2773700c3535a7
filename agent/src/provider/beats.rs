//! Beats: one message for all nodes, half way through what the last one covers.
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::Arc;

use joule_types::registry::Beat;
use joule_types::NodeId;

use super::context::Context;
use super::onboard::may_beat;
use crate::chain::contracts::events;
use crate::error::Result;

/// When the next beat is due.
pub struct Beats {
    cx: Arc<Context>,
    /// Chain time.
    due: AtomicU64,
    /// Chain time up to which the last beat covers; 0 before the first.
    covered: AtomicU64,
    in_flight: AtomicBool,
}

impl Beats {
    pub fn new(cx: Arc<Context>) -> Self {
        Self {
            cx,
            due: AtomicU64::new(0),
            covered: AtomicU64::new(0),
            in_flight: AtomicBool::new(false),
        }
    }

    /// Beats if it is time. Returns at once.
    pub fn tick(self: &Arc<Self>) {
        if self.cx.clock.block() < self.due.load(Ordering::Relaxed) || self.in_flight.swap(true, Ordering::Relaxed) {
            return;
        }
        let this = self.clone();
        tokio::spawn(async move {
            let flight = Flight(this);
            if let Err(error) = flight.0.beat().await {
                flight.0.cx.stats.beats_failed.inc();
                tracing::warn!(%error, "no beat; trying again at the next block");
            }
        });
    }

    async fn beat(&self) -> Result<()> {
        let nodes = self.live().await?;
        let registry = &self.cx.market.registry;
        // The dao may have changed it since the last one.
        let cover = registry.params().await?.beat_secs;
        if nodes.is_empty() {
            self.due
                .store(self.cx.clock.block().saturating_add(cover / 2), Ordering::Relaxed);
            return Ok(());
        }
        let receipt = self.cx.submit(vec![registry.beat(nodes)?]).await?;
        let until = events::first::<Beat>(registry.address(), &receipt.events)?.until;
        self.count(until, cover);
        self.due
            .store(until.saturating_sub(cover.div_ceil(2)), Ordering::Relaxed);
        Ok(())
    }

    /// Counts a beat that covers `cover` seconds up to `until`.
    fn count(&self, until: u64, cover: u64) {
        let stats = &self.cx.stats;
        stats.beats_sent.inc();
        stats.covered_until.set(until as f64);
        let before = self.covered.swap(until, Ordering::Relaxed);
        // It landed when its cover began.
        if before > 0 && until.saturating_sub(cover) > before {
            stats.beats_late.inc();
        }
    }

    /// The nodes that may beat now: one that was rejected since would spoil the message for all.
    async fn live(&self) -> Result<Vec<NodeId>> {
        let known = self.cx.market.registry.nodes_of(self.cx.provider).await?;
        let ours = |id: NodeId| self.cx.nodes.iter().any(|node| node.id == id);
        Ok(known
            .into_iter()
            .filter(|node| ours(node.node) && may_beat(node.state))
            .map(|node| node.node)
            .collect())
    }
}

/// Lets the next beat go when this one has ended, in whatever way.
struct Flight(Arc<Beats>);

impl Drop for Flight {
    fn drop(&mut self) {
        self.0.in_flight.store(false, Ordering::Relaxed);
    }
}
