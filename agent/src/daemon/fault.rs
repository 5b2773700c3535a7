//! Faults that a role can be told to have, on purpose: for the demo and for tests of what the market does about them.
use std::str::FromStr;

use joule_types::JobId;

use crate::config::{is_local, LOCAL_CHAINS};
use crate::error::{Error, Result};

/// The fault of a role that `text` names; refused with `code` and the known names.
pub fn fault_named<F: Copy, const N: usize>(names: [(&str, F); N], code: &'static str, text: &str) -> Result<F> {
    let known = names.iter().find(|(name, _)| *name == text);
    known.map(|(_, fault)| *fault).ok_or_else(|| {
        let next = format!("known: {}", names.map(|(name, _)| name).join(", "));
        Error::usage(code, format!("`{text}`"), next)
    })
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

/// Refuses faults of any role on every chain that is not on one machine alone.
pub fn faults_allowed(chain_id: &str) -> Result<()> {
    if is_local(chain_id) {
        return Ok(());
    }
    let what = format!("--fault on chain `{chain_id}`");
    Err(Error::usage(
        "provider.fault_refused",
        what,
        format!("faults are for tests on {} only", LOCAL_CHAINS.join(" and ")),
    ))
}
