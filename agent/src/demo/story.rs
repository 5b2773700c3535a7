//! What happened, as it is told: on the terminal, as JSON, in the report.
use std::time::Duration;

use serde::Serialize;

use crate::chain::types::text_amount;

/// What a line is about; the report colours by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Stake, registration, offers.
    Join,
    /// Proofs of power.
    Proof,
    /// A job on its way.
    Job,
    /// Committees: draws, votes, rulings.
    Jury,
    /// Money in, out or divided.
    Money,
    /// Something went wrong and has a price.
    Fault,
    /// Votes and parameters.
    Vote,
    /// What the demo itself did or found out by query.
    Note,
}

/// Money that moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Move {
    /// From whom.
    pub from: String,
    /// To whom.
    pub to: String,
    /// Base units.
    #[serde(with = "text_amount")]
    pub amount: u128,
    /// `uusdc` or `joule`.
    pub denom: &'static str,
}

/// What one event of the chain says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Who did it; none: whoever signed the transaction.
    pub who: Option<String>,
    /// The rest of the sentence.
    pub text: String,
    /// What it is about.
    pub kind: Kind,
    /// Money that moved.
    pub money: Vec<Move>,
    /// Too small for the terminal; the report has it.
    pub detail: bool,
}

impl Line {
    /// A line about the signer.
    pub fn new(kind: Kind, text: impl Into<String>) -> Self {
        Self {
            who: None,
            text: text.into(),
            kind,
            money: vec![],
            detail: false,
        }
    }

    /// The same for the report only.
    pub fn detail(mut self) -> Self {
        self.detail = true;
        self
    }

    /// The same about somebody else.
    pub fn by(mut self, who: impl Into<String>) -> Self {
        self.who = Some(who.into());
        self
    }

    /// With money.
    pub fn moved(mut self, from: &str, to: &str, amount: u128, denom: &'static str) -> Self {
        if amount > 0 {
            self.money.push(Move {
                from: from.into(),
                to: to.into(),
                amount,
                denom,
            });
        }
        self
    }
}

/// A line of the story with its place in time and on the chain.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// Seconds since the demo began, hundredths.
    pub at: f64,
    /// Who.
    pub who: String,
    /// What.
    pub what: String,
    /// What it is about.
    pub kind: Kind,
    /// Transaction; none for notes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tx: Option<String>,
    /// Its block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u64>,
    /// Money that moved.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub money: Vec<Move>,
    /// Too small for the terminal.
    #[serde(skip)]
    pub detail: bool,
}

/// A part of the story.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Act {
    /// Its heading.
    pub title: String,
    /// What it shows, a sentence.
    pub about: String,
    /// When it began, seconds.
    pub at: f64,
    /// What happened.
    pub entries: Vec<Entry>,
}

/// Seconds with hundredths.
pub fn seconds(elapsed: Duration) -> f64 {
    (elapsed.as_secs_f64() * 100.0).round() / 100.0
}

/// A number with thousands apart: `1,234,567`.
pub fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// Base units of a coin with six decimals as people write it: `1,250.05 USDC`.
pub fn amount(units: u128, denom: &str) -> String {
    format!("{} {}", plain(units), if denom == "joule" { "JOULE" } else { "USDC" })
}

/// The number of [`amount`] alone.
pub fn plain(units: u128) -> String {
    let (whole, fraction) = (units / 1_000_000, format!("{:06}", units % 1_000_000));
    match fraction.trim_end_matches('0') {
        "" => grouped(whole),
        // Cents look like cents.
        short if short.len() == 1 => format!("{}.{short}0", grouped(whole)),
        short => format!("{}.{short}", grouped(whole)),
    }
}

/// A rate with a prefix: `12.3 M/s`.
pub fn rate(per_second: u64) -> String {
    let (value, prefix) = match per_second {
        0..=9_999 => return format!("{per_second}/s"),
        10_000..=999_999 => (per_second as f64 / 1e3, "k"),
        _ => (per_second as f64 / 1e6, "M"),
    };
    format!("{value:.2} {prefix}/s")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        for (units, text) in [
            (0, "0 USDC"),
            (1, "0.000001 USDC"),
            (1_500_000, "1.50 USDC"),
            (1_234_567_890_000, "1,234,567.89 USDC"),
        ] {
            assert_eq!(amount(units, "uusdc"), text);
        }
        assert_eq!(amount(2_000_000_000, "joule"), "2,000 JOULE");
        assert_eq!(
            (rate(9_999), rate(12_345), rate(5_678_901)),
            ("9999/s".into(), "12.35 k/s".into(), "5.68 M/s".into())
        );
    }
}
