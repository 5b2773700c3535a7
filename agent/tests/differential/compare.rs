//! What counts as the same. Each exception is a section of docs/differences.md.

use crate::side::Verdict;

type Events = [(String, Vec<(String, String)>)];

/// A verdict without what may differ.
pub fn verdict(verdict: &Verdict) -> Verdict {
    Verdict {
        log: text(&verdict.log),
        ..verdict.clone()
    }
}

/// Texts after which the chains word, count or name accounts in their own ways.
const OWN_WORDS: [&str; 5] = [
    // The node has made blocks since.
    "block height: ",
    "out of gas in location: ",
    "decoding bech32 failed: ",
    "fee payer address: ",
    "please verify account number (",
];

fn text(log: &str) -> String {
    let cut = OWN_WORDS.iter().find_map(|words| Some((words, log.find(words)?)));
    cut.map_or_else(
        || log.to_string(),
        |(words, place)| log[..place + words.len()].to_string(),
    )
}

/// The first place where events differ.
pub fn events(node: &Events, dev: &Events) -> Option<String> {
    let (node, dev) = (masked(node), masked(dev));
    let place = (0..node.len().max(dev.len())).find(|place| node.get(*place) != dev.get(*place))?;
    let shown = |events: &[String]| events.get(place).cloned().unwrap_or_else(|| "nothing".into());
    Some(format!(
        "event {place} of {} and {}\n  node     {}\n  embedded {}",
        node.len(),
        dev.len(),
        shown(&node),
        shown(&dev)
    ))
}

/// Accounts have other numbers on the two chains, so their signatures differ.
fn masked(events: &Events) -> Vec<String> {
    let attribute = |kind: &str, (key, value): &(String, String)| match (kind, key.as_str()) {
        ("tx", "signature") => "signature".to_string(),
        _ => format!("{key}={value}"),
    };
    let event = |(kind, attributes): &(String, Vec<(String, String)>)| {
        let attributes: Vec<String> = attributes.iter().map(|a| attribute(kind, a)).collect();
        format!("{kind} {}", attributes.join(" "))
    };
    events.iter().map(event).collect()
}
