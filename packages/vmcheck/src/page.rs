//! `docs/gas.md`: the snapshot for people, written with it and checked against it.

use crate::recording::Scenario;
use crate::snapshot::Snapshot;
use anyhow::Result;
use std::collections::BTreeMap;
use std::path::Path;

/// The unit of comparison.
pub const UNIT: &str = "token_transfer";

const HEAD: &str = "# Gas of every message

Compiled contracts in the chain's machine, counted as in DESIGN 11.20: transaction and code loading, VM gas / 140,000, storage by the SDK's schedule, bytes of the
transaction. One unit is a cw20 transfer measured in the same run. `JOULE_BLESS=1 scripts/test vm` writes this page; CI fails beyond 10 % either way.

| transaction | gas | transfers | contract calls | reads | writes | what |
| --- | ---: | ---: | ---: | ---: | ---: | --- |
";

/// The page of a snapshot; `about` says in a line what each recording does.
pub fn page(snapshot: &Snapshot, about: &BTreeMap<String, String>) -> String {
    let one = snapshot.get(UNIT).map_or(0, |entry| entry.gas);
    let mut text = HEAD.to_string();
    for (name, entry) in snapshot {
        let hundredths = (entry.gas * 100).checked_div(one).unwrap_or(0);
        let (reads, writes) = entry
            .calls
            .iter()
            .fold((0, 0), |(r, w), call| (r + call.reads + call.steps, w + call.writes));
        text.push_str(&format!(
            "| `{name}` | {} | {}.{:02} | {} | {reads} | {writes} | {} |\n",
            entry.gas,
            hundredths / 100,
            hundredths % 100,
            entry.calls.len(),
            about.get(name).map_or("", String::as_str),
        ));
    }
    text
}

/// What each recording of a folder does.
pub fn abouts(scenarios: &Path) -> Result<BTreeMap<String, String>> {
    Ok(Scenario::all(scenarios)?
        .into_iter()
        .map(|(name, scenario)| (name, scenario.about))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded() -> Snapshot {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let snapshot = std::fs::read_to_string(root.join("gas/snapshot.json")).unwrap();
        serde_json::from_str(&snapshot).unwrap()
    }

    /// What a validator sends costs little, and nothing that judges costs more among 400 validators than among 40.
    #[test]
    fn judging_is_cheap_and_flat() {
        let snapshot = recorded();
        let gas = |name: &str| {
            snapshot
                .get(name)
                .unwrap_or_else(|| panic!("{name} is not recorded"))
                .gas
        };
        for act in ["commit_vote", "reveal_vote", "post_round"] {
            assert!(gas(act) <= 4 * gas(UNIT), "{act} costs {}", gas(act));
        }
        for (few, many) in [
            ("draw_3_of_40", "draw_3_of_400"),
            ("commit_vote", "commit_vote_of_400"),
            ("reveal_vote", "reveal_vote_of_400"),
            ("tally_3_upheld", "tally_3_upheld_of_400"),
        ] {
            let (few, many) = (gas(few), gas(many));
            assert!(many * 100 <= few * 105, "{few} among 40, {many} among 400");
        }
    }

    #[test]
    fn the_page_is_what_the_snapshot_says() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let snapshot = recorded();
        let written = std::fs::read_to_string(root.join("../../docs/gas.md")).unwrap();
        let expected = page(&snapshot, &abouts(&root.join("gas/scenarios")).unwrap());
        assert!(
            written == expected,
            "docs/gas.md is stale: JOULE_BLESS=1 scripts/test vm"
        );
    }
}
