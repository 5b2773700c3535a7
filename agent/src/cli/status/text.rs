//! The same for people.
use joule_types::marketplace::{JobResponse, OfferResponse};
use joule_types::registry::{CommitState, NodeResponse};
use joule_work::price::PriceUnit;
use serde_json::Value;

use super::super::common::Session;
use super::super::job::list::state_name;
use super::super::output::{self, percent, span, when};
use super::chain::{ChainState, ProviderState, ValidatorState, Window};
use super::local::Process;
use super::Status;

/// A block older than this is told as trouble.
const OLD: u64 = 30;

/// Every part there is, with an empty line between them.
pub fn whole(status: &Status, session: &Session) -> String {
    let now = status.chain.time;
    let mut parts = vec![chain(&status.chain)];
    match (&status.account, &status.key) {
        (Some(account), key) => {
            let name = key.as_ref().map_or("address".into(), |key| format!("key `{key}`"));
            parts.push(format!("{name}  {}\n{}", account.address, account.text(session)));
        }
        (None, _) => parts.push("No key yet: make one with `joule keys create NAME`, or `joule init`.".into()),
    }
    if let Some(state) = &status.provider {
        parts.push(provider(state, session, now));
    }
    if let Some(state) = &status.validator {
        parts.push(validator(state, session, now));
    }
    if !status.jobs.is_empty() {
        parts.push(format!("your open jobs\n{}", jobs(&status.jobs, session, now)));
    }
    if !status.processes.is_empty() {
        parts.push(processes(&status.processes));
    }
    parts.join("\n\n")
}

fn chain(state: &ChainState) -> String {
    let age = match state.age_secs {
        0..=OLD => String::new(),
        secs => format!(", whose last block is {secs} s old: run `joule doctor`"),
    };
    let mut lines = vec![format!("{} at height {}{age}", state.chain_id, state.height)];
    for node in &state.nodes {
        lines.push(match (&node.height, &node.trouble) {
            (Some(height), _) => format!("  {} at {height}", node.url),
            (None, trouble) => format!("  {}", trouble.as_deref().unwrap_or(&node.url)),
        });
    }
    lines.join("\n")
}

fn provider(state: &ProviderState, session: &Session, now: u64) -> String {
    let (record, joule) = (&state.record, |text: &str| ujoule(session, text));
    let standing = &record.standing;
    let mut trust = format!("{:?}", standing.trust).to_lowercase();
    if record.banned {
        trust.push_str(", banned");
    }
    if standing.under_review {
        trust.push_str(", under review");
    }
    let counters = &record.counters;
    let mut rows = vec![
        (
            "provider",
            format!("{} (registered {})", record.provider, when(record.registered_at, now)),
        ),
        ("owner", record.owner.to_string()),
        ("operator", record.operator.to_string()),
        ("paid to", record.payout.to_string()),
        ("trust", trust),
        ("staked", joule(&state.bonded)),
        ("reputation", points(standing.reputation)),
        (
            "jobs",
            format!(
                "{} succeeded, {} failed, {} frauds",
                counters.succeeded, counters.failed, counters.frauds
            ),
        ),
        (
            "proofs",
            format!("{} accepted, {} missed", counters.windows, counters.missed),
        ),
        ("unpaid earnings", earnings(state, session)),
    ];
    if let Some(window) = &state.window {
        rows.push(("proof window", window_words(window, now)));
    }
    let mut parts = vec![output::facts(rows)];
    if !state.nodes.is_empty() {
        let header = [
            "node",
            "kind",
            "model",
            "state",
            "on",
            "uptime",
            "proven",
            "load",
            "last beat",
        ];
        parts.push(output::table(
            header,
            state.nodes.iter().map(|node| node_row(node, now)),
        ));
    }
    if state.nodes.iter().any(|node| !node.available) {
        parts.push(
            "a node that is not on takes no jobs: it was drained, or its uptime was too low; a start of `joule run` switches it on"
                .into(),
        );
    }
    let open: Vec<&OfferResponse> = state.offers.iter().filter(|offer| offer.open).collect();
    if open.is_empty() {
        parts.push("no open offers: `joule run` opens those of provider.toml".into());
    } else {
        let header = ["offer", "node", "price", "at once", "longest deal", "score"];
        parts.push(output::table(
            header,
            open.into_iter().map(|offer| offer_row(offer, session)),
        ));
    }
    if !state.attempts.is_empty() {
        parts.push(format!("running attempts\n{}", jobs(&state.attempts, session, now)));
    }
    parts.join("\n")
}

/// What is in the escrow for the taking, and how.
fn earnings(state: &ProviderState, session: &Session) -> String {
    let mut held = Vec::new();
    for line in &state.payout.denoms {
        let earned: u128 = line.earned.parse().unwrap_or_default();
        if earned > 0 {
            let unit = session.denoms.units().iter().find(|unit| unit.base == line.denom);
            held.push(unit.map_or(format!("{earned}{}", line.denom), |unit| unit.show(earned)));
        }
    }
    if held.is_empty() {
        return "none".into();
    }
    format!(
        "{} (`joule withdraw --all COIN` with the key of {})",
        held.join(", "),
        state.record.payout
    )
}

fn window_words(window: &Window, now: u64) -> String {
    let (done, due) = if now <= window.closes_at {
        ("commit", window.closes_at)
    } else {
        ("reveal", window.reveal_by)
    };
    let count = |state: Option<CommitState>| window.commits.iter().filter(|commit| commit.state == state).count();
    format!(
        "{}: {done} {}; {} committed, {} revealed, {} without",
        window.window,
        when(due, now),
        count(Some(CommitState::Committed)),
        window
            .commits
            .len()
            .saturating_sub(count(Some(CommitState::Committed)))
            .saturating_sub(count(None)),
        count(None)
    )
}

