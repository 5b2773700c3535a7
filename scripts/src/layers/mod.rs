//! Who may depend on whom (DESIGN 2): crates by their manifests, contracts by the peer modules that their sources name,
//! chain clients by folder, and the exact list of crates that end up inside of contracts (S-01).

mod uses;

use crate::metadata::Metadata;
use crate::run::{cargo, files, output, root};
use anyhow::{bail, Context, Result};
use std::collections::{BTreeMap, BTreeSet};

/// Contract -> peers of lower rank, whose `joule_types` modules it may name: calls and queries only go down.
const PEERS: &[(&str, &[&str])] = &[
    ("staking", &[]),
    ("token", &[]),
    ("registry", &["staking"]),
    ("escrow", &["staking"]),
    ("marketplace", &["registry", "escrow", "staking"]),
    ("dao", &["marketplace", "registry", "escrow", "staking"]),
];

/// Crate -> our crates that it may link. Dev-dependencies are free, contracts excepted.
const CRATES: &[(&str, &[&str])] = &[
    ("joule-work", &[]),
    ("joule-beacon", &["joule-work"]),
    ("joule-types", &["joule-work"]),
    ("joule-kit", &["joule-types", "joule-work"]),
    ("joule-rollout", &["joule-types", "joule-work"]),
    ("joule-faultproxy", &[]),
    ("joule-gpu", &["joule-wgsl"]),
    ("joule-vmcheck", &[]),
    ("joule-wgsl", &[]),
    ("xtask", &[]),
];

/// What a contract may link and use in tests of its own.
const CONTRACT_CRATES: &[&str] = &["joule-types", "joule-kit", "joule-work"];

/// What a contract may use in tests of its own and never links: a signer of rounds.
const CONTRACT_TEST_CRATES: &[&str] = &["joule-beacon"];

/// Chain clients, and the only folders whose sources may name them. The embedded chain is the other end of the wire.
const CLIENTS: &[&str] = &["cosmrs", "tendermint_rpc"];
const CLIENT_FOLDERS: &[&str] = &[
    "agent/src/chain/",
    "agent/src/keys/",
    "agent/src/keys.rs",
    "agent/src/signer/",
    "agent/src/signer.rs",
    "agent/tests/",
    "packages/devchain/",
];

/// Drivers and what is unsafe about them stay in the folder whose program is a process of its own.
const DRIVERS: (&str, &str) = ("wgpu", "packages/gpu/");
/// Folders whose sources may switch the ban on unsafe code off.
const UNSAFE_FOLDERS: &[&str] = &[DRIVERS.1, "packages/vmcheck/", "scripts/"];

const LIST: &str = "scripts/contract-crates.txt";

pub fn check(write: bool) -> Result<()> {
    let graph = Metadata::load()?;
    let mut bad = crates(&graph);
    bad.extend(sources()?);
    let mut linked = BTreeMap::new();
    for contract in graph.contracts() {
        linked.insert(contract.name.clone(), linked_on_chain(&contract.name)?);
    }
    bad.extend(one_std(&linked));
    bad.extend(list(&graph, &linked, write)?);
    if !bad.is_empty() {
        bail!("{} layer violations\n  {}", bad.len(), bad.join("\n  "));
    }
    Ok(())
}

