//! Writes kept apart from the storage below them, so that a transaction can be thrown away or simulated.

use cosmwasm_std::{Order, Record, Storage};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::iter::Peekable;
use std::ops::Bound;

/// Pending writes by key; `None` removes the key.
pub(crate) type Changes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// One pending write.
type Change = (Vec<u8>, Option<Vec<u8>>);

/// A storage that reads through to `base` and keeps every write to itself.
pub(crate) struct Overlay<'a> {
    base: &'a dyn Storage,
    changes: Changes,
}

impl<'a> Overlay<'a> {
    pub(crate) fn new(base: &'a dyn Storage) -> Self {
        Self::with(base, Changes::new())
    }

    /// An overlay that already holds `changes`.
    pub(crate) fn with(base: &'a dyn Storage, changes: Changes) -> Self {
        Self { base, changes }
    }

    pub(crate) fn into_changes(self) -> Changes {
        self.changes
    }
}

/// Writes `changes` to a storage for good.
pub(crate) fn apply(changes: Changes, storage: &mut dyn Storage) {
    for (key, value) in changes {
        match value {
            Some(value) => storage.set(&key, &value),
            None => storage.remove(&key),
        }
    }
}

impl Storage for Overlay<'_> {
    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        match self.changes.get(key) {
            Some(value) => value.clone(),
            None => self.base.get(key),
        }
    }

    fn range<'b>(
        &'b self,
        start: Option<&[u8]>,
        end: Option<&[u8]>,
        order: Order,
    ) -> Box<dyn Iterator<Item = Record> + 'b> {
        // BTreeMap panics on inverted bounds where a storage answers nothing.
        if let (Some(start), Some(end)) = (start, end) {
            if start >= end {
                return Box::new(std::iter::empty());
            }
        }
        let lower = start.map_or(Bound::Unbounded, |key| Bound::Included(key.to_vec()));
        let upper = end.map_or(Bound::Unbounded, |key| Bound::Excluded(key.to_vec()));
        let changed = self.changes.range((lower, upper));
        let changed: Box<dyn Iterator<Item = Change> + 'b> = match order {
            Order::Ascending => Box::new(changed.map(|(k, v)| (k.clone(), v.clone()))),
            Order::Descending => Box::new(changed.rev().map(|(k, v)| (k.clone(), v.clone()))),
        };
        Box::new(Merge {
            base: self.base.range(start, end, order).peekable(),
            changed: changed.peekable(),
            order,
        })
    }

    fn set(&mut self, key: &[u8], value: &[u8]) {
        self.changes.insert(key.to_vec(), Some(value.to_vec()));
    }

    fn remove(&mut self, key: &[u8]) {
        self.changes.insert(key.to_vec(), None);
    }
}

/// Both sides in key order; a change wins over the base and a removal hides it.
struct Merge<A: Iterator<Item = Record>, B: Iterator<Item = Change>> {
    base: Peekable<A>,
    changed: Peekable<B>,
    order: Order,
}

impl<A: Iterator<Item = Record>, B: Iterator<Item = Change>> Iterator for Merge<A, B> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        loop {
            let side = match (self.base.peek(), self.changed.peek()) {
                (None, None) => return None,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some((base, _)), Some((changed, _))) => match self.order {
                    Order::Ascending => base.cmp(changed),
                    Order::Descending => changed.cmp(base),
                },
            };
            if side == Ordering::Less {
                return self.base.next();
            }
            if side == Ordering::Equal {
                self.base.next();
            }
            if let Some((key, Some(value))) = self.changed.next() {
                return Some((key, value));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cosmwasm_std::testing::MockStorage;

    fn base() -> MockStorage {
        let mut base = MockStorage::new();
        for key in ["a", "c", "e", "g"] {
            base.set(key.as_bytes(), b"base");
        }
        base
    }

    fn keys(storage: &dyn Storage, start: Option<&[u8]>, end: Option<&[u8]>, order: Order) -> String {
        storage
            .range(start, end, order)
            .map(|(k, v)| {
                format!(
                    "{}{}",
                    String::from_utf8(k).unwrap(),
                    &String::from_utf8(v).unwrap()[..1]
                )
            })
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn changes_win_and_removals_hide_in_both_orders() {
        let base = base();
        let mut top = Overlay::new(&base);
        top.set(b"b", b"new");
        top.set(b"c", b"new");
        top.remove(b"e");
        top.remove(b"zz");
        assert_eq!(keys(&top, None, None, Order::Ascending), "ab bn cn gb");
        assert_eq!(keys(&top, None, None, Order::Descending), "gb cn bn ab");
        assert_eq!(keys(&top, Some(b"b"), Some(b"g"), Order::Ascending), "bn cn");
        assert_eq!(keys(&top, Some(b"g"), Some(b"b"), Order::Ascending), "");
        assert_eq!(top.get(b"e"), None);
        assert_eq!(top.get(b"c"), Some(b"new".to_vec()));
        assert_eq!(base.get(b"c"), Some(b"base".to_vec()));
    }

    #[test]
    fn applied_changes_equal_the_view() {
        let mut base = base();
        let mut top = Overlay::new(&base);
        top.set(b"h", b"new");
        top.remove(b"a");
        let view = keys(&top, None, None, Order::Ascending);
        let changes = top.into_changes();
        apply(changes, &mut base);
        assert_eq!(keys(&base, None, None, Order::Ascending), view);
    }
}
