//! What a keeper counts.
use crate::metrics::{Book, By, Counter, Gauge};

/// Counts since the process started. Clones share them.
#[derive(Clone, Debug)]
pub struct Stats {
    pub(super) done: By<Counter>,
    pub(super) refused: By<Counter>,
    pub(super) rounds_posted: Counter,
    pub(super) tips: Gauge,
}

impl Default for Stats {
    fn default() -> Self {
        Self {
            done: By::new("kind"),
            refused: By::new("kind"),
            rounds_posted: Counter::default(),
            tips: Gauge::default(),
        }
    }
}

impl Stats {
    /// Lists them.
    pub fn list(&self, book: &mut Book) {
        book.counters("joule_chores_done", "What was kept going, by kind", &self.done);
        book.counters(
            "joule_chores_refused",
            "What the chain refused, by kind: mostly because another keeper was faster",
            &self.refused,
        );
        book.counter(
            "joule_rounds_posted",
            "Rounds of the beacon posted",
            &self.rounds_posted,
        );
        book.gauge(
            "joule_tips_ujoule",
            "Tips that wait for this key in the registry, micro-JOULE",
            &self.tips,
        );
    }
}
