//! What became of a key's transactions since the process started.
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::chain::types::{Coin, TxHash};
use crate::metrics::{Book, By, Counter, Gauge};

/// Counts of a transaction actor. Clones share them.
#[derive(Clone, Debug)]
pub struct Stats {
    pub(super) sent: Counter,
    pub(super) landed: Counter,
    pub(super) reverted: Counter,
    pub(super) failed: By<Counter>,
    pub(super) gas_used: Counter,
    fees: By<Counter>,
    pub(super) multiplier: Gauge,
    waiting: Gauge,
    in_flight_seconds: Gauge,
    in_flight: Arc<Mutex<Option<(TxHash, Instant)>>>,
}

impl Default for Stats {
    fn default() -> Self {
        Self {
            sent: Counter::default(),
            landed: Counter::default(),
            reverted: Counter::default(),
            failed: By::new("code"),
            gas_used: Counter::default(),
            fees: By::new("denom"),
            multiplier: Gauge::default(),
            waiting: Gauge::default(),
            in_flight_seconds: Gauge::default(),
            in_flight: Arc::default(),
        }
    }
}

impl Stats {
    /// Lists them.
    pub fn list(&self, book: &mut Book) {
        book.counter("joule_tx_sent", "Transactions signed and handed to a node", &self.sent);
        book.counter(
            "joule_tx_landed",
            "Transactions that came into a block and succeeded",
            &self.landed,
        );
        book.counter(
            "joule_tx_reverted",
            "Transactions that came into a block and failed there: their fee is gone",
            &self.reverted,
        );
        book.counters(
            "joule_tx_failed",
            "Submissions (one or more messages) that failed, by the code their submitter was told",
            &self.failed,
        );
        book.counter(
            "joule_tx_gas_used",
            "Gas of the transactions that came into a block",
            &self.gas_used,
        );
        book.counters(
            "joule_tx_fees_spent",
            "Fees of the transactions that came into a block, in base units",
            &self.fees,
        );
        book.gauge(
            "joule_tx_gas_multiplier_ratio",
            "Gas limit of the last transaction over its simulated gas",
            &self.multiplier,
        );
        book.gauge(
            "joule_tx_waiting",
            "Submissions whose outcome is not known yet: queued or in flight",
            &self.waiting,
        );
        book.gauge(
            "joule_tx_in_flight_seconds",
            "Age of the transaction in flight; 0 when there is none",
            &self.in_flight_seconds,
        );
    }

    /// A submission waits until the returned value is dropped.
    pub(super) fn wait(&self) -> Waiting {
        self.waiting.inc();
        Waiting(self.waiting.clone())
    }

    /// A signed transaction is about to be handed out.
    pub(super) fn began(&self, hash: TxHash) {
        self.sent.inc();
        self.taken_up(hash);
    }

    /// A transaction of a former process is settled first.
    pub(super) fn taken_up(&self, hash: TxHash) {
        *self.flight() = Some((hash, Instant::now()));
    }

    /// Its outcome is known.
    pub(super) fn ended(&self) {
        *self.flight() = None;
    }

    /// A block took a fee.
    pub(super) fn paid(&self, fee: &Coin) {
        let amount = u64::try_from(fee.amount).unwrap_or(u64::MAX);
        self.fees.of(&fee.denom).inc_by(amount);
    }

    /// The transaction in flight and its age.
    pub fn in_flight(&self) -> Option<(TxHash, Duration)> {
        self.flight().as_ref().map(|(hash, since)| (*hash, since.elapsed()))
    }

    /// Submissions whose outcome is not known yet.
    pub fn waiting(&self) -> u64 {
        self.waiting.get() as u64
    }

    /// Brings the gauges that follow the clock up to date.
    pub fn refresh(&self) {
        let age = self.in_flight().map_or(Duration::ZERO, |(_, age)| age);
        self.in_flight_seconds.set(age.as_secs_f64());
    }

    fn flight(&self) -> std::sync::MutexGuard<'_, Option<(TxHash, Instant)>> {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A submission that waits.
pub(super) struct Waiting(Gauge);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.dec();
    }
}
