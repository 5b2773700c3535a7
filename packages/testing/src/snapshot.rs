//! The whole state of the simulator: to compare it, to go back to it.

use std::hash::{DefaultHasher, Hash, Hasher};

use cosmwasm_std::{BlockInfo, Order, Storage};

use crate::World;

/// Every record of the simulator with its block.
#[derive(Clone, Debug)]
pub struct Snapshot {
    records: Vec<(Vec<u8>, Vec<u8>)>,
    block: BlockInfo,
}

impl World {
    /// All records: contracts, bank, everything.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            records: self.backend.app.storage().range(None, None, Order::Ascending).collect(),
            block: self.backend.app.block_info(),
        }
    }

    /// Puts everything back to what it was in `snapshot`, taken in this world.
    pub fn restore(&mut self, snapshot: &Snapshot) {
        let storage = self.backend.app.storage_mut();
        let keys: Vec<_> = storage
            .range(None, None, Order::Ascending)
            .map(|(key, _)| key)
            .collect();
        for key in keys {
            storage.remove(&key);
        }
        for (key, value) in &snapshot.records {
            storage.set(key, value);
        }
        self.backend.app.set_block(snapshot.block.clone());
    }

    /// A digest of all records: equal before and after a message that was refused (I-06).
    #[must_use]
    pub fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for record in self.backend.app.storage().range(None, None, Order::Ascending) {
            record.hash(&mut hasher);
        }
        hasher.finish()
    }
}
