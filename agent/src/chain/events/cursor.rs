//! A reader of blocks that remembers where it was.
use std::sync::Arc;
use std::time::Duration;

use super::wake::Waker;
use crate::chain::types::BlockResults;
use crate::chain::{Client, RpcError};
use crate::error::Result;
use crate::journal::Journal;

/// What came next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// The block after the last one that was done.
    Block(BlockResults),
    /// Blocks `from..=to` are gone: the first of them from every node that answers, the others from the best one (pruned, or their
    /// results never kept). Read the state of what matters by query, then go on.
    Gap {
        /// First missing height.
        from: u64,
        /// Last missing height.
        to: u64,
    },
}

/// Hands out blocks in order, each until it is [`Cursor::done`], across restarts.
pub struct Cursor {
    chain: Client,
    journal: Arc<Journal>,
    name: String,
    next: u64,
    waker: Waker,
    poll: Duration,
}

impl Cursor {
    /// Goes on behind the saved height of that name, or starts at `start` when there is none. `poll` is the longest pause
    /// between two looks at the chain.
    pub fn open(
        chain: Client,
        journal: Arc<Journal>,
        name: &str,
        start: u64,
        waker: Waker,
        poll: Duration,
    ) -> Result<Self> {
        let next = journal
            .cursor(name)?
            .map_or(start.max(1), |done| done.saturating_add(1));
        Ok(Self {
            chain,
            journal,
            name: name.to_string(),
            next,
            waker,
            poll,
        })
    }

    /// Height that comes next.
    pub fn next_height(&self) -> u64 {
        self.next
    }

    /// Waits for the next block. Until [`Cursor::done`] the same block comes again, also after a crash.
    pub async fn next(&mut self) -> Result<Next> {
        loop {
            if let Some(next) = self.look().await? {
                return Ok(next);
            }
        }
    }

    /// Looks once for the next block; when it is not there yet, rests until a wake-up or for a poll interval and returns
    /// nothing.
    pub async fn look(&mut self) -> Result<Option<Next>> {
        let latest = self.chain.height().await?;
        if latest < self.next {
            self.waker.wait(self.poll).await;
            return Ok(None);
        }
        match self.chain.block_results(self.next).await {
            Ok(block) => Ok(Some(Next::Block(block))),
            Err(RpcError::Answered { message, .. }) => match lowest_height(&message) {
                Some(lowest) if lowest > self.next => Ok(Some(Next::Gap {
                    from: self.next,
                    to: lowest.saturating_sub(1),
                })),
                _ if never_kept(&message) || (latest > self.next.saturating_add(SETTLED) && lost(&message)) => {
                    Ok(Some(Next::Gap {
                        from: self.next,
                        to: self.next,
                    }))
                }
                // The height is announced a moment before its results can be read.
                _ => {
                    tracing::debug!(height = self.next, %message, "block results are not there yet");
                    self.waker.wait(self.poll).await;
                    Ok(None)
                }
            },
            Err(error) => Err(error.into()),
        }
    }

    /// Everything that follows from the block (or gap) up to `height` is safely done.
    pub fn done(&mut self, height: u64) -> Result<()> {
        self.journal.set_cursor(&self.name, height)?;
        self.next = height.saturating_add(1);
        Ok(())
    }
}

/// Blocks behind the latest one at which results that are not there will not come any more.
const SETTLED: u64 = 2;

/// A node that throws results away (`discard_abci_responses`).
fn never_kept(message: &str) -> bool {
    message.contains("node is not persisting")
}

/// A node that has the block and not its results: it was set up from a snapshot.
fn lost(message: &str) -> bool {
    message.contains("could not find results for height")
}

/// From a node's "height 5 is not available, lowest height is 9".
fn lowest_height(message: &str) -> Option<u64> {
    let tail = message.split("lowest height is ").nth(1)?;
    let digits = tail.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_height_is_read_from_the_nodes_words() {
        let text = "Internal error: height 5 is not available, lowest height is 9 (code: -32603)";
        assert_eq!(lowest_height(text), Some(9));
        assert_eq!(lowest_height("could not find results for height #7"), None);
    }
}
