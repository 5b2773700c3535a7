//! Servers of drand's HTTP interface that are honest, wrong, early, slow or endless.
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use joule_beacon::LocalBeacon;
use serde_json::{json, Value};

/// How a server answers.
#[derive(Clone, Copy, PartialEq)]
#[allow(dead_code)] // each test file uses some
pub enum Manner {
    Honest,
    /// It signs with another key.
    Forged,
    /// It answers with the round before.
    Behind,
    /// It has not got the round yet.
    Early,
    Broken,
    /// It never stops talking.
    Endless,
    /// It never begins to.
    Silent,
    /// It publishes what drand did: the rounds of the vectors.
    Quicknet,
}

type Shared = (Manner, Arc<AtomicUsize>);

async fn round(State((manner, asked)): State<Shared>, Path(round): Path<u64>) -> Result<Json<Value>, StatusCode> {
    asked.fetch_add(1, Ordering::Relaxed);
    let (beacon, round) = match manner {
        Manner::Honest => (LocalBeacon::new(), round),
        Manner::Forged => (LocalBeacon::with_seed(b"forger"), round),
        Manner::Behind => (LocalBeacon::new(), round - 1),
        Manner::Early => return Err(StatusCode::TOO_EARLY),
        Manner::Broken => return Err(StatusCode::BAD_GATEWAY),
        Manner::Silent => std::future::pending().await,
        Manner::Quicknet => {
            let published = published().into_iter().find(|(number, _)| *number == round);
            let (_, signature) = published.ok_or(StatusCode::NOT_FOUND)?;
            return Ok(Json(json!({ "round": round, "signature": signature })));
        }
        Manner::Endless => return Ok(Json(json!({ "round": round, "signature": "00".repeat(1 << 20) }))),
    };
    let signature = hex::encode(beacon.sign(round));
    Ok(Json(
        json!({ "round": round, "randomness": "00", "signature": signature }),
    ))
}

/// Rounds of drand's quicknet with their signatures, hex.
pub fn published() -> Vec<(u64, String)> {
    let vectors: Value = serde_json::from_str(include_str!("../../../packages/beacon/testdata/quicknet.json")).unwrap();
    let rounds = vectors["rounds"].as_array().unwrap().iter();
    let round = |r: &Value| {
        (
            r["round"].as_u64().unwrap(),
            r["signature"].as_str().unwrap().to_string(),
        )
    };
    rounds.map(round).collect()
}

/// A server with both interfaces of drand; its address and how often it was asked.
pub async fn server(manner: Manner) -> (String, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let app = Router::new()
        .route("/hash/public/{round}", get(round))
        .route("/v2/chains/hash/rounds/{round}", get(round))
        .with_state((manner, asked.clone()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hash", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, asked)
}
