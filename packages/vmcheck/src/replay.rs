//! Runs a recording again on compiled contracts.

use crate::gas::{self, CallGas};
use crate::hostile;
use crate::machine::{Input, Machine, Outcome};
use crate::querier::ScriptedQuerier;
use crate::recording::{Call, Scenario};
use crate::storage::State;
use anyhow::{bail, Context, Result};
use serde_json::Value;
use std::collections::BTreeMap;

/// A call that came out as recorded.
pub struct Replayed<'a> {
    /// The recording of it.
    pub call: &'a Call,
    /// Storage that it started from.
    pub before: State,
    /// What it cost, without the loading of its code.
    pub gas: CallGas,
}

/// Runs every call; fails at the first that does not do what was recorded.
pub fn replay(scenario: &Scenario) -> Result<Vec<Replayed<'_>>> {
    let mut left: BTreeMap<&str, State> = BTreeMap::new();
    let mut done = Vec::new();
    for (number, call) in scenario.calls.iter().enumerate() {
        let place = || format!("call {number}, {}", call.label());
        let before = match call.state()? {
            Some(state) => state,
            None => left.get(call.address()?).cloned().unwrap_or_default(),
        };
        let querier = ScriptedQuerier::strict(call.queries.clone());
        let outcome = run(scenario, call, &call.msg, before.clone(), querier).with_context(place)?;
        compare(call, &outcome).with_context(place)?;
        left.insert(call.address()?, outcome.state);
        done.push(Replayed {
            call,
            before,
            gas: outcome.gas,
        });
    }
    Ok(done)
}

/// Gas of the whole transaction.
pub fn transaction_gas(scenario: &Scenario, replayed: &[Replayed]) -> u64 {
    let counted = || replayed.iter().filter(|r| !r.call.setup);
    let codes: Vec<&str> = counted().map(|r| r.call.contract.as_str()).collect();
    gas::transaction(&codes, counted().map(|r| r.gas.total()).sum(), scenario.tx_bytes)
}

/// Sends mutations of every recorded message to the state that the message met. The VM must never have to stop one.
pub fn survive_mutations(scenario: &Scenario, replayed: &[Replayed]) -> Result<usize> {
    let mut count = 0;
    for step in replayed {
        for msg in hostile::mutations(&step.call.msg) {
            let querier = ScriptedQuerier::lenient(step.call.queries.clone());
            let outcome = run(scenario, step.call, &msg, step.before.clone(), querier)?;
            let shown = || {
                format!(
                    "{} stopped at {}",
                    step.call.label(),
                    hostile::shorten(&msg.to_string())
                )
            };
            outcome.output.with_context(shown)?;
            count += 1;
        }
    }
    Ok(count)
}

fn run(scenario: &Scenario, call: &Call, msg: &Value, state: State, querier: ScriptedQuerier) -> Result<Outcome> {
    let env = serde_json::to_vec(&call.env)?;
    let info = serde_json::to_vec(&call.info)?;
    let input = Input {
        entry: &call.entry,
        env: &env,
        info: &info,
        msg: &serde_json::to_vec(msg)?,
        prefix: &scenario.prefix,
    };
    Machine::of(&call.contract)?.call(&input, state, querier)
}

fn compare(call: &Call, outcome: &Outcome) -> Result<()> {
    let got = outcome.output.as_ref().map_err(|e| anyhow::anyhow!("stopped: {e:#}"))?;
    match &call.result {
        Some(expected) if expected != got => bail!("returned {got}\nrecorded {expected}"),
        None if got.get("ok").is_none() => bail!("returned {got}"),
        _ => {}
    }
    if outcome.unasked > 0 {
        bail!("{} recorded queries were not asked", outcome.unasked);
    }
    Ok(())
}
