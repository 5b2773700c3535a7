//! Counters and gauges of the long-running roles. Each is declared, with its help text, beside what it counts; a [`Book`]
//! lists them for the page that Prometheus reads.
use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::{Metric, Registry};

/// A count that never falls while the process lives.
pub type Counter = prometheus_client::metrics::counter::Counter;
/// A value that rises and falls.
pub type Gauge = prometheus_client::metrics::gauge::Gauge<f64, AtomicU64>;
/// A distribution.
pub type Histogram = prometheus_client::metrics::histogram::Histogram;

/// What the page is: OpenMetrics text.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Values of a label at most; what comes later is counted as [`OTHER`]. No chain and no buyer can make the page grow.
const MOST_VALUES: usize = 64;
/// The value that stands for all further ones.
const OTHER: &str = "other";

/// One metric for each value of a label.
#[derive(Clone, Debug)]
pub struct By<M> {
    label: &'static str,
    values: Arc<Mutex<BTreeSet<String>>>,
    family: Family<[(&'static str, String); 1], M>,
}

impl<M: Default + Clone> By<M> {
    /// With that label.
    pub fn new(label: &'static str) -> Self {
        Self {
            label,
            values: Arc::default(),
            family: Family::default(),
        }
    }

    /// The metric of a value.
    pub fn of(&self, value: &str) -> M {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        let value = if values.contains(value) || values.len() < MOST_VALUES {
            values.insert(value.to_string());
            value
        } else {
            OTHER
        };
        self.family.get_or_create_owned(&[(self.label, value.to_string())])
    }

    /// The label.
    pub fn label(&self) -> &'static str {
        self.label
    }
}

/// What a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Counter,
    Gauge,
    Histogram,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        })
    }
}

/// A listed metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Name as Prometheus shows it. A histogram has `_bucket`, `_sum` and `_count` behind it.
    pub name: String,
    /// Kind.
    pub kind: Kind,
    /// Label, if it has one.
    pub label: Option<&'static str>,
    /// Meaning.
    pub help: &'static str,
}

/// Metrics of a process.
#[derive(Debug, Default)]
pub struct Book {
    registry: Registry,
    entries: Vec<Entry>,
}

impl Book {
    /// Lists a counter. `name` has no `_total`: the page adds it.
    pub fn counter(&mut self, name: &'static str, help: &'static str, counter: &Counter) {
        self.add(
            format!("{name}_total"),
            name,
            Kind::Counter,
            None,
            help,
            counter.clone(),
        );
    }

    /// Lists counters, one for each value of a label. `name` has no `_total`: the page adds it.
    pub fn counters(&mut self, name: &'static str, help: &'static str, counters: &By<Counter>) {
        let (label, family) = (Some(counters.label), counters.family.clone());
        self.add(format!("{name}_total"), name, Kind::Counter, label, help, family);
    }

    /// Lists a gauge.
    pub fn gauge(&mut self, name: &'static str, help: &'static str, gauge: &Gauge) {
        self.add(name.into(), name, Kind::Gauge, None, help, gauge.clone());
    }

    /// Lists gauges, one for each value of a label.
    pub fn gauges(&mut self, name: &'static str, help: &'static str, gauges: &By<Gauge>) {
        let (label, family) = (Some(gauges.label), gauges.family.clone());
        self.add(name.into(), name, Kind::Gauge, label, help, family);
    }

    /// Lists a distribution.
    pub fn histogram(&mut self, name: &'static str, help: &'static str, histogram: &Histogram) {
        self.add(name.into(), name, Kind::Histogram, None, help, histogram.clone());
    }

    fn add(
        &mut self,
        shown: String,
        name: &'static str,
        kind: Kind,
        label: Option<&'static str>,
        help: &'static str,
        metric: impl Metric,
    ) {
        self.registry.register(name, help, metric);
        self.entries.push(Entry {
            name: shown,
            kind,
            label,
            help,
        });
    }

    /// Everything that is listed, in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The page.
    pub fn page(&self) -> String {
        let mut page = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut page, &self.registry);
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_names_helps_labels_and_values() {
        let (done, failed, left) = (Counter::default(), By::<Counter>::new("code"), Gauge::default());
        let mut book = Book::default();
        book.counter("joule_done", "What is done", &done);
        book.counters("joule_failed", "What failed", &failed);
        book.gauge("joule_left_seconds", "What is left", &left);
        done.inc_by(3);
        failed.of("mkt.paused").inc();
        left.set(1.5);
        let page = book.page();
        for line in [
            "# HELP joule_done What is done.",
            "# TYPE joule_done counter",
            "joule_done_total 3",
            "joule_failed_total{code=\"mkt.paused\"} 1",
            "joule_left_seconds 1.5",
            "# EOF",
        ] {
            assert!(page.lines().any(|known| known == line), "{line} in {page}");
        }
        let names: Vec<&str> = book.entries().iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["joule_done_total", "joule_failed_total", "joule_left_seconds"]);
    }

    #[test]
    fn a_label_has_a_bounded_number_of_values() {
        let failed = By::<Counter>::new("code");
        for at in 0..1_000 {
            failed.of(&format!("made.up_{at}")).inc();
        }
        let mut book = Book::default();
        book.counters("joule_failed", "What failed", &failed);
        let page = book.page();
        assert_eq!(page.matches("joule_failed_total{").count(), MOST_VALUES + 1);
        let rest = 1_000 - MOST_VALUES;
        assert!(
            page.contains(&format!("joule_failed_total{{code=\"other\"}} {rest}")),
            "{page}"
        );
    }
}
