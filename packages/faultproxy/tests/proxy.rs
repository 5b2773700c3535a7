//! The proxy in front of a server that counts.
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

use joule_faultproxy::{Knobs, Proxy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Answers every request with how many there were so far, as a node's answer to `id` 1. Says `pong` to a websocket.
async fn counter() -> (String, Arc<AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let seen = Arc::new(AtomicU64::new(0));
    let count = seen.clone();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let count = count.clone();
            tokio::spawn(async move {
                let mut bytes = vec![0; 4096];
                let n = client.read(&mut bytes).await.unwrap();
                if String::from_utf8_lossy(&bytes[..n]).contains("websocket") {
                    client
                        .write_all(b"HTTP/1.1 101 Switching Protocols\r\n\r\npong")
                        .await
                        .unwrap();
                    let _ = client.read(&mut bytes).await;
                    return;
                }
                let n = count.fetch_add(1, Ordering::SeqCst) + 1;
                let body = format!(r#"{{"id":1,"result":{n}}}"#);
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
                client.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
            });
        }
    });
    (address, seen)
}

/// Asks for `method` with `id` 7; none when the connection ends without an answer.
async fn ask(proxy: &Proxy, method: &str) -> Option<serde_json::Value> {
    let body = format!(r#"{{"id":7,"method":"{method}","params":{{}}}}"#);
    let mut to = TcpStream::connect(proxy.url().trim_start_matches("http://"))
        .await
        .unwrap();
    let head = format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", body.len());
    to.write_all(format!("{head}{body}").as_bytes()).await.ok()?;
    let mut answer = String::new();
    to.read_to_string(&mut answer).await.ok()?;
    serde_json::from_str(answer.split("\r\n\r\n").nth(1)?).ok()
}

async fn proxy(knobs: Knobs) -> (Proxy, Arc<AtomicU64>) {
    let (address, seen) = counter().await;
    (Proxy::start("127.0.0.1:0", &address, knobs).await.unwrap(), seen)
}

#[tokio::test]
async fn without_faults_it_is_not_there() {
    let (proxy, seen) = proxy(Knobs::default()).await;
    for n in 1..=3 {
        assert_eq!(ask(&proxy, "status").await.unwrap()["result"], n);
    }
    assert_eq!((seen.load(Ordering::SeqCst), proxy.stats().requests), (3, 3));
}

#[tokio::test]
async fn requests_and_answers_are_lost_doubled_and_late() {
    let (proxy, seen) = proxy(Knobs::default()).await;
    let one = |knobs: Knobs| {
        proxy.set(Knobs {
            budget: Some(1),
            ..knobs
        })
    };
    one(Knobs {
        drop_before: 1.0,
        ..Knobs::default()
    });
    assert!(ask(&proxy, "tx").await.is_none());
    assert_eq!(seen.load(Ordering::SeqCst), 0);
    assert!(ask(&proxy, "tx").await.is_some(), "the budget is spent");

    one(Knobs {
        drop_after: 1.0,
        ..Knobs::default()
    });
    assert!(ask(&proxy, "tx").await.is_none());
    assert_eq!(seen.load(Ordering::SeqCst), 2, "it arrived");

    one(Knobs {
        duplicate: 1.0,
        ..Knobs::default()
    });
    assert_eq!(ask(&proxy, "tx").await.unwrap()["result"], 4, "the second answer");

    proxy.set(Knobs {
        delay_ms: 80,
        ..Knobs::default()
    });
    let started = Instant::now();
    ask(&proxy, "tx").await.unwrap();
    assert!(started.elapsed() >= Duration::from_millis(80));
    let stats = proxy.stats();
    assert_eq!((stats.dropped_before, stats.dropped_after, stats.duplicated), (1, 1, 1));
}

#[tokio::test]
async fn old_answers_carry_the_id_of_the_new_question() {
    let (proxy, seen) = proxy(Knobs::default()).await;
    for _ in 0..2 {
        ask(&proxy, "status").await.unwrap();
    }
    proxy.set(Knobs {
        freeze: true,
        ..Knobs::default()
    });
    let frozen = ask(&proxy, "status").await.unwrap();
    assert_eq!((&frozen["result"], &frozen["id"]), (&2.into(), &7.into()));
    let swallowed = ask(&proxy, "broadcast_tx_sync").await.unwrap();
    assert_eq!((&swallowed["result"]["code"], &swallowed["id"]), (&0.into(), &7.into()));
    assert_eq!(seen.load(Ordering::SeqCst), 2);
    assert_eq!(ask(&proxy, "other").await.unwrap()["result"], 3, "never asked before");
    proxy.set(Knobs {
        stale: 1.0,
        ..Knobs::default()
    });
    assert!(ask(&proxy, "status").await.unwrap()["result"].as_u64().unwrap() <= 2);
    proxy.set(Knobs::default());
    assert_eq!(ask(&proxy, "status").await.unwrap()["result"], 4);
}

#[tokio::test]
async fn it_cuts_and_it_swallows_everything() {
    let (proxy, seen) = proxy(Knobs {
        cut: true,
        ..Knobs::default()
    })
    .await;
    assert!(ask(&proxy, "status").await.is_none());
    proxy.set(Knobs {
        black_hole: true,
        ..Knobs::default()
    });
    assert!(tokio::time::timeout(Duration::from_millis(200), ask(&proxy, "status"))
        .await
        .is_err());
    assert_eq!(seen.load(Ordering::SeqCst), 0);
    assert_eq!(proxy.stats().refused, 2);
}

#[tokio::test]
async fn websockets_pass_until_they_are_cut_or_refused() {
    let (proxy, _) = proxy(Knobs::default()).await;
    let open = || async {
        let mut to = TcpStream::connect(proxy.url().trim_start_matches("http://"))
            .await
            .unwrap();
        let head = "GET /websocket HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
        to.write_all(head.as_bytes()).await.unwrap();
        let mut bytes = vec![0; 1024];
        let n = to.read(&mut bytes).await.unwrap();
        (String::from_utf8_lossy(&bytes[..n]).into_owned(), to)
    };
    let (said, mut to) = open().await;
    assert!(said.starts_with("HTTP/1.1 101"), "{said}");
    proxy.cut();
    let mut rest = Vec::new();
    tokio::time::timeout(Duration::from_secs(5), to.read_to_end(&mut rest))
        .await
        .expect("cut")
        .ok();
    proxy.set(Knobs {
        no_websocket: true,
        ..Knobs::default()
    });
    assert!(open().await.0.starts_with("HTTP/1.1 503"));
}

#[tokio::test]
async fn the_control_port_turns_knobs_and_tells_what_was_done() {
    let (proxy, _) = proxy(Knobs::default()).await;
    let control = proxy.control("127.0.0.1:0").await.unwrap();
    let call = |line: &'static str, body: &'static str| {
        let address = control.url().trim_start_matches("http://").to_string();
        async move {
            let mut to = TcpStream::connect(address).await.unwrap();
            let length = body.len();
            let head = format!("{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n");
            to.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
            let mut answer = String::new();
            to.read_to_string(&mut answer).await.unwrap();
            answer
        }
    };
    assert!(call("PUT /knobs", r#"{"drop_before":1.0}"#)
        .await
        .starts_with("HTTP/1.1 200"));
    assert!(ask(&proxy, "status").await.is_none());
    assert!(call("PUT /knobs", r#"{"nonsense":1.0}"#)
        .await
        .starts_with("HTTP/1.1 400"));
    assert!(call("GET /stats", "").await.contains(r#""dropped_before":1"#));
    call("POST /reset", "").await;
    assert_eq!(proxy.knobs(), Knobs::default());
    assert!(ask(&proxy, "status").await.is_some());
}
