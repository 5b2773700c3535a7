//! What this home knows: which agents of the key run here, and what those that do not left in their journal.
use std::path::Path;

use serde::Serialize;

use crate::error::Result;
use crate::journal::{self, Journal};

/// Roles with a journal of their own, with the command that works in it.
const ROLES: [(&str, &str); 3] = [("run", "joule run"), ("verify", "joule verify"), ("keep", "joule keep")];

/// An agent of the key.
#[derive(Serialize)]
pub struct Process {
    pub command: &'static str,
    /// Its process id; none if it does not run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// What its journal holds; told while it does not run, since then nobody writes to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub journal: Option<Kept>,
}

/// Work that was begun.
#[derive(Serialize)]
pub struct Kept {
    /// Attempts that are not at their end, as `job/attempt stage`.
    pub attempts: Vec<String>,
    /// Ticket lists that are not settled, as `window/node`.
    pub lists: Vec<String>,
    /// Votes that are not settled.
    pub ballots: usize,
}

/// The agents that ever worked in this home with that key.
pub fn processes(home: &Path, key: &str) -> Result<Vec<Process>> {
    let mut found = Vec::new();
    for (role, command) in ROLES {
        let folder = home.join("state").join(key).join(role);
        if !folder.exists() {
            continue;
        }
        let pid = journal::holder(&folder);
        let journal = match pid {
            Some(_) => None,
            // Between the two looks one may have started.
            None => Journal::open(&folder).ok().map(|journal| kept(&journal)).transpose()?,
        };
        found.push(Process { command, pid, journal });
    }
    Ok(found)
}

fn kept(journal: &Journal) -> Result<Kept> {
    let attempts = journal.open_attempts()?.into_iter();
    let lists = journal.lists()?.into_iter();
    Ok(Kept {
        attempts: attempts
            .map(|known| {
                format!(
                    "{}/{} {}",
                    known.job,
                    known.attempt,
                    format!("{:?}", known.stage).to_lowercase()
                )
            })
            .collect(),
        lists: lists.map(|list| format!("{}/{}", list.window, list.node)).collect(),
        ballots: journal.ballots()?.len(),
    })
}
