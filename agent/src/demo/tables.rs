//! The tables in the end.
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};

use super::outcome::{due_and_fee, Outcome};
use super::stage::Stage;
use super::story::{amount, plain, rate};

/// Header and rows; all columns but the first hold numbers.
pub struct Rows {
    /// Heading.
    pub title: &'static str,
    /// Columns.
    pub header: Vec<&'static str>,
    /// Rows.
    pub rows: Vec<Vec<String>>,
}

/// Levels as people call them.
const TRUST: [&str; 5] = ["none", "1 basic", "2 verified", "3 trusted", "4 partner"];

/// Providers, jobs, validators, money.
pub fn rows(stage: &Stage, outcome: &Outcome) -> [Rows; 4] {
    let summary = &outcome.summary;
    let providers = summary.providers.iter().zip(&outcome.names).map(|(p, name)| {
        let trust = TRUST.get(usize::from(p.trust)).copied().unwrap_or_default();
        vec![
            (*name).to_string(),
            rate(p.verified),
            format!("{:.2}", p.reputation),
            trust.into(),
            amount(p.earned, "uusdc"),
            amount(p.slashed, "joule"),
        ]
    });
    let jobs = outcome.jobs.iter().map(|(posted, job)| {
        let provider = job
            .attempt
            .as_ref()
            .map_or_else(String::new, |a| stage.watch.names.provider(a.provider));
        let gross = job.settlement.as_ref().map_or(0, |end| end.gross.u128());
        let fee = due_and_fee(stage, job).map_or_else(String::new, |(_, fee)| amount(fee, "uusdc"));
        let digest = job
            .result
            .as_ref()
            .map_or_else(String::new, |result| result.result_root.to_hex());
        let judge = if posted.work.judged { "committee" } else { "buyer" };
        vec![
            format!("{} {}", posted.id, posted.work.title),
            judge.into(),
            format!("{:?}", job.state),
            provider,
            job.attempts.to_string(),
            amount(gross, "uusdc"),
            fee,
            digest.get(..12).unwrap_or_default().into(),
        ]
    });
    let validators = summary.validators.iter().map(|v| {
        vec![
            v.name.to_string(),
            amount(v.stake, "joule"),
            v.seats.to_string(),
            v.paid_votes.to_string(),
            amount(v.earned, "uusdc"),
            amount(v.slashed, "joule"),
        ]
    });
    let money = summary.money.iter().map(|(denom, t)| {
        let name = if *denom == "joule" { "JOULE" } else { "USDC" };
        let sums = [t.deposited, t.paid, t.fees, t.refunded, t.burned, t.held, t.slashed].map(plain);
        std::iter::once(name.to_string()).chain(sums).collect()
    });
    [
        Rows {
            title: "Providers",
            header: vec!["provider", "verified", "reputation", "trust", "earned", "slashed"],
            rows: providers.collect(),
        },
        Rows {
            title: "Jobs",
            header: vec!["job", "judge", "state", "provider", "attempts", "due", "fee", "output"],
            rows: jobs.collect(),
        },
        Rows {
            title: "Validators",
            header: vec!["validator", "stake", "seats", "paid votes", "earned", "slashed"],
            rows: validators.collect(),
        },
        Rows {
            title: "Money: deposited = paid + fees + refunded + burned + held (slashed is a part of them)",
            header: vec![
                "coin",
                "deposited",
                "paid",
                "fees",
                "refunded",
                "burned",
                "held",
                "slashed",
            ],
            rows: money.collect(),
        },
    ]
}

/// All of it for a terminal.
pub fn text(stage: &Stage, outcome: &Outcome) -> String {
    let mut text = String::new();
    for rows in rows(stage, outcome) {
        let mut table = Table::new();
        table.load_preset(UTF8_FULL_CONDENSED).set_header(rows.header);
        table.add_rows(rows.rows);
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        text += &format!("\n{}\n{table}\n", rows.title);
    }
    text += "\nChecked against the chain\n";
    for (what, holds) in outcome.money.text() {
        text += &format!("  {} {what}\n", mark(holds));
    }
    text += "\nExpected\n";
    for expected in &outcome.expected {
        text += &format!("  {} {}\n", mark(expected.met), expected.what);
    }
    let conserved = if outcome.summary.conserved {
        "conserved: yes"
    } else {
        "conserved: NO"
    };
    text += &format!("\n{conserved}, {:.0} s in all", stage.elapsed().as_secs_f64());
    text
}

fn mark(holds: bool) -> &'static str {
    if holds {
        "✓"
    } else {
        "✗"
    }
}
