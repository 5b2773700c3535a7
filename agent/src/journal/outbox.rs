//! Transactions in flight and what became of them.
use serde::{Deserialize, Serialize};

use super::db::{OUTBOX, RECEIPTS};
use super::Journal;
use crate::chain::types::{Event, TxHash};
use crate::error::{Error, Result};

/// A signed transaction that was, or is about to be, handed to a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxTx {
    /// Its name on the chain.
    pub hash: TxHash,
    /// The signed bytes.
    #[serde(with = "base64_bytes")]
    pub bytes: Vec<u8>,
    /// Sequence it uses.
    pub sequence: u64,
    /// Height known when it was signed.
    pub born_height: u64,
    /// Last height at which it may land.
    pub timeout_height: u64,
    /// The submissions inside, in order.
    pub parts: Vec<Part>,
    /// Transactions signed before with the same sequence and content (a lower fee). At most one of all these can land.
    pub earlier: Vec<TxHash>,
}

impl OutboxTx {
    /// Hashes of everything that may have used this sequence for this content, the newest first.
    pub fn hashes(&self) -> impl Iterator<Item = TxHash> + '_ {
        std::iter::once(self.hash).chain(self.earlier.iter().copied())
    }
}

/// One submission inside a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Name under which its outcome is kept; `None` when nobody will ask for it after a restart.
    pub tag: Option<String>,
    /// Number of its messages.
    pub msgs: usize,
}

/// What a submission that succeeded left on the chain. Refused ones leave nothing and may be tried again, so no receipt
/// of them is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Transaction it was in.
    pub hash: TxHash,
    /// Block.
    pub height: u64,
    /// Gas of the whole transaction, which other submissions may have shared.
    pub gas_used: u64,
    /// Events of this submission's messages.
    pub events: Vec<Event>,
}

impl Journal {
    /// Puts a signed transaction down before anybody else sees it. While another one of the same key is undecided this is
    /// an error, unless the new one takes its place (names it in `earlier` and uses its sequence).
    pub fn outbox_begin(&self, key: &str, next: &OutboxTx) -> Result<()> {
        self.db.write(|tx| {
            let mut table = tx.table(OUTBOX)?;
            match table.get::<OutboxTx>(key)? {
                Some(old)
                    if old.hash != next.hash
                        && !(old.sequence == next.sequence && next.earlier.contains(&old.hash)) =>
                {
                    Err(Error::internal(
                        "journal.tx_in_flight",
                        format!("{} is undecided", old.hash),
                        "report this: two transactions of one key at a time",
                    ))
                }
                _ => table.put(key, next),
            }
        })
    }

    /// The undecided transaction of a key.
    pub fn outbox_current(&self, key: &str) -> Result<Option<OutboxTx>> {
        self.db.get(OUTBOX, key)
    }

    /// The undecided transaction is decided: in one step it is taken out and the receipts of its tagged parts are kept
    /// (none when it failed or can never land any more).
    pub fn outbox_decided(&self, key: &str, receipts: &[(String, Receipt)]) -> Result<()> {
        self.db.write(|tx| {
            tx.table(OUTBOX)?.remove(key)?;
            let mut table = tx.table(RECEIPTS)?;
            receipts
                .iter()
                .try_for_each(|(tag, receipt)| table.put((key, tag.as_str()), receipt))
        })
    }

    /// Receipt of a tagged submission, if it succeeded.
    pub fn receipt(&self, key: &str, tag: &str) -> Result<Option<Receipt>> {
        self.db.get(RECEIPTS, (key, tag))
    }

    /// Forgets receipts older than `height`. Their tags must not be used again.
    pub fn forget_receipts_before(&self, height: u64) -> Result<()> {
        self.db
            .write(|tx| tx.table(RECEIPTS)?.retain(|r: &Receipt| r.height >= height))
    }
}

mod base64_bytes {
    use base64::prelude::{Engine, BASE64_STANDARD};
    use serde::{de::Error as _, Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(bytes: &[u8], s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&BASE64_STANDARD.encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<u8>, D::Error> {
        BASE64_STANDARD
            .decode(String::deserialize(d)?)
            .map_err(D::Error::custom)
    }
}
