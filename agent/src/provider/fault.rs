//! A provider that goes silent, on purpose: for the demo and for tests of what the market does about it.
use std::str::FromStr;

use crate::error::{Error, Result};

/// The only chain on which faults can be switched on.
const CHAIN: &str = "joule-dev-1";

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// After the first `Start` the agent sends nothing any more: no beat, no result. The process stays.
    SilentAfterStart,
}

impl FromStr for Fault {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "silent-after-start" => Ok(Self::SilentAfterStart),
            _ => Err(Error::usage(
                "provider.unknown_fault",
                format!("`{text}`"),
                "known: silent-after-start",
            )),
        }
    }
}

impl Fault {
    /// Refuses on every chain but the embedded one.
    pub fn check(self, chain_id: &str) -> Result<Self> {
        if chain_id == CHAIN {
            return Ok(self);
        }
        let what = format!("--fault on chain `{chain_id}`");
        Err(Error::usage(
            "provider.fault_refused",
            what,
            format!("faults are for tests on `{CHAIN}` only"),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_exist_on_the_embedded_chain_only() {
        let fault: Fault = "silent-after-start".parse().unwrap();
        assert_eq!(fault.check("joule-dev-1"), Ok(fault));
        assert_eq!(fault.check("joule-1").unwrap_err().code(), "provider.fault_refused");
        assert_eq!("loud".parse::<Fault>().unwrap_err().code(), "provider.unknown_fault");
    }
}
