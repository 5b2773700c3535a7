//! Blocks in order, for a role that reads the state it needs by query and takes events as hints.
use std::sync::Arc;
use std::time::Duration;

use crate::chain::events::{Cursor, Next, Wake};
use crate::chain::types::Event;
use crate::chain::Client;
use crate::daemon::Pulse;
use crate::error::Result;
use crate::journal::Journal;

/// Blocks behind which a role catches up by query instead of reading every one.
const FAR: u64 = 200;

/// The blocks since the last one that was dealt with.
pub struct Feed {
    cursor: Cursor,
    chain: Client,
    pulse: Pulse,
    /// Keeps the websocket alive.
    _wake: Wake,
}

impl Feed {
    /// Goes on behind the saved height of `name`; jumps when that is far behind, because whoever opens a feed reads the
    /// whole state first. Each look at the chain is a beat of `pulse`.
    pub async fn open(chain: Client, journal: &Arc<Journal>, name: &str, poll: Duration, pulse: Pulse) -> Result<Self> {
        let height = chain.height().await?;
        if journal
            .cursor(name)?
            .is_none_or(|done| done.saturating_add(FAR) < height)
        {
            journal.set_cursor(name, height)?;
        }
        let wake = Wake::start(chain.endpoints().clone());
        let cursor = Cursor::open(chain.clone(), journal.clone(), name, height, wake.waker(), poll)?;
        Ok(Self {
            cursor,
            chain,
            pulse,
            _wake: wake,
        })
    }

    /// Waits for the next block and returns the events of its successful transactions; none for blocks that no node has
    /// any more. The block counts as dealt with: what follows from it is found again by query.
    pub async fn next(&mut self) -> Result<Option<Vec<Event>>> {
        let next = loop {
            self.pulse.beat();
            if let Some(next) = self.cursor.look().await? {
                break next;
            }
        };
        match next {
            Next::Block(block) => {
                self.cursor.done(block.height)?;
                let good = block.txs.into_iter().filter(|tx| tx.code == 0);
                Ok(Some(good.flat_map(|tx| tx.events).collect()))
            }
            Next::Gap { from, to } => {
                tracing::warn!(from, to, "blocks are gone from every node");
                self.cursor.done(to)?;
                Ok(None)
            }
        }
    }

    /// Waits before the chain is asked again after a failure.
    pub async fn rest(&self, error: &crate::error::Error) {
        tracing::warn!(%error, chain = self.chain.chain_id(), "the chain does not answer; trying again");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
