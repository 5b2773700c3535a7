//! The child of a former process: it dies with the thread that started it, and this makes sure of it before its attempt is
//! taken up again.
use std::time::{Duration, Instant};

use nix::sys::signal::{killpg, Signal};
use nix::unistd::Pid;

use crate::error::{Error, Result};
use crate::journal::Child;

/// How long a killed process may take to be gone.
const PATIENCE: Duration = Duration::from_secs(5);

/// The running process with that id, as the journal names it; none if it is gone.
pub fn identify(pid: u32) -> Option<Child> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in the second field is in brackets and may hold anything; fields count from behind it.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace();
    // A zombie does nothing any more and only waits for its parent.
    if fields.next()? == "Z" {
        return None;
    }
    let start_ticks = fields.nth(18)?.parse().ok()?;
    Some(Child { pid, start_ticks })
}

/// Kills the child and its group unless it is gone already. Blocks until it is. A process that got the same id later is
/// left alone.
pub fn end(child: &Child) -> Result<()> {
    let started = Instant::now();
    while identify(child.pid).as_ref() == Some(child) {
        if started.elapsed() > PATIENCE {
            return Err(Error::internal(
                "provider.orphan",
                format!("process {} of a former run does not end", child.pid),
                "end it by hand, then start again",
            ));
        }
        if let Ok(group) = i32::try_from(child.pid) {
            // Fails only if it has ended meanwhile, which the next look finds.
            let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    use super::*;

    #[test]
    fn a_child_is_known_by_id_and_start_and_ended_once() {
        let mut process = Command::new("sleep").arg("60").process_group(0).spawn().unwrap();
        let child = identify(process.id()).unwrap();
        let other = Child {
            start_ticks: child.start_ticks + 1,
            ..child
        };
        end(&other).unwrap();
        assert_eq!(
            identify(process.id()),
            Some(child),
            "another process with that id stays"
        );
        end(&child).unwrap();
        assert_eq!(identify(process.id()), None);
        assert!(!process.wait().unwrap().success());
        end(&child).unwrap();
    }
}
