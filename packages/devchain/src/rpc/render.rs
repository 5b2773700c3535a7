//! Blocks, results and the node itself as CometBFT 0.38 writes them in JSON.
//!
//! The parsers of tendermint-rpc and CosmJS are strict; a field is here because one of them needs it.

use crate::node::store::{Block, TxRecord};
use crate::tx::Outcome;
use base64::engine::general_purpose::STANDARD;
use base64::Engine;
use cosmwasm_std::Event;
use serde_json::{json, Value};
use sha2::{Digest, Sha256};
use time::format_description::well_known::Rfc3339;
use time::OffsetDateTime;

/// Version that clients choose their dialect by.
pub(crate) const VERSION: &str = "0.38.19";
/// The only validator's public key: the base point of the curve, whose secret key is 1. It signs nothing.
const VALIDATOR_KEY: [u8; 32] = {
    let mut key = [0x66; 32];
    key[0] = 0x58;
    key
};

pub(crate) fn hex_upper(bytes: &[u8]) -> String {
    hex::encode_upper(bytes)
}

fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Nanoseconds since 1970 as RFC 3339.
pub(crate) fn time(nanos: u64) -> String {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(nanos))
        .ok()
        .and_then(|time| time.format(&Rfc3339).ok())
        .unwrap_or_default()
}

fn digest(bytes: &[u8]) -> String {
    hex_upper(&Sha256::digest(bytes))
}

fn validator_address() -> String {
    hex_upper(&Sha256::digest(VALIDATOR_KEY)[..20])
}

fn validator_key() -> Value {
    json!({ "type": "tendermint/PubKeyEd25519", "value": base64(&VALIDATOR_KEY) })
}

pub(crate) fn validator() -> Value {
    json!({
        "address": validator_address(),
        "pub_key": validator_key(),
        "voting_power": "1",
        "proposer_priority": "0",
    })
}

pub(crate) fn node_info(chain_id: &str) -> Value {
    json!({
        "protocol_version": { "p2p": "8", "block": "11", "app": "0" },
        "id": hex::encode(&Sha256::digest(chain_id.as_bytes())[..20]),
        "listen_addr": "tcp://127.0.0.1:0",
        "network": chain_id,
        "version": VERSION,
        "channels": "40202122233038606100",
        "moniker": "joule-devchain",
        "other": { "tx_index": "on", "rpc_address": "tcp://127.0.0.1:0" },
    })
}

pub(crate) fn status(first: &Block, last: &Block) -> Value {
    json!({
        "node_info": node_info(&last.chain_id),
        "sync_info": {
            "latest_block_hash": hex_upper(&last.hash),
            "latest_app_hash": hex_upper(&last.next_app_hash),
            "latest_block_height": last.height.to_string(),
            "latest_block_time": time(last.time),
            "earliest_block_hash": hex_upper(&first.hash),
            "earliest_app_hash": hex_upper(&first.app_hash),
            "earliest_block_height": first.height.to_string(),
            "earliest_block_time": time(first.time),
            "catching_up": false,
        },
        "validator_info": validator(),
    })
}

/// Block id of a hash; the empty one that Go writes for none.
fn block_id(hash: Option<&[u8; 32]>) -> Value {
    match hash {
        Some(hash) => json!({ "hash": hex_upper(hash), "parts": { "total": 1, "hash": digest(hash) } }),
        None => json!({ "hash": "", "parts": { "total": 0, "hash": "" } }),
    }
}

pub(crate) fn header(block: &Block) -> Value {
    let last = block.last.as_ref().map(|(hash, _)| hash);
    let txs: Vec<u8> = block.txs.iter().flat_map(|tx| tx.hash).collect();
    json!({
        "version": { "block": "11", "app": "0" },
        "chain_id": block.chain_id,
        "height": block.height.to_string(),
        "time": time(block.time),
        "last_block_id": block_id(last),
        "last_commit_hash": digest(last.map_or(&[], |hash| hash)),
        "data_hash": digest(&txs),
        "validators_hash": digest(&VALIDATOR_KEY),
        "next_validators_hash": digest(&VALIDATOR_KEY),
        "consensus_hash": digest(b"joule/devchain/params"),
        "app_hash": hex_upper(&block.app_hash),
        "last_results_hash": digest(&[]),
        "evidence_hash": digest(&[]),
        "proposer_address": validator_address(),
    })
}

