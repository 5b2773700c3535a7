//! Processes that this program starts from itself.
use std::os::unix::process::parent_id;
use std::path::Path;
use std::process::Command;

use rustix::process::{set_parent_process_death_signal, Signal};

/// Environment variable with the process id of a parent without which the process has no business.
pub const PARENT: &str = "JOULE_PARENT";

/// Where [`PARENT`] is set, makes the process end with that parent, even if the parent is killed. To be called first of
/// all, by the main thread.
pub fn follow_parent() {
    let Some(parent) = std::env::var(PARENT).ok().and_then(|id| id.parse::<u32>().ok()) else {
        return;
    };
    // Processes of this one have another parent.
    std::env::remove_var(PARENT);
    // Without it the parent still ends its children in order; only its own violent death would leave them behind.
    let _ = set_parent_process_death_signal(Some(Signal::TERM));
    if parent_id() != parent {
        // It died before the signal was set.
        std::process::exit(1);
    }
}

/// The worker of a [`joule_gpu::GpuClient`], as this program (`std::env::current_exe`) runs it.
pub fn gpu_worker(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.arg("gpu-worker");
    command
}