fn node_row(node: &NodeResponse, now: u64) -> [String; 9] {
    let hardware = &node.spec.hardware;
    [
        node.node.to_string(),
        format!("{:?}", node.spec.kind).to_lowercase(),
        format!("{} x {}", hardware.units, hardware.model),
        format!("{:?}", node.state).to_lowercase(),
        if node.available { "yes" } else { "no" }.into(),
        percent(node.uptime_bps.into()),
        format!("{} windows", node.verified.windows),
        node.load.to_string(),
        match node.last_beat {
            0 => "never".into(),
            at => when(at, now),
        },
    ]
}

fn offer_row(offer: &OfferResponse, session: &Session) -> [String; 6] {
    let terms = &offer.terms;
    let unit = match terms.unit {
        PriceUnit::Hour => "an hour",
        PriceUnit::Minute => "a minute",
        PriceUnit::Gigabyte => "a gigabyte",
        PriceUnit::Task => "a task",
        PriceUnit::DataPoint => "a data point",
    };
    [
        offer.offer.to_string(),
        terms.node.to_string(),
        format!("{} {unit}", session.denoms.show(&terms.denom, terms.price.u128())),
        terms.capacity.to_string(),
        span(terms.max_secs),
        offer.booked.to_string(),
    ]
}

fn jobs(list: &[JobResponse], session: &Session, now: u64) -> String {
    let rows = list.iter().map(|job| {
        let asked = &job.spec.requirements;
        let attempt = job.attempt.as_ref();
        [
            job.job.to_string(),
            state_name(job.state),
            attempt.map_or("-".into(), |attempt| {
                session.denoms.show(&asked.denom, attempt.quote.u128())
            }),
            attempt.map_or("-".into(), |attempt| {
                format!("{} on node {}", attempt.provider, attempt.node)
            }),
            job.next_deadline_at.map_or("-".into(), |at| when(at, now)),
        ]
    });
    output::table(["job", "state", "quote", "provider", "next deadline"], rows)
}

fn validator(state: &ValidatorState, session: &Session, now: u64) -> String {
    let record = &state.record;
    let seats = match state.seats.as_slice() {
        [] => "none".into(),
        seats => seats.join(", "),
    };
    let mut rows = vec![
        ("validator", format!("slot {} of {}", record.slot, record.owner)),
        ("votes by", record.operator.to_string()),
        ("staked", ujoule(session, &state.bonded)),
        ("weight in a draw now", ujoule(session, &record.drawn_by.to_string())),
        ("open seats", seats),
    ];
    if let Some(at) = state.next_deadline_at {
        rows.push(("next deadline", when(at, now)));
    }
    output::facts(rows)
}

fn processes(list: &[Process]) -> String {
    let rows = list.iter().map(|process| {
        let words = match (process.pid, &process.journal) {
            (Some(pid), _) => format!(
                "runs as process {pid}{}",
                process.says.as_ref().map_or(String::new(), said)
            ),
            (None, Some(kept)) if kept.attempts.is_empty() && kept.lists.is_empty() && kept.ballots == 0 => {
                "does not run; nothing is left undone".into()
            }
            (None, Some(kept)) => {
                let mut left = Vec::new();
                if !kept.attempts.is_empty() {
                    left.push(format!("attempts {}", kept.attempts.join(", ")));
                }
                if !kept.lists.is_empty() {
                    left.push(format!("unrevealed lists {}", kept.lists.join(", ")));
                }
                if kept.ballots > 0 {
                    left.push(format!("{} votes", kept.ballots));
                }
                format!("does not run and has left: {}; start it again", left.join("; "))
            }
            (None, None) => "has just started".into(),
        };
        (process.command, words)
    });
    output::facts(rows)
}

/// What an agent says of itself: its stage, what keeps it from being ready, and the last line of its log that is a warning.
fn said(page: &Value) -> String {
    let mut words = format!(", {}", page["stage"].as_str().unwrap_or("of unknown stage"));
    let checks = page["checks"].as_array().into_iter().flatten();
    for check in checks.filter(|check| check["ok"] == false) {
        let [name, why] = ["check", "why"].map(|key| check[key].as_str().unwrap_or_default());
        words.push_str(&format!("\n           not ready: {name} {why}"));
    }
    if let Some(note) = page["notes"].as_array().and_then(|notes| notes.last()) {
        words.push_str(&format!(
            "\n           last warning: {}",
            note["text"].as_str().unwrap_or_default()
        ));
    }
    words
}

fn ujoule(session: &Session, text: &str) -> String {
    let amount: u128 = text.parse().unwrap_or_default();
    match session.denoms.joule() {
        Ok(joule) => joule.show(amount),
        Err(_) => format!("{amount}ujoule"),
    }
}

/// Of thousandths.
fn points(reputation: u32) -> String {
    let (whole, rest) = (reputation / 1_000, reputation % 1_000);
    match rest {
        0 => format!("{whole} points"),
        _ => format!("{whole}.{rest:03} points"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_percent() {
        assert_eq!((percent(10_000), percent(9_505)), ("100 %".into(), "95.05 %".into()));
        assert_eq!(
            (points(100_000), points(98_050)),
            ("100 points".into(), "98.050 points".into())
        );
    }
}
