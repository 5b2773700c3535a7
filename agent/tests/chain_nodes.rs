//! Nodes, queries and blocks: fallbacks, refusal of other chains, answers read as they are, cursors that lose nothing.
mod support;

use std::sync::Arc;
use std::time::Duration;

use joule::chain::contracts::Contract;
use joule::chain::events::{Cursor, Next, Waker};
use joule::chain::tx::Sender;
use joule::chain::{Client, Endpoints, RpcError, TxHash};
use joule::journal::Journal;
use joule::keys::demo_key;
use joule::signer::LocalSigner;
use serde_json::{json, Value};
use support::{client, limits, msg, options, Chain, Manner, Node, CHAIN};

fn code<T>(result: joule::error::Result<T>) -> String {
    result.err().map(|e| e.code().to_string()).unwrap_or_default()
}

#[tokio::test]
async fn queries_read_what_a_node_answers() {
    let chain = Chain::start();
    let node = chain.node().await;
    let client = client(&[&node]).await;
    let contract = Contract::at(client.clone(), "wasm1contract");

    assert_eq!(
        contract.query::<Value>(&json!({"echo": {"a": "1"}})).await.unwrap(),
        json!({"a": "1"})
    );
    assert_eq!(
        code(contract.query::<u64>(&json!({"echo": "text"})).await),
        "chain.unexpected_answer"
    );
    let error = contract.query::<Value>(&json!({"other": {}})).await.unwrap_err();
    assert_eq!((error.code(), error.what()), ("tst.unknown_query", "no such query"));
    assert_eq!(contract.raw(b"key").await.unwrap(), Some(b"value".to_vec()));
    assert_eq!(contract.raw(b"nothing").await.unwrap(), None);

    assert_eq!(client.account("wasm1nobody").await.unwrap(), None);
    chain.with(|l| l.fund("wasm1rich"));
    assert_eq!(client.account("wasm1rich").await.unwrap().unwrap().sequence, 0);
    assert_eq!(client.balance("wasm1rich", "uwatt").await.unwrap(), u128::MAX);
    assert_eq!(client.contract_info("wasm1contract").await.unwrap().unwrap().code_id, 3);
    assert_eq!(client.contract_info("wasm1nothing").await.unwrap(), None);
    assert_eq!(client.tx(TxHash([7; 32])).await.unwrap(), None);
    let status = client.status().await.unwrap();
    assert_eq!((status.chain_id.as_str(), status.catching_up), (CHAIN, false));
}

#[tokio::test]
async fn a_node_of_another_chain_is_never_used() {
    let chain = Chain::start();
    let alien = Node::start(
        chain.ledger.clone(),
        Manner {
            chain_id: Some("other-1".into()),
            ..Manner::default()
        },
    )
    .await;
    let error = Client::connect(CHAIN, &[&alien.url], limits()).await.err().unwrap();
    assert_eq!(error.code(), "chain.wrong_id");
    assert!(error.what().contains("other-1"), "{error}");

    // In front of a good one it is passed over.
    let good = chain.node().await;
    let client = client(&[&alien, &good]).await;
    client.account("wasm1x").await.unwrap();
    let reports = client.endpoints().check().await;
    assert!(matches!(reports[0].status, Err(RpcError::WrongChain { .. })));
    assert!(reports[1].status.is_ok());
}

