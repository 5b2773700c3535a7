//! A validator that misbehaves, on purpose: for the demo and for tests of what the market does about it.
use std::str::FromStr;

use crate::daemon::{fault_named, faults_allowed};
use crate::error::{Error, Result};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Votes for roots that it made up.
    Lie,
    /// Votes for the provider's roots without running the job; it cannot open them.
    Copy,
    /// Never votes.
    Silent,
    /// Commits and never reveals.
    Unrevealed,
    /// Ends at once when its vote is in the journal and before it is sent.
    DieBeforeCommit,
}

/// Faults by the name that `--fault` takes.
const NAMES: [(&str, Fault); 5] = [
    ("lie", Fault::Lie),
    ("copy", Fault::Copy),
    ("silent", Fault::Silent),
    ("unrevealed", Fault::Unrevealed),
    ("die-before-commit", Fault::DieBeforeCommit),
];

impl FromStr for Fault {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        fault_named(NAMES, "verify.unknown_fault", text)
    }
}

impl Fault {
    /// Refuses on every chain that is not on one machine alone.
    pub fn check(self, chain_id: &str) -> Result<Self> {
        faults_allowed(chain_id).map(|()| self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_exist_on_chains_of_one_machine_only() {
        for (name, fault) in NAMES {
            assert_eq!(name.parse(), Ok(fault));
            for local in ["joule-dev-1", "joule-local-1"] {
                assert_eq!(fault.check(local), Ok(fault));
            }
            assert_eq!(fault.check("joule-1").unwrap_err().code(), "provider.fault_refused");
        }
        assert_eq!("truth".parse::<Fault>().unwrap_err().code(), "verify.unknown_fault");
    }
}
