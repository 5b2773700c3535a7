//! Making a block out of what waits.

use super::mempool::Pending;
use super::store::{Block, TxRecord};
use super::Node;
use crate::app::overlay::{self, Changes};
use crate::tx::{self, Mode};
use cosmwasm_std::{BlockInfo, Timestamp};
use sha2::{Digest, Sha256};
use std::sync::Arc;

impl Node {
    /// Runs the waiting transactions, as many as a block's gas allows, and moves on to the next height. Empty blocks are
    /// made too: time passes for contracts by blocks.
    pub(crate) fn make_block(&mut self) -> Arc<Block> {
        self.make_block_at(self.now())
    }

    /// The same at `time`, nanoseconds since 1970.
    pub(crate) fn make_block_at(&mut self, time: u64) -> Arc<Block> {
        let last = self.store.last().cloned();
        let height = self.height().saturating_add(1);
        // Strictly later than the block before, whatever the clock does.
        let time = last.as_ref().map_or(0, |block| block.time.saturating_add(1)).max(time);
        let info = BlockInfo {
            height,
            time: Timestamp::from_nanos(time),
            chain_id: self.chain.id.clone(),
        };
        self.app.set_block(info.clone());
        let mut state = Sha256::new();
        state.update(self.app_hash);
        let mut txs = Vec::new();
        for (index, pending) in self.mempool.take(self.options.max_block_gas).into_iter().enumerate() {
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            txs.push(self.deliver(&info, index, pending, &mut state));
        }
        state.update(height.to_be_bytes());
        let before = std::mem::replace(&mut self.app_hash, state.finalize().into());
        let last = last.map(|block| (block.hash, block.time));
        let block = Arc::new(Block {
            chain_id: self.chain.id.clone(),
            height,
            time,
            hash: Block::name(&self.chain.id, height, time, last.map(|(hash, _)| hash), self.app_hash),
            last,
            app_hash: before,
            next_app_hash: self.app_hash,
            txs,
        });
        self.store.push(block.clone());
        self.recheck();
        // Nobody listening is no error.
        let _ = self.blocks.send(block.clone());
        block
    }

    fn deliver(&mut self, info: &BlockInfo, index: u32, pending: Pending, state: &mut Sha256) -> TxRecord {
        let (outcome, changes) = tx::run(
            &self.app,
            self.app.storage(),
            (info, index),
            &self.chain,
            Mode::Deliver,
            &pending.bytes,
        );
        digest(&changes, state);
        overlay::apply(changes, self.app.storage_mut());
        if outcome.code != 0 {
            tracing::debug!(codespace = %outcome.codespace, code = outcome.code, log = %outcome.log, "transaction failed");
        }
        TxRecord {
            bytes: pending.bytes,
            hash: pending.hash,
            outcome,
        }
    }
}

/// Adds a transaction's writes to the running hash of the state.
fn digest(changes: &Changes, state: &mut Sha256) {
    let mut part = |bytes: &[u8]| {
        state.update((bytes.len() as u64).to_be_bytes());
        state.update(bytes);
    };
    for (key, value) in changes {
        part(key);
        part(value.as_deref().unwrap_or_default());
    }
}
