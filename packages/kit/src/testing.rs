//! For tests of the contracts (feature `testing`): a storage that counts, so that flat cost can be shown (I-47).

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Bound;

use cosmwasm_std::{Order, Record, Storage};

/// Storage in memory that counts what is read and written. Its clones are independent, so a test can go back to one
/// when a message fails, as a chain does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CountingStorage {
    records: BTreeMap<Vec<u8>, Vec<u8>>,
    reads: Cell<u64>,
    writes: Cell<u64>,
}

impl CountingStorage {
    /// Records read (each step of a range counts) and written (removals count) since the last call.
    pub fn take_counts(&self) -> (u64, u64) {
        (self.reads.take(), self.writes.take())
    }

    /// All records, in key order.
    #[must_use]
    pub fn records(&self) -> &BTreeMap<Vec<u8>, Vec<u8>> {
        &self.records
    }
}

fn count(cell: &Cell<u64>) {
    cell.set(cell.get().saturating_add(1));
}

impl Storage for CountingStorage {
    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        count(&self.reads);
        self.records.get(key).cloned()
    }

    fn range<'a>(
        &'a self,
        start: Option<&[u8]>,
        end: Option<&[u8]>,
        order: Order,
    ) -> Box<dyn Iterator<Item = Record> + 'a> {
        let from = start.map_or(Bound::Unbounded, |key| Bound::Included(key.to_vec()));
        let to = end.map_or(Bound::Unbounded, |key| Bound::Excluded(key.to_vec()));
        if matches!((start, end), (Some(start), Some(end)) if start >= end) {
            return Box::new(std::iter::empty());
        }
        let found = self.records.range((from, to));
        let counted = |(key, value): (&Vec<u8>, &Vec<u8>)| {
            count(&self.reads);
            (key.clone(), value.clone())
        };
        match order {
            Order::Ascending => Box::new(found.map(counted)),
            Order::Descending => Box::new(found.rev().map(counted)),
        }
    }

    fn set(&mut self, key: &[u8], value: &[u8]) {
        count(&self.writes);
        self.records.insert(key.to_vec(), value.to_vec());
    }

    fn remove(&mut self, key: &[u8]) {
        count(&self.writes);
        self.records.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_counts() {
        let mut storage = CountingStorage::default();
        for key in [b"a", b"b", b"c"] {
            storage.set(key, b"1");
        }
        storage.remove(b"b");
        assert_eq!(storage.get(b"b"), None);
        let keys = |start: Option<&[u8]>, end: Option<&[u8]>, order| {
            storage
                .range(start, end, order)
                .map(|(key, _)| key[0])
                .collect::<Vec<_>>()
        };
        assert_eq!(keys(None, None, Order::Descending), b"ca");
        assert_eq!(keys(Some(b"a"), Some(b"c"), Order::Ascending), b"a");
        assert_eq!(keys(Some(b"c"), Some(b"a"), Order::Ascending), b"");
        assert_eq!(storage.take_counts(), (4, 4));
        assert_eq!(storage.take_counts(), (0, 0));
    }
}
