//! The RPC server: JSON-RPC by POST, URI calls by GET, subscriptions by websocket.

mod json;
mod methods;
mod render;
mod ws;

use crate::chain::Chain;
use crate::node::store::Block;
use crate::tx::Outcome;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use json::{Params, Request, RpcError};
use serde_json::{json, Value};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{broadcast, watch};

/// Largest request body in bytes: a transaction of the largest size in base64, with room for the rest.
const MAX_BODY: usize = 2 * 1_048_576;
/// Most requests in one batch.
const MAX_BATCH: usize = 100;
/// How long `broadcast_tx_commit` waits for its block (CometBFT's default).
const COMMIT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long open connections may go on after the stop.
const GRACE: Duration = Duration::from_secs(1);

/// What every connection needs.
#[derive(Clone)]
struct Server {
    chain: Chain,
    stopping: watch::Receiver<bool>,
}

/// Serves until `stopping` turns true; runs on the server's own thread.
pub(crate) fn serve(listener: TcpListener, chain: Chain, stopping: watch::Receiver<bool>) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "the RPC has no runtime");
            return;
        }
    };
    runtime.block_on(async move {
        let listener = match tokio::net::TcpListener::from_std(listener) {
            Ok(listener) => listener,
            Err(error) => {
                tracing::error!(%error, "the RPC cannot listen");
                return;
            }
        };
        let server = Server {
            chain,
            stopping: stopping.clone(),
        };
        let routes = Router::new()
            .route("/", get(methods_list).post(post))
            .route("/websocket", get(websocket))
            .route("/{method}", get(uri))
            .layer(DefaultBodyLimit::max(MAX_BODY))
            .with_state(server);
        let stop = stopping.clone();
        let serving = axum::serve(listener, routes).with_graceful_shutdown(stopped(stop));
        let too_late = async {
            stopped(stopping).await;
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            result = serving => if let Err(error) = result {
                tracing::error!(%error, "the RPC ended");
            },
            () = too_late => {}
        }
    });
}

/// Resolves when the chain stops.
async fn stopped(mut stopping: watch::Receiver<bool>) {
    // An error means that the handle is gone, which is a stop too.
    let _ = stopping.wait_for(|stop| *stop).await;
}

async fn methods_list() -> Json<Value> {
    let names: Vec<&str> = methods::METHODS.iter().map(|(name, _)| *name).collect();
    Json(json!({ "methods": names }))
}

async fn post(State(server): State<Server>, body: Bytes) -> Json<Value> {
    Json(match serde_json::from_slice(&body) {
        Ok(Value::Array(batch)) if batch.is_empty() || batch.len() > MAX_BATCH => {
            let error = RpcError::invalid_request(format!("a batch has 1 to {MAX_BATCH} requests"));
            json::answer(&Value::Null, Err(error))
        }
        Ok(Value::Array(batch)) => {
            let mut answers = Vec::with_capacity(batch.len());
            for request in batch {
                answers.push(server.one(request).await);
            }
            Value::Array(answers)
        }
        Ok(request) => server.one(request).await,
        Err(error) => json::answer(&Value::Null, Err(RpcError::parse(error.to_string()))),
    })
}

async fn uri(
    State(server): State<Server>,
    Path(method): Path<String>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Response {
    let params = methods::signature(&method).and_then(|signature| Params::from_uri(pairs, signature));
    let result = match params {
        Ok(params) => server.call(method, params).await,
        Err(error) => Err(error),
    };
    let status = match &result {
        Ok(_) => StatusCode::OK,
        Err(error) if error.code == -32601 => StatusCode::NOT_FOUND,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    (status, Json(json::answer(&json!(-1), result))).into_response()
}

async fn websocket(State(server): State<Server>, upgrade: WebSocketUpgrade) -> Response {
    upgrade
        .max_message_size(MAX_BODY)
        .on_upgrade(move |socket| ws::run(server, socket))
}

impl Server {
    /// Answers one request object.
    async fn one(&self, request: Value) -> Value {
        let request = match Request::read(request) {
            Ok(request) => request,
            Err((id, error)) => return json::answer(&id, Err(error)),
        };
        let params = methods::signature(&request.method).and_then(|signature| request.params(signature));
        let result = match params {
            Ok(params) => self.call(request.method, params).await,
            Err(error) => Err(error),
        };
        json::answer(&request.id, result)
    }

    async fn call(&self, method: String, params: Params) -> Result<Value, RpcError> {
        if method == "broadcast_tx_commit" {
            return self.broadcast_commit(params).await;
        }
        let answer = self.chain.call(move |node| methods::call(node, &method, &params)).await;
        answer.unwrap_or_else(|stopped| Err(RpcError::internal(stopped.to_string())))
    }

    /// Broadcasts and waits for the block.
    async fn broadcast_commit(&self, params: Params) -> Result<Value, RpcError> {
        let bytes = params.base64("tx")?;
        let mut blocks = self.chain.subscribe();
        let submitted = self.chain.call(move |node| node.submit(bytes)).await;
        let (hash, check) = submitted.map_err(|stopped| RpcError::internal(stopped.to_string()))?;
        let found = if check.code == 0 {
            let search = tokio::time::timeout(COMMIT_TIMEOUT, find(&mut blocks, hash));
            let found = search
                .await
                .map_err(|_| RpcError::internal("timed out waiting for tx to be included in a block"))?;
            Some(found.ok_or_else(|| RpcError::internal("the chain stopped before the block came"))?)
        } else {
            None
        };
        let (height, result) = match &found {
            Some((block, index)) => {
                let outcome = block.txs.get(*index).map(|tx| render::result(&tx.outcome));
                (block.height, outcome.unwrap_or_default())
            }
            None => (0, render::result(&Outcome::default())),
        };
        Ok(json!({
            "check_tx": render::result(&check),
            "tx_result": result,
            "hash": render::hex_upper(&hash),
            "height": height.to_string(),
        }))
    }
}

/// The next block that holds `hash`; `None` when the chain has stopped.
async fn find(blocks: &mut broadcast::Receiver<Arc<Block>>, hash: [u8; 32]) -> Option<(Arc<Block>, usize)> {
    loop {
        match blocks.recv().await {
            Ok(block) => {
                if let Some(index) = block.txs.iter().position(|tx| tx.hash == hash) {
                    return Some((block, index));
                }
            }
            Err(broadcast::error::RecvError::Lagged(_)) => {}
            Err(broadcast::error::RecvError::Closed) => return None,
        }
    }
}
