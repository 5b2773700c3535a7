//! A chain that makes blocks, embedded or real, behind a proxy that misbehaves: what agents must get right on either.
#![allow(dead_code, unused_macros, unused_imports)] // each test file uses a part of it

pub mod scenarios;

/// Hands the scenarios that a net alone is enough for to a macro that makes a test of each.
macro_rules! for_each_scenario {
    ($tests:ident) => {
        $tests!(
            delayed,
            requests_and_answers_lost,
            broadcasts_doubled,
            old_answers,
            a_shared_key,
            a_transaction_that_never_lands,
            a_node_that_is_away,
            a_node_that_stands_still,
            gas_that_runs_out,
            blocks_in_order,
        );
    };
}
pub(crate) use for_each_scenario;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::Duration;

use cosmwasm_std::coins;
use joule::chain::tx::{GasPolicy, Options, Sender};
use joule::chain::{Client, Coin, Limits, Msg};
use joule::error::Error;
use joule::journal::{Journal, Receipt};
use joule::keys::{demo_key, Key};
use joule::signer::LocalSigner;
use joule_devchain::{DevChain, Genesis, Handle};
use joule_faultproxy::{Knobs, Proxy};

/// Keys that have coins for fees on every local chain, each for a scenario of its own.
pub const NAMES: [&str; 14] = [
    "anchor", "beam", "bracket", "caliper", "compass", "gauge", "hinge", "lever", "plumb", "ratchet", "scale",
    "sextant", "spindle", "wedge",
];

pub fn key(name: &str) -> Key {
    demo_key(0, name).unwrap().1
}

/// A chain.
pub struct Net {
    pub rpc: String,
    pub chain_id: String,
    _embedded: Option<Handle>,
}

impl Net {
    /// The embedded chain, ten blocks a second.
    pub async fn embedded() -> Self {
        let balances = NAMES.map(|name| (key(name).address().to_string(), coins(1_000_000_000, "uwatt")));
        let genesis = Genesis {
            balances: balances.into(),
            ..Genesis::default()
        };
        let options = joule_devchain::Options {
            block_time: Duration::from_millis(100),
            ..Default::default()
        };
        let start = move || DevChain::start(genesis, options).unwrap();
        let dev = tokio::task::spawn_blocking(start).await.unwrap();
        Self {
            rpc: dev.rpc_url().to_string(),
            chain_id: joule_devchain::CHAIN_ID.into(),
            _embedded: Some(dev),
        }
    }

    /// The node at `rpc`, of `scripts/localnet`.
    pub fn real(rpc: &str) -> Self {
        Self::at(rpc, "joule-local-1")
    }

    /// A chain that somebody else started.
    pub fn at(rpc: &str, chain_id: &str) -> Self {
        Self {
            rpc: rpc.to_string(),
            chain_id: chain_id.to_string(),
            _embedded: None,
        }
    }

    /// A client of these nodes, quick to give up.
    pub async fn client(&self, urls: &[&str]) -> Client {
        Client::connect(&self.chain_id, urls, limits()).await.unwrap()
    }

    /// `name` behind a proxy of its own.
    pub async fn party(&self, name: &str) -> Party {
        let proxy = Proxy::start("127.0.0.1:0", &self.rpc, Knobs::default()).await.unwrap();
        Party {
            key: key(name),
            client: self.client(&[&proxy.url()]).await,
            direct: self.client(&[&self.rpc]).await,
            home: tempfile::tempdir().unwrap(),
            proxy,
        }
    }
}

pub fn limits() -> Limits {
    Limits {
        call_timeout: Duration::from_millis(1_500),
        probe_every: Duration::from_millis(200),
        backoff: Duration::from_millis(50),
        ..Limits::default()
    }
}

pub fn options() -> Options {
    let gas = GasPolicy {
        denom: "uwatt".into(),
        price: "0.025".parse().unwrap(),
        max_gas: 20_000_000,
        max_fee: 1_000_000,
    };
    Options {
        tick: Duration::from_millis(10),
        poll: Duration::from_millis(60),
        timeout_blocks: 20,
        resend_every: 4,
        ..Options::new(gas)
    }
}

/// A key, its way to the chain through a proxy, and a way around it to see what is true.
pub struct Party {
    pub key: Key,
    pub proxy: Proxy,
    pub client: Client,
    pub direct: Client,
    pub home: tempfile::TempDir,
}

impl Party {
    pub fn sender(&self) -> Sender {
        self.sender_with(&self.client, "sender", options())
    }

    pub fn sender_with(&self, client: &Client, journal: &str, options: Options) -> Sender {
        let journal = Arc::new(Journal::open(&self.home.path().join(journal)).unwrap());
        let signer = Arc::new(LocalSigner::new(key_again(&self.key)));
        Sender::start(client.clone(), signer, journal, options)
    }

    /// Sends `amount` to a new address and checks that exactly that arrived, exactly once.
    pub async fn pays(&self, sender: &Sender, amount: u128) -> Receipt {
        let (to, done) = self.tries(sender, amount).await;
        let receipt = done.unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(self.arrived(&to).await, amount);
        let seen = self
            .direct
            .tx(receipt.hash)
            .await
            .unwrap()
            .expect("the transaction of the receipt");
        assert_eq!((seen.code, seen.height), (0, receipt.height));
        receipt
    }

    /// Sends `amount` to a new address; the address, and what the sender was told.
    pub async fn tries(&self, sender: &Sender, amount: u128) -> (String, Result<Receipt, Error>) {
        let to = fresh();
        let done = tokio::time::timeout(Duration::from_secs(120), sender.submit(send(&to, amount))).await;
        (to, done.expect("an answer within two minutes"))
    }

    pub async fn arrived(&self, to: &str) -> u128 {
        self.direct.balance(to, "uwatt").await.unwrap()
    }

    /// Waits for so many blocks.
    pub async fn blocks(&self, n: u64) {
        let from = self.direct.height().await.unwrap();
        while self.direct.height().await.unwrap() < from + n {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Keys are not copied; those of the tests are made again from their names.
fn key_again(key: &Key) -> Key {
    let name = NAMES.iter().find(|name| self::key(name).address() == key.address());
    self::key(name.expect("one of the names"))
}

pub fn send(to: &str, amount: u128) -> Vec<Msg> {
    vec![Msg::Send {
        to: to.into(),
        amount: vec![Coin::new(amount, "uwatt")],
    }]
}

/// An address that nobody used before, also not in an earlier run on the same chain.
pub fn fresh() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    demo_key(u64::from(std::process::id()), &format!("{}/{n}", now.as_nanos()))
        .unwrap()
        .1
        .address()
        .to_string()
}
