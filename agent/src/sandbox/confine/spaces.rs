//! Namespaces: a user without rights, no network device, no other process in sight, an empty root.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitCode};

use nix::mount::{mount, umount2, MntFlags, MsFlags};
use nix::sched::{unshare, CloneFlags};
use nix::sys::prctl;
use nix::unistd::{chdir, getegid, geteuid, pivot_root, setgroups, setresgid, setresuid, Gid, Uid};

use super::{refused, Refusal};
use crate::sandbox::{child, Layer, Layers};

/// Who a job is when the agent runs as root: the user that owns nothing.
const NOBODY: u32 = 65_534;

/// Leaves the host's namespaces. Process ids follow with the next process.
pub fn leave() -> Result<(), Refusal> {
    if geteuid().is_root() {
        become_nobody().map_err(|e| refused(Layer::Namespaces, "become nobody")(e))?;
    }
    let (user, group) = (geteuid(), getegid());
    unshare(
        CloneFlags::CLONE_NEWUSER
            | CloneFlags::CLONE_NEWPID
            | CloneFlags::CLONE_NEWNET
            | CloneFlags::CLONE_NEWNS
            | CloneFlags::CLONE_NEWIPC
            | CloneFlags::CLONE_NEWUTS,
    )
    .map_err(|e| refused(Layer::Namespaces, "unshare")(e))?;
    for (file, line) in [
        ("setgroups", "deny".to_owned()),
        ("uid_map", format!("0 {user} 1")),
        ("gid_map", format!("0 {group} 1")),
    ] {
        fs::write(format!("/proc/self/{file}"), line).map_err(refused(Layer::Namespaces, file))?;
    }
    Ok(())
}

fn become_nobody() -> nix::Result<()> {
    let (user, group) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
    setgroups(&[])?;
    setresgid(group, group, group)?;
    setresuid(user, user, user)?;
    // Changing the user made /proc/self root's, and the maps have to be written there.
    prctl::set_dumpable(true)
}

/// Starts the inner stage as process 1 and waits for it; its death ends the namespace.
pub fn run_inner(layers: Layers) -> Result<ExitCode, Refusal> {
    let ended = Command::new("/proc/self/exe")
        .args([child::COMMAND, child::INNER, &layers.to_string(), "0"])
        .env_clear()
        .status()
        .map_err(refused(Layer::Namespaces, "start the inner stage"))?;
    // As a shell reports it: the signal that ended the inner stage must not look like success.
    let code = ended.code().unwrap_or_else(|| 128 + ended.signal().unwrap_or(0));
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX)))
}

/// Swaps the root for an empty, read-only one.
pub fn empty_root() -> Result<(), Refusal> {
    let no = None::<&str>;
    let swap = || -> nix::Result<()> {
        mount(no, "/", no, MsFlags::MS_REC | MsFlags::MS_PRIVATE, no)?;
        let flags = MsFlags::MS_RDONLY | MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
        // Any folder serves as the mount point; this one exists wherever the outer stage could write its maps.
        mount(Some("none"), "/proc", Some("tmpfs"), flags, Some("size=4k,mode=0555"))?;
        chdir("/proc")?;
        pivot_root(".", ".")?;
        umount2(".", MntFlags::MNT_DETACH)?;
        chdir("/")
    };
    swap().map_err(|e| refused(Layer::Namespaces, "empty the root")(e))
}
