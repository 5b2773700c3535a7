//! Newtypes for ids. On the wire a string number (2^53 and above survives a browser), in keys eight big-endian bytes.

use std::{fmt, str::FromStr};

use cosmwasm_schema::schemars::{gen::SchemaGenerator, schema::Schema, JsonSchema};
use cosmwasm_std::Uint64;
use serde::{Deserialize, Serialize};

/// A text that is not an id.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("types.invalid_id: `{text}` is not an id; use a decimal number below 2^64")]
pub struct IdError {
    /// The text at fault.
    pub text: String,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(from = "Uint64", into = "Uint64")]
        pub struct $name(pub u64);

        impl $name {
            /// The number as a storage key.
            #[must_use]
            pub const fn u64(self) -> u64 {
                self.0
            }
        }
        impl From<Uint64> for $name {
            fn from(id: Uint64) -> Self {
                Self(id.u64())
            }
        }
        impl From<$name> for Uint64 {
            fn from(id: $name) -> Self {
                Self::new(id.0)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                text.parse().map(Self).map_err(|_| IdError { text: text.into() })
            }
        }
        impl JsonSchema for $name {
            fn schema_name() -> String {
                stringify!($name).into()
            }
            fn json_schema(gen: &mut SchemaGenerator) -> Schema {
                <Uint64 as JsonSchema>::json_schema(gen)
            }
        }
    )*};
}

ids! {
    /// A provider of the registry, numbered from 1.
    ProviderId;
    /// A sellable device or group of devices of the registry, numbered from 1.
    NodeId;
    /// A proof window of the registry, numbered from 1.
    WindowId;
    /// An offer of the marketplace, numbered from 1.
    OfferId;
    /// A job of the marketplace, numbered from 1.
    JobId;
    /// A sum kept by the escrow for a deal, numbered by its controller from 1.
    HoldId;
    /// A proposal of the dao, numbered from 1.
    ProposalId;
}

#[cfg(test)]
mod tests {
    use super::*;
    use cosmwasm_std::{from_json, to_json_string};

    #[test]
    fn ids_travel_as_strings_and_keep_every_digit() {
        let id = JobId(u64::MAX);
        assert_eq!(to_json_string(&id).unwrap(), "\"18446744073709551615\"");
        assert_eq!(from_json::<JobId>(b"\"18446744073709551615\"").unwrap(), id);
        assert!(from_json::<JobId>(b"7").is_err());
        assert_eq!("x7".parse::<JobId>(), Err(IdError { text: "x7".into() }));
    }
}
