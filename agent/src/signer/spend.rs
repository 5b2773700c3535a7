//! What was signed today: a file that only grows within a day and is on disk before a signature leaves.
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::policy::{add, within, Amounts};
use crate::error::{Error, Result};

const SECONDS_A_DAY: u64 = 86_400;

/// Spending of the current day. Of several documents with one sequence only one can land, so the dearest counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Day {
    /// Days since 1970 (UTC). Never goes back: a clock set back does not open a new day.
    day: u64,
    /// Signatures ever made.
    signatures: u64,
    /// Spent by documents with other sequences than the current one.
    before: Amounts,
    /// Sequence of the last document.
    sequence: u64,
    /// The dearest amounts of documents with that sequence.
    current: Amounts,
}

/// The spend file, one process at a time.
pub struct Spend {
    path: PathBuf,
    state: Day,
    _lock: File,
}

impl Spend {
    /// Opens or creates the file.
    pub fn open(path: &Path) -> Result<Self> {
        let lock_path = path.with_extension("lock");
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&lock_path);
        let lock = lock.map_err(|e| io(&lock_path, &e))?;
        lock.try_lock().map_err(|_| {
            Error::local(
                "signer.locked",
                format!("another signer uses {}", path.display()),
                "stop the other signer",
            )
        })?;
        let state = match std::fs::read(path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|e| {
                Error::local(
                    "signer.spend_damaged",
                    format!("{}: {e}", path.display()),
                    "the day's spending is unknown: move the file away if you accept a fresh day",
                )
            })?,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Day::default(),
            Err(e) => return Err(io(path, &e)),
        };
        Ok(Self {
            path: path.to_path_buf(),
            state,
            _lock: lock,
        })
    }

    /// Signatures ever made.
    pub fn signatures(&self) -> u64 {
        self.state.signatures
    }

    /// Books a document, on disk when this returns; refuses what passes the day's ceilings. `now` is Unix seconds.
    pub fn book(&mut self, now: u64, sequence: u64, amounts: &Amounts, per_day: &Amounts) -> Result<()> {
        let mut next = self.state.clone();
        let today = now / SECONDS_A_DAY;
        if today > next.day {
            next.day = today;
            next.before = Amounts::new();
            next.current = Amounts::new();
        }
        if sequence != next.sequence {
            for (asset, amount) in std::mem::take(&mut next.current) {
                add(&mut next.before, asset, amount)?;
            }
            next.sequence = sequence;
        }
        for (asset, amount) in amounts {
            let dearest = next.current.entry(asset.clone()).or_default();
            *dearest = (*dearest).max(*amount);
        }
        let mut total = next.before.clone();
        next.current
            .iter()
            .try_for_each(|(asset, amount)| add(&mut total, asset.clone(), *amount))?;
        within(&total, per_day, "signer.day_ceiling", "today")?;
        next.signatures = next.signatures.saturating_add(1);
        self.save(&next)?;
        self.state = next;
        Ok(())
    }

    fn save(&self, state: &Day) -> Result<()> {
        let text = serde_json::to_vec(state).map_err(|e| Error::internal("signer.encoding", e, "report this"))?;
        let part = self.path.with_extension("part");
        let written = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&part)
            .and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_all()))
            .and_then(|()| std::fs::rename(&part, &self.path))
            .and_then(|()| match self.path.parent() {
                Some(dir) if !dir.as_os_str().is_empty() => File::open(dir)?.sync_all(),
                _ => Ok(()),
            });
        written.map_err(|e| io(&self.path, &e))
    }
}

fn io(path: &Path, e: &std::io::Error) -> Error {
    Error::local(
        "signer.io",
        format!("{}: {e}", path.display()),
        "nothing is signed until the file can be written",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: u64 = 20_000 * SECONDS_A_DAY + 43_200;

    fn watts(n: u128) -> Amounts {
        Amounts::from([("uwatt".to_string(), n)])
    }

    #[test]
    fn a_day_adds_up_and_the_next_one_starts_at_zero() {
        let dir = tempfile::tempdir().unwrap();
        let mut spend = Spend::open(&dir.path().join("spend.json")).unwrap();
        spend.book(NOON, 0, &watts(60), &watts(100)).unwrap();
        let e = spend.book(NOON, 1, &watts(41), &watts(100)).unwrap_err();
        assert_eq!(e.code(), "signer.day_ceiling");
        spend.book(NOON, 1, &watts(40), &watts(100)).unwrap();
        spend.book(NOON + SECONDS_A_DAY, 2, &watts(100), &watts(100)).unwrap();
        assert_eq!(spend.signatures(), 3);
    }

    #[test]
    fn documents_of_one_sequence_count_once_at_their_dearest() {
        let dir = tempfile::tempdir().unwrap();
        let mut spend = Spend::open(&dir.path().join("spend.json")).unwrap();
        for fee in [60, 50, 70, 70] {
            spend.book(NOON, 4, &watts(fee), &watts(100)).unwrap();
        }
        spend.book(NOON, 5, &watts(30), &watts(100)).unwrap();
        // Coming back to an older sequence is new spending.
        assert!(spend.book(NOON, 4, &watts(1), &watts(100)).is_err());
    }

    #[test]
    fn neither_a_restart_nor_a_clock_set_back_opens_a_new_day() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("spend.json");
        let mut spend = Spend::open(&path).unwrap();
        spend.book(NOON, 0, &watts(100), &watts(100)).unwrap();
        assert_eq!(
            Spend::open(&path).err().map(|e| e.code().to_string()).as_deref(),
            Some("signer.locked")
        );
        drop(spend);
        let mut spend = Spend::open(&path).unwrap();
        for now in [NOON, NOON - 10 * SECONDS_A_DAY, 0] {
            assert!(spend.book(now, 1, &watts(1), &watts(100)).is_err(), "{now}");
        }
    }

    #[test]
    fn a_damaged_file_stops_signing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("spend.json");
        std::fs::write(&path, "{").unwrap();
        assert_eq!(
            Spend::open(&path).err().map(|e| e.code().to_string()).as_deref(),
            Some("signer.spend_damaged")
        );
    }
}
