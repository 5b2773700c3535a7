//! Comparing a market with its deployment file and its plan.

use std::fmt;

use cosmwasm_std::{from_json, Uint128};
use joule_types::Peer;
use serde::Serialize;
use serde_json::Value;

use crate::{
    figures::{self, text, Found},
    ops::ChainOps,
    plan::{label, Plan},
    record::checksum,
    Deployment, RolloutError,
};

/// What is named when a contract was not launched.
const PHASE: &str = "phase";

/// One thing on the chain that is not as the file or the plan has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Contract.
    pub peer: Peer,
    /// What differs: `code`, `admin`, `params.fees.fee_bps`.
    pub what: String,
    /// By the file or the plan.
    pub expected: String,
    /// On the chain.
    pub found: String,
}

impl Difference {
    fn new(peer: Peer, what: impl Into<String>, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self {
            peer,
            what: what.into(),
            expected: expected.into(),
            found: found.into(),
        }
    }

    /// The contract is there and waits for the launch.
    pub(crate) fn is_launch(&self) -> bool {
        self.what == PHASE && self.found == "setup"
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            peer,
            what,
            expected,
            found,
        } = self;
        write!(f, "{peer}: {what} is {found}, expected {expected}")
    }
}

/// Compares a market with its file and its plan: of each contract code, checksum, creator, label, admin, peers, guardian, phase and every
/// parameter, fixed ones included; of the token that nobody can mint and that not more is out than was planned.
///
/// # Errors
/// [`RolloutError::Backend`] if the chain does not answer.
pub fn differences(ops: &impl ChainOps, deployment: &Deployment, plan: &Plan) -> Result<Vec<Difference>, RolloutError> {
    let peers = deployment.peers()?;
    let mut all = vec![];
    for peer in Peer::ALL {
        let record = deployment.contract(peer)?;
        let Some(info) = ops.contract(&record.address)? else {
            all.push(Difference::new(peer, "contract", &record.address, "nothing"));
            continue;
        };
        let admin = info.admin.unwrap_or_else(|| "nobody".into());
        let figures = [
            ("code id", record.code_id.to_string(), info.code_id.to_string()),
            (
                "checksum",
                record.checksum.clone(),
                hex::encode(checksum(ops, info.code_id)?),
            ),
            ("creator", deployment.deployer.clone(), info.creator),
            ("label", label(peer), info.label),
            ("admin", peers.dao.clone(), admin),
        ];
        for (what, expected, found) in figures {
            if expected != found {
                all.push(Difference::new(peer, what, expected, found));
            }
        }
        let planned: Value = from_json(plan.instantiate_msg(peer, &peers)?)?;
        for figure in figures::of(peer) {
            compare_figure(ops, (peer, &record.address), figure, &planned, &mut all);
        }
        if peer == Peer::Token {
            compare_supply(ops, plan, &record.address, &mut all)?;
        } else {
            let phase = figures::PHASE.read(ops, &record.address);
            compare(peer, PHASE, &Value::from("live"), &phase, &mut all);
        }
    }
    Ok(all)
}

/// Compares the recorded codes with those that a run would store now.
///
/// # Errors
/// [`RolloutError::Backend`] if a code cannot be read.
pub fn built(ops: &impl ChainOps, deployment: &Deployment) -> Result<Vec<Difference>, RolloutError> {
    let mut all = vec![];
    for peer in Peer::ALL {
        let (own, recorded) = (hex::encode(ops.checksum(peer)?), &deployment.contract(peer)?.checksum);
        if own != *recorded {
            all.push(Difference::new(peer, "checksum of the code", own, recorded));
        }
    }
    Ok(all)
}

/// Refuses a market that differs from its file or plan in anything.
///
/// # Errors
/// [`RolloutError::Differs`] with all differences; [`RolloutError::Backend`].
pub fn verify(ops: &impl ChainOps, deployment: &Deployment, plan: &Plan) -> Result<(), RolloutError> {
    none(differences(ops, deployment, plan)?)
}

/// An error unless the list is empty.
///
/// # Errors
/// [`RolloutError::Differs`].
pub fn none(differences: Vec<Difference>) -> Result<(), RolloutError> {
    if differences.is_empty() {
        Ok(())
    } else {
        Err(RolloutError::Differs(differences))
    }
}

fn compare_figure(
    ops: &impl ChainOps,
    (peer, address): (Peer, &str),
    figure: &figures::Figure,
    planned: &Value,
    all: &mut Vec<Difference>,
) {
    let expected = planned.get(figure.name).unwrap_or(&Value::Null);
    compare(peer, figure.name, expected, &figure.found.read(ops, address), all);
}

/// Goes down to the values that differ. A contract that cannot say what it was made with differs in that.
fn compare(peer: Peer, what: &str, expected: &Value, found: &Found, all: &mut Vec<Difference>) {
    match found {
        Ok(found) => walk(peer, what, expected, found, all),
        Err(reason) => all.push(Difference::new(
            peer,
            what,
            text(expected),
            format!("unknown ({reason})"),
        )),
    }
}

fn walk(peer: Peer, what: &str, expected: &Value, found: &Value, all: &mut Vec<Difference>) {
    match (expected, found) {
        (Value::Object(left), Value::Object(right)) => {
            let added = right.keys().filter(|name| !left.contains_key(*name));
            for name in left.keys().chain(added) {
                let side = |map: &serde_json::Map<String, Value>| map.get(name).cloned().unwrap_or(Value::Null);
                walk(peer, &format!("{what}.{name}"), &side(left), &side(right), all);
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (at, (left, right)) in left.iter().zip(right).enumerate() {
                walk(peer, &format!("{what}.{at}"), left, right, all);
            }
        }
        _ if expected == found => {}
        _ => all.push(Difference::new(peer, what, text(expected), text(found))),
    }
}

/// JOULE is burned by slashes and never made: less than planned is no fault.
fn compare_supply(
    ops: &impl ChainOps,
    plan: &Plan,
    token: &str,
    all: &mut Vec<Difference>,
) -> Result<(), RolloutError> {
    let planned = plan.total_supply()?;
    let supply = figures::SUPPLY.read(ops, token);
    let known = supply
        .as_ref()
        .ok()
        .and_then(|value| value.as_str()?.parse::<Uint128>().ok());
    if known.is_none_or(|supply| supply > planned) {
        let found = supply.map_or_else(|reason| format!("unknown ({reason})"), |value| text(&value));
        all.push(Difference::new(
            Peer::Token,
            "total_supply",
            format!("at most {planned}"),
            found,
        ));
    }
    Ok(())
}
