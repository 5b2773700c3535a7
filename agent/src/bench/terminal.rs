//! Progress of a benchmark on a terminal: one line that moves, and a line for each result. Silent elsewhere.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

use super::Progress;

/// A callback for [`super::run`] that draws on standard error if that is a terminal.
pub fn terminal_progress() -> impl FnMut(Progress) {
    let bar = ProgressBar::new_spinner().with_finish(ProgressFinish::AndClear);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
        bar.set_style(style);
    }
    move |progress| match progress {
        Progress::Begin { title, .. } => {
            bar.reset_elapsed();
            bar.set_message(title);
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        Progress::End { title, text } => {
            bar.println(format!("  {title:<22} {text}"));
            bar.set_message("");
        }
    }
}
