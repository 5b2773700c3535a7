//! The same client and actor against the embedded chain: real signatures, sequences, fees and codes.
use std::sync::Arc;
use std::time::Duration;

use cosmwasm_std::coins;
use joule::chain::events::{Cursor, Next, Wake};
use joule::chain::tx::{GasPolicy, Options, Sender};
use joule::chain::{Client, Coin, Limits, Msg};
use joule::journal::Journal;
use joule::keys::{demo_key, Key};
use joule::signer::LocalSigner;
use joule_devchain::{DevChain, Genesis, Handle};

struct Rig {
    dev: Handle,
    client: Client,
    homes: Vec<tempfile::TempDir>,
}

fn key(name: &str) -> Key {
    demo_key(11, name).unwrap().1
}

fn send(to: &str, amount: u128) -> Vec<Msg> {
    vec![Msg::Send {
        to: to.into(),
        amount: vec![Coin::new(amount, "uwatt")],
    }]
}

impl Rig {
    async fn new() -> Self {
        let balances = ["alice", "bob"].map(|n| (key(n).address().to_string(), coins(1_000_000_000, "uwatt")));
        let genesis = Genesis {
            balances: balances.into(),
            ..Genesis::default()
        };
        let options = joule_devchain::Options {
            block_time: Duration::from_millis(50),
            ..Default::default()
        };
        let dev = tokio::task::spawn_blocking(move || DevChain::start(genesis, options))
            .await
            .unwrap()
            .unwrap();
        let client = Client::connect("joule-dev-1", &[dev.rpc_url()], Limits::default())
            .await
            .unwrap();
        Self {
            dev,
            client,
            homes: Vec::new(),
        }
    }

    fn journal(&mut self) -> Arc<Journal> {
        self.homes.push(tempfile::tempdir().unwrap());
        Arc::new(Journal::open(self.homes.last().unwrap().path()).unwrap())
    }

    fn sender(&mut self, name: &str) -> Sender {
        let price = "0.025".parse().unwrap();
        let gas = GasPolicy {
            denom: "uwatt".into(),
            price,
            max_gas: 20_000_000,
            max_fee: 1_000_000,
        };
        let options = Options {
            tick: Duration::from_millis(20),
            poll: Duration::from_millis(20),
            ..Options::new(gas)
        };
        let journal = self.journal();
        Sender::start(
            self.client.clone(),
            Arc::new(LocalSigner::new(key(name))),
            journal,
            options,
        )
    }

    async fn balance(&self, address: &str) -> u128 {
        self.client.balance(address, "uwatt").await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn money_moves_and_the_receipt_shows_it() {
    let mut rig = Rig::new().await;
    let sender = rig.sender("alice");
    let carol = key("carol").address().to_string();
    let receipts = futures::future::join_all((1..=3).map(|n| sender.submit(send(&carol, n)))).await;
    let receipts: Vec<_> = receipts.into_iter().map(Result::unwrap).collect();
    assert_eq!(rig.balance(&carol).await, 6);
    assert!(
        receipts.iter().all(|r| r.hash == receipts[0].hash && r.gas_used > 0),
        "one tick, one transaction"
    );
    for (n, receipt) in (1..).zip(&receipts) {
        let transfer = receipt
            .events
            .iter()
            .find(|e| e.kind == "transfer")
            .expect("a transfer");
        assert_eq!(transfer.get("amount"), Some(format!("{n}uwatt").as_str()));
    }
    let account = rig.client.account(sender.address()).await.unwrap().unwrap();
    assert_eq!(account.sequence, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_of_the_chain_reach_their_submitter_only() {
    let mut rig = Rig::new().await;
    let sender = rig.sender("alice");
    let bob = key("bob").address().to_string();
    let nowhere = Msg::Execute {
        contract: bob.clone(),
        msg: "{\"x\":{}}".into(),
        funds: vec![],
    };
    let (good, poor, wrong) = tokio::join!(
        sender.submit(send(&bob, 5)),
        sender.submit(send(&bob, 10_000_000_000)),
        sender.submit(vec![nowhere]),
    );
    good.unwrap();
    let poor = poor.unwrap_err();
    assert_eq!(
        (poor.code(), poor.exit().code()),
        ("tx.insufficient_funds", 7),
        "{poor}"
    );
    assert_eq!(wrong.unwrap_err().code(), "tx.refused");
    assert_eq!(rig.balance(&bob).await, 1_000_000_005);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_actors_on_one_key_get_in_each_others_way_and_lose_nothing() {
    let mut rig = Rig::new().await;
    let (one, two) = (rig.sender("alice"), rig.sender("alice"));
    let bob = key("bob").address().to_string();
    // Different amounts: equal documents of one sequence would be one transaction.
    for n in 0..4 {
        let (a, b) = tokio::join!(one.submit(send(&bob, 10 + n)), two.submit(send(&bob, 20 + n)));
        a.unwrap();
        b.unwrap();
    }
    assert_eq!(rig.balance(&bob).await, 1_000_000_132);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_websocket_wakes_a_cursor_that_polls_slowly() {
    let mut rig = Rig::new().await;
    let journal = rig.journal();
    let wake = Wake::start(rig.client.endpoints().clone());
    let start = rig.client.height().await.unwrap() + 1;
    let mut cursor = Cursor::open(
        rig.client.clone(),
        journal,
        "test",
        start,
        wake.waker(),
        Duration::from_secs(60),
    )
    .unwrap();
    let sender = rig.sender("alice");
    let landed = sender.submit(send(key("bob").address(), 7)).await.unwrap().height;
    let follow = async {
        loop {
            let Next::Block(block) = cursor.next().await.unwrap() else {
                panic!("no gap here")
            };
            cursor.done(block.height).unwrap();
            let transfers = block
                .txs
                .iter()
                .flat_map(|t| &t.events)
                .filter(|e| e.get("amount") == Some("7uwatt"));
            if transfers.count() > 0 {
                return block.height;
            }
        }
    };
    assert_eq!(
        tokio::time::timeout(Duration::from_secs(20), follow)
            .await
            .expect("woken in time"),
        landed
    );
    // Ten more blocks, none of them after a minute's pause.
    let more = async {
        for _ in 0..10 {
            let Next::Block(block) = cursor.next().await.unwrap() else {
                panic!("no gap here")
            };
            cursor.done(block.height).unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(20), more)
        .await
        .expect("woken in time");
    rig.dev.shutdown();
}
