//! Where the compiled contracts and the recordings lie, and what each contract must be.

use anyhow::{bail, Context, Result};
use std::path::PathBuf;

/// A contract that the chain runs.
pub struct Contract {
    /// File name in `artifacts/` without its ending, and folder in `contracts/`.
    pub name: &'static str,
    /// Entry points it exports, in order of name; no more and no less.
    pub entry_points: &'static [&'static str],
}

/// All of them.
pub const CONTRACTS: &[Contract] = &[
    contract("dao"),
    contract("escrow"),
    contract("marketplace"),
    contract("registry"),
    contract("staking"),
    contract("token"),
];

/// Every entry point that a VM knows by name and that is called with a message of its own.
pub const KNOWN_ENTRY_POINTS: &[&str] = &["execute", "instantiate", "migrate", "query", "reply", "sudo"];

/// What contracts may demand of a chain: iterators and the queries and messages of CosmWasm 2.1. Staking, IBC and
/// stargate messages of the chain are not used.
pub const CAPABILITIES: &[&str] = &[
    "iterator",
    "cosmwasm_1_1",
    "cosmwasm_1_2",
    "cosmwasm_1_3",
    "cosmwasm_1_4",
    "cosmwasm_2_0",
    "cosmwasm_2_1",
];

/// The largest code that chains store, in bytes.
pub const MAX_CODE_BYTES: usize = 800 * 1024;

const fn contract(name: &'static str) -> Contract {
    Contract {
        name,
        entry_points: &["execute", "instantiate", "migrate", "query"],
    }
}

impl Contract {
    /// The contract of that name.
    pub fn named(name: &str) -> Result<&'static Contract> {
        let found = CONTRACTS.iter().find(|c| c.name == name);
        found.with_context(|| format!("no contract is named {name}"))
    }

    /// Its code, or an error that says how to get it.
    pub fn code(&self) -> Result<Vec<u8>> {
        let path = workspace().join("artifacts").join(format!("{}.wasm", self.name));
        std::fs::read(&path).with_context(|| format!("no {}: run scripts/build-wasm first", path.display()))
    }

    /// The checked-in JSON schema of its messages.
    pub fn schema(&self) -> Result<serde_json::Value> {
        let path = workspace().join("schema").join(format!("{}.json", self.name));
        let text = std::fs::read_to_string(&path).with_context(|| format!("no {}", path.display()))?;
        Ok(serde_json::from_str(&text)?)
    }
}

/// The root of the workspace.
pub fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folder of the recordings and of `snapshot.json`.
pub fn gas_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("gas")
}

/// Whether the tests over compiled contracts are to run: `JOULE_WASM=1` says that `artifacts/` is fresh.
pub fn wanted() -> bool {
    std::env::var("JOULE_WASM").is_ok_and(|v| v == "1")
}

/// Fails if code lies in `artifacts/` that no table here names.
pub fn no_strangers() -> Result<()> {
    let dir = workspace().join("artifacts");
    for entry in
        std::fs::read_dir(&dir).with_context(|| format!("no {}: run scripts/build-wasm first", dir.display()))?
    {
        let file = entry?.file_name().to_string_lossy().into_owned();
        if let Some(name) = file.strip_suffix(".wasm") {
            if Contract::named(name).is_err() {
                bail!("artifacts/{file} is not in the table of contracts of vmcheck");
            }
        }
    }
    Ok(())
}
