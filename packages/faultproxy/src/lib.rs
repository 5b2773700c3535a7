//! A proxy between an agent and a node that does to requests what bad networks and bad nodes do. For tests only: it speaks plain
//! HTTP/1.1 with one request a connection, which is what the RPC of a node needs, and hands websockets through.
//!
//! What it does is said by [`Knobs`], which may be turned while it runs: from Rust with [`Proxy::set`], from elsewhere over its
//! control port ([`control`]).
pub mod control;
mod fate;
mod http;
pub mod knobs;
mod memory;
mod serve;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use knobs::{Knobs, Stats};

use fate::Dice;
use memory::Memory;

/// What the connections of a proxy share.
pub(crate) struct State {
    pub(crate) upstream: String,
    pub(crate) knobs: Knobs,
    pub(crate) stats: Stats,
    pub(crate) dice: Dice,
    pub(crate) memory: Memory,
}

/// The shared state, and the signal that ends open connections: its value counts the cuts.
#[derive(Clone)]
pub(crate) struct Shared {
    state: Arc<Mutex<State>>,
    cuts: Arc<watch::Sender<u64>>,
}

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn cuts(&self) -> watch::Receiver<u64> {
        self.cuts.subscribe()
    }

    /// Ends all open connections.
    pub(crate) fn cut(&self) {
        self.cuts.send_modify(|n| *n = n.wrapping_add(1));
    }

    pub(crate) fn set(&self, knobs: Knobs) {
        let ends = knobs.cut;
        let mut state = self.lock();
        if knobs.seed != state.knobs.seed {
            state.dice = Dice::new(knobs.seed);
        }
        state.knobs = knobs;
        drop(state);
        if ends {
            self.cut();
        }
    }
}

/// A running proxy. Dropping it ends it with all its connections.
pub struct Proxy {
    address: SocketAddr,
    shared: Shared,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Listens on `listen` (port 0 for any) and passes requests on to `upstream`, an address like `127.0.0.1:26657`.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn start(listen: &str, upstream: &str, knobs: Knobs) -> Result<Self> {
        let upstream = upstream.trim_start_matches("http://").trim_end_matches('/').to_string();
        let listener = TcpListener::bind(listen)
            .await
            .with_context(|| format!("bind {listen}"))?;
        let address = listener.local_addr()?;
        let state = State {
            upstream,
            dice: Dice::new(knobs.seed),
            knobs,
            stats: Stats::default(),
            memory: Memory::default(),
        };
        let shared = Shared {
            state: Arc::new(Mutex::new(state)),
            cuts: Arc::new(watch::Sender::new(0)),
        };
        let task = tokio::spawn(serve::accept(listener, shared.clone()));
        Ok(Self { address, shared, task })
    }

    /// `http://127.0.0.1:<port>`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it does now.
    pub fn knobs(&self) -> Knobs {
        self.shared.lock().knobs.clone()
    }

    /// Turns all knobs at once. `cut` ends the open connections too.
    pub fn set(&self, knobs: Knobs) {
        self.shared.set(knobs);
    }

    /// Sends what comes from now on to another address (a node that was started again elsewhere).
    pub fn set_upstream(&self, upstream: &str) {
        self.shared.lock().upstream = upstream.trim_start_matches("http://").trim_end_matches('/').to_string();
    }

    /// What was done so far.
    pub fn stats(&self) -> Stats {
        self.shared.lock().stats.clone()
    }

    /// Ends all open connections, websockets too; new ones are served by the knobs.
    pub fn cut(&self) {
        self.shared.cut();
    }

    /// Serves the control port until the value is dropped; its address.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn control(&self, listen: &str) -> Result<control::Control> {
        control::Control::start(listen, self.shared.clone()).await
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
        self.shared.cut();
    }
}
