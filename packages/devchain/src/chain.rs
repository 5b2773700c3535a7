//! Starting and stopping: one thread for the chain, one for the RPC.

use crate::error::TxError;
use crate::genesis::{Genesis, Options};
use crate::node::store::Block;
use crate::node::Node;
use crate::{panics, rpc};
use cosmwasm_std::Timestamp;
use std::net::{SocketAddr, TcpListener};
use std::sync::{mpsc, Arc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use thiserror::Error;
use tokio::sync::{broadcast, oneshot, watch};

/// Contracts call each other on this stack, up to wasmd's call depth: it must hold the deepest chain of calls in a
/// debug build. Only touched pages take memory.
const STACK: usize = 512 * 1024 * 1024;
/// Blocks that a slow subscriber may fall behind before it is cut off.
const BACKLOG: usize = 1_000;

/// Why the chain did not start.
#[derive(Debug, Error)]
pub enum StartError {
    #[error("dev.not_loopback: {0} can be reached from outside; the embedded chain has no keys of its own to guard it: use 127.0.0.1")]
    NotLoopback(SocketAddr),
    #[error("dev.bind: cannot listen on {0}: {1}; choose another address or port 0")]
    Bind(SocketAddr, std::io::Error),
    #[error("dev.genesis: {0}")]
    Genesis(String),
    #[error("dev.option: {0}")]
    Option(String),
    #[error("dev.thread: {0}")]
    Thread(std::io::Error),
}

/// The chain is gone: it was shut down while a question was waiting.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("dev.stopped: the embedded chain has stopped")]
pub struct Stopped;

/// Work for the chain's thread.
type Job = Box<dyn FnOnce(&mut Node) + Send>;

/// A way to the chain's thread, for the RPC and the handle.
#[derive(Clone)]
pub(crate) struct Chain {
    jobs: mpsc::Sender<Job>,
    blocks: broadcast::Sender<Arc<Block>>,
}

impl Chain {
    /// Runs `job` between blocks and returns what it says.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Node) -> T + Send + 'static,
    ) -> Result<T, Stopped> {
        let (answer, receiver) = oneshot::channel();
        let job: Job = Box::new(move |node| {
            // Whoever asked may have gone.
            let _ = answer.send(job(node));
        });
        self.jobs.send(job).map_err(|_| Stopped)?;
        receiver.await.map_err(|_| Stopped)
    }

    /// Hears of every block from now on.
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Arc<Block>> {
        self.blocks.subscribe()
    }
}

/// The embedded chain.
pub struct DevChain;

impl DevChain {
    /// Starts the chain and returns once its RPC answers.
    pub fn start(genesis: Genesis, options: Options) -> Result<Handle, StartError> {
        genesis.validate().map_err(StartError::Genesis)?;
        options.validate().map_err(StartError::Option)?;
        let asked = options.rpc_addr;
        if !asked.ip().is_loopback() {
            return Err(StartError::NotLoopback(asked));
        }
        let bind = |error| StartError::Bind(asked, error);
        let listener = TcpListener::bind(asked).map_err(bind)?;
        listener.set_nonblocking(true).map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;

        let (jobs, inbox) = mpsc::channel::<Job>();
        let (blocks, _) = broadcast::channel(BACKLOG);
        let (ready, born) = mpsc::channel();
        let chain_id = genesis.chain_id.clone();
        let publish = blocks.clone();
        let worker = thread::Builder::new()
            .name("devchain".into())
            .stack_size(STACK)
            .spawn(move || {
                let block_time = options.block_time;
                match Node::new(&genesis, options, publish) {
                    Ok(node) => {
                        let _ = ready.send(Ok(()));
                        run(node, &inbox, block_time);
                    }
                    Err(error) => {
                        let _ = ready.send(Err(error));
                    }
                }
            })
            .map_err(StartError::Thread)?;
        let lost = || TxError::panic("the chain's thread ended while it started");
        let started = born.recv().unwrap_or_else(|_| Err(lost()));
        started.map_err(|error| StartError::Genesis(error.to_string()))?;

        let chain = Chain { jobs, blocks };
        let (stop, stopping) = watch::channel(false);
        let served = chain.clone();
        let server = thread::Builder::new()
            .name("devchain-rpc".into())
            .spawn(move || rpc::serve(listener, served, stopping))
            .map_err(StartError::Thread)?;
        Ok(Handle {
            address,
            chain_id,
            chain: Some(chain),
            stop,
            threads: vec![server, worker],
        })
    }
}

/// The chain's thread: answers jobs, makes a block each `block_time`, ends when nobody can send jobs any more.
fn run(mut node: Node, inbox: &mpsc::Receiver<Job>, block_time: Duration) {
    let mut next = Instant::now() + block_time;
    loop {
        match inbox.recv_timeout(next.saturating_duration_since(Instant::now())) {
            Ok(job) => {
                if let Err(payload) = panics::catch(|| job(&mut node)) {
                    let message = panics::message(payload.as_ref());
                    tracing::error!(%message, "a request panicked");
                }
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => return,
        }
        if Instant::now() >= next {
            node.make_block();
            next = Instant::now() + block_time;
        }
    }
}

/// A running chain. Dropping it stops the chain.
pub struct Handle {
    address: SocketAddr,
    chain_id: String,
    chain: Option<Chain>,
    stop: watch::Sender<bool>,
    threads: Vec<JoinHandle<()>>,
}

impl Handle {
    /// `http://127.0.0.1:<port>`, for CosmJS and `tendermint_rpc::HttpClient`.
    pub fn rpc_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// `ws://127.0.0.1:<port>/websocket`
    pub fn ws_url(&self) -> String {
        format!("ws://{}/websocket", self.address)
    }

    pub fn rpc_addr(&self) -> SocketAddr {
        self.address
    }

    pub fn chain_id(&self) -> &str {
        &self.chain_id
    }

    /// Puts the chain's clock forward and makes a block at once, like the RPC's `joule_advance`; whole seconds. Returns
    /// the height of that block. Zero makes a block without a jump.
    pub fn advance(&self, by: Duration) -> Result<u64, Stopped> {
        self.ask(move |node| node.advance(by.as_secs()).height)
    }

    /// Makes the block `height` at `time` out of what waits, with empty blocks before it where heights are missing: for a chain that
    /// follows another one block by block, under an [`Options::block_time`] that never comes. False if that height is over. A time that
    /// is not later than the block before becomes the next nanosecond.
    pub fn follow(&self, height: u64, time: Timestamp) -> Result<bool, Stopped> {
        self.ask(move |node| node.follow(height, time.nanos()).is_some())
    }

    fn ask<T: Send + 'static>(&self, question: impl FnOnce(&mut Node) -> T + Send + 'static) -> Result<T, Stopped> {
        let chain = self.chain.as_ref().ok_or(Stopped)?;
        // A plain channel, so that callers inside an async runtime may block on it too.
        let (answer, receiver) = mpsc::channel();
        let job: Job = Box::new(move |node| {
            let _ = answer.send(question(node));
        });
        chain.jobs.send(job).map_err(|_| Stopped)?;
        receiver.recv().map_err(|_| Stopped)
    }

    /// Stops answering, lets open requests end, and waits for both threads.
    pub fn shutdown(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // The receiver is gone if the server has died: nothing to tell it.
        let _ = self.stop.send(true);
        self.chain = None;
        self.join();
    }

    fn join(&mut self) {
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the embedded chain panicked");
            }
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.end();
    }
}
