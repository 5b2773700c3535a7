//! redb with JSON values and coded errors. Each write call is one durable transaction.
use std::borrow::Borrow;
use std::path::Path;

use redb::{Database, Durability, Key, ReadableDatabase, ReadableTable, TableDefinition, TableError};
use serde::{de::DeserializeOwned, Serialize};

use crate::error::{Error, Result};

pub(super) type Table<K> = TableDefinition<'static, K, &'static [u8]>;

pub(super) const OUTBOX: Table<&str> = TableDefinition::new("outbox");
pub(super) const RECEIPTS: Table<(&str, &str)> = TableDefinition::new("receipts");
pub(super) const ATTEMPTS: Table<(u64, u32)> = TableDefinition::new("attempts");
pub(super) const STEPS: Table<(u64, u32, u64)> = TableDefinition::new("steps");
pub(super) const RESULTS: Table<(u64, u32)> = TableDefinition::new("results");
pub(super) const LISTS: Table<(u64, u64)> = TableDefinition::new("lists");
pub(super) const BALLOTS: Table<(u64, u32, u8, u8)> = TableDefinition::new("ballots");
pub(super) const CURSORS: Table<&str> = TableDefinition::new("cursors");

pub(super) struct Db(Database);

impl Db {
    pub(super) fn open(path: &Path) -> Result<Self> {
        Database::create(path).map(Self).map_err(|e| {
            Error::local(
                "journal.open_failed",
                format!("{}: {e}", path.display()),
                "check free space and the file's owner; a broken journal can be moved away once no job is open",
            )
        })
    }

    pub(super) fn get<'k, K: Key + 'static, T: DeserializeOwned>(
        &self,
        table: Table<K>,
        key: impl Borrow<K::SelfType<'k>>,
    ) -> Result<Option<T>> {
        let tx = self.0.begin_read().map_err(failed)?;
        let table = match tx.open_table(table) {
            Err(TableError::TableDoesNotExist(_)) => return Ok(None),
            table => table.map_err(failed)?,
        };
        table.get(key).map_err(failed)?.map(|v| decode(v.value())).transpose()
    }

    /// Values of a range of keys, in order.
    pub(super) fn range<'k, K: Key + 'static, T: DeserializeOwned, B: Borrow<K::SelfType<'k>>>(
        &self,
        table: Table<K>,
        range: impl std::ops::RangeBounds<B> + 'k,
    ) -> Result<Vec<T>> {
        let tx = self.0.begin_read().map_err(failed)?;
        let table = match tx.open_table(table) {
            Err(TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
            table => table.map_err(failed)?,
        };
        let rows = table.range(range).map_err(failed)?;
        rows.map(|row| decode(row.map_err(failed)?.1.value())).collect()
    }

    /// All or nothing: an error inside leaves the journal as it was.
    pub(super) fn write<T>(&self, change: impl FnOnce(&Write) -> Result<T>) -> Result<T> {
        let mut tx = self.0.begin_write().map_err(failed)?;
        tx.set_durability(Durability::Immediate).map_err(failed)?;
        let tx = Write(tx);
        let out = change(&tx)?;
        tx.0.commit().map_err(failed)?;
        Ok(out)
    }
}

pub(super) struct Write(redb::WriteTransaction);

impl Write {
    pub(super) fn table<K: Key + 'static>(&self, table: Table<K>) -> Result<Rows<'_, K>> {
        self.0.open_table(table).map(Rows).map_err(failed)
    }
}

pub(super) struct Rows<'tx, K: Key + 'static>(redb::Table<'tx, K, &'static [u8]>);

impl<K: Key + 'static> Rows<'_, K> {
    pub(super) fn get<'k, T: DeserializeOwned>(&self, key: impl Borrow<K::SelfType<'k>>) -> Result<Option<T>> {
        self.0.get(key).map_err(failed)?.map(|v| decode(v.value())).transpose()
    }

    pub(super) fn put<'k>(&mut self, key: impl Borrow<K::SelfType<'k>>, value: &impl Serialize) -> Result<()> {
        let bytes = serde_json::to_vec(value).map_err(failed)?;
        self.0.insert(key, bytes.as_slice()).map(drop).map_err(failed)
    }

    pub(super) fn remove<'k>(&mut self, key: impl Borrow<K::SelfType<'k>>) -> Result<()> {
        self.0.remove(key).map(drop).map_err(failed)
    }

    /// Keeps the rows that `keep` wants.
    pub(super) fn retain<T: DeserializeOwned>(&mut self, keep: impl Fn(&T) -> bool) -> Result<()> {
        // A row that cannot be read stays: whoever reads it reports it.
        self.0
            .retain(|_, v| decode(v).map_or(true, |row| keep(&row)))
            .map_err(failed)
    }

    pub(super) fn remove_range<'k, B: Borrow<K::SelfType<'k>> + 'k>(
        &mut self,
        range: impl std::ops::RangeBounds<B> + 'k,
    ) -> Result<()> {
        self.0.retain_in(range, |_, _| false).map_err(failed)
    }
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|e| {
        Error::local(
            "journal.unreadable_record",
            e,
            "the journal was written by another version of joule: finish open jobs with that version",
        )
    })
}

fn failed(e: impl std::fmt::Display) -> Error {
    Error::local(
        "journal.io",
        e,
        "check free space and the disk under the home directory",
    )
}
