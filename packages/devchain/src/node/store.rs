//! Blocks that were made, with their transactions: bounded, in memory.

use super::search::{Conditions, Tags};
use crate::tx::Outcome;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// SHA-256 of an encoded transaction.
pub(crate) type TxHash = [u8; 32];

pub(crate) fn tx_hash(bytes: &[u8]) -> TxHash {
    Sha256::digest(bytes).into()
}

/// A transaction in a block.
#[derive(Debug)]
pub(crate) struct TxRecord {
    pub(crate) bytes: Vec<u8>,
    pub(crate) hash: TxHash,
    pub(crate) outcome: Outcome,
}

/// A block with all that is said about it.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) chain_id: String,
    pub(crate) height: u64,
    /// Nanoseconds since 1970.
    pub(crate) time: u64,
    pub(crate) hash: [u8; 32],
    /// Hash and time of the block before; none at height 1.
    pub(crate) last: Option<([u8; 32], u64)>,
    /// State before this block, as its header has it.
    pub(crate) app_hash: [u8; 32],
    /// State after it.
    pub(crate) next_app_hash: [u8; 32],
    pub(crate) txs: Vec<TxRecord>,
}

impl Block {
    /// A hash that names this block among all of this chain. It is no Merkle root: nothing can be proven with it.
    pub(crate) fn name(chain_id: &str, height: u64, time: u64, last: Option<[u8; 32]>, app: [u8; 32]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"joule/devchain/block");
        hash.update(chain_id.as_bytes());
        hash.update(height.to_be_bytes());
        hash.update(time.to_be_bytes());
        hash.update(last.unwrap_or_default());
        hash.update(app);
        hash.finalize().into()
    }

    /// What subscribers and searches find transaction `index` by.
    pub(crate) fn tx_tags(&self, index: usize) -> Tags {
        let mut tags = Tags::new();
        let Some(tx) = self.txs.get(index) else {
            return tags;
        };
        tags.insert("tm.event".into(), vec!["Tx".into()]);
        tags.insert("tx.hash".into(), vec![hex::encode_upper(tx.hash)]);
        tags.insert("tx.height".into(), vec![self.height.to_string()]);
        for event in &tx.outcome.events {
            for attribute in &event.attributes {
                let key = format!("{}.{}", event.ty, attribute.key);
                tags.entry(key).or_default().push(attribute.value.clone());
            }
        }
        tags
    }
}

/// The newest blocks.
pub(crate) struct Store {
    blocks: VecDeque<Arc<Block>>,
    index: HashMap<TxHash, (u64, usize)>,
    keep: usize,
}

impl Store {
    pub(crate) fn new(keep: usize) -> Self {
        Self {
            blocks: VecDeque::new(),
            index: HashMap::new(),
            keep: keep.max(1),
        }
    }

    pub(crate) fn push(&mut self, block: Arc<Block>) {
        for (index, tx) in block.txs.iter().enumerate() {
            self.index.insert(tx.hash, (block.height, index));
        }
        self.blocks.push_back(block);
        while self.blocks.len() > self.keep {
            let Some(old) = self.blocks.pop_front() else {
                return;
            };
            for tx in &old.txs {
                // The same bytes may have run again later.
                if self
                    .index
                    .get(&tx.hash)
                    .is_some_and(|(height, _)| *height == old.height)
                {
                    self.index.remove(&tx.hash);
                }
            }
        }
    }

    pub(crate) fn first(&self) -> Option<&Arc<Block>> {
        self.blocks.front()
    }

    pub(crate) fn last(&self) -> Option<&Arc<Block>> {
        self.blocks.back()
    }

    pub(crate) fn block(&self, height: u64) -> Option<&Arc<Block>> {
        let offset = height.checked_sub(self.first()?.height)?;
        self.blocks.get(usize::try_from(offset).ok()?)
    }

    pub(crate) fn tx(&self, hash: &TxHash) -> Option<(Arc<Block>, usize)> {
        let (height, index) = self.index.get(hash)?;
        Some((self.block(*height)?.clone(), *index))
    }

    /// Transactions that meet all conditions, oldest first. A condition on the hash is answered from the index; anything
    /// else looks at every transaction kept.
    pub(crate) fn search(&self, query: &Conditions) -> Vec<(Arc<Block>, usize)> {
        if let Some(hash) = query.exact("tx.hash") {
            let found = hex::decode(hash).ok().and_then(|bytes| bytes.try_into().ok());
            return found
                .and_then(|hash: TxHash| self.tx(&hash))
                .filter(|(block, index)| query.matches(&block.tx_tags(*index)))
                .into_iter()
                .collect();
        }
        let all = self
            .blocks
            .iter()
            .flat_map(|block| (0..block.txs.len()).map(move |i| (block, i)));
        all.filter(|(block, index)| query.matches(&block.tx_tags(*index)))
            .map(|(block, index)| (block.clone(), index))
            .collect()
    }
}
