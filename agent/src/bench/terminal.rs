//! Progress of a benchmark on a terminal: one line that moves, and a line for each result. Silent elsewhere.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::report::human;
use super::Progress;

/// A callback for [`super::run`] that draws on standard error if that is a terminal.
pub fn terminal_progress() -> impl FnMut(Progress) {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
        bar.set_style(style);
    }
    move |progress| match progress {
        Progress::Begin { test, .. } => {
            bar.reset_elapsed();
            bar.set_message(test.title());
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        Progress::End { test, rate } => {
            bar.println(format!("  {:<22} {}", test.title(), human(rate, test.unit())));
            if Some(&test) == super::Test::ALL.last() {
                bar.finish_and_clear();
            }
        }
    }
}
