//! What a validator counts.
use crate::metrics::{Book, By, Counter, Gauge, Histogram};

/// Counts since the process started. Clones share them.
#[derive(Clone, Debug)]
pub struct Stats {
    pub(super) seats: By<Gauge>,
    pub(super) committed: Counter,
    pub(super) revealed: Counter,
    pub(super) missed: By<Counter>,
    pub(super) judge_seconds: Histogram,
}

impl Default for Stats {
    fn default() -> Self {
        Self {
            seats: By::new("state"),
            committed: Counter::default(),
            revealed: Counter::default(),
            missed: By::new("step"),
            judge_seconds: Histogram::new([0.1, 1.0, 10.0, 60.0, 300.0, 900.0, 3_600.0, 14_400.0]),
        }
    }
}

impl Stats {
    /// Lists them.
    pub fn list(&self, book: &mut Book) {
        book.gauges(
            "joule_seats",
            "Open seats: waiting (nothing done yet), judging (the job runs), voted (a vote is in the journal)",
            &self.seats,
        );
        book.counter("joule_votes_committed", "Sealed votes that landed", &self.committed);
        book.counter("joule_votes_revealed", "Revealed votes that landed", &self.revealed);
        book.counters(
            "joule_votes_missed",
            "Seats that ended without what they owed, by what was missing: commit or reveal. Each costs stake",
            &self.missed,
        );
        book.histogram(
            "joule_judge_seconds",
            "Time that a seat took to its vote: fetching, waiting for a turn, running, looking for the output",
            &self.judge_seconds,
        );
    }
}
