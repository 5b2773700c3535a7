//! Maps of small records in raw bytes: no JSON, fixed layout. For records that are read or written many at a time (an
//! index, a log), where the length of a value is what gas is paid for.

use std::marker::PhantomData;

use cosmwasm_std::{Order, Storage};

use crate::KitError;

/// A record of fixed layout.
pub trait Packed: Sized {
    /// The bytes.
    fn pack(&self) -> Vec<u8>;
    /// The record of the bytes; none if they are of another length or hold an unknown tag.
    fn unpack(bytes: &[u8]) -> Option<Self>;
}

/// A map of packed records under one namespace. Keys are bytes in order; the namespace is length-prefixed as in
/// cw-storage-plus, so that it cannot run into another one (V-07).
pub struct PackedMap<T> {
    namespace: &'static str,
    record: PhantomData<T>,
}

impl<T: Packed> PackedMap<T> {
    /// A map under `namespace`, at most 255 bytes.
    #[must_use]
    pub const fn new(namespace: &'static str) -> Self {
        Self {
            namespace,
            record: PhantomData,
        }
    }

    /// The namespace.
    #[must_use]
    pub const fn namespace(&self) -> &'static str {
        self.namespace
    }

    fn full(&self, key: &[u8]) -> Vec<u8> {
        let len = u8::try_from(self.namespace.len()).unwrap_or(u8::MAX);
        [&[0, len], self.namespace.as_bytes(), key].concat()
    }

    fn read(&self, bytes: &[u8]) -> Result<T, KitError> {
        T::unpack(bytes).ok_or_else(|| KitError::CorruptRecord {
            namespace: self.namespace.into(),
            len: bytes.len(),
        })
    }

    /// Writes the record of `key`.
    pub fn save(&self, storage: &mut dyn Storage, key: &[u8], record: &T) {
        storage.set(&self.full(key), &record.pack());
    }

    /// Removes the record of `key`, if any.
    pub fn remove(&self, storage: &mut dyn Storage, key: &[u8]) {
        storage.remove(&self.full(key));
    }

    /// The record of `key`.
    ///
    /// # Errors
    /// [`KitError::CorruptRecord`].
    pub fn load(&self, storage: &dyn Storage, key: &[u8]) -> Result<Option<T>, KitError> {
        storage.get(&self.full(key)).map(|bytes| self.read(&bytes)).transpose()
    }

    /// Records with `from <= key < to` (both relative to the namespace; an absent `to` means its end), with their keys.
    pub fn range<'a>(
        &'a self,
        storage: &'a dyn Storage,
        from: &[u8],
        to: Option<&[u8]>,
        order: Order,
    ) -> impl Iterator<Item = Result<(Vec<u8>, T), KitError>> + 'a {
        let start = self.full(from);
        let end = to.map_or_else(|| successor(&self.full(&[])), |to| self.full(to));
        let skip = self.full(&[]).len();
        storage.range(Some(&start), Some(&end), order).map(move |(key, value)| {
            let key = key.get(skip..).unwrap_or_default().to_vec();
            self.read(&value).map(|record| (key, record))
        })
    }
}

/// The first byte string after all that start with `prefix`, which is not all 0xff (a namespace starts with 0).
fn successor(prefix: &[u8]) -> Vec<u8> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if let Some(next) = last.checked_add(1) {
            end.push(next);
            break;
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;
    use cosmwasm_std::testing::MockStorage;

    impl Packed for u32 {
        fn pack(&self) -> Vec<u8> {
            self.to_be_bytes().to_vec()
        }
        fn unpack(bytes: &[u8]) -> Option<Self> {
            bytes.try_into().ok().map(u32::from_be_bytes)
        }
    }

    #[test]
    fn ranges_stay_inside_the_namespace_and_are_in_order() {
        let (a, b): (PackedMap<u32>, PackedMap<u32>) = (PackedMap::new("a"), PackedMap::new("b"));
        let mut storage = MockStorage::new();
        for key in [[0xffu8, 0xff], [0, 1], [0, 0]] {
            a.save(&mut storage, &key, &u32::from(key[1]));
            b.save(&mut storage, &key, &7);
        }
        let keys = |from: &[u8], to: Option<&[u8]>, order| {
            a.range(&storage, from, to, order)
                .map(|r| r.unwrap().0)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            keys(&[], None, Order::Ascending),
            [vec![0, 0], vec![0, 1], vec![0xff, 0xff]]
        );
        assert_eq!(keys(&[0, 1], None, Order::Descending), [vec![0xff, 0xff], vec![0, 1]]);
        assert_eq!(keys(&[], Some(&[0, 1]), Order::Ascending), [vec![0, 0]]);
        assert_eq!(a.load(&storage, &[0, 1]).unwrap(), Some(1));
        a.remove(&mut storage, &[0, 1]);
        assert_eq!(a.load(&storage, &[0, 1]).unwrap(), None);
    }

    #[test]
    fn a_record_of_another_length_is_an_error() {
        let map: PackedMap<u32> = PackedMap::new("a");
        let mut storage = MockStorage::new();
        storage.set(b"\0\x01ak", b"12345");
        assert_eq!(
            map.load(&storage, b"k"),
            Err(KitError::CorruptRecord {
                namespace: "a".into(),
                len: 5
            })
        );
    }
}
