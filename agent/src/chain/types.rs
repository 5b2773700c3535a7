//! What the rest of the agent sees of the chain: plain values, no library types.
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// Amount of a native denom, in its smallest unit. Text on the wire, like all amounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coin {
    /// Bank denom, e.g. `uwatt`.
    pub denom: String,
    /// Amount in smallest units.
    #[serde(with = "text_amount")]
    pub amount: u128,
}

impl Coin {
    /// `amount` of `denom`.
    pub fn new(amount: u128, denom: impl Into<String>) -> Self {
        Self {
            denom: denom.into(),
            amount,
        }
    }
}

impl fmt::Display for Coin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.amount, self.denom)
    }
}

/// `u128` as decimal text.
pub mod text_amount {
    use serde::{de::Error as _, Deserialize, Deserializer, Serializer};

    /// Decimal text.
    pub fn serialize<S: Serializer>(value: &u128, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(value)
    }

    /// Digits only: no sign, no spaces.
    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<u128, D::Error> {
        let text = String::deserialize(d)?;
        if text.starts_with('+') {
            return Err(D::Error::custom("an amount is digits only"));
        }
        text.parse()
            .map_err(|_| D::Error::custom(format!("`{text}` is not an amount")))
    }
}

/// A message the agent sends. The sender is always the key of the actor that sends it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Msg {
    /// Call of a contract.
    Execute {
        /// Bech32 address of the contract.
        contract: String,
        /// The message as JSON text.
        msg: String,
        /// Native coins sent along.
        funds: Vec<Coin>,
    },
    /// Plain transfer of native coins.
    Send {
        /// Bech32 address of the receiver.
        to: String,
        /// Coins.
        amount: Vec<Coin>,
    },
    /// Lets `to` charge the fees of its contract calls to the sender. Sent by a person, never by a daemon.
    GrantFees {
        /// Bech32 address that will not need coins of its own.
        to: String,
        /// Most it may charge in all; none for no limit.
        limit: Option<Coin>,
        /// Until when, seconds since 1970; none for no end.
        until: Option<u64>,
    },
    /// Takes such a grant back.
    RevokeFees {
        /// Bech32 address that was granted fees.
        to: String,
    },
}

/// SHA-256 of the signed bytes: the name of a transaction before anybody has seen it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TxHash(pub [u8; 32]);

impl TxHash {
    /// Hash of the signed bytes.
    pub fn of(tx: &[u8]) -> Self {
        Self(Sha256::digest(tx).into())
    }
}

impl fmt::Display for TxHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode_upper(self.0))
    }
}

impl fmt::Debug for TxHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for TxHash {
    type Err = Error;

    fn from_str(s: &str) -> Result<Self> {
        let mut out = [0; 32];
        hex::decode_to_slice(s, &mut out).map_err(|_| {
            Error::usage(
                "tx.bad_hash",
                format!("`{s}` is not a transaction hash"),
                "give 64 hexadecimal digits",
            )
        })?;
        Ok(Self(out))
    }
}

impl TryFrom<String> for TxHash {
    type Error = Error;

    fn try_from(s: String) -> Result<Self> {
        s.parse()
    }
}

impl From<TxHash> for String {
    fn from(hash: TxHash) -> Self {
        hash.to_string()
    }
}

/// What a node says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Chain id of the node's genesis.
    pub chain_id: String,
    /// Latest height.
    pub height: u64,
    /// Time of the latest block, nanoseconds since 1970.
    pub block_time_nanos: i128,
    /// Version of the consensus engine, e.g. `0.38.19`.
    pub version: String,
    /// The node is still loading blocks: its answers are old.
    pub catching_up: bool,
}

/// Account on the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// Number, fixed at its first funding.
    pub number: u64,
    /// Sequence that the next transaction must carry.
    pub sequence: u64,
}

/// Event of a transaction or block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Type, e.g. `wasm-joule_job_created`.
    pub kind: String,
    /// Attributes in order.
    pub attributes: Vec<(String, String)>,
}

impl Event {
    /// Value of the first attribute of that name.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.attributes.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
    }

    /// Index of the message that made it (`msg_index`); `None` for events of fee and sequence handling.
    pub fn msg_index(&self) -> Option<usize> {
        self.get("msg_index").and_then(|v| v.parse().ok())
    }
}

/// A transaction in a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TxInfo {
    /// Its hash.
    pub hash: TxHash,
    /// Its block.
    pub height: u64,
    /// Zero for success.
    pub code: u32,
    /// Who gave the code its meaning: `sdk`, `wasm`, ...
    pub codespace: String,
    /// Text of a failure; empty on success.
    pub log: String,
    /// Gas used.
    pub gas_used: u64,
    /// Gas paid for.
    pub gas_wanted: u64,
    /// All events.
    pub events: Vec<Event>,
}

/// Results of one block: its transactions in order and its own events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockResults {
    /// Height.
    pub height: u64,
    /// Code and events of each transaction.
    pub txs: Vec<TxResult>,
    /// Events of the block itself.
    pub events: Vec<Event>,
}

/// One transaction inside [`BlockResults`]. Its hash is not part of a node's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TxResult {
    /// Zero for success. Events of failed transactions tell nothing about contracts.
    pub code: u32,
    /// Who gave the code its meaning.
    pub codespace: String,
    /// Text of a failure.
    pub log: String,
    /// Gas used.
    pub gas_used: u64,
    /// Gas paid for.
    pub gas_wanted: u64,
    /// Events.
    pub events: Vec<Event>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_text_of_digits() {
        let coin: Coin = serde_json::from_str(r#"{"denom":"uwatt","amount":"12"}"#).unwrap();
        assert_eq!(coin, Coin::new(12, "uwatt"));
        assert_eq!(
            serde_json::to_string(&coin).unwrap(),
            r#"{"denom":"uwatt","amount":"12"}"#
        );
        for bad in [
            r#"{"denom":"x","amount":12}"#,
            r#"{"denom":"x","amount":"-1"}"#,
            r#"{"denom":"x","amount":"+1"}"#,
        ] {
            assert!(serde_json::from_str::<Coin>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn hashes_read_back_and_refuse_other_text() {
        let hash = TxHash::of(b"tx");
        assert_eq!(hash.to_string().parse::<TxHash>().unwrap(), hash);
        assert_eq!("AB".parse::<TxHash>().unwrap_err().code(), "tx.bad_hash");
    }
}
