//! The control port: HTTP with JSON.
//!
//! ```text
//! GET  /knobs   the knobs
//! PUT  /knobs   {"delay_ms": 200, ...}: the knobs that are named are turned, the others stay
//! POST /reset   all knobs off
//! POST /cut     ends all open connections, once
//! GET  /stats   what was done so far
//! ```
use std::net::SocketAddr;

use anyhow::{Context, Result};
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Map, Value};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::knobs::{Knobs, Stats};
use crate::Shared;

/// A served control port. Dropping it ends it.
pub struct Control {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Control {
    pub(crate) async fn start(listen: &str, shared: Shared) -> Result<Self> {
        let listener = TcpListener::bind(listen)
            .await
            .with_context(|| format!("bind {listen}"))?;
        let address = listener.local_addr()?;
        let app = Router::new()
            .route("/knobs", get(show).put(turn))
            .route("/reset", post(reset))
            .route("/cut", post(cut))
            .route("/stats", get(stats))
            .with_state(shared);
        let task = tokio::spawn(async move {
            // Ends with the task; a listener that breaks shows as a control port that does not answer.
            let _ = axum::serve(listener, app).await;
        });
        Ok(Self { address, task })
    }

    /// `http://127.0.0.1:<port>`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn show(State(shared): State<Shared>) -> Json<Knobs> {
    Json(shared.lock().knobs.clone())
}

async fn turn(
    State(shared): State<Shared>,
    Json(named): Json<Map<String, Value>>,
) -> Result<Json<Knobs>, (StatusCode, String)> {
    let before = shared.lock().knobs.clone();
    let knobs = turned(&before, named).map_err(|e| (StatusCode::BAD_REQUEST, format!("{e}\n")))?;
    shared.set(knobs.clone());
    Ok(Json(knobs))
}

/// The knobs with the named ones changed.
fn turned(before: &Knobs, named: Map<String, Value>) -> serde_json::Result<Knobs> {
    let mut all = serde_json::to_value(before)?;
    if let Value::Object(all) = &mut all {
        all.extend(named);
    }
    serde_json::from_value(all)
}

async fn reset(State(shared): State<Shared>) -> Json<Knobs> {
    shared.set(Knobs::default());
    Json(Knobs::default())
}

async fn cut(State(shared): State<Shared>) {
    shared.cut();
}

async fn stats(State(shared): State<Shared>) -> Json<Stats> {
    Json(shared.lock().stats.clone())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn named_knobs_are_turned_and_unknown_ones_refused() {
        let before = Knobs {
            delay_ms: 5,
            ..Knobs::default()
        };
        let change = |named: Value| turned(&before, named.as_object().cloned().unwrap_or_default());
        let after = change(json!({ "stale": 0.5, "budget": 2 })).unwrap();
        assert_eq!((after.delay_ms, after.stale, after.budget), (5, 0.5, Some(2)));
        for bad in [json!({ "stale": "often" }), json!({ "dealy_ms": 1 })] {
            assert!(change(bad.clone()).is_err(), "{bad}");
        }
    }
}
