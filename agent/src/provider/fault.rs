//! A provider that misbehaves, on purpose: for the demo and for tests of what the market does about it.
use std::str::FromStr;

use crate::error::{Error, Result};

/// The only chain on which faults can be switched on.
const CHAIN: &str = "joule-dev-1";

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// After the first `Start` the agent sends nothing any more: no beat, no result. The process stays.
    SilentAfterStart,
    /// It delivers other bytes than the job gives.
    WrongResult,
    /// It delivers right roots and keeps the output.
    WithholdOutput,
}

/// Faults by the name that `--fault` takes.
const NAMES: [(&str, Fault); 3] = [
    ("silent-after-start", Fault::SilentAfterStart),
    ("wrong-result", Fault::WrongResult),
    ("withhold-output", Fault::WithholdOutput),
];

impl FromStr for Fault {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let known = NAMES.iter().find(|(name, _)| *name == text);
        known.map(|(_, fault)| *fault).ok_or_else(|| {
            let next = format!("known: {}", NAMES.map(|(name, _)| name).join(", "));
            Error::usage("provider.unknown_fault", format!("`{text}`"), next)
        })
    }
}

impl Fault {
    /// Refuses on every chain but the embedded one.
    pub fn check(self, chain_id: &str) -> Result<Self> {
        faults_allowed(chain_id).map(|()| self)
    }
}

/// Refuses faults of any role on every chain but the embedded one.
pub fn faults_allowed(chain_id: &str) -> Result<()> {
    if chain_id == CHAIN {
        return Ok(());
    }
    let what = format!("--fault on chain `{chain_id}`");
    Err(Error::usage(
        "provider.fault_refused",
        what,
        format!("faults are for tests on `{CHAIN}` only"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_exist_on_the_embedded_chain_only() {
        for (name, fault) in NAMES {
            assert_eq!(name.parse(), Ok(fault));
            assert_eq!(fault.check("joule-dev-1"), Ok(fault));
            assert_eq!(fault.check("joule-1").unwrap_err().code(), "provider.fault_refused");
        }
        assert_eq!("loud".parse::<Fault>().unwrap_err().code(), "provider.unknown_fault");
    }
}
