//! The list of nodes: the first one in the settings is preferred, the others stand in while it is silent, behind, or on
//! another chain. A node of another chain is never used, not even once.
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::dialect::Dialect;
use super::known::{Known, Standing};
use super::node::Node;
use super::rpc::RpcError;
use super::types::Status;
use crate::error::{Error, Result};
use crate::metrics::Counter;

/// How nodes are spoken to, and the patience with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The line of the RPC they speak.
    pub dialect: Dialect,
    /// For one call.
    pub call_timeout: Duration,
    /// How old the knowledge about a node may be before it is asked for its status again.
    pub probe_every: Duration,
    /// Blocks behind the best node of the list at which a node is passed over.
    pub max_lag: u64,
    /// Age of the latest block at which a node is passed over when another one is fresher.
    pub stale_after: Duration,
    /// First pause after a failure; doubles up to 32 times this.
    pub backoff: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            dialect: Dialect::default(),
            call_timeout: Duration::from_secs(10),
            probe_every: Duration::from_secs(5),
            max_lag: 5,
            stale_after: Duration::from_secs(60),
            backoff: Duration::from_millis(500),
        }
    }
}

/// What is known about a node.
#[derive(Clone, Debug, Default)]
struct Health {
    /// Last status and when it was had.
    seen: Option<(Instant, Status)>,
    /// Set once and for good when the node serves another chain.
    wrong_chain: Option<String>,
    /// Failures in a row.
    failures: u32,
    /// All failures since the start.
    failed: u64,
    /// Not before this, unless there is no other.
    rest_until: Option<Instant>,
    /// Cause of the last failure.
    last_error: Option<RpcError>,
    /// Warn about another dialect once.
    dialect_warned: bool,
}

struct Slot {
    node: Node,
    health: Mutex<Health>,
}

