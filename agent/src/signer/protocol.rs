//! Messages between agent and signer: JSON behind a length of four bytes, big-endian.
use std::io::{Read, Write};

use serde::{de::DeserializeOwned, Deserialize, Serialize};

use crate::error::{Error, Exit, Result};

/// Longest message. A transaction of the agent is a few kilobytes.
pub const MAX_BYTES: u32 = 1 << 20;

/// What the agent asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// Who are you?
    Identity {},
    /// Sign this document.
    Sign {
        /// The document, base64.
        sign_bytes: String,
    },
}

/// What the signer answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Response {
    /// The key it holds.
    Identity {
        /// Bech32 address.
        address: String,
        /// Compressed public key, base64.
        public_key: String,
    },
    /// Done.
    Signed {
        /// 64 bytes, base64.
        signature: String,
    },
    /// Not done.
    Refused {
        /// Stable code.
        code: String,
        /// What is wrong.
        what: String,
        /// What to do about it.
        next: String,
    },
}

impl From<Error> for Response {
    fn from(e: Error) -> Self {
        Self::Refused {
            code: e.code().to_string(),
            what: e.what().to_string(),
            next: e.next().to_string(),
        }
    }
}

impl Response {
    /// The refusal as the agent's error.
    pub fn refusal(code: String, what: String, next: String) -> Error {
        Error::new(Exit::Key, code, what, next)
    }
}

/// Writes one message.
pub fn write<T: Serialize>(mut to: impl Write, message: &T) -> Result<()> {
    let bytes = serde_json::to_vec(message).map_err(broken)?;
    let length = u32::try_from(bytes.len())
        .ok()
        .filter(|n| *n <= MAX_BYTES)
        .ok_or_else(|| broken("message too long"))?;
    to.write_all(&length.to_be_bytes())
        .and_then(|()| to.write_all(&bytes))
        .and_then(|()| to.flush())
        .map_err(broken)
}

/// Reads one message; `None` when the other side is gone between messages.
pub fn read<T: DeserializeOwned>(mut from: impl Read) -> Result<Option<T>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Ok(()) => {}
        Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(e) => return Err(broken(e)),
    }
    let length = u32::from_be_bytes(length);
    if length > MAX_BYTES {
        return Err(broken(format!("a message of {length} bytes")));
    }
    let mut bytes = Vec::new();
    let got = from.take(u64::from(length)).read_to_end(&mut bytes).map_err(broken)?;
    if u64::try_from(got) != Ok(u64::from(length)) {
        return Err(broken("the message ends early"));
    }
    serde_json::from_slice(&bytes).map(Some).map_err(broken)
}

fn broken(e: impl std::fmt::Display) -> Error {
    Error::key(
        "signer.protocol",
        e,
        "check that agent and signer are of the same version",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_back_one_by_one() {
        let mut pipe = Vec::new();
        let sign = Request::Sign {
            sign_bytes: "AA==".into(),
        };
        write(&mut pipe, &Request::Identity {}).unwrap();
        write(&mut pipe, &sign).unwrap();
        let mut from = pipe.as_slice();
        assert_eq!(read::<Request>(&mut from).unwrap(), Some(Request::Identity {}));
        assert_eq!(read::<Request>(&mut from).unwrap(), Some(sign));
        assert_eq!(read::<Request>(&mut from).unwrap(), None);
    }

    #[test]
    fn long_short_and_foreign_messages_are_refused() {
        for bad in [
            &[0xff, 0xff, 0xff, 0xff][..],
            &[0, 0, 0, 9, b'{'],
            &[0, 0, 0, 2, b'{', b'}'],
            &[0, 0, 0, 1, b'x'],
        ] {
            assert_eq!(read::<Request>(bad).unwrap_err().code(), "signer.protocol", "{bad:?}");
        }
    }
}
