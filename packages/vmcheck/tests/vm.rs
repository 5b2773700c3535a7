//! Every compiled contract in the chain's VM. Runs with `JOULE_WASM=1` on a fresh `artifacts/` (`scripts/test vm`); without
//! it the tests show as ignored. `JOULE_BLESS=1` writes the gas snapshot.

use anyhow::{bail, ensure, Context, Result};
use joule_vmcheck::artifacts::{gas_folder, no_strangers, wanted, Contract, CONTRACTS, KNOWN_ENTRY_POINTS};
use joule_vmcheck::machine::{check_code, Input, Machine, Outcome};
use joule_vmcheck::querier::ScriptedQuerier;
use joule_vmcheck::recording::Scenario;
use joule_vmcheck::storage::State;
use joule_vmcheck::{beacon, code, hostile, page, replay, snapshot};
use libtest_mimic::{Arguments, Trial};

const ENV: &[u8] =
    br#"{"block":{"height":12345,"time":"1571797419879305533","chain_id":"joule-1"},"transaction":{"index":3},
    "contract":{"address":"joule1contract"}}"#;
const INFO: &[u8] = br#"{"sender":"joule1sender","funds":[]}"#;
const PREFIX: &str = "joule";

fn main() {
    let args = Arguments::from_args();
    if !wanted() {
        eprintln!("vmcheck: SKIPPED, compiled contracts are not tested: run `scripts/test vm`, or set JOULE_WASM=1");
    }
    let mut trials = vec![
        trial("artifacts", no_strangers),
        trial("gas snapshot", gas_snapshot),
        trial("recordings survive mutations", mutated_recordings),
        trial("registry: rounds", beacon::check),
    ];
    for contract in CONTRACTS {
        let name = contract.name;
        trials.push(trial(&format!("{name}: code"), || check_code(contract)));
        trials.push(trial(&format!("{name}: inside"), || code::check(contract)));
        trials.push(trial(&format!("{name}: entry points"), || entry_points(contract)));
        trials.push(trial(&format!("{name}: garbage"), || garbage(contract)));
        trials.push(trial(&format!("{name}: hostile messages"), || {
            hostile_messages(contract)
        }));
    }
    libtest_mimic::run(&args, trials).exit();
}

fn trial(name: &str, test: impl FnOnce() -> Result<()> + Send + 'static) -> Trial {
    let run = move || test().map_err(|e| format!("{e:#}").into());
    Trial::test(name, run).with_ignored_flag(!wanted())
}

fn call(contract: &Contract, entry: &str, msg: &[u8]) -> Result<Outcome> {
    let input = Input {
        entry,
        env: ENV,
        info: INFO,
        msg,
        prefix: PREFIX,
    };
    Machine::of(contract.name)?.call(&input, State::new(), ScriptedQuerier::lenient(Vec::new()))
}

fn entry_points(contract: &Contract) -> Result<()> {
    let mut exports = Machine::of(contract.name)?.exports();
    exports.retain(|e| KNOWN_ENTRY_POINTS.contains(&e.as_str()) || e.starts_with("ibc"));
    ensure!(
        exports == contract.entry_points,
        "exports {exports:?}, the table says {:?}",
        contract.entry_points
    );
    Ok(())
}

fn garbage(contract: &Contract) -> Result<()> {
    for entry in contract.entry_points {
        for msg in hostile::garbage() {
            let shown = || format!("{entry}: {}", hostile::shorten(&String::from_utf8_lossy(&msg)));
            let output = call(contract, entry, &msg)?.output.with_context(shown)?;
            ensure!(output.get("error").is_some(), "{}: returned {output}", shown());
        }
    }
    Ok(())
}

/// Every message of the schema, and each with one thing wrong, on a contract that was never set up.
fn hostile_messages(contract: &Contract) -> Result<()> {
    let schema = contract.schema()?;
    for entry in contract.entry_points {
        let Some(schema) = schema.get(entry).filter(|s| s.is_object()) else {
            continue;
        };
        let samples = hostile::samples(schema);
        ensure!(!samples.is_empty(), "the schema of {entry} has no message");
        for sample in samples {
            for msg in hostile::mutations(&sample).into_iter().chain([sample.clone()]) {
                let text = msg.to_string();
                let outcome = call(contract, entry, text.as_bytes())?;
                outcome
                    .output
                    .with_context(|| format!("{entry}: {}", hostile::shorten(&text)))?;
            }
        }
    }
    Ok(())
}

fn gas_snapshot() -> Result<()> {
    let measured = snapshot::measure(&gas_folder().join("scenarios"))?;
    if measured.is_empty() {
        bail!("there are no recordings in gas/scenarios");
    }
    println!("{}", snapshot::table(&measured, page::UNIT));
    let bless = std::env::var("JOULE_BLESS").is_ok_and(|v| v == "1");
    snapshot::check(&gas_folder().join("snapshot.json"), &measured, bless)?;
    if bless {
        let page = page::page(&measured, &page::abouts(&gas_folder().join("scenarios"))?);
        std::fs::write(gas_folder().join("../../../docs/gas.md"), page)?;
    }
    Ok(())
}

fn mutated_recordings() -> Result<()> {
    for (name, scenario) in Scenario::all(&gas_folder().join("scenarios"))? {
        let replayed = replay::replay(&scenario).with_context(|| name.clone())?;
        let count = replay::survive_mutations(&scenario, &replayed).with_context(|| name.clone())?;
        ensure!(count > 0, "{name}: nothing was mutated");
    }
    Ok(())
}
