//! `gas/snapshot.json`: what each recorded transaction costs, checked in. A change beyond the tolerance fails until a
//! person writes it down with `JOULE_BLESS=1`.

use crate::recording::Scenario;
use crate::replay::{replay, transaction_gas};
use anyhow::{bail, Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// Accepted difference in percent, both ways: a fall is news too, and would leave room for a later rise.
pub const TOLERANCE_PERCENT: u64 = 10;

/// By the name of the recording.
pub type Snapshot = BTreeMap<String, Entry>;

/// One transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// All of it (DESIGN 11.20).
    pub gas: u64,
    /// Its calls in order, without the loading of code.
    pub calls: Vec<CallEntry>,
}

/// One call of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallEntry {
    /// `contract.entry.message`.
    pub call: String,
    /// VM and storage and answers of the chain.
    pub gas: u64,
    /// Values read by key.
    pub reads: u64,
    /// Values written.
    pub writes: u64,
    /// Items that iterators returned.
    pub steps: u64,
}

/// Replays every recording of a folder and counts.
pub fn measure(scenarios: &Path) -> Result<Snapshot> {
    let mut snapshot = Snapshot::new();
    for (name, scenario) in Scenario::all(scenarios)? {
        let entry = entry(&scenario).with_context(|| name.clone())?;
        snapshot.insert(name, entry);
    }
    Ok(snapshot)
}

fn entry(scenario: &Scenario) -> Result<Entry> {
    let replayed = replay(scenario)?;
    let counted = replayed.iter().filter(|r| !r.call.setup);
    let calls = counted.map(|r| CallEntry {
        call: r.call.label(),
        gas: r.gas.total(),
        reads: r.gas.storage.reads,
        writes: r.gas.storage.writes,
        steps: r.gas.storage.steps,
    });
    Ok(Entry {
        calls: calls.collect(),
        gas: transaction_gas(scenario, &replayed),
    })
}

/// Compares with the file, or writes it.
pub fn check(file: &Path, measured: &Snapshot, bless: bool) -> Result<()> {
    if bless {
        let mut text = serde_json::to_string_pretty(measured)?;
        text.push('\n');
        return Ok(std::fs::write(file, text)?);
    }
    let text = std::fs::read_to_string(file).with_context(|| format!("no {}", file.display()))?;
    let known: Snapshot = serde_json::from_str(&text).with_context(|| file.display().to_string())?;
    let differences = differences(&known, measured);
    if !differences.is_empty() {
        bail!(
            "gas changed; write it down with JOULE_BLESS=1 if it is meant\n  {}",
            differences.join("\n  ")
        );
    }
    Ok(())
}

fn differences(known: &Snapshot, measured: &Snapshot) -> Vec<String> {
    let mut found = Vec::new();
    for (name, new) in measured {
        match known.get(name) {
            None => found.push(format!("{name}: {} (new)", new.gas)),
            Some(old) if old.gas.abs_diff(new.gas) * 100 > old.gas * TOLERANCE_PERCENT => {
                found.push(format!("{name}: {} -> {}", old.gas, new.gas));
            }
            Some(_) => {}
        }
    }
    for name in known.keys().filter(|n| !measured.contains_key(*n)) {
        found.push(format!("{name}: no such recording"));
    }
    found
}

/// Costs as a table; multiples of the transfer of a token, which is what people know the price of.
pub fn table(measured: &Snapshot, unit: &str) -> String {
    let one = measured.get(unit).map_or(0, |e| e.gas);
    let mut text = String::new();
    for (name, entry) in measured {
        let tenths = (entry.gas * 10).checked_div(one).unwrap_or(0);
        text.push_str(&format!(
            "{name:<40} {:>9} gas {:>4}.{} transfers\n",
            entry.gas,
            tenths / 10,
            tenths % 10
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(gas: u64) -> Snapshot {
        let entry = Entry { gas, calls: Vec::new() };
        [("a".to_string(), entry)].into()
    }

    #[test]
    fn ten_percent_either_way() {
        for (gas, count) in [(1_000, 0), (1_100, 0), (1_101, 1), (900, 0), (899, 1)] {
            assert_eq!(differences(&snapshot(1_000), &snapshot(gas)).len(), count, "{gas}");
        }
        assert_eq!(differences(&Snapshot::new(), &snapshot(1)).len(), 1);
        assert_eq!(differences(&snapshot(1), &Snapshot::new()).len(), 1);
    }

    #[test]
    fn bless_writes_what_check_accepts() {
        let file = std::env::temp_dir().join(format!("joule-snapshot-{}.json", std::process::id()));
        check(&file, &snapshot(7), true).unwrap();
        check(&file, &snapshot(7), false).unwrap();
        assert!(check(&file, &snapshot(9), false).is_err());
        std::fs::remove_file(&file).unwrap();
    }

    #[test]
    fn the_table_counts_in_units() {
        let mut measured = snapshot(1_000);
        measured.extend([(
            "b".to_string(),
            Entry {
                gas: 2_560,
                calls: Vec::new(),
            },
        )]);
        assert!(table(&measured, "a").contains("2.5 transfers"));
        assert!(table(&measured, "none").contains("0.0 transfers"));
    }
}
