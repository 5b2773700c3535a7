//! Rounds over HTTP, from servers that are dead, wrong, early or honest.
mod drand;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use cosmwasm_std::HexBinary;
use drand::{published, server, Manner};
use joule::beacon::{BeaconSource, HttpBeacon};
use joule_beacon::LocalBeacon;
use joule_types::registry::BeaconParams;
use joule_work::beacon::{QUICKNET_GENESIS, QUICKNET_KEY, QUICKNET_PERIOD};

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
        Manner::Silent,
        Manner::Early,
    ] {
        let (url, asked) = server(manner).await;
        urls.push(url);
        bad.push(asked);
    }
    urls.push(good);
    let source = HttpBeacon::new(&urls, &chain()).unwrap();
    let started = Instant::now();
    for number in [7, 8] {
        let signature = source.round(number).await.unwrap().unwrap();
        assert_eq!(signature, LocalBeacon::new().sign(number));
    }
    // The silent one was waited for once.
    assert!(started.elapsed() < Duration::from_secs(9), "{:?}", started.elapsed());
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

#[tokio::test]
async fn who_failed_is_left_alone_for_a_while_and_who_lied_for_longer() {
    let (broken, broken_asked) = server(Manner::Broken).await;
    let (forged, forged_asked) = server(Manner::Forged).await;
    let source = HttpBeacon::new(&[&broken, &forged], &chain()).unwrap();
    let count = |asked: &AtomicUsize| asked.load(Ordering::Relaxed);
    for _ in 0..20 {
        let error = source.round(7).await.unwrap_err();
        // What was wrong is said as long as it is not asked again.
        assert!(
            error.what().contains("502") && error.what().contains("beacon.wrong_signature"),
            "{error}"
        );
    }
    assert_eq!((count(&broken_asked), count(&forged_asked)), (1, 1));
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    source.round(7).await.unwrap_err();
    source.round(7).await.unwrap_err();
    assert_eq!((count(&broken_asked), count(&forged_asked)), (2, 1));
}

#[tokio::test]
async fn published_rounds_of_quicknet_are_believed_and_nothing_near_them() {
    let (url, _) = server(Manner::Quicknet).await;
    let quicknet = BeaconParams {
        public_key: HexBinary::from_hex(QUICKNET_KEY).unwrap(),
        genesis: QUICKNET_GENESIS,
        period: QUICKNET_PERIOD,
    };
    let source = HttpBeacon::new(&[&url], &quicknet).unwrap();
    for (round, signature) in published() {
        assert_eq!(hex::encode(source.round(round).await.unwrap().unwrap()), signature);
    }
    assert_eq!(source.round(1_003).await.unwrap(), None);
    // The same answers under another key.
    let source = HttpBeacon::new(&[&url], &chain()).unwrap();
    assert!(source
        .round(1_000)
        .await
        .unwrap_err()
        .what()
        .contains("beacon.wrong_signature"));
}
