//! One websocket: every method, and subscriptions to blocks and transactions.

use super::json::{self, Kind, Request, RpcError, Signature};
use super::{render, stopped, Server};
use crate::node::search::{Conditions, Tags};
use crate::node::store::Block;
use axum::extract::ws::{Message, WebSocket};
use serde_json::{json, Value};
use std::sync::Arc;
use tokio::sync::broadcast::error::RecvError;

/// Most subscriptions of one client (CometBFT's default is 5; a portal page needs a few more).
const MAX_SUBSCRIPTIONS: usize = 20;

const SUBSCRIBE: Signature = &[("query", Kind::Text)];

/// A query someone waits on; events carry the id of the request that made it.
struct Subscription {
    id: Value,
    text: String,
    query: Conditions,
}

/// Serves one socket until either side closes it or the chain stops.
pub(super) async fn run(server: Server, mut socket: WebSocket) {
    let mut blocks = server.chain.subscribe();
    let mut subscriptions: Vec<Subscription> = Vec::new();
    let stop = stopped(server.stopping.clone());
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => return,
            message = socket.recv() => {
                let Some(Ok(message)) = message else { return };
                let text = match message {
                    Message::Text(text) => text.as_str().to_string(),
                    Message::Binary(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                    Message::Close(_) => return,
                    // Pings are answered by the socket itself.
                    Message::Ping(_) | Message::Pong(_) => continue,
                };
                let answer = handle(&server, &mut subscriptions, &text).await;
                if send(&mut socket, &answer).await.is_err() {
                    return;
                }
            }
            block = blocks.recv() => match block {
                Ok(block) => {
                    if publish(&mut socket, &subscriptions, &block).await.is_err() {
                        return;
                    }
                }
                // A real node cuts off a client that reads too slowly.
                Err(RecvError::Lagged(_)) | Err(RecvError::Closed) => return,
            },
        }
    }
}

async fn send(socket: &mut WebSocket, value: &Value) -> Result<(), axum::Error> {
    socket.send(Message::Text(value.to_string().into())).await
}

async fn handle(server: &Server, subscriptions: &mut Vec<Subscription>, text: &str) -> Value {
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => return json::answer(&Value::Null, Err(RpcError::parse(error.to_string()))),
    };
    match value.get("method").and_then(Value::as_str) {
        Some("subscribe" | "unsubscribe" | "unsubscribe_all") => match Request::read(value) {
            Ok(request) => json::answer(&request.id, change(subscriptions, &request)),
            Err((id, error)) => json::answer(&id, Err(error)),
        },
        _ => server.one(value).await,
    }
}

/// Adds or removes subscriptions.
fn change(subscriptions: &mut Vec<Subscription>, request: &Request) -> Result<Value, RpcError> {
    if request.method == "unsubscribe_all" {
        subscriptions.clear();
        return Ok(json!({}));
    }
    let params = request.params(SUBSCRIBE)?;
    let text = params.text("query")?.to_string();
    let known = subscriptions.iter().position(|subscription| subscription.text == text);
    if request.method == "unsubscribe" {
        let index = known.ok_or_else(|| RpcError::internal("subscription not found"))?;
        subscriptions.remove(index);
        return Ok(json!({}));
    }
    if known.is_some() {
        return Err(RpcError::internal("already subscribed"));
    }
    if subscriptions.len() >= MAX_SUBSCRIPTIONS {
        return Err(RpcError::internal(format!(
            "max_subscriptions_per_client {MAX_SUBSCRIPTIONS} reached"
        )));
    }
    let query = Conditions::parse(&text).map_err(RpcError::internal)?;
    let id = request.id.clone();
    subscriptions.push(Subscription { id, text, query });
    Ok(json!({}))
}

/// Sends a block, and each of its transactions, to those whose query matches.
async fn publish(
    socket: &mut WebSocket,
    subscriptions: &[Subscription],
    block: &Arc<Block>,
) -> Result<(), axum::Error> {
    if subscriptions.is_empty() {
        return Ok(());
    }
    let height = block.height.to_string();
    let tags = Tags::from([
        ("tm.event".to_string(), vec!["NewBlock".to_string()]),
        ("block.height".to_string(), vec![height]),
    ]);
    emit(socket, subscriptions, &tags, || render::new_block_event(block)).await?;
    for (index, record) in block.txs.iter().enumerate() {
        let tags = block.tx_tags(index);
        emit(socket, subscriptions, &tags, || render::tx_event(block, index, record)).await?;
    }
    Ok(())
}

async fn emit(
    socket: &mut WebSocket,
    subscriptions: &[Subscription],
    tags: &Tags,
    data: impl Fn() -> Value,
) -> Result<(), axum::Error> {
    for subscription in subscriptions
        .iter()
        .filter(|subscription| subscription.query.matches(tags))
    {
        let result = json!({ "query": subscription.text, "data": data(), "events": tags });
        send(socket, &json::answer(&subscription.id, Ok(result))).await?;
    }
    Ok(())
}
