//! A process with a key in it: nobody may look inside, and it never writes itself to disk.
use crate::error::{Error, Result};

/// Turns off core dumps and, by the same switch, ptrace and `/proc/self/mem` for other processes of the same user.
pub fn harden() -> Result<()> {
    use rustix::process::{setrlimit, Resource, Rlimit};
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none).map_err(failed)?;
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{set_dumpable_behavior, DumpableBehavior};
        set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(failed)?;
    }
    Ok(())
}

fn failed(e: rustix::io::Errno) -> Error {
    Error::key(
        "signer.harden",
        e,
        "the signer does not start where its memory cannot be protected",
    )
}
