//! What this home knows: which agents of the key run here and what they say of themselves, and what those that do not run left
//! in their journal.
use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::config::Settings;
use crate::error::Result;
use crate::journal::{self, Journal};
use crate::monitor::Role;

/// Roles with a journal of their own, with the command that works in it.
const ROLES: [(&str, &str, Role); 3] = [
    ("run", "joule run", Role::Provider),
    ("verify", "joule verify", Role::Validator),
    ("keep", "joule keep", Role::Keeper),
];
/// Longest wait for the page of an agent of this machine.
const PATIENCE: Duration = Duration::from_secs(3);

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
    /// Its page `/status`, while it runs and serves one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub says: Option<Value>,
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

/// The agents that ever worked in this home with that key, whose address is `address`.
pub async fn processes(home: &Path, settings: &Settings, address: Option<&str>) -> Result<Vec<Process>> {
    let mut found = Vec::new();
    for (folder, command, role) in ROLES {
        let folder = home.join("state").join(&settings.key.name).join(folder);
        if !folder.exists() {
            continue;
        }
        let pid = journal::holder(&folder);
        let (journal, says) = match pid {
            Some(_) => (None, page(settings, role, address).await),
            // Between the two looks one may have started.
            None => (
                Journal::open(&folder).ok().map(|journal| kept(&journal)).transpose()?,
                None,
            ),
        };
        found.push(Process {
            command,
            pid,
            journal,
            says,
        });
    }
    Ok(found)
}

/// What the agent of a role says of itself; none if it serves no page, or another agent has its port.
async fn page(settings: &Settings, role: Role, address: Option<&str>) -> Option<Value> {
    let listens = settings.monitor.address(role.port()).ok()??;
    let client = crate::http::client().timeout(PATIENCE).build().ok()?;
    let answer = client.get(format!("http://{listens}/status")).send().await.ok()?;
    let said: Value = serde_json::from_slice(&answer.bytes().await.ok()?).ok()?;
    let own = said["address"].as_str();
    // Before it has opened its key it names no address.
    (own.is_none() || own == address).then_some(said)
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
