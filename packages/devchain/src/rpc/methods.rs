//! The methods, each answered by the node between two blocks.

use super::json::{Kind, Params, RpcError, Signature};
use super::render;
use crate::node::search::Conditions;
use crate::node::store::{Block, TxHash};
use crate::node::Node;
use crate::tx::Outcome;
use base64::engine::general_purpose::STANDARD;
use base64::Engine;
use serde_json::{json, Value};
use std::sync::Arc;

/// CometBFT's page lengths.
const PER_PAGE: u64 = 30;
const MAX_PER_PAGE: u64 = 100;
/// Most blocks that one `blockchain` call lists.
const MAX_METAS: u64 = 20;
/// Longest jump of the clock: ten years.
const MAX_JUMP: u64 = 10 * 365 * 86_400;

const NONE: Signature = &[];
const HEIGHT: Signature = &[("height", Kind::Number)];
const TX: Signature = &[("tx", Kind::Base64)];

/// Every method with its parameters, in alphabetical order.
pub(crate) const METHODS: &[(&str, Signature)] = &[
    ("abci_info", NONE),
    (
        "abci_query",
        &[
            ("path", Kind::Text),
            ("data", Kind::Hex),
            ("height", Kind::Number),
            ("prove", Kind::Flag),
        ],
    ),
    ("block", HEIGHT),
    ("block_results", HEIGHT),
    (
        "blockchain",
        &[("minHeight", Kind::Number), ("maxHeight", Kind::Number)],
    ),
    ("broadcast_tx_async", TX),
    ("broadcast_tx_commit", TX),
    ("broadcast_tx_sync", TX),
    ("commit", HEIGHT),
    ("consensus_params", HEIGHT),
    ("header", HEIGHT),
    ("health", NONE),
    ("joule_advance", &[("seconds", Kind::Number)]),
    ("joule_codes", NONE),
    ("net_info", NONE),
    ("num_unconfirmed_txs", NONE),
    ("status", NONE),
    ("tx", &[("hash", Kind::Base64), ("prove", Kind::Flag)]),
    (
        "tx_search",
        &[
            ("query", Kind::Text),
            ("prove", Kind::Flag),
            ("page", Kind::Number),
            ("per_page", Kind::Number),
            ("order_by", Kind::Text),
        ],
    ),
    (
        "validators",
        &[
            ("height", Kind::Number),
            ("page", Kind::Number),
            ("per_page", Kind::Number),
        ],
    ),
];

/// Parameters of `method`.
pub(crate) fn signature(method: &str) -> Result<Signature, RpcError> {
    let found = METHODS.iter().find(|(name, _)| *name == method);
    found
        .map(|(_, signature)| *signature)
        .ok_or_else(|| RpcError::no_method(method))
}

/// Answers every method but `broadcast_tx_commit`, which waits for a block and so cannot run on the chain's thread.
pub(crate) fn call(node: &mut Node, method: &str, params: &Params) -> Result<Value, RpcError> {
    match method {
        "abci_info" => {
            let last = last(node)?;
            Ok(json!({ "response": {
                "data": "joule-devchain",
                "version": env!("CARGO_PKG_VERSION"),
                "app_version": "0",
                "last_block_height": last.height.to_string(),
                "last_block_app_hash": STANDARD.encode(last.next_app_hash),
            } }))
        }
        "abci_query" => abci_query(node, params),
        "block" => at(node, params).map(|block| render::block(&block)),
        "block_results" => at(node, params).map(|block| render::block_results(&block)),
        "blockchain" => blockchain(node, params),
        "broadcast_tx_async" | "broadcast_tx_sync" => {
            let (hash, outcome) = node.submit(params.base64("tx")?);
            Ok(broadcast(&hash, &outcome))
        }
        "commit" => at(node, params).map(|block| render::commit(&block)),
        "consensus_params" => {
            let block = at(node, params)?;
            let params = render::consensus_params(node.options.max_tx_bytes, node.options.max_block_gas);
            Ok(json!({ "block_height": block.height.to_string(), "consensus_params": params }))
        }
        "header" => at(node, params).map(|block| json!({ "header": render::header(&block) })),
        "health" => Ok(json!({})),
        "joule_advance" => advance(node, params),
        "joule_codes" => Ok(codes(node)),
        "net_info" => Ok(json!({ "listening": true, "listeners": [], "n_peers": "0", "peers": [] })),
        "num_unconfirmed_txs" => {
            let waiting = node.mempool.len().to_string();
            Ok(
                json!({ "n_txs": waiting, "total": waiting, "total_bytes": node.mempool.bytes().to_string(), "txs": null }),
            )
        }
        "status" => {
            let first = node.store.first().ok_or_else(|| RpcError::internal("no block yet"))?;
            last(node).map(|last| render::status(first, &last))
        }
        "tx" => {
            let hash = params.hash("hash")?;
            let found = node
                .store
                .tx(&hash)
                .and_then(|(block, index)| render::tx(&block, index));
            found.ok_or_else(|| RpcError::internal(format!("tx ({}) not found", render::hex_upper(&hash))))
        }
        "tx_search" => tx_search(node, params),
        "validators" => {
            let block = at(node, params)?;
            let validators = [render::validator()];
            Ok(
                json!({ "block_height": block.height.to_string(), "validators": validators, "count": "1", "total": "1" }),
            )
        }
        _ => Err(RpcError::no_method(method)),
    }
}

