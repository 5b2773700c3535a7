//! The last warnings and errors of the log, for whoever asks how the role is.
use std::collections::VecDeque;
use std::fmt::{Debug, Write};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use crate::metrics::{By, Counter};

/// Notes kept.
const MOST: usize = 20;
/// Characters of one kept.
const LONGEST: usize = 500;

/// A warning or an error.
#[derive(Clone, Debug, Serialize)]
pub struct Note {
    /// Unix time, seconds.
    pub at: u64,
    /// `warn` or `error`.
    pub level: &'static str,
    /// The line of the log.
    pub text: String,
}

struct Kept {
    notes: Mutex<VecDeque<Note>>,
    counters: By<Counter>,
}

/// The log is the process's, and so are its notes.
fn kept() -> &'static Kept {
    static KEPT: OnceLock<Kept> = OnceLock::new();
    KEPT.get_or_init(|| Kept {
        notes: Mutex::default(),
        counters: By::new("level"),
    })
}

/// The last ones, the newest last.
pub fn last() -> Vec<Note> {
    let notes = kept().notes.lock().unwrap_or_else(PoisonError::into_inner);
    notes.iter().cloned().collect()
}

/// How many there were of each level.
pub fn counters() -> By<Counter> {
    kept().counters.clone()
}

/// The layer of the log that keeps them. To be filtered to warnings and errors.
pub struct Notes;

impl<S: Subscriber> Layer<S> for Notes {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let level = match *event.metadata().level() {
            tracing::Level::ERROR => "error",
            _ => "warn",
        };
        let mut line = Line::default();
        event.record(&mut line);
        let text: String = (line.message + &line.fields).chars().take(LONGEST).collect();
        let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let kept = kept();
        kept.counters.of(level).inc();
        let mut notes = kept.notes.lock().unwrap_or_else(PoisonError::into_inner);
        if notes.len() >= MOST {
            notes.pop_front();
        }
        notes.push_back(Note {
            at: at.as_secs(),
            level,
            text,
        });
    }
}

/// An event in words: the message, then the fields.
#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Writing to a string does not fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::filter::LevelFilter;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[test]
    fn warnings_are_kept_with_their_fields_and_the_oldest_go() {
        let log = tracing_subscriber::registry().with(Notes.with_filter(LevelFilter::WARN));
        tracing::subscriber::with_default(log, || {
            tracing::info!("not kept");
            (0..MOST).for_each(|at| tracing::warn!(at, "before"));
            tracing::error!(job = 7, error = %"tx.lapsed: gone", "stands still");
        });
        let notes = last();
        assert_eq!(notes.len(), MOST);
        let newest = notes.last().unwrap();
        assert_eq!(
            (newest.level, newest.text.as_str()),
            ("error", "stands still job=7 error=tx.lapsed: gone")
        );
        assert_eq!(notes[0].text, "before at=1");
        assert!(counters().of("warn").get() >= 20);
    }
}
