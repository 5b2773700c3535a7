//! Answers in a node's shapes.
use base64::prelude::{Engine, BASE64_STANDARD};
use cosmrs::proto::cosmos::auth::v1beta1::{BaseAccount, QueryAccountRequest, QueryAccountResponse};
use cosmrs::proto::cosmos::bank::v1beta1::QueryBalanceResponse;
use cosmrs::proto::cosmos::base::abci::v1beta1::GasInfo;
use cosmrs::proto::cosmos::base::v1beta1::Coin;
use cosmrs::proto::cosmos::tx::v1beta1::{SimulateRequest, SimulateResponse};
use cosmrs::proto::cosmwasm::wasm::v1 as wasm;
use cosmrs::proto::prost::{Message, Name};
use joule::chain::TxHash;
use serde_json::{json, Value};

use super::ledger::TxResult;
use super::{Fault, Ledger, Manner, CHAIN};

pub enum No {
    /// JSON-RPC error with this text.
    Error(String),
    /// No answer.
    Lost,
}

pub fn answer(ledger: &mut Ledger, manner: &Manner, method: &str, params: &Value) -> Result<Value, No> {
    let height = ledger.height().saturating_sub(manner.lag).max(1);
    match method {
        "status" => Ok(status(height, manner)),
        "abci_query" => abci(ledger, height, params),
        "broadcast_tx_sync" => broadcast(ledger, params),
        "tx" => tx(ledger, manner, height, params),
        "block" => Ok(block(ledger, requested(ledger, manner, height, params)?)),
        "block_results" => Ok(block_results(ledger, requested(ledger, manner, height, params)?)),
        other => Err(No::Error(format!("method {other} not found"))),
    }
}

fn requested(ledger: &Ledger, manner: &Manner, latest: u64, params: &Value) -> Result<u64, No> {
    let height: u64 = params["height"].as_str().unwrap_or_default().parse().unwrap_or(latest);
    let lowest = ledger.lowest.max(manner.lowest);
    if height < lowest {
        return Err(No::Error(format!(
            "height {height} is not available, lowest height is {lowest}"
        )));
    }
    if height > latest {
        return Err(No::Error(format!(
            "height {height} must be less than or equal to the current blockchain height"
        )));
    }
    Ok(height)
}

fn now() -> String {
    cosmrs::tendermint::Time::now().to_rfc3339()
}

fn status(height: u64, manner: &Manner) -> Value {
    let hash = "A".repeat(64);
    json!({
        "node_info": {
            "protocol_version": { "p2p": "8", "block": "11", "app": "0" },
            "id": "a".repeat(40), "listen_addr": "tcp://0.0.0.0:26656",
            "network": manner.chain_id.as_deref().unwrap_or(CHAIN),
            "version": manner.version.as_deref().unwrap_or("0.38.19"), "channels": "40", "moniker": "scripted",
            "other": { "tx_index": "on", "rpc_address": "tcp://127.0.0.1:26657" },
        },
        "sync_info": {
            "latest_block_hash": hash, "latest_app_hash": hash, "latest_block_height": height.to_string(),
            "latest_block_time": now(), "earliest_block_hash": hash, "earliest_app_hash": hash,
            "earliest_block_height": "1", "earliest_block_time": now(), "catching_up": false,
        },
        "validator_info": {
            "address": "A".repeat(40), "voting_power": "1",
            "pub_key": { "type": "tendermint/PubKeyEd25519", "value": BASE64_STANDARD.encode([1u8; 32]) },
        },
    })
}