/// A commit of `hash` with the one validator's placeholder signature; the empty commit before the first block.
fn commit_of(height: u64, at: Option<(&[u8; 32], u64)>) -> Value {
    let signatures = match at {
        Some((_, nanos)) => json!([{
            "block_id_flag": 2,
            "validator_address": validator_address(),
            "timestamp": time(nanos),
            "signature": base64(&[0; 64]),
        }]),
        None => json!([]),
    };
    json!({
        "height": height.to_string(),
        "round": 0,
        "block_id": block_id(at.map(|(hash, _)| hash)),
        "signatures": signatures,
    })
}

/// `block` without its id.
fn block_body(block: &Block) -> Value {
    let txs: Vec<String> = block.txs.iter().map(|tx| base64(&tx.bytes)).collect();
    let last = block.last.as_ref().map(|(hash, nanos)| (hash, *nanos));
    json!({
        "header": header(block),
        "data": { "txs": txs },
        "evidence": { "evidence": [] },
        "last_commit": commit_of(block.height.saturating_sub(1), last),
    })
}

pub(crate) fn block(block: &Block) -> Value {
    json!({ "block_id": block_id(Some(&block.hash)), "block": block_body(block) })
}

pub(crate) fn commit(block: &Block) -> Value {
    let commit = commit_of(block.height, Some((&block.hash, block.time)));
    json!({ "signed_header": { "header": header(block), "commit": commit }, "canonical": true })
}

pub(crate) fn block_meta(block: &Block) -> Value {
    let size: usize = block.txs.iter().map(|tx| tx.bytes.len()).sum();
    json!({
        "block_id": block_id(Some(&block.hash)),
        "block_size": size.to_string(),
        "header": header(block),
        "num_txs": block.txs.len().to_string(),
    })
}

fn event(event: &Event) -> Value {
    let attributes: Vec<Value> = event
        .attributes
        .iter()
        .map(|a| json!({ "key": a.key, "value": a.value, "index": true }))
        .collect();
    json!({ "type": event.ty, "attributes": attributes })
}

/// `ExecTxResult`
pub(crate) fn result(outcome: &Outcome) -> Value {
    let events: Vec<Value> = outcome.events.iter().map(event).collect();
    let data = (!outcome.data.is_empty()).then(|| base64(&outcome.data));
    json!({
        "code": outcome.code,
        "data": data,
        "log": outcome.log,
        "info": "",
        "gas_wanted": outcome.gas_wanted.to_string(),
        "gas_used": outcome.gas_used.to_string(),
        "events": events,
        "codespace": outcome.codespace,
    })
}

fn results(block: &Block) -> Vec<Value> {
    block.txs.iter().map(|tx| result(&tx.outcome)).collect()
}

pub(crate) fn block_results(block: &Block) -> Value {
    let results = results(block);
    json!({
        "height": block.height.to_string(),
        "txs_results": if results.is_empty() { Value::Null } else { Value::Array(results) },
        "finalize_block_events": [],
        "validator_updates": [],
        "consensus_param_updates": null,
        "app_hash": base64(&block.next_app_hash),
    })
}

/// Answer of `tx`.
pub(crate) fn tx(block: &Block, index: usize) -> Option<Value> {
    let record = block.txs.get(index)?;
    Some(json!({
        "hash": hex_upper(&record.hash),
        "height": block.height.to_string(),
        "index": index,
        "tx_result": result(&record.outcome),
        "tx": base64(&record.bytes),
    }))
}

/// Payload of a `NewBlock` event.
pub(crate) fn new_block_event(block: &Block) -> Value {
    let value = json!({
        "block": block_body(block),
        "block_id": block_id(Some(&block.hash)),
        "result_finalize_block": {
            "events": [],
            "tx_results": results(block),
            "validator_updates": [],
            "consensus_param_updates": null,
            "app_hash": base64(&block.next_app_hash),
        },
    });
    json!({ "type": "tendermint/event/NewBlock", "value": value })
}

/// Payload of a `Tx` event.
pub(crate) fn tx_event(block: &Block, index: usize, record: &TxRecord) -> Value {
    let value = json!({
        "TxResult": {
            "height": block.height.to_string(),
            "index": index,
            "tx": base64(&record.bytes),
            "result": result(&record.outcome),
        },
    });
    json!({ "type": "tendermint/event/Tx", "value": value })
}

/// Consensus parameters; only the block's gas means anything here.
pub(crate) fn consensus_params(max_tx_bytes: usize, max_gas: u64) -> Value {
    json!({
        "block": { "max_bytes": max_tx_bytes.to_string(), "max_gas": max_gas.to_string() },
        "evidence": { "max_age_num_blocks": "100000", "max_age_duration": "172800000000000", "max_bytes": "1048576" },
        "validator": { "pub_key_types": ["ed25519"] },
        "version": { "app": "0" },
        "abci": { "vote_extensions_enable_height": "0" },
    })
}
