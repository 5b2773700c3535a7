//! Transactions: one actor per key, one transaction in flight, put down in the journal before it is sent, with a timeout
//! height, so that every outcome becomes known.
pub mod fee;

mod actor;
mod attempt;
pub(super) mod failure;
mod parts;
mod settle;
mod stats;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

pub use fee::{GasPolicy, GasPrice};
pub use stats::Stats;

use super::types::Msg;
use super::Client;
use crate::error::{Error, Result};
use crate::journal::{Journal, Receipt};
use crate::signer::Signer;

/// How the actor goes about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Submissions that arrive within this time of the first one share a transaction.
    pub tick: Duration,
    /// Pause between two looks for an outcome.
    pub poll: Duration,
    /// Blocks a transaction has to land.
    pub timeout_blocks: u64,
    /// Messages in one transaction at most; a larger single submission still goes alone.
    pub max_msgs: usize,
    /// Looks for an outcome between two times the same bytes are sent again.
    pub resend_every: u32,
    /// Gas limit to begin with, percent of a simulation; the actor learns what is needed.
    pub gas_percent: u32,
    /// Address that pays the fees by a grant; empty when the key pays itself.
    pub granter: String,
    /// Ceilings and price.
    pub gas: GasPolicy,
}

impl Options {
    /// Ordinary patience with the given fees.
    pub fn new(gas: GasPolicy) -> Self {
        Self {
            tick: Duration::from_millis(100),
            poll: Duration::from_millis(250),
            timeout_blocks: 60,
            max_msgs: 16,
            resend_every: 8,
            gas_percent: 130,
            granter: String::new(),
            gas,
        }
    }
}

/// Messages of one submitter, all or nothing.
struct Submission {
    tag: Option<String>,
    msgs: Vec<Msg>,
    answer: oneshot::Sender<Result<Receipt>>,
}

/// The way to the actor of a key. Clones feed the same actor; it ends when the last one is gone.
#[derive(Clone)]
pub struct Sender {
    queue: mpsc::Sender<Submission>,
    address: Arc<str>,
    stats: Stats,
    signer: Arc<dyn Signer>,
}

impl Sender {
    /// Starts the actor of the signer's key. It first settles what a former process left in flight.
    pub fn start(chain: Client, signer: Arc<dyn Signer>, journal: Arc<Journal>, options: Options) -> Self {
        let (queue, inbox) = mpsc::channel(1024);
        let address = signer.address().into();
        let actor = actor::Actor::new(chain, signer.clone(), journal, options);
        let stats = actor.stats.clone();
        tokio::spawn(actor.run(inbox));
        Self {
            queue,
            address,
            stats,
            signer,
        }
    }

    /// Who signs.
    pub fn signer(&self) -> &dyn Signer {
        &*self.signer
    }

    /// What became of its transactions.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Address that signs and pays.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Sends messages that belong together: all succeed in one transaction, or none does. Returns when the outcome is
    /// known.
    pub async fn submit(&self, msgs: Vec<Msg>) -> Result<Receipt> {
        self.send(None, msgs).await
    }

    /// Like [`Sender::submit`], but at most once for a tag, also across restarts: when the tag already succeeded, its
    /// receipt is returned and nothing is sent.
    pub async fn submit_once(&self, tag: &str, msgs: Vec<Msg>) -> Result<Receipt> {
        self.send(Some(tag.to_string()), msgs).await
    }

    async fn send(&self, tag: Option<String>, msgs: Vec<Msg>) -> Result<Receipt> {
        if msgs.is_empty() {
            return Err(Error::internal(
                "tx.empty",
                "a submission without messages",
                "report this",
            ));
        }
        let _waiting = self.stats.wait();
        let (answer, outcome) = oneshot::channel();
        let stopped = || Error::internal("tx.stopped", "the transaction actor has ended", "restart the agent");
        self.queue
            .send(Submission { tag, msgs, answer })
            .await
            .map_err(|_| stopped())?;
        outcome.await.map_err(|_| stopped())?
    }
}
