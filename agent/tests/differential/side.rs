//! One of the two chains, over its RPC.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use cosmrs::proto::cosmos::auth::v1beta1::{BaseAccount, QueryAccountRequest, QueryAccountResponse};
use cosmrs::proto::prost::Message;
use cosmrs::rpc::client::CompatMode;
use cosmrs::rpc::{Client, HttpClient, HttpClientUrl};
use cosmrs::tendermint::{abci, block::Height, Hash};
use tokio::runtime::Runtime;

/// What a chain answered to a transaction or a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub code: u32,
    pub codespace: String,
    pub log: String,
}

/// A transaction in a block.
#[derive(Clone, Debug)]
pub struct Ran {
    pub height: u64,
    pub verdict: Verdict,
    pub data: Vec<u8>,
    /// Type, and attributes in order.
    pub events: Vec<(String, Vec<(String, String)>)>,
    pub gas: i64,
}

/// A chain.
pub struct Side {
    pub name: &'static str,
    /// The height that queries are about; zero for the latest.
    pub at: Cell<u64>,
    http: HttpClient,
    runtime: Rc<Runtime>,
}

impl Side {
    pub fn new(name: &'static str, url: &str, runtime: Rc<Runtime>) -> Result<Self, String> {
        let url: HttpClientUrl = url.parse().map_err(|e: cosmrs::rpc::Error| format!("{url}: {e}"))?;
        let client = reqwest_rpc::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(20));
        let http = HttpClient::builder(url)
            .compat_mode(CompatMode::V0_38)
            .client(client.build().map_err(|e| e.to_string())?)
            .build()
            .map_err(|e| e.to_string())?;
        Ok(Self {
            name,
            at: Cell::new(0),
            http,
            runtime,
        })
    }

    /// Chain id, and time of the last block in seconds.
    pub fn status(&self) -> Result<(String, u64), String> {
        let status = self
            .runtime
            .block_on(self.http.status())
            .map_err(|e| format!("{}: {e}", self.name))?;
        let time = status.sync_info.latest_block_time.unix_timestamp();
        Ok((status.node_info.network.to_string(), u64::try_from(time).unwrap_or(0)))
    }

    /// Time of a block in nanoseconds.
    pub fn time_of(&self, height: u64) -> u64 {
        let height = u32::try_from(height).expect("a young chain");
        let header = self.runtime.block_on(self.http.header(height)).expect("a header");
        u64::try_from(header.header.time.unix_timestamp_nanos()).expect("after 1970")
    }

    /// A query by its path: the answer, or the refusal.
    pub fn ask<Q: Message, A: Message + Default>(&self, path: &str, query: &Q) -> Result<A, Verdict> {
        let height = Some(self.at.get()).filter(|height| *height > 0);
        let height = height.map(|height| Height::try_from(height).expect("a height"));
        let question = self
            .http
            .abci_query(Some(path.into()), query.encode_to_vec(), height, false);
        let answer = self.runtime.block_on(question).expect("an answer");
        if answer.code.is_err() {
            return Err(Verdict {
                code: answer.code.value(),
                codespace: answer.codespace,
                log: answer.log,
            });
        }
        Ok(A::decode(answer.value.as_slice()).expect("an answer of that type"))
    }

    /// Number and sequence of an account; zeros if there is none.
    pub fn account(&self, address: &str) -> (u64, u64) {
        let query = QueryAccountRequest {
            address: address.into(),
        };
        let answer: Result<QueryAccountResponse, _> = self.ask("/cosmos.auth.v1beta1.Query/Account", &query);
        let Ok(Some(any)) = answer.map(|answer| answer.account) else {
            return (0, 0);
        };
        let account = BaseAccount::decode(any.value.as_slice()).expect("a plain account");
        (account.account_number, account.sequence)
    }

    /// Hands a transaction to the mempool.
    pub fn broadcast(&self, bytes: &[u8]) -> Verdict {
        let sent = self.runtime.block_on(self.http.broadcast_tx_sync(bytes));
        let sent = sent.expect("the node takes transactions");
        Verdict {
            code: sent.code.value(),
            codespace: sent.codespace,
            log: sent.log,
        }
    }

    /// A transaction by its hash, once it is in a block.
    pub fn ran(&self, hash: [u8; 32]) -> Option<Ran> {
        let found = self.runtime.block_on(self.http.tx(Hash::Sha256(hash), false)).ok()?;
        let result = found.tx_result;
        Some(Ran {
            height: found.height.value(),
            verdict: Verdict {
                code: result.code.value(),
                codespace: result.codespace,
                log: result.log,
            },
            data: result.data.to_vec(),
            events: result.events.into_iter().map(event).collect(),
            gas: result.gas_used,
        })
    }

    /// The same, waiting for it.
    pub fn wait_for(&self, hash: [u8; 32]) -> Ran {
        for _ in 0..1_500 {
            if let Some(ran) = self.ran(hash) {
                return ran;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!(
            "{}: a transaction that passed its check did not land in 30 s",
            self.name
        );
    }
}

fn event(event: abci::Event) -> (String, Vec<(String, String)>) {
    let attributes = event.attributes.into_iter().map(|attribute| {
        let text = |result: Result<&str, _>| {
            result
                .map(String::from)
                .unwrap_or_else(|_: cosmrs::tendermint::Error| String::new())
        };
        (text(attribute.key_str()), text(attribute.value_str()))
    });
    (event.kind, attributes.collect())
}
