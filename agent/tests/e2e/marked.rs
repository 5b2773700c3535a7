//! Processes and who started them.
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use nix::sys::signal::{kill, Signal};
use nix::unistd::Pid;

use super::Result;

/// How long what belonged to a killed process may take to be gone.
const PATIENCE: Duration = Duration::from_secs(10);

/// A process: its number alone may be given to another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    pid: u32,
    parent: u32,
    started: u64,
    command: String,
}

impl Process {
    /// Sends a signal; one that has ended cannot hear it.
    pub fn signal(&self, signal: Signal) {
        if let (Ok(pid), true) = (i32::try_from(self.pid), self.runs()) {
            let _ = kill(Pid::from_raw(pid), signal);
        }
    }

    fn runs(&self) -> bool {
        read(self.pid).is_some_and(|now| now.started == self.started)
    }
}

/// All that run, by number. Zombies do nothing any more.
fn all() -> BTreeMap<u32, Process> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid| Some((pid, read(pid)?))).collect()
}

fn read(pid: u32) -> Option<Process> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in the second field is in brackets and may hold anything; fields count from behind it.
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    if *fields.first()? == "Z" {
        return None;
    }
    let command = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    Some(Process {
        pid,
        parent: fields.get(1)?.parse().ok()?,
        started: fields.get(19)?.parse().ok()?,
        command: String::from_utf8_lossy(&command).replace('\0', " "),
    })
}

/// A process and all that it has started, and so on.
pub fn family(root: u32) -> Vec<Process> {
    let all = all();
    let belongs = |process: &&Process| {
        let mut at = process.pid;
        while at != root {
            match all.get(&at) {
                Some(process) => at = process.parent,
                None => return false,
            }
        }
        true
    };
    all.values().filter(belongs).cloned().collect()
}

/// Waits until none of them runs any more.
pub async fn gone(family: &[Process]) -> Result<()> {
    let began = Instant::now();
    loop {
        let left: Vec<&Process> = family.iter().filter(|process| process.runs()).collect();
        if left.is_empty() {
            return Ok(());
        }
        if began.elapsed() > PATIENCE {
            return Err(format!("left behind: {left:?}").into());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
