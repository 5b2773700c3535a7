//! What is compared: everything that a plan decides and a chain can show, each by its name.

use joule_rollout::{built, deploy, differences, verify, Deployment, Difference, Plan};
use joule_testing::Backend;
use joule_types::Peer;
use serde_json::{json, Value};

use super::{chain::Chain, plan};

fn deployed() -> (Backend, Plan, Deployment) {
    let mut backend = Backend::new();
    let plan = plan(&backend);
    let deployment = deploy(&mut backend, &plan, None).unwrap();
    (backend, plan, deployment)
}

fn difference(peer: Peer, what: &str, expected: &str, found: &str) -> Difference {
    Difference {
        peer,
        what: what.into(),
        expected: expected.into(),
        found: found.into(),
    }
}

#[test]
fn a_market_is_as_its_file_and_its_plan_say() {
    let (backend, plan, deployment) = deployed();
    assert_eq!(differences(&backend, &deployment, &plan).unwrap(), []);
    assert_eq!(built(&backend, &deployment).unwrap(), []);
}

#[test]
fn every_contract_is_compared_with_the_file() {
    let (backend, plan, deployment) = deployed();
    for peer in Peer::ALL {
        let mut other = deployment.clone();
        let record = other.contracts.get_mut(peer.name()).unwrap();
        let (code_id, checksum) = (record.code_id.to_string(), record.checksum.clone());
        record.code_id = 77;
        record.checksum = "ab".into();
        let found = differences(&backend, &other, &plan).unwrap();
        let expected = [
            difference(peer, "code id", "77", &code_id),
            difference(peer, "checksum", "ab", &checksum),
        ];
        assert_eq!(found, expected, "{peer}");
        let stale = built(&backend, &other).unwrap();
        assert_eq!(stale, [difference(peer, "checksum of the code", &checksum, "ab")]);
    }
    let mut other = deployment.clone();
    other.deployer = "wasm1other".into();
    let found = differences(&backend, &other, &plan).unwrap();
    let names: Vec<_> = found.iter().map(|d| (d.peer, d.what.as_str())).collect();
    let all = Peer::ALL.map(|peer| (peer, "creator"));
    assert_eq!(names, all);
}

#[test]
fn what_the_chain_knows_of_a_contract_is_compared() {
    for peer in Peer::ALL {
        let (backend, plan, deployment) = deployed();
        let at = deployment.contracts[peer.name()].address.clone();
        let dao = deployment.contracts["dao"].address.clone();
        let chain = Chain::lying(
            backend,
            move |address, info| {
                if let Some(info) = info.as_mut().filter(|_| address == at) {
                    info.label = "x".into();
                    info.admin = None;
                }
            },
            |_, _| {},
        );
        let expected = [
            difference(peer, "label", &format!("joule-{peer}"), "x"),
            difference(peer, "admin", &dao, "nobody"),
        ];
        assert_eq!(differences(&chain, &deployment, &plan).unwrap(), expected);

        let at = deployment.contracts[peer.name()].address.clone();
        let expected = [difference(peer, "contract", &at, "nothing")];
        let gone = move |address: &str, info: &mut _| {
            if address == at {
                *info = None;
            }
        };
        let chain = Chain::lying(chain.inner, gone, |_, _| {});
        assert_eq!(differences(&chain, &deployment, &plan).unwrap(), expected);
    }
}

#[test]
fn what_a_contract_says_of_itself_is_compared() {
    let (mut backend, plan, deployment) = deployed();
    let cases = [
        ("escrow", "/peers/registry", json!("wasm1x"), "peers.registry"),
        ("registry", "/phase", json!("setup"), "phase"),
        ("dao", "/guardian", json!("wasm1x"), "guardian"),
        ("token", "/total_supply", json!("999999999999999999"), "total_supply"),
        ("token", "/decimals", json!(7), "decimals"),
        ("staking", "/min_unbonding_secs", json!(1), "min_unbonding_secs"),
        ("marketplace", "/params/weights/price", json!(1), "index.weights.price"),
    ];
    for (name, pointer, value, what) in cases {
        let at = deployment.contracts[name].address.clone();
        let edit = move |address: &str, answer: &mut Value| {
            if let Some(place) = answer.pointer_mut(pointer).filter(|_| address == at) {
                *place = value.clone();
            }
        };
        let chain = Chain::lying(backend, |_, _| {}, edit);
        let found = differences(&chain, &deployment, &plan).unwrap();
        let names: Vec<_> = found.iter().map(|d| (d.peer.name(), d.what.as_str())).collect();
        assert_eq!(names, [(name, what)]);
        let error = verify(&chain, &deployment, &plan).unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("roll.differs: {name}: {what} is ")),
            "{error}"
        );
        backend = chain.inner;
    }
    // A minter, where there is none.
    let at = deployment.contracts["token"].address.clone();
    let edit = move |address: &str, answer: &mut Value| {
        if address == at && answer.is_null() {
            *answer = json!({"minter": "wasm1x"});
        }
    };
    let chain = Chain::lying(backend, |_, _| {}, edit);
    let found = differences(&chain, &deployment, &plan).unwrap();
    assert_eq!(
        found,
        [difference(Peer::Token, "mint", "none", r#"{"minter":"wasm1x"}"#)]
    );
}

/// Parts of a plan that say where contracts are or who starts with what: nothing that stands still.
const MOVING: [&str; 4] = ["/salt_version", "/token/balances", "/token/treasury", "/genesis_stake"];

/// Each value of the plan, changed alone, is missed on the chain.
#[test]
fn every_parameter_of_the_plan_is_compared() {
    let (backend, plan, deployment) = deployed();
    let whole = serde_json::to_value(&plan).unwrap();
    let mut leaves = vec![];
    collect(&whole, String::new(), &mut leaves);
    let mut compared = 0;
    for leaf in leaves.iter().filter(|leaf| !MOVING.iter().any(|m| leaf.starts_with(m))) {
        let mut changed = whole.clone();
        nudge(changed.pointer_mut(leaf).unwrap());
        // Some values have one form only, as the names of units.
        let Ok(other) = serde_json::from_value::<Plan>(changed) else {
            continue;
        };
        let found = differences(&backend, &deployment, &other).unwrap();
        assert!(!found.is_empty(), "{leaf}");
        compared += 1;
    }
    assert!(compared > 120, "{compared} of {}", leaves.len());
}

fn collect(value: &Value, path: String, leaves: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                collect(field, format!("{path}/{name}"), leaves);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                collect(item, format!("{path}/{at}"), leaves);
            }
        }
        _ => leaves.push(path),
    }
}

fn nudge(value: &mut Value) {
    *value = match value {
        Value::Number(n) => json!(n.as_i64().unwrap_or(0) + 1),
        Value::String(text) => match text.parse::<u128>() {
            Ok(n) => json!((n + 1).to_string()),
            Err(_) => json!(format!("{text}00")),
        },
        Value::Bool(yes) => json!(!*yes),
        // The guardian, and what a denomination may leave out.
        _ => json!("7"),
    };
}