impl Slot {
    fn health(&self) -> MutexGuard<'_, Health> {
        // A health record stays valid whatever a panicking holder did.
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Report of [`Endpoints::check`] about one node.
#[derive(Clone, Debug)]
pub struct Report {
    /// RPC address.
    pub url: String,
    /// Its status, or why it cannot be used.
    pub status: Result<Status, RpcError>,
}

/// Nodes of one chain. Clones share everything.
#[derive(Clone)]
pub struct Endpoints {
    chain_id: Arc<str>,
    slots: Arc<[Slot]>,
    limits: Limits,
    /// Index of the node that answered last.
    used: Arc<Mutex<Option<usize>>>,
    switches: Counter,
}

impl Endpoints {
    /// `urls` in order of preference. Makes no call yet.
    pub fn new<S: AsRef<str>>(chain_id: &str, urls: &[S], limits: Limits) -> Result<Self> {
        if urls.is_empty() {
            return Err(Error::config(
                "config.no_rpc",
                "chain.rpc is empty",
                "list at least one node under chain.rpc",
            ));
        }
        let slots = urls
            .iter()
            .map(|url| {
                Ok(Slot {
                    node: Node::new(url.as_ref(), limits.dialect, limits.call_timeout)?,
                    health: Mutex::default(),
                })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Self {
            chain_id: chain_id.into(),
            slots: slots.into(),
            limits,
            used: Arc::default(),
            switches: Counter::default(),
        })
    }

    /// The chain all nodes must serve.
    pub fn chain_id(&self) -> &str {
        &self.chain_id
    }

    /// The line of the RPC all nodes are spoken to in.
    pub fn dialect(&self) -> Dialect {
        self.limits.dialect
    }

    /// Asks every node for its status and says what it found, in the order of the settings.
    pub async fn check(&self) -> Vec<Report> {
        let probes = self.slots.iter().map(|slot| async {
            Report {
                status: self.probe(slot).await,
                url: slot.node.url().to_string(),
            }
        });
        futures::future::join_all(probes).await
    }

    /// Runs `call` on the best node, and on the next ones while the failure is the node's own.
    pub async fn with<T, F, Fut>(&self, call: F) -> Result<T, RpcError>
    where
        F: Fn(Node) -> Fut,
        Fut: Future<Output = Result<T, RpcError>>,
    {
        self.run(call, false).await
    }

    /// The same for what one node may have and another may not: an answer that is an error counts only when no node has a
    /// better one, the best node's first.
    pub async fn with_any<T, F, Fut>(&self, call: F) -> Result<T, RpcError>
    where
        F: Fn(Node) -> Fut,
        Fut: Future<Output = Result<T, RpcError>>,
    {
        self.run(call, true).await
    }

    async fn run<T, F, Fut>(&self, call: F, any: bool) -> Result<T, RpcError>
    where
        F: Fn(Node) -> Fut,
        Fut: Future<Output = Result<T, RpcError>>,
    {
        self.refresh().await;
        let mut last = None;
        let mut answered = None;
        for index in self.order() {
            let Some(slot) = self.slots.get(index) else { continue };
            if slot.health().seen.is_none() {
                // Never verified: its chain id comes first.
                if let Err(error) = self.probe(slot).await {
                    last = Some(error);
                    continue;
                }
            }
            match call(slot.node.clone()).await {
                Err(error) if error.is_nodes_fault() => {
                    self.failed(slot, &error);
                    last = Some(error);
                }
                Err(error @ RpcError::Answered { .. }) if any => {
                    answered.get_or_insert(error);
                }
                answer => {
                    slot.health().failures = 0;
                    self.answered(index);
                    return answer;
                }
            }
        }
        Err(answered.or(last).unwrap_or_else(|| self.nothing_usable()))
    }

    /// Notes which node answers, and how often that changes.
    fn answered(&self, index: usize) {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.replace(index).is_some_and(|before| before != index) {
            self.switches.inc();
        }
    }

    /// How often another node answered than before.
    pub fn switches(&self) -> &Counter {
        &self.switches
    }

    /// What is known about every node, in the order of the settings. Asks nobody.
    pub fn known(&self) -> Vec<Known> {
        let used = *self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let ranks = self.ranks();
        let slots = self.slots.iter().enumerate().zip(ranks);
        let known = slots.map(|((index, slot), rank)| {
            let h = slot.health();
            let seen = h.seen.as_ref();
            let standing = match (&h.wrong_chain, rank, seen) {
                (Some(_), ..) => Standing::WrongChain,
                (None, 2, _) => Standing::Resting,
                (None, _, None) => Standing::Unknown,
                (None, 1, _) => Standing::Behind,
                (None, ..) => Standing::Good,
            };
            Known {
                url: slot.node.url().to_string(),
                in_use: used == Some(index),
                standing,
                status: seen.map(|(_, status)| status.clone()),
                seen_secs: seen.map(|(at, _)| at.elapsed().as_secs()),
                failures: h.failed,
                last_error: h.last_error.as_ref().map(ToString::to_string),
            }
        });
        known.collect()
    }

    /// The nodes that may be used now, best first, each for a call of its own (to hand a transaction to all of them).
    pub async fn nodes(&self) -> Vec<Node> {
        self.refresh().await;
        let slots = self.order().into_iter().filter_map(|i| self.slots.get(i));
        slots
            .filter(|s| s.health().seen.is_some())
            .map(|s| s.node.clone())
            .collect()
    }

    /// Updates what is known about nodes whose status is old and which are not resting.
    async fn refresh(&self) {
        let now = Instant::now();
        let due = self.slots.iter().filter(|slot| {
            let h = slot.health();
            let resting = h.rest_until.is_some_and(|t| t > now);
            let known = h
                .seen
                .as_ref()
                .is_some_and(|(at, _)| now.duration_since(*at) < self.limits.probe_every);
            h.wrong_chain.is_none() && !resting && !known
        });
        futures::future::join_all(due.map(|slot| self.probe(slot))).await;
    }

    async fn probe(&self, slot: &Slot) -> Result<Status, RpcError> {
        let url = slot.node.url().to_string();
        if let Some(found) = slot.health().wrong_chain.clone() {
            return Err(RpcError::WrongChain {
                url,
                expected: self.chain_id.to_string(),
                found,
            });
        }
        let status = match slot.node.status().await {
            Ok(status) => status,
            Err(error) => {
                self.failed(slot, &error);
                return Err(error);
            }
        };
        let mut h = slot.health();
        if status.chain_id != *self.chain_id {
            tracing::error!(%url, expected = %self.chain_id, found = %status.chain_id, "node of another chain refused");
            h.wrong_chain = Some(status.chain_id.clone());
            let error = RpcError::WrongChain {
                url,
                expected: self.chain_id.to_string(),
                found: status.chain_id,
            };
            h.last_error = Some(error.clone());
            return Err(error);
        }
        let dialect = self.limits.dialect;
        if !dialect.is_of(&status.version) && !std::mem::replace(&mut h.dialect_warned, true) {
            tracing::warn!(%url, version = %status.version, %dialect, "node of another version; it is spoken to in chain.dialect");
        }
        h.failures = 0;
        h.rest_until = None;
        h.seen = Some((Instant::now(), status.clone()));
        Ok(status)
    }

    fn failed(&self, slot: &Slot, error: &RpcError) {
        let mut h = slot.health();
        let pause = self.limits.backoff.saturating_mul(1 << h.failures.min(5));
        h.failures = h.failures.saturating_add(1);
        h.failed = h.failed.saturating_add(1);
        h.rest_until = Some(Instant::now() + jitter(pause));
        h.last_error = Some(error.clone());
        tracing::debug!(url = slot.node.url(), %error, failures = h.failures, "node failed");
    }

    /// Indexes of the nodes to try: fresh ones first, then those behind, then those resting after a failure.
    fn order(&self) -> Vec<usize> {
        let usable = |index: &usize| self.slots.get(*index).is_some_and(|s| s.health().wrong_chain.is_none());
        let mut ranked: Vec<(u8, usize)> = self.ranks().into_iter().zip(0..).filter(|(_, i)| usable(i)).collect();
        ranked.sort_unstable();
        ranked.into_iter().map(|(_, i)| i).collect()
    }

    /// For every node: 0 is fresh, 1 behind or not known, 2 resting after a failure.
    fn ranks(&self) -> Vec<u8> {
        let now = Instant::now();
        let health: Vec<Health> = self.slots.iter().map(|s| s.health().clone()).collect();
        let best = health
            .iter()
            .filter_map(|h| h.seen.as_ref())
            .map(|(_, s)| s.height)
            .max()
            .unwrap_or(0);
        let rank = |h: &Health| {
            if h.rest_until.is_some_and(|t| t > now) {
                return 2;
            }
            match &h.seen {
                Some((_, s)) if s.catching_up || s.height.saturating_add(self.limits.max_lag) < best => 1,
                Some((_, s)) if age(s) > self.limits.stale_after => 1,
                Some(_) => 0,
                None => 1,
            }
        };
        health.iter().map(rank).collect()
    }

    fn nothing_usable(&self) -> RpcError {
        let health = self.slots.iter().filter_map(|s| s.health().last_error.clone());
        let mut errors: Vec<RpcError> = health.collect();
        match errors.len() {
            1 => errors.remove(0),
            _ => RpcError::NoNode {
                why: errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
            },
        }
    }
}

/// Age of a node's latest block by our clock; zero when its clock is ahead of ours.
pub fn age(status: &Status) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let block = u64::try_from(status.block_time_nanos)
        .map(Duration::from_nanos)
        .unwrap_or_default();
    now.saturating_sub(block)
}

/// Between 75 % and 125 %, so that many agents do not return to a node at the same moment.
pub(in crate::chain) fn jitter(pause: Duration) -> Duration {
    let mut byte = [128u8; 1];
    // Without randomness the pause is simply the plain one.
    let _ = getrandom::fill(&mut byte);
    pause.mul_f64(0.75 + f64::from(byte[0]) / 510.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_stays_within_a_quarter() {
        for _ in 0..200 {
            let p = jitter(Duration::from_millis(100)).as_millis();
            assert!((75..=125).contains(&p), "{p}");
        }
    }

    #[test]
    fn an_empty_list_is_refused() {
        let none: [&str; 0] = [];
        let e = Endpoints::new("c", &none, Limits::default())
            .err()
            .map(|e| e.code().to_string());
        assert_eq!(e.as_deref(), Some("config.no_rpc"));
    }
}