#[tokio::test]
async fn fallbacks_stand_in_and_the_first_node_takes_over_again() {
    let chain = Chain::start();
    let (first, second) = (chain.node().await, chain.node().await);
    let client = client(&[&first, &second]).await;
    let serving = |c: &Client| {
        let c = c.clone();
        async move {
            c.endpoints()
                .with(|n| async move { n.status().await.map(|_| n.url().to_string()) })
                .await
                .unwrap()
        }
    };
    assert_eq!(serving(&client).await, first.url);
    first.manner.lock().unwrap().down = true;
    assert_eq!(serving(&client).await, second.url);
    second.manner.lock().unwrap().down = true;
    let error = client.height().await.unwrap_err();
    assert!(
        matches!(error, RpcError::NoAnswer { .. } | RpcError::NoNode { .. }),
        "{error}"
    );
    assert_eq!(joule::error::Error::from(error).exit().code(), 5);
    first.manner.lock().unwrap().down = false;
    second.manner.lock().unwrap().down = false;
    for _ in 0..200 {
        if serving(&client).await == first.url {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the first node is never used again");
}

#[tokio::test]
async fn a_node_that_lags_behind_is_passed_over() {
    let chain = Chain::start();
    while chain.with(|l| l.height()) < 30 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let stale = Node::start(
        chain.ledger.clone(),
        Manner {
            lag: 20,
            ..Manner::default()
        },
    )
    .await;
    let fresh = chain.node().await;
    let client = client(&[&stale, &fresh]).await;
    let (seen, real) = (client.height().await.unwrap(), chain.with(|l| l.height()));
    assert!(seen + 5 >= real, "height {seen} while the chain is at {real}");
    // Alone it has to do.
    let alone = Client::connect(CHAIN, &[&stale.url], limits()).await.unwrap();
    assert!(alone.height().await.unwrap() + 15 < chain.with(|l| l.height()));
}

#[tokio::test]
async fn another_dialect_is_a_warning_and_a_dead_address_an_error() {
    let chain = Chain::start();
    let newer = Node::start(
        chain.ledger.clone(),
        Manner {
            version: Some("0.39.0".into()),
            ..Manner::default()
        },
    )
    .await;
    let endpoints = Endpoints::new(CHAIN, &[&newer.url], limits()).unwrap();
    let report = endpoints.check().await.remove(0);
    assert_eq!(report.status.unwrap().version, "0.39.0");
    let error = Client::connect(CHAIN, &["http://127.0.0.1:9"], limits())
        .await
        .err()
        .unwrap();
    assert_eq!(error.code(), "chain.unreachable");
    assert!(error.what().contains("Connection refused"), "{error}");
}

#[tokio::test]
async fn cursors_hand_out_every_block_once_it_is_done_and_again_until_then() {
    let chain = Chain::start();
    let key = demo_key(1, "tester").unwrap().1;
    chain.with(|l| l.fund(key.address()));
    let node = chain.node().await;
    let client = client(&[&node]).await;
    let homes = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let journal = Arc::new(Journal::open(homes[0].path()).unwrap());
    let outbox = Arc::new(Journal::open(homes[1].path()).unwrap());
    let sender = Sender::start(client.clone(), Arc::new(LocalSigner::new(key)), outbox, options());
    let landed = sender.submit(vec![msg("noted")]).await.unwrap().height;

    let open = |start| {
        let poll = Duration::from_millis(10);
        Cursor::open(client.clone(), journal.clone(), "jobs", start, Waker::default(), poll).unwrap()
    };
    let mut cursor = open(1);
    let mut told = Vec::new();
    for height in 1..=landed {
        let Next::Block(block) = cursor.next().await.unwrap() else {
            panic!("no gap here")
        };
        assert_eq!(block.height, height);
        // Before it is done, a restart gets the same block.
        assert_eq!(open(1).next().await.unwrap(), Next::Block(block.clone()));
        told.extend(
            block
                .txs
                .iter()
                .flat_map(|t| &t.events)
                .filter_map(|e| e.get("what"))
                .map(str::to_string),
        );
        cursor.done(height).unwrap();
    }
    assert_eq!(told, ["noted"]);
    assert_eq!(open(1).next_height(), landed + 1);

    // It waits for blocks that are not there yet.
    let ahead = chain.with(|l| l.height());
    for _ in 0..(ahead - landed + 5) {
        let Next::Block(block) = cursor.next().await.unwrap() else {
            panic!("no gap here")
        };
        cursor.done(block.height).unwrap();
    }
    assert!(cursor.next_height() > ahead);

    // Pruned blocks are a gap, said once.
    let lowest = chain.with(|l| {
        l.lowest = l.height() + 10;
        l.lowest
    });
    while chain.with(|l| l.height()) < lowest {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let Next::Gap { from, to } = cursor.next().await.unwrap() else {
        panic!("a gap")
    };
    assert_eq!((from, to), (cursor.next_height(), lowest - 1));
    cursor.done(to).unwrap();
    assert!(matches!(cursor.next().await.unwrap(), Next::Block(b) if b.height == lowest));
}

#[tokio::test]
async fn a_block_that_one_node_has_pruned_is_read_from_another() {
    let chain = Chain::start();
    while chain.with(|l| l.height()) < 20 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let pruned = |lowest| Manner {
        lowest,
        ..Manner::default()
    };
    let first = Node::start(chain.ledger.clone(), pruned(15)).await;
    let second = Node::start(chain.ledger.clone(), pruned(8)).await;
    let client = client(&[&first, &second]).await;
    let home = tempfile::tempdir().unwrap();
    let journal = Arc::new(Journal::open(home.path()).unwrap());
    let poll = Duration::from_millis(10);
    let open =
        |name, start| Cursor::open(client.clone(), journal.clone(), name, start, Waker::default(), poll).unwrap();
    assert!(matches!(open("has", 8).next().await.unwrap(), Next::Block(b) if b.height == 8));
    assert!(matches!(
        open("lost", 7).next().await.unwrap(),
        Next::Gap { from: 7, .. }
    ));
}
