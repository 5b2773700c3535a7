//! Markets of the simulator written into the genesis of a node.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result};
use base64::engine::general_purpose::STANDARD as BASE64;
use base64::Engine;
use joule_types::Peer;
use serde_json::{json, Value};
use sha2::{Digest, Sha256};

use crate::market::{Account, Contract, Frozen};

/// Height at which the chain goes on: above every block of the simulator.
const HEIGHT: u64 = 1_000_000_000;
/// Gas coin of each account.
const FEES: u128 = 1_000_000_000_000;
/// The codes, in the order of their ids.
pub const CODES: [Peer; 6] = [
    Peer::Token,
    Peer::Staking,
    Peer::Registry,
    Peer::Escrow,
    Peer::Marketplace,
    Peer::Dao,
];

/// How the chain is set up.
#[derive(Clone, Copy, Debug)]
pub struct Setup<'a> {
    /// Folder with the compiled contracts.
    pub artifacts: &'a Path,
    /// Whether the codes stay in memory.
    pub pinned: bool,
    /// Most gas of a block; no limit if none.
    pub max_gas: Option<u64>,
}

/// Adds the markets to the genesis in `path`. What is large goes through `path` once, as text.
pub fn extend(path: &Path, setup: &Setup, markets: &[Frozen]) -> Result<()> {
    let mut genesis: Value = serde_json::from_reader(BufReader::new(File::open(path)?))?;
    genesis["initial_height"] = json!(HEIGHT);
    if let Some(gas) = setup.max_gas {
        genesis["consensus"]["params"]["block"]["max_gas"] = json!(gas.to_string());
    }
    let mut holders = BTreeMap::new();
    for market in markets {
        let account = |a: &'_ Account| (a.usdc, Some(a.public_key.clone()));
        holders.extend(market.accounts.values().map(|a| (a.address.as_str(), account(a))));
        holders.extend(market.contracts.iter().map(|c| (c.address.as_str(), (c.usdc, None))));
    }
    let state = &mut genesis["app_state"];
    add_accounts(state, &holders)?;
    let codes = CODES
        .iter()
        .zip(1u64..)
        .map(|(peer, id)| code(setup, *peer, id))
        .collect::<Result<Vec<_>>>()?;
    state["wasm"]["codes"] = codes.into();
    let sequence = |name: &str, value: u64| {
        let key = [&[4u8], name.as_bytes()].concat();
        json!({ "id_key": BASE64.encode(key), "value": value.to_string() })
    };
    state["wasm"]["sequences"] = json!([sequence("lastCodeId", 100), sequence("lastContractId", 1)]);
    state["wasm"]["contracts"] = json!(["@contracts@"]);
    // Contracts are written one by one: a market of a hundred thousand is no matter for one value in memory.
    let text = serde_json::to_string(&genesis)?;
    let (head, tail) = text
        .split_once("\"@contracts@\"")
        .context("the mark of the contracts")?;
    let mut out = BufWriter::new(File::create(path)?);
    out.write_all(head.as_bytes())?;
    for (n, contract) in markets.iter().flat_map(|market| &market.contracts).enumerate() {
        if n > 0 {
            out.write_all(b",")?;
        }
        write_contract(&mut out, contract)?;
    }
    out.write_all(tail.as_bytes())?;
    Ok(out.flush()?)
}

/// Addresses with their stable coins and, if they sign, their keys.
fn add_accounts(state: &mut Value, holders: &BTreeMap<&str, (u128, Option<Vec<u8>>)>) -> Result<()> {
    let accounts = state["auth"]["accounts"].as_array_mut().context("auth.accounts")?;
    let first = accounts.len();
    for (n, (address, (_, key))) in holders.iter().enumerate() {
        let key = key.as_ref().map(|key| {
            json!({
                "@type": "/cosmos.crypto.secp256k1.PubKey",
                "key": BASE64.encode(key),
            })
        });
        accounts.push(json!({
            "@type": "/cosmos.auth.v1beta1.BaseAccount",
            "address": address,
            "pub_key": key,
            "account_number": (first + n).to_string(),
            "sequence": "0",
        }));
    }
    let balances = state["bank"]["balances"].as_array_mut().context("bank.balances")?;
    for (address, (usdc, _)) in holders {
        let mut held = vec![];
        if *usdc > 0 {
            held.push(json!({ "denom": "uusdc", "amount": usdc.to_string() }));
        }
        held.push(json!({ "denom": "uwatt", "amount": FEES.to_string() }));
        balances.push(json!({ "address": address, "coins": held }));
    }
    // The bank adds it up.
    state["bank"]["supply"] = json!([]);
    Ok(())
}

fn code(setup: &Setup, peer: Peer, id: u64) -> Result<Value> {
    let path = setup.artifacts.join(format!("{}.wasm", peer.name()));
    let bytes = fs::read(&path).with_context(|| format!("{}: run scripts/build-wasm first", path.display()))?;
    Ok(json!({
        "code_id": id.to_string(),
        "code_info": {
            "code_hash": BASE64.encode(Sha256::digest(&bytes)),
            "creator": crate::network::ANYBODY,
            "instantiate_config": { "permission": "Everybody", "addresses": [] },
        },
        "code_bytes": BASE64.encode(&bytes),
        "pinned": setup.pinned,
    }))
}

fn write_contract(out: &mut impl Write, contract: &Contract) -> Result<()> {
    let id = CODES.iter().position(|peer| *peer == contract.peer).context("a code")? + 1;
    let created = json!({ "block_height": "1", "tx_index": "0" });
    let head = json!({
        "contract_address": contract.address,
        "contract_info": {
            "code_id": id.to_string(),
            "creator": crate::network::ANYBODY,
            "admin": "",
            "label": contract.peer.name(),
            "created": created,
            "ibc_port_id": "",
            "extension": null,
        },
        "contract_code_history": [{
            "operation": "CONTRACT_CODE_HISTORY_OPERATION_TYPE_GENESIS",
            "code_id": id.to_string(),
            "updated": created,
            "msg": {},
        }],
    });
    let head = head.to_string();
    let open = head.strip_suffix('}').context("an object")?;
    write!(out, "{open},\"contract_state\":[")?;
    for (n, (key, value)) in contract.state.iter().enumerate() {
        let comma = if n > 0 { "," } else { "" };
        let (key, value) = (hex::encode_upper(key), BASE64.encode(value));
        write!(out, "{comma}{{\"key\":\"{key}\",\"value\":\"{value}\"}}")?;
    }
    Ok(out.write_all(b"]}")?)
}
