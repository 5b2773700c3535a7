//! What is seen while the demo runs: calm lines on a terminal or in a file, or JSON.
use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::{json, Value};

use super::story::{Act, Entry, Kind};
use crate::error::{Error, Result};

/// Characters of a transaction's hash that are enough to find it in the report.
const HASH: usize = 8;
/// Width of the column of names.
const NAMES: usize = 10;
/// Column at which long sentences go on in the next line.
const WIDTH: usize = 112;

/// Where the story is told.
pub struct Screen {
    out: Mutex<Box<dyn Write + Send>>,
    json: bool,
    colour: bool,
    progress: bool,
}

impl Screen {
    /// Standard output; progress on standard error if that is a terminal.
    pub fn new(json: bool) -> Self {
        Self {
            out: Mutex::new(Box::new(std::io::stdout())),
            json,
            colour: !json && std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
            progress: !json && std::io::stderr().is_terminal(),
        }
    }

    /// Plain text in a file or elsewhere, which nobody watches.
    pub fn plain(out: Box<dyn Write + Send>) -> Self {
        Self {
            out: Mutex::new(out),
            json: false,
            colour: false,
            progress: false,
        }
    }

    /// The first lines.
    pub fn begin(&self, seed: u64, facts: &[(&str, String)]) {
        if self.json {
            let facts: serde_json::Map<String, Value> = facts.iter().map(|(k, v)| (k.to_string(), json!(v))).collect();
            return self.say(&json!({ "event": "begin", "seed": seed, "facts": facts }).to_string());
        }
        self.say(&format!(
            "\n{}  a market for computing power, on this machine\n",
            self.paint("1", "joule demo")
        ));
        for (name, value) in facts {
            self.say(&format!("{}  {value}", self.paint("2", &format!("{name:>12}"))));
        }
    }

    /// A heading.
    pub fn act(&self, number: usize, act: &Act) {
        if self.json {
            return self
                .say(&json!({ "event": "act", "at": act.at, "title": act.title, "about": act.about }).to_string());
        }
        self.say(&format!("\n{}", self.paint("1", &format!("{number}. {}", act.title))));
        for line in wrap(&act.about, WIDTH) {
            self.say(&self.paint("2", &line));
        }
    }

    /// A line.
    pub fn entry(&self, entry: &Entry) {
        if self.json {
            #[derive(Serialize)]
            struct Tagged<'a> {
                event: &'static str,
                #[serde(flatten)]
                entry: &'a Entry,
            }
            let event = if entry.tx.is_some() { "tx" } else { "note" };
            return self.say(&serde_json::to_string(&Tagged { event, entry }).unwrap_or_default());
        }
        if entry.detail {
            return;
        }
        let time = self.paint("2", &format!("{:>6.1}s", entry.at));
        let who = self.paint(colour(entry.kind), &format!("{:<NAMES$}", entry.who));
        let hash = entry.tx.as_deref().and_then(|tx| tx.get(..HASH)).unwrap_or_default();
        let indent = 7 + 2 + NAMES + 2;
        let lines = wrap(&entry.what, WIDTH - indent - HASH - 2);
        for (at, line) in lines.iter().enumerate() {
            let last = at + 1 == lines.len();
            let hash = if last && !hash.is_empty() {
                self.paint("2", &format!("  {hash}"))
            } else {
                String::new()
            };
            match at {
                0 => self.say(&format!("{time}  {who}  {line}{hash}")),
                _ => self.say(&format!("{:indent$}{line}{hash}", "")),
            }
        }
    }

    /// Text for people: tables.
    pub fn text(&self, text: &str) {
        if !self.json {
            self.say(text);
        }
    }

    /// An object of the JSON form.
    pub fn object(&self, value: &impl Serialize) -> Result<()> {
        if self.json {
            self.say(&serde_json::to_string(value).map_err(|e| Error::internal("demo.bad_output", e, "report this"))?);
        }
        Ok(())
    }

    /// A bar that fills within `time`, if anybody looks.
    pub fn bar(&self, about: &str, time: Duration) -> Bar {
        let bar = self.progress.then(|| {
            let steps = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
            let bar = ProgressBar::new(steps);
            if let Ok(style) = ProgressStyle::with_template("         {msg}  {bar:30} {percent:>3} %") {
                bar.set_style(style.progress_chars("━━─"));
            }
            bar.set_message(about.to_string());
            bar
        });
        Bar(bar)
    }

    fn say(&self, line: &str) {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        // A reader that has gone is no reason to leave processes behind.
        let _ = writeln!(out, "{line}");
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.into()
        }
    }
}

/// Progress that clears its line when it is dropped.
pub struct Bar(Option<ProgressBar>);

impl Bar {
    /// So much time has passed.
    pub fn at(&self, passed: Duration) {
        if let Some(bar) = &self.0 {
            bar.set_position(u64::try_from(passed.as_millis()).unwrap_or(u64::MAX));
        }
    }

    /// Runs `print` while the bar is out of the way.
    pub fn aside(&self, print: impl FnOnce()) {
        match &self.0 {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

fn colour(kind: Kind) -> &'static str {
    match kind {
        Kind::Join => "36",
        Kind::Proof => "35",
        Kind::Job => "34",
        Kind::Jury => "95",
        Kind::Money => "32",
        Kind::Fault => "31",
        Kind::Vote => "33",
        Kind::Note => "2",
    }
}

/// Words in lines of at most `width` characters, longer words alone.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.into()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_sentences_go_on_in_the_next_line() {
        assert_eq!(wrap("a bb ccc dddddd", 6), ["a bb", "ccc", "dddddd"]);
        assert_eq!(wrap("", 6), [""]);
    }
}