fn crates(graph: &Metadata) -> Vec<String> {
    let ours: BTreeSet<&str> = graph.members().map(|p| p.name.as_str()).collect();
    let contracts: BTreeSet<&str> = graph.contracts().map(|p| p.name.as_str()).collect();
    let mut bad = Vec::new();
    for package in graph.members() {
        let name = package.name.as_str();
        let is_contract = contracts.contains(name);
        let allowed = if is_contract {
            Some(CONTRACT_CRATES)
        } else {
            CRATES.iter().find(|(n, _)| *n == name).map(|(_, a)| *a)
        };
        for dep in package.dependencies.iter().filter(|d| ours.contains(d.name.as_str())) {
            let dev = dep.kind.as_deref() == Some("dev");
            let known = allowed.is_none_or(|a| a.contains(&dep.name.as_str()))
                || (dev && CONTRACT_TEST_CRATES.contains(&dep.name.as_str()));
            if (!dev || is_contract) && !known {
                bad.push(format!("{name} must not depend on {}", dep.name));
            }
        }
    }
    // Chain and agent share this mathematics, and no chain type may leak into it.
    for package in graph.members().filter(|p| p.name == "joule-work") {
        for dep in graph.linked(&package.id).into_iter().filter_map(|id| graph.package(id)) {
            if dep.name.starts_with("cosmwasm") || dep.name.starts_with("cw") {
                bad.push(format!("joule-work links {}", dep.name));
            }
        }
    }
    bad
}

fn sources() -> Result<Vec<String>> {
    let mut bad = Vec::new();
    for file in files()?.into_iter().filter(|f| f.ends_with(".rs")) {
        let text = std::fs::read_to_string(root().join(&file))?;
        bad.extend(source(&file, &text));
    }
    Ok(bad)
}

fn source(file: &str, text: &str) -> Vec<String> {
    let mut bad = Vec::new();
    let mut parts = file.split('/');
    if let (Some("contracts"), Some(own), Some("src")) = (parts.next(), parts.next(), parts.next()) {
        let lower = PEERS.iter().find(|(n, _)| *n == own).map_or(&[][..], |(_, l)| *l);
        for module in uses::modules(text, "joule_types") {
            let is_peer = PEERS.iter().any(|(n, _)| *n == module);
            if module == "*" || (is_peer && module != own && !lower.contains(&module.as_str())) {
                bad.push(format!("{file}: {own} must not name joule_types::{module}"));
            }
        }
    }
    let (driver, folder) = DRIVERS;
    if !file.starts_with(folder) && !file.starts_with("scripts/") && uses::names(text, driver) {
        bad.push(format!("{file}: {driver} belongs to {folder}"));
    }
    if text.contains("allow(unsafe_code)") && !UNSAFE_FOLDERS.iter().any(|f| file.starts_with(f)) {
        bad.push(format!("{file}: no unsafe code here"));
    }
    if file.starts_with("scripts/") || CLIENT_FOLDERS.iter().any(|f| file.starts_with(f)) {
        return bad;
    }
    for client in CLIENTS.iter().filter(|c| uses::names(text, c)) {
        bad.push(format!("{file}: {client} belongs to agent/src/chain"));
    }
    bad
}

/// Name and version of each crate that is linked into a contract built for the chain, with the features it has there.
fn linked_on_chain(contract: &str) -> Result<BTreeSet<(String, String)>> {
    let edges = ["-e", "normal,no-proc-macro", "--target", "wasm32-unknown-unknown"];
    let shape = ["--prefix", "none", "--format", "{p}"];
    let tree = output(
        cargo()
            .args(["tree", "--locked", "-p", contract])
            .args(edges)
            .args(shape),
    )?;
    let crates = tree.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        Some((words.next()?.to_string(), words.next()?.to_string()))
    });
    Ok(crates.filter(|(name, _)| name != contract).collect())
}

/// Exactly one cosmwasm-std in each contract.
fn one_std(linked: &BTreeMap<String, BTreeSet<(String, String)>>) -> Vec<String> {
    let mut bad = Vec::new();
    for (contract, crates) in linked {
        let versions: Vec<_> = crates
            .iter()
            .filter(|(n, _)| n == "cosmwasm-std")
            .map(|(_, v)| v.as_str())
            .collect();
        if versions.len() != 1 {
            bad.push(format!("{contract} links cosmwasm-std {versions:?}, not one version"));
        }
    }
    bad
}

