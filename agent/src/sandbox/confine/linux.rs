//! The order in which a Linux child gives things up. Later steps forbid the calls that earlier ones need.

use std::fs;
use std::io;
use std::os::unix::process::parent_id;
use std::process::ExitCode;
use std::time::Duration;

use landlock::{
    Access, AccessFs, AccessNet, CompatLevel, Compatible, LandlockStatus, Ruleset, RulesetAttr, RulesetStatus, Scope,
    ABI,
};
use nix::sys::prctl;
use nix::sys::resource::{setrlimit, Resource};
use nix::sys::signal::Signal;
use rustix::thread::{set_capabilities, CapabilitySet, CapabilitySets};

use super::{calls, refused, spaces, Refusal};
use crate::sandbox::{Layer, Layers};

/// Address space of the program itself, its threads' arenas and the compiler, beside what the job's limits allow.
const OWN_BYTES: u64 = 1 << 30;
/// Processor time beyond the deadline; the supervisor's clock is the one that counts.
const EXTRA_CPU_SECS: u64 = 2;
/// The three pipes and what the standard library may open before the filter.
const DESCRIPTORS: u64 = 16;
/// Outer stage, inner stage, watchdog, and one to spare.
const PROCESSES: u64 = 4;

/// Closes what the agent itself inherited without its doing, all but the standard streams. Called first, when this
/// process has opened nothing of its own.
pub fn close_inherited() -> Result<(), Refusal> {
    let list = || -> io::Result<Vec<i32>> {
        fs::read_dir("/proc/self/fd")?
            .map(|e| Ok(e?.file_name().to_string_lossy().parse().unwrap_or(0)))
            .collect()
    };
    for fd in list().map_err(refused(Layer::Namespaces, "list descriptors"))? {
        if fd > 2 {
            // The one that read the list is closed already.
            let _ = nix::unistd::close(fd);
        }
    }
    Ok(())
}

/// Version of Landlock that the kernel offers, found out by a thread that gives up a right of its own and ends.
pub fn landlock_abi() -> Option<u32> {
    let probe = || {
        let status = Ruleset::default()
            .handle_access(AccessFs::Execute)
            .and_then(Ruleset::create)
            .and_then(landlock::RulesetCreated::restrict_self);
        match status.ok()?.landlock {
            LandlockStatus::Available {
                effective_abi,
                kernel_abi,
            } => kernel_abi
                .and_then(|abi| u32::try_from(abi).ok())
                .or(Some(effective_abi as u32)),
            LandlockStatus::NotEnabled | LandlockStatus::NotImplemented => None,
        }
    };
    std::thread::spawn(probe).join().ok().flatten()
}

/// Leaves the host's namespaces and waits for the inner stage inside new ones.
pub fn outer(layers: Layers, parent: u32) -> Result<ExitCode, Refusal> {
    spaces::leave()?;
    // A change of user or of capabilities clears the tie, so it comes after them.
    tie_to(Some(parent))?;
    spaces::run_inner(layers)
}

/// Makes the kernel kill this process when the thread that started it ends. With the parent's id, also notices a
/// parent that ended before the tie was made.
pub fn tie_to(parent: Option<u32>) -> Result<(), Refusal> {
    let refuse = |e: nix::Error| refused(Layer::Namespaces, "tie to the supervisor")(e);
    prctl::set_pdeathsig(Signal::SIGKILL).map_err(refuse)?;
    if parent.is_some_and(|p| p != parent_id()) {
        return Err(Refusal {
            layer: Layer::Namespaces,
            reason: "the supervisor ended first".into(),
        });
    }
    Ok(())
}

/// Everything but the filter: empty root, limits, capabilities, Landlock. `memory` is what the job takes beside the program's
/// own.
pub fn give_up_files(layers: Layers, memory: u64, time: Duration) -> Result<(), Refusal> {
    if layers.namespaces {
        spaces::empty_root()?;
    }
    let refuse = |e: nix::Error| refused(Layer::Namespaces, "drop privileges")(e);
    prctl::set_dumpable(false).map_err(refuse)?;
    prctl::set_no_new_privs().map_err(refuse)?;
    let none = CapabilitySet::empty();
    set_capabilities(
        None,
        CapabilitySets {
            effective: none,
            permitted: none,
            inheritable: none,
        },
    )
    .map_err(refused(Layer::Namespaces, "drop capabilities"))?;
    if layers.landlock {
        landlock().map_err(refused(Layer::Landlock, "restrict"))?;
    }
    set_limits(layers, memory, time).map_err(|e| refused(Layer::Namespaces, "set resource limits")(e))
}

/// The system call filter, over all threads.
pub fn filter_calls(layers: Layers) -> Result<(), Refusal> {
    if layers.seccomp {
        calls::filter().map_err(refused(Layer::Seccomp, "install the filter"))?;
    }
    Ok(())
}

/// Handles every right the kernel knows and allows none: no path, no port, no signal to others.
fn landlock() -> Result<(), String> {
    let newest = ABI::V6;
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(newest))
        .and_then(|r| r.handle_access(AccessNet::from_all(newest)))
        .and_then(|r| r.scope(Scope::from_all(newest)))
        .and_then(|r| r.create())
        .and_then(|r| r.restrict_self())
        .map_err(|e| e.to_string())?;
    if status.ruleset == RulesetStatus::NotEnforced {
        return Err("the kernel does not enforce it".into());
    }
    Ok(())
}

fn set_limits(layers: Layers, memory: u64, time: Duration) -> nix::Result<()> {
    let both = |what, value| setrlimit(what, value, value);
    both(Resource::RLIMIT_AS, OWN_BYTES.saturating_add(memory))?;
    both(Resource::RLIMIT_CPU, time.as_secs() + EXTRA_CPU_SECS)?;
    both(Resource::RLIMIT_FSIZE, 0)?;
    both(Resource::RLIMIT_CORE, 0)?;
    both(Resource::RLIMIT_NOFILE, DESCRIPTORS)?;
    if layers.namespaces {
        // Outside a namespace of its own this counts everything that the user runs.
        both(Resource::RLIMIT_NPROC, PROCESSES)?;
    }
    Ok(())
}
