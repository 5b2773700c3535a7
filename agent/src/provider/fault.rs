//! A provider that misbehaves, on purpose: for the demo and for tests of what the market does about it.
use std::str::FromStr;

use crate::daemon::{fault_named, faults_allowed};
use crate::error::{Error, Result};

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
        fault_named(NAMES, "provider.unknown_fault", text)
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
    use joule_types::JobId;

    use super::*;
    use crate::daemon::Scope;

    #[test]
    fn a_fault_strikes_in_all_jobs_or_in_one() {
        let scope = |text: &str| text.parse::<Scope<Fault>>();
        let all = scope("wrong-result").unwrap();
        let one = scope("wrong-result@7").unwrap();
        assert_eq!(all.strikes(JobId(3)), Some(Fault::WrongResult));
        assert_eq!(
            (one.strikes(JobId(7)), one.strikes(JobId(3))),
            (Some(Fault::WrongResult), None)
        );
        assert_eq!(scope("wrong-result@x").unwrap_err().code(), "provider.bad_fault_job");
        assert_eq!(scope("loud@7").unwrap_err().code(), "provider.unknown_fault");
    }

    #[test]
    fn faults_exist_on_chains_of_one_machine_only() {
        for (name, fault) in NAMES {
            assert_eq!(name.parse(), Ok(fault));
            for local in ["joule-dev-1", "joule-local-1"] {
                assert_eq!(fault.check(local), Ok(fault));
            }
            assert_eq!(fault.check("joule-1").unwrap_err().code(), "provider.fault_refused");
        }
        assert_eq!("loud".parse::<Fault>().unwrap_err().code(), "provider.unknown_fault");
    }
}
