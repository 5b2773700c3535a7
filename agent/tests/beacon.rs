//! Rounds over HTTP, from servers that are dead, wrong, early or honest.
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use cosmwasm_std::HexBinary;
use joule::beacon::{BeaconSource, HttpBeacon};
use joule_beacon::LocalBeacon;
use joule_types::registry::BeaconParams;
use serde_json::{json, Value};

/// How a server answers.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
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
        Manner::Endless => return Ok(Json(json!({ "round": round, "signature": "00".repeat(1 << 20) }))),
    };
    let signature = hex::encode(beacon.sign(round));
    Ok(Json(
        json!({ "round": round, "randomness": "00", "signature": signature }),
    ))
}

/// A server with both interfaces of drand; its address and how often it was asked.
async fn server(manner: Manner) -> (String, Arc<AtomicUsize>) {
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

fn chain() -> BeaconParams {
    BeaconParams {
        public_key: HexBinary::from(LocalBeacon::new().public_key()),
        genesis: 1_500_000_000,
        period: 1,
    }
}

#[tokio::test]
async fn bad_endpoints_are_passed_over_and_the_one_that_answered_is_asked_first() {
    let (good, asked) = server(Manner::Honest).await;
    // Nobody listens on the discard port.
    let mut urls = vec!["http://127.0.0.1:9/hash".to_string()];
    let mut bad = Vec::new();
    for manner in [
        Manner::Forged,
        Manner::Behind,
        Manner::Broken,
        Manner::Endless,
        Manner::Early,
    ] {
        let (url, asked) = server(manner).await;
        urls.push(url);
        bad.push(asked);
    }
    urls.push(good);
    let source = HttpBeacon::new(&urls, &chain()).unwrap();
    for number in [7, 8] {
        let signature = source.round(number).await.unwrap().unwrap();
        assert_eq!(signature, LocalBeacon::new().sign(number));
    }
    assert!(
        bad.iter().all(|asked| asked.load(Ordering::Relaxed) == 1),
        "each was asked once"
    );
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_round_to_come_is_none_and_a_beacon_that_lies_is_an_error() {
    let (early, _) = server(Manner::Early).await;
    let (broken, _) = server(Manner::Broken).await;
    let source = HttpBeacon::new(&[&broken, &early], &chain()).unwrap();
    assert_eq!(source.round(7).await.unwrap(), None);

    let (forged, _) = server(Manner::Forged).await;
    let (behind, _) = server(Manner::Behind).await;
    let source = HttpBeacon::new(&[&forged, &behind, &broken], &chain()).unwrap();
    let error = source.round(7).await.unwrap_err();
    assert_eq!(error.code(), "beacon.unreachable");
    for words in ["beacon.wrong_signature", "round 6", "502"] {
        assert!(error.what().contains(words), "{words}: {error}");
    }
}

#[tokio::test]
async fn both_interfaces_of_drand_are_spoken() {
    let (url, asked) = server(Manner::Honest).await;
    let v2 = url.replace("/hash", "/v2/chains/hash/");
    let source = HttpBeacon::new(&[v2], &chain()).unwrap();
    assert!(source.round(9).await.unwrap().is_some());
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}
