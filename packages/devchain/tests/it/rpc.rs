//! The RPC methods as tendermint-rpc parses them, and as people call them with a browser.

use crate::contract::Exec;
use crate::world::*;
use serde_json::{json, Value};
use std::time::Duration;
use tendermint_rpc::{Client, Order};

async fn get(world: &World, path: &str) -> (u16, Value) {
    let answer = exchange(&world.chain.rpc_url(), path, None).await;
    (answer.0, serde_json::from_str(&answer.1).unwrap())
}

async fn post(world: &World, body: &Value) -> Value {
    let answer = exchange(&world.chain.rpc_url(), "/", Some(body.to_string())).await;
    serde_json::from_str(&answer.1).unwrap()
}

/// One HTTP/1.1 exchange over a plain socket: status and body.
async fn exchange(url: &str, path: &str, body: Option<String>) -> (u16, String) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let address = url.trim_start_matches("http://");
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = |method: &str| format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    let request = match body {
        Some(body) => format!("{}Content-Length: {}\r\n\r\n{body}", head("POST"), body.len()),
        None => format!("{}\r\n", head("GET")),
    };
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    let status = answer[9..12].parse().unwrap();
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    (status, body.to_string())
}

#[tokio::test]
async fn everything_parses_in_the_dialect_0_38_from_the_first_block_on() {
    let world = World::start(slow());
    let client = &world.client;
    client.health().await.unwrap();
    let status = client.status().await.unwrap();
    assert_eq!(status.node_info.network.as_str(), "joule-dev-1");
    assert!(status.node_info.version.to_string().starts_with("0.38."));
    assert_eq!(status.sync_info.latest_block_height.value(), 1);
    assert!(!status.sync_info.catching_up);
    let info = client.abci_info().await.unwrap();
    assert_eq!(info.last_block_height.value(), 1);
    assert!(!info.last_block_app_hash.as_bytes().is_empty());

    let first = client.block(1u32).await.unwrap();
    assert!(first.block.header.last_block_id.is_none() && first.block.last_commit.is_none());
    let contract = world.counter(0).await;
    let add = vec![execute(&world.alice, &contract, &Exec::Add { by: 1 })];
    let tx = world.send(&world.alice, add).await;
    let block = client.block(tx.height).await.unwrap();
    assert_eq!(block.block.data.concat(), tx.tx);
    assert_eq!(block.block.header.height, tx.height);
    let before = client.block(2u32).await.unwrap();
    assert_eq!(block.block.header.last_block_id.unwrap().hash, before.block_id.hash);
    assert!(block.block.header.time > before.block.header.time);
    let commit = block.block.last_commit.unwrap();
    assert_eq!((commit.height.value(), commit.block_id.hash), (2, before.block_id.hash));

    let results = client.block_results(tx.height).await.unwrap();
    let in_block = results.txs_results.unwrap();
    assert_eq!(in_block.len(), 1);
    assert_eq!(in_block[0].events, tx.tx_result.events);
    assert_eq!(
        results.app_hash,
        client.status().await.unwrap().sync_info.latest_app_hash
    );
    assert!(client.block_results(1u32).await.unwrap().txs_results.is_none());
    assert_eq!(client.latest_block().await.unwrap().block.header.height, tx.height);
    assert_eq!(client.latest_block_results().await.unwrap().height, tx.height);
    assert_eq!(
        client.commit(tx.height).await.unwrap().signed_header.header.height,
        tx.height
    );
    assert_eq!(client.header(tx.height).await.unwrap().header.height, tx.height);
    let validators = client
        .validators(tx.height, tendermint_rpc::Paging::Default)
        .await
        .unwrap();
    assert_eq!(validators.validators.len(), 1);
    let chain = client.blockchain(1u32, 3u32).await.unwrap();
    let heights: Vec<u64> = chain
        .block_metas
        .iter()
        .map(|meta| meta.header.height.value())
        .collect();
    assert_eq!(heights, [3, 2, 1]);
    client.net_info().await.unwrap();
    assert_eq!(
        client
            .latest_consensus_params()
            .await
            .unwrap()
            .consensus_params
            .block
            .max_gas,
        100_000_000
    );
    for height in [0u32, 1, 2, 3] {
        client.block(height).await.unwrap();
    }
    let error = client.block(99u32).await.unwrap_err().to_string();
    assert!(error.contains("must be less than or equal"), "{error}");
}

#[tokio::test]
async fn transactions_are_found_by_hash_height_and_events() {
    let world = World::start(slow());
    let contract = world.counter(0).await;
    let mut last = None;
    for by in 1..=3 {
        let tx = world
            .send(&world.alice, vec![execute(&world.alice, &contract, &Exec::Add { by })])
            .await;
        last = Some(tx);
    }
    let tx = last.unwrap();
    let search = |query: String, page, per_page, order| {
        let query: tendermint_rpc::query::Query = query.parse().unwrap();
        world.client.tx_search(query, false, page, per_page, order)
    };
    let by_hash = search(format!("tx.hash='{}'", tx.hash), 1, 30, Order::Ascending)
        .await
        .unwrap();
    assert_eq!((by_hash.total_count, by_hash.txs[0].height), (1, tx.height));
    let by_height = search(format!("tx.height={}", tx.height), 1, 30, Order::Ascending)
        .await
        .unwrap();
    assert_eq!(by_height.txs[0].hash, tx.hash);
    let by_event = format!("wasm.action='add' AND wasm._contract_address='{contract}'");
    let all = search(by_event.clone(), 1, 2, Order::Descending).await.unwrap();
    assert_eq!((all.total_count, all.txs.len()), (3, 2));
    assert_eq!(all.txs[0].hash, tx.hash);
    let rest = search(by_event, 2, 2, Order::Descending).await.unwrap();
    assert_eq!(rest.txs.len(), 1);
    let none = search("wasm.action='subtract'".into(), 1, 30, Order::Ascending)
        .await
        .unwrap();
    assert_eq!(none.total_count, 0);
    let missing = world
        .client
        .tx(tendermint::Hash::Sha256([1; 32]), false)
        .await
        .unwrap_err();
    assert!(missing.to_string().contains("not found"), "{missing}");
}