fn last(node: &Node) -> Result<Arc<Block>, RpcError> {
    node.store
        .last()
        .cloned()
        .ok_or_else(|| RpcError::internal("no block yet"))
}

/// The block at parameter `height`, or the last one.
fn at(node: &Node, params: &Params) -> Result<Arc<Block>, RpcError> {
    let last = last(node)?;
    let height = match params.number("height")? {
        None | Some(0) => return Ok(last),
        Some(height) => height,
    };
    if height > last.height {
        return Err(RpcError::internal(format!(
            "height {height} must be less than or equal to the current blockchain height {}",
            last.height
        )));
    }
    node.store.block(height).cloned().ok_or_else(|| {
        let lowest = node.store.first().map_or(0, |block| block.height);
        RpcError::internal(format!("height {height} is not available, lowest height is {lowest}"))
    })
}

fn abci_query(node: &Node, params: &Params) -> Result<Value, RpcError> {
    let height = params.number("height")?.unwrap_or(0);
    let answer = node.query(params.text("path")?, &params.hex("data")?, height);
    let (code, codespace, log, value) = match answer {
        Ok(value) => (0, "", String::new(), Some(STANDARD.encode(value))),
        Err(error) => (error.code, error.codespace, error.log, None),
    };
    Ok(json!({ "response": {
        "code": code,
        "log": log,
        "info": "",
        "index": "0",
        "key": null,
        "value": value,
        "proofOps": null,
        "height": node.height().to_string(),
        "codespace": codespace,
    } }))
}

/// Answer of `broadcast_tx_sync`: what the check said.
fn broadcast(hash: &TxHash, outcome: &Outcome) -> Value {
    json!({
        "code": outcome.code,
        "data": "",
        "log": outcome.log,
        "codespace": outcome.codespace,
        "hash": render::hex_upper(hash),
    })
}

fn blockchain(node: &Node, params: &Params) -> Result<Value, RpcError> {
    let last = last(node)?.height;
    let high = params
        .number("maxHeight")?
        .filter(|height| *height != 0)
        .unwrap_or(last)
        .min(last);
    let low = params
        .number("minHeight")?
        .unwrap_or(0)
        .max(high.saturating_sub(MAX_METAS - 1))
        .max(1);
    if low > high {
        return Err(RpcError::internal(format!(
            "min height {low} can't be greater than max height {high}"
        )));
    }
    let metas: Vec<Value> = (low..=high)
        .rev()
        .filter_map(|height| node.store.block(height).map(|block| render::block_meta(block)))
        .collect();
    Ok(json!({ "last_height": last.to_string(), "block_metas": metas }))
}

fn tx_search(node: &Node, params: &Params) -> Result<Value, RpcError> {
    let conditions = Conditions::parse(params.text("query")?).map_err(RpcError::internal)?;
    let mut found = node.store.search(&conditions);
    match params.text("order_by").unwrap_or_default() {
        "" | "asc" => {}
        "desc" => found.reverse(),
        other => {
            return Err(RpcError::internal(format!(
                "expected order_by to be asc or desc, got {other:?}"
            )))
        }
    }
    let per_page = match params.number("per_page")?.unwrap_or(PER_PAGE) {
        0 => PER_PAGE,
        wanted => wanted.min(MAX_PER_PAGE),
    };
    let total = found.len() as u64;
    let pages = total.div_ceil(per_page).max(1);
    let page = params.number("page")?.unwrap_or(1);
    if page == 0 || page > pages {
        return Err(RpcError::internal(format!(
            "page should be within [1, {pages}] range, given {page}"
        )));
    }
    let skip = usize::try_from((page - 1) * per_page).unwrap_or(usize::MAX);
    let take = usize::try_from(per_page).unwrap_or(usize::MAX);
    let txs: Vec<Value> = found
        .iter()
        .skip(skip)
        .take(take)
        .filter_map(|(block, index)| render::tx(block, *index))
        .collect();
    Ok(json!({ "txs": txs, "total_count": total.to_string() }))
}

fn advance(node: &mut Node, params: &Params) -> Result<Value, RpcError> {
    let seconds = params.number("seconds")?.unwrap_or(0);
    if seconds > MAX_JUMP {
        return Err(RpcError::params(format!(
            "seconds: {seconds} is more than ten years ({MAX_JUMP})"
        )));
    }
    let block = node.advance(seconds);
    Ok(json!({ "height": block.height.to_string(), "time": render::time(block.time) }))
}

fn codes(node: &Node) -> Value {
    let codes = node.chain.codes.iter();
    let list: Vec<Value> = codes
        .map(|code| {
            json!({
                "id": code.id.to_string(),
                "name": code.name,
                "version": code.version,
                "checksum": code.checksum.to_hex(),
            })
        })
        .collect();
    json!({ "codes": list })
}
