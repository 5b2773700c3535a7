//! A scripted node: a small chain behind the RPC of a real node, with lost answers, refusals, lag and silence on demand.
#![allow(dead_code)] // each test file uses a part of it

mod answers;
pub mod ledger;
pub mod logs;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::{extract::State, http::StatusCode, routing::post, Json, Router};
use joule::chain::tx::{GasPolicy, Options};
use joule::chain::{Client, Limits, Msg};
use serde_json::{json, Value};

pub use ledger::{Fault, Ledger};

pub const CHAIN: &str = "joule-dev-1";

/// Several nodes may show the same ledger.
pub type SharedLedger = Arc<Mutex<Ledger>>;

/// How one node misbehaves.
#[derive(Clone, Debug, Default)]
pub struct Manner {
    /// Answers nothing but server errors.
    pub down: bool,
    /// Shows the ledger as it was that many blocks ago.
    pub lag: u64,
    /// Names this chain instead of the ledger's.
    pub chain_id: Option<String>,
    /// Has no blocks below this.
    pub lowest: u64,
    /// Forgets to index transactions.
    pub no_index: bool,
    /// Names this version.
    pub version: Option<String>,
}

pub struct Node {
    pub url: String,
    pub manner: Arc<Mutex<Manner>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Node {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Node {
    pub async fn start(ledger: SharedLedger, manner: Manner) -> Self {
        let manner = Arc::new(Mutex::new(manner));
        let app = Router::new()
            .route("/", post(call))
            .with_state((ledger, manner.clone()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, manner, task }
    }
}

type Shared = (SharedLedger, Arc<Mutex<Manner>>);

async fn call(State((ledger, manner)): State<Shared>, Json(request): Json<Value>) -> Result<Json<Value>, StatusCode> {
    let manner = manner.lock().unwrap().clone();
    if manner.down {
        return Err(StatusCode::BAD_GATEWAY);
    }
    let method = request["method"].as_str().unwrap_or_default();
    let answer = answers::answer(&mut ledger.lock().unwrap(), &manner, method, &request["params"]);
    let id = &request["id"];
    match answer {
        Ok(result) => Ok(Json(json!({ "jsonrpc": "2.0", "id": id, "result": result }))),
        Err(answers::No::Error(text)) => {
            let error = json!({ "code": -32603, "message": "Internal error", "data": text });
            Ok(Json(json!({ "jsonrpc": "2.0", "id": id, "error": error })))
        }
        Err(answers::No::Lost) => Err(StatusCode::GATEWAY_TIMEOUT),
    }
}

/// A ledger whose blocks come every 20 ms until the value is dropped.
pub struct Chain {
    pub ledger: SharedLedger,
    clock: tokio::task::JoinHandle<()>,
}

impl Chain {
    pub fn start() -> Self {
        let ledger = SharedLedger::default();
        let ticking = ledger.clone();
        let clock = tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(20)).await;
                ticking.lock().unwrap().make_block();
            }
        });
        Self { ledger, clock }
    }

    pub async fn node(&self) -> Node {
        Node::start(self.ledger.clone(), Manner::default()).await
    }

    pub fn with<T>(&self, f: impl FnOnce(&mut Ledger) -> T) -> T {
        f(&mut self.ledger.lock().unwrap())
    }
}

impl Drop for Chain {
    fn drop(&mut self) {
        self.clock.abort();
    }
}

pub fn limits() -> Limits {
    Limits {
        call_timeout: Duration::from_millis(800),
        probe_every: Duration::from_millis(50),
        backoff: Duration::from_millis(20),
        ..Limits::default()
    }
}

pub async fn client(nodes: &[&Node]) -> Client {
    let urls: Vec<&str> = nodes.iter().map(|n| n.url.as_str()).collect();
    Client::connect(CHAIN, &urls, limits()).await.unwrap()
}

pub fn gas() -> GasPolicy {
    GasPolicy {
        denom: "uwatt".into(),
        price: "0.01".parse().unwrap(),
        max_gas: 5_000_000,
        max_fee: 1_000_000,
    }
}

pub fn options() -> Options {
    Options {
        tick: Duration::from_millis(15),
        poll: Duration::from_millis(10),
        timeout_blocks: 15,
        resend_every: 3,
        ..Options::new(gas())
    }
}

/// A call of the test contract: `what` is its only key. See [`Ledger`] for what it does.
pub fn msg(what: &str) -> Msg {
    Msg::Execute {
        contract: "wasm1contract".into(),
        msg: format!(r#"{{"{what}":{{}}}}"#),
        funds: vec![],
    }
}