#[tokio::test]
async fn commit_waits_for_the_block() {
    let options = joule_devchain::Options {
        block_time: Duration::from_millis(50),
        ..slow()
    };
    let world = World::start(options);
    let gift = |amount| vec![send_coins(&world.alice, &world.bob.address, amount, "uusdc")];
    let bytes = world.sign(&world.alice, gift("3"), &How::default()).await;
    let done = world.client.broadcast_tx_commit(bytes.clone()).await.unwrap();
    assert!(done.check_tx.code.is_ok() && done.tx_result.code.is_ok());
    assert_eq!(world.client.tx(done.hash, false).await.unwrap().height, done.height);
    let refused = world.client.broadcast_tx_commit(bytes).await.unwrap();
    assert_eq!(refused.check_tx.code.value(), 19);
    let bytes = world.sign(&world.alice, gift("4"), &How::default()).await;
    world.client.broadcast_tx_async(bytes).await.unwrap();
}

async fn seconds_at(world: &World, height: u32) -> i64 {
    world
        .client
        .block(height)
        .await
        .unwrap()
        .block
        .header
        .time
        .unix_timestamp()
}

#[tokio::test]
async fn the_clock_jumps_and_blocks_follow() {
    let world = World::start(slow());
    let start = seconds_at(&world, 1).await;
    let answer = post(
        &world,
        &json!({"jsonrpc":"2.0","id":1,"method":"joule_advance","params":{"seconds":86_400}}),
    )
    .await;
    assert_eq!(answer["result"]["height"], "2");
    let jumped = seconds_at(&world, 2).await - start;
    assert!((86_400..86_460).contains(&jumped), "{jumped}");
    world.chain.advance(Duration::from_secs(60)).unwrap();
    let more = seconds_at(&world, 3).await - start;
    assert!((86_460..86_520).contains(&more), "{more}");
    let (_, answer) = get(&world, "/joule_advance?seconds=5").await;
    assert_eq!(answer["result"]["height"], "4");
    let (status, _) = get(&world, "/joule_advance?seconds=999999999999").await;
    assert_eq!(status, 500);
}

#[tokio::test]
async fn uri_calls_batches_and_malformed_requests() {
    let world = World::start(slow());
    let bytes = world
        .sign(
            &world.alice,
            vec![send_coins(&world.alice, &world.bob.address, "3", "uusdc")],
            &How::default(),
        )
        .await;
    let path = format!("/broadcast_tx_sync?tx=0x{}", hex::encode(bytes));
    let (status, answer) = get(&world, &path).await;
    assert_eq!((status, &answer["result"]["code"]), (200, &json!(0)));
    let hash = answer["result"]["hash"].as_str().unwrap().to_string();
    let (status, answer) = get(&world, "/num_unconfirmed_txs").await;
    assert_eq!((status, &answer["result"]["n_txs"]), (200, &json!("1")));
    world.block();
    let (_, answer) = get(&world, &format!("/tx?hash=0x{hash}")).await;
    assert_eq!(answer["result"]["height"], "2");
    let (_, answer) = get(&world, &format!("/tx_search?query=%22tx.hash=%27{hash}%27%22")).await;
    assert_eq!(answer["result"]["total_count"], "1");
    let (_, answer) = get(&world, "/block?height=2").await;
    assert_eq!(answer["result"]["block"]["header"]["height"], "2");
    let (status, _) = get(&world, "/status").await;
    assert_eq!(status, 200);
    let (status, answer) = get(&world, "/no_such_method").await;
    assert_eq!((status, &answer["error"]["code"]), (404, &json!(-32601)));
    let (_, answer) = get(&world, "/joule_codes").await;
    assert_eq!(answer["result"]["codes"][1]["version"], "2.0.0");

    let request = |id: u64, method: &str| json!({"jsonrpc":"2.0","id":id,"method":method,"params":[]});
    let batch = post(&world, &json!([request(1, "health"), request(2, "nonsense")])).await;
    assert_eq!((&batch[0]["id"], &batch[0]["result"]), (&json!(1), &json!({})));
    assert_eq!(
        (&batch[1]["id"], &batch[1]["error"]["code"]),
        (&json!(2), &json!(-32601))
    );
    for (body, code) in [
        (json!([]), -32600),
        (json!("x"), -32600),
        (json!({"id": 3}), -32600),
        (json!({"id": 3, "method": "tx", "params": {"hash": "zz"}}), -32602),
        (json!({"id": 3, "method": "tx", "params": {}}), -32602),
        (json!({"id": 3, "method": "block", "params": {"height": -4}}), -32602),
        (
            json!({"id": 3, "method": "tx_search", "params": {"query": "what"}}),
            -32603,
        ),
    ] {
        assert_eq!(post(&world, &body).await["error"]["code"], code, "{body}");
    }
    let (_, broken) = exchange(&world.chain.rpc_url(), "/", Some("{".into())).await;
    assert!(broken.contains("-32700"));
}
