//! A contract's storage in memory that counts every operation by the SDK's schedule.

use crate::gas::{storage as schedule, Tally};
use cosmwasm_std::{Order, Record};
use cosmwasm_vm::{BackendError, BackendResult, GasInfo, Storage};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Mutex;

/// Keys and values of one contract, in the order of the keys.
pub type State = BTreeMap<Vec<u8>, Vec<u8>>;

/// See the module.
#[derive(Default)]
pub struct CountingStorage {
    /// What is stored.
    pub state: State,
    tally: Mutex<Tally>,
    iterators: Vec<std::vec::IntoIter<Record>>,
}

impl CountingStorage {
    /// Storage over some content.
    pub fn new(state: State) -> Self {
        Self {
            state,
            ..Self::default()
        }
    }

    /// What was done so far.
    pub fn tally(&self) -> Tally {
        *self.lock()
    }

    // A poisoned lock only means that a call panicked while it counted; the numbers are still the numbers.
    fn lock(&self) -> std::sync::MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Charged in [`Tally`], not in the VM's meter: the two are added up at the end.
fn uncharged<T>(value: T) -> BackendResult<T> {
    (Ok(value), GasInfo::free())
}

impl Storage for CountingStorage {
    fn get(&self, key: &[u8]) -> BackendResult<Option<Vec<u8>>> {
        let value = self.state.get(key).cloned();
        let mut tally = self.lock();
        tally.reads += 1;
        tally.gas += schedule::read(key.len(), value.as_ref().map_or(0, Vec::len));
        uncharged(value)
    }

    fn set(&mut self, key: &[u8], value: &[u8]) -> BackendResult<()> {
        self.state.insert(key.to_vec(), value.to_vec());
        let mut tally = self.lock();
        tally.writes += 1;
        tally.gas += schedule::write(key.len(), value.len());
        uncharged(())
    }

    fn remove(&mut self, key: &[u8]) -> BackendResult<()> {
        self.state.remove(key);
        let mut tally = self.lock();
        tally.deletes += 1;
        tally.gas += schedule::delete();
        uncharged(())
    }

    fn scan(&mut self, start: Option<&[u8]>, end: Option<&[u8]>, order: Order) -> BackendResult<u32> {
        let records = range(&self.state, start, end, order);
        let opening = records.first().map(|(k, v)| schedule::step(k.len(), v.len()));
        self.lock().gas += opening.unwrap_or_else(schedule::empty_range);
        self.iterators.push(records.into_iter());
        uncharged(self.iterators.len() as u32)
    }

    fn next(&mut self, iterator_id: u32) -> BackendResult<Option<Record>> {
        let index = (iterator_id as usize).wrapping_sub(1);
        let Some(iterator) = self.iterators.get_mut(index) else {
            return (Err(BackendError::iterator_does_not_exist(iterator_id)), GasInfo::free());
        };
        let record = iterator.next();
        if let Some((key, value)) = &record {
            let mut tally = self.lock();
            tally.steps += 1;
            tally.gas += schedule::step(key.len(), value.len());
        }
        uncharged(record)
    }
}

fn range(state: &State, start: Option<&[u8]>, end: Option<&[u8]>, order: Order) -> Vec<Record> {
    if matches!((start, end), (Some(s), Some(e)) if s >= e) {
        return Vec::new();
    }
    let low = start.map_or(Bound::Unbounded, Bound::Included);
    let high = end.map_or(Bound::Unbounded, Bound::Excluded);
    let mut records: Vec<Record> = state
        .range::<[u8], _>((low, high))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    if matches!(order, Order::Descending) {
        records.reverse();
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled() -> CountingStorage {
        let pairs = [("a", "1"), ("b", "22"), ("c", "333")];
        CountingStorage::new(pairs.map(|(k, v)| (k.into(), v.into())).into())
    }

    #[test]
    fn ranges_are_bounded_and_ordered() {
        let state = filled().state;
        let keys = |s: Option<&[u8]>, e: Option<&[u8]>, o| -> Vec<Vec<u8>> {
            range(&state, s, e, o).into_iter().map(|(k, _)| k).collect()
        };
        assert_eq!(keys(Some(b"b"), None, Order::Ascending), [b"b", b"c"]);
        assert_eq!(keys(None, Some(b"c"), Order::Descending), [b"b", b"a"]);
        assert!(keys(Some(b"c"), Some(b"a"), Order::Ascending).is_empty());
    }

    #[test]
    fn operations_are_counted() {
        let mut storage = filled();
        storage.get(b"b").0.unwrap();
        storage.get(b"zz").0.unwrap();
        storage.set(b"d", b"4").0.unwrap();
        storage.remove(b"a").0.unwrap();
        let id = storage.scan(None, None, Order::Ascending).0.unwrap();
        storage.next(id).0.unwrap();
        let gas = (1_000 + 3 * 36) + (1_000 + 3 * 35) + (2_000 + 30 * 35) + 1_000 + 2 * (30 + 3 * 36);
        let expected = Tally {
            reads: 2,
            writes: 1,
            deletes: 1,
            steps: 1,
            gas,
        };
        assert_eq!(storage.tally(), expected);
    }
}
