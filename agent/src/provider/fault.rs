//! A provider that misbehaves, on purpose: for the demo and for tests of what the market does about it.
use std::str::FromStr;

use joule_types::JobId;

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

/// A fault in all jobs (`lie`), or in one of them (`lie@7`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope<F> {
    fault: F,
    job: Option<JobId>,
}

impl<F: Copy> Scope<F> {
    /// The fault, wherever it strikes.
    pub fn fault(&self) -> F {
        self.fault
    }

    /// The fault, if it strikes in this job.
    pub fn strikes(&self, job: JobId) -> Option<F> {
        self.job.is_none_or(|only| only == job).then_some(self.fault)
    }
}

impl<F: FromStr<Err = Error>> FromStr for Scope<F> {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (name, job) = text
            .split_once('@')
            .map_or((text, None), |(name, job)| (name, Some(job)));
        let job = job.map(str::parse).transpose().map_err(|_| {
            let next = "name a job by its number, as in `lie@7`, or none";
            Error::usage("provider.bad_fault_job", format!("`{text}`"), next)
        })?;
        let fault = name.parse()?;
        Ok(Self { fault, job })
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
    fn faults_exist_on_the_embedded_chain_only() {
        for (name, fault) in NAMES {
            assert_eq!(name.parse(), Ok(fault));
            assert_eq!(fault.check("joule-dev-1"), Ok(fault));
            assert_eq!(fault.check("joule-1").unwrap_err().code(), "provider.fault_refused");
        }
        assert_eq!("loud".parse::<Fault>().unwrap_err().code(), "provider.unknown_fault");
    }
}
