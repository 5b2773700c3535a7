//! Subscriptions as tendermint-rpc hears them.

use crate::contract::Exec;
use crate::world::*;
use futures::StreamExt;
use std::time::Duration;
use tendermint_rpc::client::CompatMode;
use tendermint_rpc::event::EventData;
use tendermint_rpc::query::{EventType, Query};
use tendermint_rpc::{Client, SubscriptionClient, WebSocketClient};

async fn socket(world: &World) -> WebSocketClient {
    let url = world
        .chain
        .ws_url()
        .parse::<tendermint_rpc::WebSocketClientUrl>()
        .unwrap();
    let built = WebSocketClient::builder(url)
        .compat_mode(CompatMode::V0_38)
        .build()
        .await;
    let (client, driver) = built.unwrap();
    tokio::spawn(driver.run());
    client
}

async fn next(stream: &mut tendermint_rpc::Subscription) -> tendermint_rpc::event::Event {
    let event = tokio::time::timeout(Duration::from_secs(10), stream.next()).await;
    event.expect("an event within ten seconds").unwrap().unwrap()
}

#[tokio::test]
async fn blocks_and_matching_transactions_arrive() {
    let world = World::start(slow());
    let contract = world.counter(0).await;
    let client = socket(&world).await;
    let mut blocks = client.subscribe(Query::from(EventType::NewBlock)).await.unwrap();
    let adds = Query::from(EventType::Tx).and_eq("wasm.action", "add");
    let mut adds = client.subscribe(adds).await.unwrap();

    world
        .send(
            &world.alice,
            vec![send_coins(&world.alice, &world.bob.address, "1", "uusdc")],
        )
        .await;
    let tx = world
        .send(
            &world.alice,
            vec![execute(&world.alice, &contract, &Exec::Add { by: 4 })],
        )
        .await;

    for height in [3, 4] {
        let event = next(&mut blocks).await;
        let EventData::NewBlock {
            block,
            result_finalize_block,
            ..
        } = event.data
        else {
            panic!("not a block: {event:?}");
        };
        let block = block.unwrap();
        assert_eq!((block.header.height.value(), block.data.len()), (height, 1));
        assert_eq!(result_finalize_block.unwrap().tx_results.len(), 1);
    }
    let event = next(&mut adds).await;
    assert_eq!(event.events.unwrap()["tx.hash"], [tx.hash.to_string()]);
    let EventData::Tx { tx_result } = event.data else {
        panic!("not a transaction");
    };
    assert_eq!(tx_result.height, 4);
    assert_eq!(tx_result.result.events, tx.tx_result.events);
    assert_eq!(tx_result.tx, tx.tx);
}

#[tokio::test]
async fn calls_work_over_the_socket_and_subscriptions_end() {
    let world = World::start(slow());
    let client = socket(&world).await;
    assert_eq!(client.status().await.unwrap().sync_info.latest_block_height.value(), 1);
    let query = Query::from(EventType::NewBlock);
    let mut blocks = client.subscribe(query.clone()).await.unwrap();
    world.block();
    next(&mut blocks).await;
    client.unsubscribe(query.clone()).await.unwrap();
    world.block();
    let silent = tokio::time::timeout(Duration::from_millis(300), blocks.next()).await;
    assert!(matches!(silent, Err(_) | Ok(None)), "{silent:?}");
    let mut again = client.subscribe(query).await.unwrap();
    world.block();
    next(&mut again).await;
}
