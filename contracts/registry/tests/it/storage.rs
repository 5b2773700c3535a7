//! A storage that counts what a message reads and writes and undoes a refused one, as the chain does.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Bound;

use cosmwasm_std::{Order, Record, Storage};

/// Entries and bytes touched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    pub reads: u64,
    pub scanned: u64,
    pub writes: u64,
    pub bytes_read: u64,
    pub bytes_written: u64,
}

#[derive(Default)]
pub struct Counting {
    entries: BTreeMap<Vec<u8>, Vec<u8>>,
    undo: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    touched: Cell<Touched>,
}

impl Counting {
    /// Starts a message: forgets counts and the way back.
    pub fn begin(&mut self) {
        self.undo.clear();
        self.touched.set(Touched::default());
    }

    /// Takes back all that was written since `begin`.
    pub fn roll_back(&mut self) {
        while let Some((key, old)) = self.undo.pop() {
            match old {
                Some(value) => self.entries.insert(key, value),
                None => self.entries.remove(&key),
            };
        }
    }

    pub fn touched(&self) -> Touched {
        self.touched.get()
    }

    fn count(&self, add: impl FnOnce(&mut Touched)) {
        let mut touched = self.touched.get();
        add(&mut touched);
        self.touched.set(touched);
    }
}

impl Storage for Counting {
    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        let value = self.entries.get(key).cloned();
        self.count(|t| {
            t.reads += 1;
            t.bytes_read += value.as_ref().map_or(0, Vec::len) as u64;
        });
        value
    }

    fn range<'a>(
        &'a self,
        start: Option<&[u8]>,
        end: Option<&[u8]>,
        order: Order,
    ) -> Box<dyn Iterator<Item = Record> + 'a> {
        let low = start.map_or(Bound::Unbounded, |k| Bound::Included(k.to_vec()));
        let high = end.map_or(Bound::Unbounded, |k| Bound::Excluded(k.to_vec()));
        if let (Some(start), Some(end)) = (start, end) {
            if start >= end {
                return Box::new(std::iter::empty());
            }
        }
        let found = self.entries.range((low, high));
        let found: Box<dyn Iterator<Item = (&Vec<u8>, &Vec<u8>)> + 'a> = match order {
            Order::Ascending => Box::new(found),
            Order::Descending => Box::new(found.rev()),
        };
        Box::new(found.map(|(key, value)| {
            self.count(|t| {
                t.scanned += 1;
                t.bytes_read += value.len() as u64;
            });
            (key.clone(), value.clone())
        }))
    }

    fn set(&mut self, key: &[u8], value: &[u8]) {
        self.count(|t| {
            t.writes += 1;
            t.bytes_written += (key.len() + value.len()) as u64;
        });
        let old = self.entries.insert(key.to_vec(), value.to_vec());
        self.undo.push((key.to_vec(), old));
    }

    fn remove(&mut self, key: &[u8]) {
        self.count(|t| t.writes += 1);
        let old = self.entries.remove(key);
        self.undo.push((key.to_vec(), old));
    }
}
