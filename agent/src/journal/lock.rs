//! One agent a home directory: two would sign with the same sequence numbers and run the same jobs.
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::error::{Error, Result};

const FILE: &str = "agent.lock";

/// Held until dropped, or until the process ends in whatever way.
pub(super) struct HomeLock {
    _file: File,
}

impl HomeLock {
    /// Creates the directory (mode 0700) if needed and takes its lock.
    pub(super) fn take(home: &Path) -> Result<Self> {
        create_dir(home)?;
        let path = home.join(FILE);
        let fail = |e: std::io::Error| {
            Error::local(
                "journal.lock_failed",
                format!("{}: {e}", path.display()),
                "check the directory's owner and mode",
            )
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(fail)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                // Only for the message; an unreadable pid is an empty one.
                let _ = file.read_to_string(&mut pid);
                return Err(Error::local(
                    "journal.locked",
                    format!("process {} uses {}", pid.trim(), home.display()),
                    "stop that process, or give this one another --home",
                ));
            }
            Err(TryLockError::Error(e)) => return Err(fail(e)),
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(fail)?;
        Ok(Self { _file: file })
    }
}

/// The process that holds the journal in `home`, if one does. Takes nothing itself.
pub fn holder(home: &Path) -> Option<u32> {
    let mut file = File::open(home.join(FILE)).ok()?;
    match file.try_lock_shared() {
        // Nobody's; ours goes with the file.
        Ok(()) => None,
        Err(_) => {
            let mut pid = String::new();
            file.read_to_string(&mut pid).ok()?;
            pid.trim().parse().ok()
        }
    }
}

fn create_dir(home: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(home).map_err(|e| {
        Error::local(
            "journal.no_home",
            format!("{}: {e}", home.display()),
            "choose a directory you may write to",
        )
    })
}