/// The crates that a contract names, and all that end up in any of them, against the checked-in list.
fn list(graph: &Metadata, linked: &BTreeMap<String, BTreeSet<(String, String)>>, write: bool) -> Result<Vec<String>> {
    let all: BTreeSet<&str> = linked.values().flatten().map(|(name, _)| name.as_str()).collect();
    let mut named = BTreeMap::new();
    for contract in graph.contracts() {
        let direct = contract.dependencies.iter().filter(|d| d.kind.is_none());
        named.insert(contract.dir(), direct.map(|d| d.name.as_str()).collect::<BTreeSet<_>>());
    }
    let mut text = String::from(
        "# Crates that contracts name, then every crate that is linked into one of them (macros left out).\n\
         # Checked by `cargo xtask layers`; a change here is a change of what runs with the market's money:\n\
         # read the new crate first, then `cargo xtask layers --write`.\n",
    );
    for (dir, crates) in named {
        text.push_str(&format!(
            "{dir}: {}\n",
            crates.into_iter().collect::<Vec<_>>().join(" ")
        ));
    }
    text.push_str("\nlinked:\n");
    for name in all {
        text.push_str(&format!("  {name}\n"));
    }
    let path = root().join(LIST);
    if write {
        std::fs::write(&path, text)?;
        return Ok(Vec::new());
    }
    let checked_in = std::fs::read_to_string(&path).with_context(|| format!("cannot read {LIST}"))?;
    let old: BTreeSet<&str> = checked_in.lines().collect();
    let new: BTreeSet<&str> = text.lines().collect();
    let gone = old.difference(&new).map(|l| format!("{LIST}: gone: {}", l.trim()));
    let added = new.difference(&old).map(|l| format!("{LIST}: new: {}", l.trim()));
    Ok(gone.chain(added).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contract_names_lower_ranks_only() {
        let down = "use joule_types::{common::Id, registry::Registry};";
        assert!(source("contracts/marketplace/src/execute/jobs.rs", down).is_empty());
        let up = "fn f() { joule_types::marketplace::handle::Marketplace::new(a) }";
        assert_eq!(source("contracts/registry/src/query/mod.rs", up).len(), 1);
        let side = "use joule_types::{\n    escrow::{msg::ExecuteMsg, Hold},\n};";
        assert_eq!(source("contracts/registry/src/state.rs", side).len(), 1);
        assert_eq!(
            source("contracts/escrow/src/state.rs", "use joule_types::registry;").len(),
            1
        );
        assert_eq!(source("contracts/escrow/src/state.rs", "use joule_types::*;").len(), 1);
        assert!(source(
            "contracts/escrow/src/state.rs",
            "// joule_types::dao\nuse joule_types::escrow::*;"
        )
        .is_empty());
        assert!(source("contracts/escrow/tests/it/main.rs", "use joule_types::registry;").is_empty());
    }

    #[test]
    fn chain_clients_stay_in_their_folder() {
        assert!(source("agent/src/chain/tx.rs", "use cosmrs::tx;").is_empty());
        assert_eq!(source("agent/src/provider/tick.rs", "use cosmrs::tx;").len(), 1);
        assert!(source("agent/src/provider/tick.rs", "// cosmrs is far away").is_empty());
    }

    #[test]
    fn drivers_and_unsafe_code_stay_in_their_folder() {
        assert!(source(
            "packages/gpu/src/worker/device.rs",
            "use wgpu::Device;\n#![allow(unsafe_code)]"
        )
        .is_empty());
        assert_eq!(source("agent/src/bench/mod.rs", "use wgpu::Device;").len(), 1);
        assert_eq!(source("agent/src/lib.rs", "#![allow(unsafe_code)]").len(), 1);
    }

    #[test]
    fn ranks_have_no_cycle() {
        for (name, lower) in PEERS {
            for peer in *lower {
                let (_, below) = PEERS.iter().find(|(n, _)| n == peer).unwrap();
                assert!(!below.contains(name), "{name} <-> {peer}");
            }
        }
    }
}
