//! The parties: programs of their own, started and ended by the demo.
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{kill, Signal};
use nix::unistd::Pid;
use tokio::process::{Child, Command};

use crate::error::{Error, Result};
use crate::process::PARENT;

/// Time to end in order, before a party is killed.
const PATIENCE: Duration = Duration::from_secs(4);

/// A running program. Dropping it kills what is left of it.
pub struct Party {
    /// Its name.
    pub name: String,
    /// Process id.
    pub pid: u32,
    /// Its words and logs.
    pub log: PathBuf,
    child: Child,
}

/// The command line of this very program, for a party. It ends when the demo ends, however that comes about, and does
/// not hear the terminal's Ctrl-C, so that the demo can end everybody in order.
pub fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env(PARENT, std::process::id().to_string())
        .process_group(0)
        .kill_on_drop(true)
        .stdin(Stdio::null());
    // Settings of the person at the terminal are not the parties'.
    for (key, _) in std::env::vars_os() {
        if key
            .to_str()
            .is_some_and(|key| key.starts_with("JOULE_") && key != PARENT)
        {
            command.env_remove(key);
        }
    }
    command
}

impl Party {
    /// Starts `program` with its words going to `log`, standard output too unless `piped`.
    pub fn start(name: &str, program: &Path, args: &[String], log: PathBuf, piped: bool) -> Result<Self> {
        let failed = |e: std::io::Error| {
            Error::local(
                "demo.no_process",
                format!("{name}: {e}"),
                "check the limits of processes",
            )
        };
        let file = File::options().create(true).append(true).open(&log).map_err(failed)?;
        let out = if piped {
            Stdio::piped()
        } else {
            file.try_clone().map_err(failed)?.into()
        };
        let mut command = command(program);
        command
            .args(args)
            .env("JOULE_LOG", "info")
            .env("NO_COLOR", "1")
            .stdout(out)
            .stderr(file);
        let child = command.spawn().map_err(failed)?;
        let pid = child.id().unwrap_or_default();
        Ok(Self {
            name: name.into(),
            pid,
            log,
            child,
        })
    }

    /// Its standard output, if it was piped; once.
    pub fn stdout(&mut self) -> Option<tokio::process::ChildStdout> {
        self.child.stdout.take()
    }

    /// Fails if the party has ended by itself.
    pub fn check(&mut self) -> Result<()> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => {
                let what = format!("{} ended by itself ({status}): {}", self.name, tail(&self.log));
                Err(Error::internal(
                    "demo.party_ended",
                    what,
                    format!("see {}", self.log.display()),
                ))
            }
            Err(e) => Err(Error::internal(
                "demo.party_lost",
                format!("{}: {e}", self.name),
                "report this",
            )),
        }
    }

    /// Kills it and waits until it is gone.
    pub async fn kill(mut self) {
        // It cannot refuse this, and one that has ended need not hear it.
        let _ = self.child.kill().await;
    }

    /// Asks it to end, waits, and kills it if need be.
    pub async fn end(mut self) {
        if let Ok(pid) = i32::try_from(self.pid) {
            // One that has ended cannot hear it, and need not.
            let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
        }
        if tokio::time::timeout(PATIENCE, self.child.wait()).await.is_err() {
            // It cannot refuse this.
            let _ = self.child.kill().await;
        }
    }
}

/// The last words of a log.
pub fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines
        .iter()
        .rev()
        .take(3)
        .rev()
        .copied()
        .collect::<Vec<_>>()
        .join(" | ")
}
