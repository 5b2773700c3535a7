//! The pages over HTTP. They are read only, and say nothing that the chain or the log does not say.
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{header, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use tokio::net::TcpListener;

use super::board::Board;
use super::status::Status;
use crate::error::{Error, Result};
use crate::metrics;

/// Binds now, serves for as long as the process lives.
pub async fn start(address: SocketAddr, board: Arc<Board>) -> Result<()> {
    let fail = |e: std::io::Error| {
        let code = match e.kind() {
            std::io::ErrorKind::AddrInUse => "monitor.port_in_use",
            _ => "monitor.cannot_listen",
        };
        let next = "set monitor.listen to another port, or to \"\" for none";
        Error::local(code, format!("{address}: {e}"), next)
    };
    let listener = TcpListener::bind(address).await.map_err(fail)?;
    let address = listener.local_addr().map_err(fail)?;
    let mut router = Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/status", get(status))
        .route("/metrics", get(page))
        .with_state(board);
    if address.ip().is_loopback() {
        router = router.layer(middleware::from_fn(from_this_machine));
    }
    tracing::info!(%address, "health, status and metrics");
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "health, status and metrics are gone");
        }
    });
    Ok(())
}

/// A web page in a browser on this machine could name us by a host of its own that resolves to loopback: only names of
/// this machine are answered.
async fn from_this_machine(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    if host.is_some_and(is_local) {
        return next.run(request).await;
    }
    (StatusCode::FORBIDDEN, "ask for 127.0.0.1 or localhost\n").into_response()
}

fn is_local(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.chars().all(|c| c.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

async fn healthz(State(board): State<Arc<Board>>) -> Response {
    let check = board.alive();
    (code(check.ok), Json(check)).into_response()
}

async fn readyz(State(board): State<Arc<Board>>) -> Response {
    let checks = board.checks().await;
    let ready = checks.iter().all(|check| check.ok);
    (code(ready), Json(json!({ "ready": ready, "checks": checks }))).into_response()
}

async fn status(State(board): State<Arc<Board>>) -> Json<Status> {
    Json(board.status().await)
}

async fn page(State(board): State<Arc<Board>>) -> Response {
    let kind = HeaderValue::from_static(metrics::CONTENT_TYPE);
    ([(header::CONTENT_TYPE, kind)], board.page().await).into_response()
}

fn code(ok: bool) -> StatusCode {
    if ok {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_answered() {
        for host in [
            "127.0.0.1:9464",
            "localhost:9464",
            "localhost",
            "127.0.0.2",
            "[::1]:9464",
            "[::1]",
        ] {
            assert!(is_local(host), "{host}");
        }
        for host in [
            "evil.example:9464",
            "10.0.0.1:9464",
            "",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
        ] {
            assert!(!is_local(host), "{host}");
        }
    }
}
