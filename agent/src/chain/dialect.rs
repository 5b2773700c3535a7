//! Which line of the consensus engine's RPC is spoken.
use std::fmt;

use cosmrs::rpc::client::CompatMode;
use serde::{Deserialize, Serialize};

/// The dialect nodes are spoken to in. Set, never guessed: the client library refuses versions it does not know, although
/// the answers of a newer node mostly read the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Dialect {
    /// CometBFT 0.37 (wasmd 0.40 to 0.46).
    #[serde(rename = "0.37")]
    V0_37,
    /// CometBFT 0.38 (wasmd 0.50 to 0.61).
    #[default]
    #[serde(rename = "0.38")]
    V0_38,
}

impl Dialect {
    /// All that this program speaks.
    pub const ALL: [Self; 2] = [Self::V0_37, Self::V0_38];

    pub(super) fn compat(self) -> CompatMode {
        match self {
            Self::V0_37 => CompatMode::V0_37,
            Self::V0_38 => CompatMode::V0_38,
        }
    }

    /// A node of this version (`0.38.19`, `v0.38.0`) says of itself that it speaks the dialect.
    pub fn is_of(self, version: &str) -> bool {
        let line = self.line();
        let rest = version.trim_start_matches('v').strip_prefix(line);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// The one that a node of this version speaks, if it is known here.
    pub fn of(version: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.is_of(version))
    }

    fn line(self) -> &'static str {
        match self {
            Self::V0_37 => "0.37",
            Self::V0_38 => "0.38",
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.line())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_of_their_line_and_no_other() {
        for v in ["0.38.19", "v0.38.0", "0.38"] {
            assert!(Dialect::V0_38.is_of(v) && !Dialect::V0_37.is_of(v), "{v}");
        }
        for v in ["0.37.2", "0.39.0", "0.380.1", "1.0.1", ""] {
            assert!(!Dialect::V0_38.is_of(v), "{v}");
        }
        assert_eq!(Dialect::of("0.37.15"), Some(Dialect::V0_37));
        assert_eq!(Dialect::of("0.39.0"), None);
        assert_eq!(serde_json::to_string(&Dialect::V0_37).unwrap(), "\"0.37\"");
        assert!(serde_json::from_str::<Dialect>("\"0.39\"").is_err());
    }
}
