//! Transactions that wait for a block.

use super::store::{tx_hash, TxHash};
use super::Node;
use crate::app::overlay::Overlay;
use crate::error::{sdk, TxError};
use crate::tx::{self, Mode, Outcome};
use std::collections::{HashSet, VecDeque};

/// First in, first out.
#[derive(Default)]
pub(crate) struct Mempool {
    queue: VecDeque<Pending>,
    hashes: HashSet<TxHash>,
}

/// One that has passed its check.
pub(crate) struct Pending {
    pub(crate) bytes: Vec<u8>,
    pub(crate) hash: TxHash,
    pub(crate) gas: u64,
}

impl Mempool {
    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }

    /// Encoded length of all that wait.
    pub(crate) fn bytes(&self) -> usize {
        self.queue.iter().map(|pending| pending.bytes.len()).sum()
    }

    fn push(&mut self, pending: Pending) {
        self.hashes.insert(pending.hash);
        self.queue.push_back(pending);
    }

    /// Takes what fits into `gas`, in order; the rest waits.
    pub(crate) fn take(&mut self, gas: u64) -> Vec<Pending> {
        let mut left = gas;
        let mut taken = Vec::new();
        while let Some(next) = self.queue.front() {
            let Some(rest) = left.checked_sub(next.gas) else {
                break;
            };
            left = rest;
            if let Some(pending) = self.queue.pop_front() {
                self.hashes.remove(&pending.hash);
                taken.push(pending);
            }
        }
        taken
    }
}

impl Node {
    /// `CheckTx`: admits a transaction to the next block, or says why not. Sequences and fees of what already waits
    /// count.
    pub(crate) fn submit(&mut self, bytes: Vec<u8>) -> (TxHash, Outcome) {
        let hash = tx_hash(&bytes);
        let outcome = match self.admit(&bytes, hash) {
            Ok(()) => self.check(bytes, hash),
            Err(error) => Outcome::refused(error),
        };
        (hash, outcome)
    }

    fn admit(&self, bytes: &[u8], hash: TxHash) -> Result<(), TxError> {
        if bytes.len() > self.options.max_tx_bytes {
            let log = format!(
                "{} bytes, at most {}: tx too large",
                bytes.len(),
                self.options.max_tx_bytes
            );
            return Err(TxError::sdk(sdk::TX_TOO_LARGE, log));
        }
        let known = self.mempool.hashes.contains(&hash) || self.ran(&hash);
        if known {
            return Err(TxError::sdk(sdk::TX_IN_MEMPOOL, "tx already in mempool"));
        }
        if self.mempool.len() >= self.options.mempool {
            return Err(TxError::sdk(sdk::MEMPOOL_FULL, "mempool is full"));
        }
        Ok(())
    }

    /// Whether exactly these bytes have already run with success. Failed ones may come again, as in CometBFT's cache.
    fn ran(&self, hash: &TxHash) -> bool {
        let record = self.store.tx(hash);
        record.is_some_and(|(block, index)| block.txs.get(index).is_some_and(|tx| tx.outcome.code == 0))
    }

    fn check(&mut self, bytes: Vec<u8>, hash: TxHash) -> Outcome {
        let block = self.app.block_info();
        let (outcome, changes) = {
            let base = Overlay::with(self.app.storage(), std::mem::take(&mut self.checked));
            let result = tx::run(&self.app, &base, (&block, 0), &self.chain, Mode::Check, &bytes);
            self.checked = base.into_changes();
            result
        };
        if outcome.code == 0 {
            self.checked.extend(changes);
            let gas = outcome.gas_wanted;
            self.mempool.push(Pending { bytes, hash, gas });
        }
        outcome
    }

    /// After a block: checks everything that still waits against the new state and drops what no longer passes.
    pub(crate) fn recheck(&mut self) {
        self.checked.clear();
        let waiting = std::mem::take(&mut self.mempool);
        for pending in waiting.queue {
            self.check(pending.bytes, pending.hash);
        }
    }

    /// Runs a transaction for its gas and keeps nothing.
    pub(crate) fn simulate(&self, bytes: &[u8]) -> Outcome {
        let block = self.app.block_info();
        let base = Overlay::with(self.app.storage(), self.checked.clone());
        tx::run(&self.app, &base, (&block, 0), &self.chain, Mode::Simulate, bytes).0
    }
}