fn abci(ledger: &Ledger, height: u64, params: &Value) -> Result<Value, No> {
    let data = hex::decode(params["data"].as_str().unwrap_or_default()).unwrap();
    let refused = |codespace: &str, code: u32, log: String| json!({ "response": { "code": code, "codespace": codespace, "log": log, "height": height.to_string(), "index": "0" } });
    let value = match params["path"].as_str().unwrap_or_default() {
        "/cosmos.auth.v1beta1.Query/Account" => {
            let address = QueryAccountRequest::decode(data.as_slice()).unwrap().address;
            let Some(sequence) = ledger.sequences.get(&address).copied() else {
                let log = format!("rpc error: code = NotFound desc = account {address} not found: key not found");
                return Ok(refused("sdk", 22, log));
            };
            let base = BaseAccount {
                address,
                account_number: 1,
                sequence,
                pub_key: None,
            };
            let any = cosmrs::Any {
                type_url: BaseAccount::type_url(),
                value: base.encode_to_vec(),
            };
            QueryAccountResponse { account: Some(any) }.encode_to_vec()
        }
        "/cosmos.bank.v1beta1.Query/Balance" => {
            let coin = Coin {
                denom: "uwatt".into(),
                amount: "340282366920938463463374607431768211455".into(),
            };
            QueryBalanceResponse { balance: Some(coin) }.encode_to_vec()
        }
        "/cosmos.tx.v1beta1.Service/Simulate" => {
            let request = SimulateRequest::decode(data.as_slice()).unwrap();
            match ledger.simulate(&request.tx_bytes) {
                // A node hides the code of a simulated failure behind its own.
                Err((_, _, log)) => {
                    let text = format!("rpc error: code = Unknown desc = {log} With gas wanted: '0' and gas used: '1'");
                    return Ok(refused("sdk", 6, format!("{text}: unknown request")));
                }
                Ok(gas_used) => SimulateResponse {
                    gas_info: Some(GasInfo {
                        gas_wanted: 0,
                        gas_used,
                    }),
                    result: None,
                }
                .encode_to_vec(),
            }
        }
        "/cosmwasm.wasm.v1.Query/SmartContractState" => {
            let request = wasm::QuerySmartContractStateRequest::decode(data.as_slice()).unwrap();
            let query: Value = serde_json::from_slice(&request.query_data).unwrap();
            if query.get("echo").is_none() {
                return Ok(refused(
                    "wasm",
                    9,
                    "tst.unknown_query: no such query: query wasm contract failed".into(),
                ));
            }
            wasm::QuerySmartContractStateResponse {
                data: serde_json::to_vec(&query["echo"]).unwrap(),
            }
            .encode_to_vec()
        }
        "/cosmwasm.wasm.v1.Query/RawContractState" => {
            let request = wasm::QueryRawContractStateRequest::decode(data.as_slice()).unwrap();
            let data = if request.query_data == b"key" {
                b"value".to_vec()
            } else {
                vec![]
            };
            wasm::QueryRawContractStateResponse { data }.encode_to_vec()
        }
        "/cosmwasm.wasm.v1.Query/ContractInfo" => {
            let address = wasm::QueryContractInfoRequest::decode(data.as_slice()).unwrap().address;
            if address != "wasm1contract" {
                return Ok(refused(
                    "sdk",
                    6,
                    format!("address {address}: no such contract: unknown request"),
                ));
            }
            let info = wasm::ContractInfo {
                code_id: 3,
                label: "joule-test".into(),
                ..Default::default()
            };
            wasm::QueryContractInfoResponse {
                address,
                contract_info: Some(info),
            }
            .encode_to_vec()
        }
        path => return Ok(refused("sdk", 6, format!("unknown query path {path}"))),
    };
    let value = BASE64_STANDARD.encode(value);
    Ok(json!({ "response": { "code": 0, "log": "", "height": height.to_string(), "index": "0", "value": value } }))
}

