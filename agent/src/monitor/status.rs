//! Everything about the role in one document.
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

use super::board::Board;
use super::gauges::{best, name};
use super::health::Check;
use super::notes::{self, Note};
use super::watch::InHand;
use crate::chain::endpoints::age;
use crate::chain::known::Standing;
use crate::journal::OutboxTx;

/// The document of `/status`. Times are Unix seconds.
#[derive(Debug, Serialize)]
pub struct Status {
    role: &'static str,
    version: &'static str,
    stage: &'static str,
    ready: bool,
    checks: Vec<Check>,
    started_at: u64,
    address: Option<String>,
    payee: Option<String>,
    chain: Chain,
    transactions: Option<Transactions>,
    in_hand: Vec<InHand>,
    /// The last warnings and errors of the log.
    notes: Vec<Note>,
}

#[derive(Debug, Serialize)]
struct Chain {
    id: String,
    height: Option<u64>,
    block_age_secs: Option<u64>,
    processed_height: Option<u64>,
    lag_blocks: Option<u64>,
    endpoint_switches: u64,
    endpoints: Vec<Endpoint>,
}

#[derive(Debug, Serialize)]
struct Endpoint {
    endpoint: String,
    in_use: bool,
    standing: Standing,
    height: Option<u64>,
    lag_blocks: Option<u64>,
    version: Option<String>,
    seen_secs_ago: Option<u64>,
    failures: u64,
    last_error: Option<String>,
}

#[derive(Debug, Serialize)]
struct Transactions {
    /// Submissions whose outcome is not known yet.
    waiting: u64,
    /// The one transaction that may be out.
    in_flight: Option<InFlight>,
}

#[derive(Debug, Serialize)]
struct InFlight {
    hash: String,
    sequence: u64,
    timeout_height: u64,
    age_secs: Option<u64>,
    tags: Vec<String>,
}

impl Board {
    /// The document.
    pub async fn status(&self) -> Status {
        let checks = self.checks().await;
        let in_hand = match self.watched() {
            Some(watched) => watched.in_hand().await.unwrap_or_default(),
            None => Vec::new(),
        };
        let notes = notes::last().into_iter().map(|note| Note {
            text: self.discreet(&note.text),
            ..note
        });
        Status {
            role: self.role.name(),
            version: env!("CARGO_PKG_VERSION"),
            stage: self.stage().name(),
            ready: checks.iter().all(|check| check.ok),
            checks,
            started_at: secs(self.started),
            address: self.own().map(|own| own.sender.address().to_string()),
            payee: self.watched().map(|watched| watched.payee().to_string()),
            chain: self.chain_status(),
            transactions: self.transactions(),
            in_hand,
            notes: notes.collect(),
        }
    }

    fn chain_status(&self) -> Chain {
        let endpoints = self.chain.endpoints();
        let nodes = endpoints.known();
        let best = best(&nodes);
        let (height, processed_height) = (best.map(|status| status.height), self.processed());
        let behind = |at: u64| height.map(|height| height.saturating_sub(at));
        let listed = nodes.iter().enumerate().map(|(place, node)| Endpoint {
            endpoint: name(place, node),
            in_use: node.in_use,
            standing: node.standing,
            height: node.status.as_ref().map(|status| status.height),
            lag_blocks: node.status.as_ref().and_then(|status| behind(status.height)),
            version: node.status.as_ref().map(|status| status.version.clone()),
            seen_secs_ago: node.seen_secs,
            failures: node.failures,
            last_error: node.last_error.as_deref().map(|text| self.discreet(text)),
        });
        Chain {
            id: self.chain.chain_id().to_string(),
            height,
            block_age_secs: best.map(|status| age(status).as_secs()),
            processed_height,
            lag_blocks: processed_height.and_then(behind),
            endpoint_switches: endpoints.switches().get(),
            endpoints: listed.collect(),
        }
    }

    fn transactions(&self) -> Option<Transactions> {
        let own = self.own()?;
        let stats = own.sender.stats();
        let age = stats.in_flight();
        let in_flight = own.journal.outbox_current(own.sender.address()).ok().flatten();
        let show = |tx: OutboxTx| InFlight {
            hash: tx.hash.to_string(),
            sequence: tx.sequence,
            timeout_height: tx.timeout_height,
            age_secs: age.filter(|(hash, _)| *hash == tx.hash).map(|(_, age)| age.as_secs()),
            tags: tx.parts.into_iter().filter_map(|part| part.tag).collect(),
        };
        Some(Transactions {
            waiting: stats.waiting(),
            in_flight: in_flight.map(show),
        })
    }
}

fn secs(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
