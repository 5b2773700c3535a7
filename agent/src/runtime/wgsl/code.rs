//! Codes of wgsl/1 that are the same on every machine.

use std::fmt;

use joule_wgsl::{Code, Stop};
use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};

use crate::runtime::RuntimeError;

/// A code that is in the tables of wgsl/1; from a child only such codes are taken.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct StableCode(&'static str);

impl StableCode {
    /// The text.
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// The code with that text, if it is one of a job's failures.
    fn named(text: &str) -> Option<Self> {
        let refusals = Code::ALL
            .iter()
            .filter(|code| **code != Code::Internal)
            .map(|code| code.as_str());
        let stops = [Stop::OutOfBounds, Stop::OutOfFuel, Stop::InputSize { bytes: 0, cap: 0 }];
        let mut all = refusals.chain(stops.iter().map(Stop::code));
        all.find(|known| *known == text).map(Self)
    }
}

impl fmt::Debug for StableCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Serialize for StableCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for StableCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::named(&text).ok_or_else(|| D::Error::custom(format!("`{text}` is no code of wgsl/1")))
    }
}

/// A refusal or stop with its code. What is no failure of the job is the host's.
pub fn refused(code: &str, text: String) -> RuntimeError {
    match StableCode::named(code) {
        Some(code) => RuntimeError::Wgsl { code, text },
        None => RuntimeError::Host { reason: text },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_failures_of_the_job_have_a_stable_code() {
        let float = refused("wgsl.float", "wgsl.float: `sqrt`".into());
        assert_eq!((float.code(), float.is_deterministic()), ("wgsl.float", true));
        assert_eq!(float.to_string(), "wgsl.float: `sqrt`");
        for machine in [
            "wgsl.internal",
            "wgsl.bad_status",
            "wgsl.interrupted",
            "wgsl.no_such_step",
        ] {
            assert!(!refused(machine, String::new()).is_deterministic(), "{machine}");
        }
        let sent = serde_json::to_string(&float).unwrap();
        assert_eq!(serde_json::from_str::<RuntimeError>(&sent).unwrap(), float);
        let forged = sent.replace("\"code\":\"wgsl.float\"", "\"code\":\"wgsl.whatever\"");
        assert!(serde_json::from_str::<RuntimeError>(&forged).is_err(), "{forged}");
    }
}