fn broadcast(ledger: &mut Ledger, params: &Value) -> Result<Value, No> {
    let tx = BASE64_STANDARD
        .decode(params["tx"].as_str().unwrap_or_default())
        .unwrap();
    let hash = TxHash::of(&tx).to_string();
    ledger.broadcasts.push(tx.clone());
    let accepted = Ok(json!({ "code": 0, "codespace": "", "data": "", "log": "", "hash": hash }));
    let refused = |codespace: &str, code: u32, log: &str| {
        Ok(json!({ "code": code, "codespace": codespace, "data": "", "log": log, "hash": hash }))
    };
    match ledger.faults.pop_front() {
        Some(Fault::AcceptLoseAnswer) => {
            let _ = ledger.broadcast(tx);
            return Err(No::Lost);
        }
        Some(Fault::LoseBoth) => return Err(No::Lost),
        Some(Fault::AcceptThenForget) => {
            ledger.see(&tx);
            return accepted;
        }
        Some(Fault::Reject(codespace, code, log)) => return refused(codespace, code, log),
        Some(Fault::SequenceStolen) => ledger.steal_sequence(&tx),
        None => {}
    }
    match ledger.broadcast(tx) {
        Ok(()) => accepted,
        Err((codespace, code, log)) => refused(codespace, code, &log),
    }
}

fn tx(ledger: &Ledger, manner: &Manner, latest: u64, params: &Value) -> Result<Value, No> {
    let wanted = BASE64_STANDARD
        .decode(params["hash"].as_str().unwrap_or_default())
        .unwrap();
    let blocks = ledger.blocks.iter().zip(1u64..).take_while(|(_, h)| *h <= latest);
    for (block, height) in blocks.filter(|_| !manner.no_index) {
        let found = block
            .txs
            .iter()
            .enumerate()
            .find(|(_, (tx, _))| TxHash::of(tx).0[..] == wanted[..]);
        if let Some((index, (tx, result))) = found {
            return Ok(json!({
                "hash": TxHash::of(tx).to_string(), "height": height.to_string(), "index": index,
                "tx_result": tx_result(result), "tx": BASE64_STANDARD.encode(tx),
            }));
        }
    }
    Err(No::Error(format!("tx ({}) not found", hex::encode_upper(wanted))))
}

fn tx_result(r: &TxResult) -> Value {
    let attribute = |key: &str, value: String| json!({ "key": key, "value": value, "index": true });
    let mut events = vec![json!({ "type": "tx", "attributes": [attribute("fee", "1uwatt".into())] })];
    events.extend(r.told.iter().map(|(index, key)| {
        let attributes = [
            attribute("what", key.clone()),
            attribute("msg_index", index.to_string()),
        ];
        json!({ "type": "wasm-told", "attributes": attributes })
    }));
    json!({
        "code": r.code, "codespace": r.codespace, "data": "", "log": r.log, "info": "",
        "gas_wanted": r.gas_wanted.to_string(), "gas_used": r.gas_used.to_string(), "events": events,
    })
}

fn block(ledger: &Ledger, height: u64) -> Value {
    let hash = "A".repeat(64);
    let id = json!({ "hash": hash, "parts": { "total": 1, "hash": hash } });
    let txs: Vec<String> = match ledger.blocks.get(height as usize - 1) {
        Some(block) => block.txs.iter().map(|(tx, _)| BASE64_STANDARD.encode(tx)).collect(),
        None => vec![],
    };
    json!({
        "block_id": id,
        "block": {
            "header": {
                "version": { "block": "11", "app": "0" }, "chain_id": CHAIN, "height": height.to_string(),
                "time": now(), "last_block_id": id, "last_commit_hash": hash, "data_hash": hash,
                "validators_hash": hash, "next_validators_hash": hash, "consensus_hash": hash, "app_hash": hash,
                "last_results_hash": hash, "evidence_hash": hash, "proposer_address": "A".repeat(40),
            },
            "data": { "txs": txs }, "evidence": { "evidence": [] },
            "last_commit": { "height": (height - 1).to_string(), "round": 0, "block_id": id, "signatures": [] },
        },
    })
}

fn block_results(ledger: &Ledger, height: u64) -> Value {
    let txs: Vec<Value> = match ledger.blocks.get(height as usize - 1) {
        Some(block) => block.txs.iter().map(|(_, result)| tx_result(result)).collect(),
        None => vec![],
    };
    json!({
        "height": height.to_string(), "txs_results": txs, "finalize_block_events": [], "validator_updates": [],
        "consensus_param_updates": null, "app_hash": "",
    })
}
