//! What a provider counts.
use crate::metrics::{Book, By, Counter, Gauge, Histogram};

/// Counts since the process started. Clones share them.
#[derive(Clone, Debug)]
pub struct Stats {
    pub(super) beats_sent: Counter,
    pub(super) beats_failed: Counter,
    pub(super) beats_late: Counter,
    pub(super) covered_until: Gauge,
    pub(super) windows_committed: Counter,
    pub(super) windows_revealed: Counter,
    pub(super) windows_missed: By<Counter>,
    pub(super) ticket_units: Counter,
    pub(super) ticket_search: Histogram,
    pub(super) claimed: Counter,
    pub(super) declined: Counter,
    pub(super) delivered: Counter,
    pub(super) finished: By<Counter>,
    pub(super) prepare_seconds: Histogram,
    pub(super) run_seconds: Histogram,
    pub(super) attempts: By<Gauge>,
    pub(super) nodes: By<Gauge>,
}

impl Default for Stats {
    fn default() -> Self {
        Self {
            beats_sent: Counter::default(),
            beats_failed: Counter::default(),
            beats_late: Counter::default(),
            covered_until: Gauge::default(),
            windows_committed: Counter::default(),
            windows_revealed: Counter::default(),
            windows_missed: By::new("step"),
            ticket_units: Counter::default(),
            ticket_search: Histogram::new([1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 900.0]),
            claimed: Counter::default(),
            declined: Counter::default(),
            delivered: Counter::default(),
            finished: By::new("end"),
            prepare_seconds: Histogram::new([0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 240.0]),
            run_seconds: Histogram::new([0.1, 1.0, 10.0, 60.0, 300.0, 900.0, 3_600.0, 14_400.0, 86_400.0]),
            attempts: By::new("stage"),
            nodes: By::new("state"),
        }
    }
}

impl Stats {
    /// Lists them.
    pub fn list(&self, book: &mut Book) {
        for (name, help, counter) in [
            ("joule_beats_sent", "Beats that landed", &self.beats_sent),
            (
                "joule_beats_failed",
                "Beats that could not be sent or were refused",
                &self.beats_failed,
            ),
            (
                "joule_beats_late",
                "Beats that landed after the time that the one before covers: nodes were off line in between",
                &self.beats_late,
            ),
            (
                "joule_windows_committed",
                "Ticket lists committed in proof windows",
                &self.windows_committed,
            ),
            (
                "joule_windows_revealed",
                "Ticket lists revealed after them",
                &self.windows_revealed,
            ),
            (
                "joule_ticket_units",
                "Units of work done in searches for tickets",
                &self.ticket_units,
            ),
            (
                "joule_attempts_claimed",
                "Attempts at jobs claimed on the chain",
                &self.claimed,
            ),
            (
                "joule_attempts_declined",
                "Attempts handed back before they were begun",
                &self.declined,
            ),
            ("joule_attempts_delivered", "Results delivered", &self.delivered),
        ] {
            book.counter(name, help, counter);
        }
        book.gauge(
            "joule_beat_covered_until_timestamp_seconds",
            "Unix time (of the chain) up to which the last beat covers the nodes",
            &self.covered_until,
        );
        book.counters(
            "joule_windows_missed",
            "Proof windows that gave nothing, by the step that was missed: search, commit or reveal. A commitment that is not \
             revealed counts as forged",
            &self.windows_missed,
        );
        book.counters(
            "joule_attempts_finished",
            "Attempts that are over, by how: the last state of the job, or why this agent gave it up",
            &self.finished,
        );
        book.histogram(
            "joule_ticket_search_seconds",
            "Time of searches for tickets",
            &self.ticket_search,
        );
        book.histogram(
            "joule_job_prepare_seconds",
            "Time from seeing an assignment to a child that waits with the job's module compiled",
            &self.prepare_seconds,
        );
        book.histogram(
            "joule_job_run_seconds",
            "Time of jobs in their child process",
            &self.run_seconds,
        );
        book.gauges("joule_attempts", "Attempts in hand, by stage", &self.attempts);
        book.gauges(
            "joule_nodes",
            "Nodes of this provider, by their state on the chain",
            &self.nodes,
        );
    }
}
