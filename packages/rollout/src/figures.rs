//! Where a contract shows what it was instantiated with.

use cosmwasm_std::{from_json, to_json_binary};
use joule_types::Peer;
use serde_json::{json, Value};

use crate::ChainOps;

/// A field of an instantiation message, and where the contract has it now.
pub struct Figure {
    /// Field of the message.
    pub name: &'static str,
    /// Its place.
    pub found: Place,
}

/// A value that a contract shows.
pub enum Place {
    /// In the answer to the query without arguments of that name, at a JSON pointer.
    Query(&'static str, &'static str),
    /// In the storage item of that name, at a JSON pointer: what no query shows because it never changes.
    Item(&'static str, &'static str),
}

/// A value, or why there is none.
pub type Found = Result<Value, String>;

const fn query(name: &'static str, query: &'static str, pointer: &'static str) -> Figure {
    let found = Place::Query(query, pointer);
    Figure { name, found }
}

const fn item(name: &'static str, item: &'static str, pointer: &'static str) -> Figure {
    let found = Place::Item(item, pointer);
    Figure { name, found }
}

/// `setup` or `live`.
pub const PHASE: Place = Place::Query("admin", "/phase");
/// JOULE in being.
pub const SUPPLY: Place = Place::Query("token_info", "/total_supply");

const PEERS: Figure = query("peers", "admin", "/peers");
const GUARDIAN: Figure = query("guardian", "admin", "/guardian");
const PARAMS: Figure = query("params", "params", "");

/// The fields of the instantiation message of a contract that can be seen afterwards. What the token and staking start with is not:
/// it moves from the first block on.
pub fn of(peer: Peer) -> &'static [Figure] {
    match peer {
        Peer::Token => {
            const {
                &[
                    query("name", "token_info", "/name"),
                    query("symbol", "token_info", "/symbol"),
                    query("decimals", "token_info", "/decimals"),
                    query("mint", "minter", ""),
                ]
            }
        }
        Peer::Staking => {
            const {
                &[
                    PEERS,
                    GUARDIAN,
                    PARAMS,
                    query("epoch_secs", "validators", "/epoch_secs"),
                    item("min_unbonding_secs", "fixed", "/min_unbonding_secs"),
                ]
            }
        }
        Peer::Escrow => const { &[PEERS, GUARDIAN, PARAMS] },
        Peer::Registry => {
            const {
                &[
                    PEERS,
                    GUARDIAN,
                    PARAMS,
                    query("beacon", "beacon", "/beacon"),
                    item("min_window_secs", "floor", ""),
                ]
            }
        }
        Peer::Marketplace => {
            const {
                &[
                    PEERS,
                    GUARDIAN,
                    PARAMS,
                    query("index", "index", "/params"),
                    item("min_deadline_secs", "floor", ""),
                ]
            }
        }
        Peer::Dao => {
            const {
                &[
                    PEERS,
                    GUARDIAN,
                    query("params", "params", "/params"),
                    query("min_duration_secs", "params", "/min_duration_secs"),
                    query("power_floor", "params", "/power_floor"),
                ]
            }
        }
    }
}

impl Place {
    /// Looks there.
    pub fn read(&self, ops: &impl ChainOps, contract: &str) -> Found {
        let (answer, pointer) = match self {
            Self::Query(name, pointer) => {
                let mut msg = json!({});
                msg[*name] = json!({});
                let msg = to_json_binary(&msg).map_err(|e| e.to_string())?;
                (ops.query(contract, msg).map_err(|e| e.to_string())?, pointer)
            }
            Self::Item(key, pointer) => {
                let bytes = ops.raw(contract, key.as_bytes()).map_err(|e| e.to_string())?;
                (bytes.ok_or_else(|| format!("no `{key}` in the storage"))?, pointer)
            }
        };
        let value: Value = from_json(answer).map_err(|e| e.to_string())?;
        value
            .pointer(pointer)
            .cloned()
            .ok_or_else(|| format!("no `{pointer}` in the answer"))
    }
}

/// A value as people read it: text without quotes.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "none".into(),
        other => other.to_string(),
    }
}
