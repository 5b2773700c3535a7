//! Standard output: results only, for people or as JSON. Logs go to standard error.
use std::io::Write;

use comfy_table::{presets::UTF8_FULL_CONDENSED, ContentArrangement, Table};
use serde::Serialize;

use crate::error::{Error, Result};

/// Widest line of a table.
const WIDTH: u16 = 100;

/// Writes a line. A reader that has gone (`joule job list | head`) is no failure.
pub fn line(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Shows `value` as one line of JSON, or what `people` makes of it.
pub fn show<T: Serialize>(json: bool, value: &T, people: impl FnOnce(&T) -> String) -> Result<()> {
    if json {
        let text = serde_json::to_string(value)
            .map_err(|e| Error::internal("cli.bad_output", e, "report this: a result cannot be written as JSON"))?;
        line(text);
    } else {
        line(people(value));
    }
    Ok(())
}

/// A table that fits a terminal.
pub fn table<const N: usize>(header: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let mut table = Table::new();
    table
        .load_preset(UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH);
    table.set_header(header);
    table.add_rows(rows);
    table.to_string()
}

/// Names and values, aligned.
pub fn facts<'a>(rows: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let rows: Vec<_> = rows.into_iter().collect();
    let widest = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let lines: Vec<String> = rows
        .iter()
        .map(|(name, value)| format!("{name:widest$}  {value}"))
        .collect();
    lines.join("\n")
}

/// Ten-thousandths as a share of a hundred.
pub fn percent(bps: u128) -> String {
    match (bps / 100, bps % 100) {
        (whole, 0) => format!("{whole} %"),
        (whole, rest) => format!("{whole}.{rest:02} %"),
    }
}

/// A time of the chain as a distance from its present.
pub fn when(at: u64, now: u64) -> String {
    let (secs, past) = if at >= now { (at - now, false) } else { (now - at, true) };
    if secs == 0 {
        return "now".into();
    }
    let text = span(secs);
    if past {
        format!("{text} ago")
    } else {
        format!("in {text}")
    }
}

/// A time of so many seconds, in the largest unit that tells enough.
pub fn span(secs: u64) -> String {
    match secs {
        0..=119 => format!("{secs} s"),
        120..=7_199 => format!("{} min", secs / 60),
        7_200..=172_799 => format!("{} h", secs / 3_600),
        _ => format!("{} days", secs / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_keep_to_their_width() {
        let text = table(["a", "b"], [["x".repeat(90), "y".repeat(90)]]);
        assert!(text.lines().all(|l| l.chars().count() <= usize::from(WIDTH)), "{text}");
    }

    #[test]
    fn times_are_distances() {
        assert_eq!(
            (when(10, 10), when(70, 10), when(0, 7_200)),
            ("now".into(), "in 60 s".into(), "2 h ago".into())
        );
    }
}
