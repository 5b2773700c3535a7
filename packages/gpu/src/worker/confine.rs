//! What the worker gives up, and how much memory a stranger's program may make it take.

/// Bytes of address space for reading a bundle, beyond what the process has.
pub const FRONT_END: u64 = 2 << 30;
/// The same for compiling and running a job on a software adapter, beyond its buffers. A driver of a real device reserves
/// far more than it uses, so there the sizes of the buffers are the bound.
pub const SOFTWARE_JOB: u64 = 4 << 30;

/// No core files of strangers' data, and no rights that the agent does not have.
pub fn process() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{setrlimit, Resource, Rlimit};
        let none = Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        // Both are precautions that no system this runs on refuses.
        let _ = setrlimit(Resource::Core, none);
        let _ = rustix::thread::set_no_new_privs(true);
    }
}

/// Bounds the address space to what is in use and `more`, until the answer is dropped. What meets the bound ends the
/// process, which is what it is for.
#[cfg(target_os = "linux")]
pub fn memory(more: u64) -> impl Drop {
    use rustix::process::{getrlimit, setrlimit, Resource, Rlimit};

    struct Before(Rlimit);
    impl Drop for Before {
        fn drop(&mut self) {
            let _ = setrlimit(Resource::As, self.0);
        }
    }
    let before = getrlimit(Resource::As);
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: Option<u64> = statm.split_whitespace().next().and_then(|n| n.parse().ok());
    if let Some(pages) = pages {
        let used = pages.saturating_mul(rustix::param::page_size() as u64);
        let most = used.saturating_add(more).min(before.maximum.unwrap_or(u64::MAX));
        let _ = setrlimit(
            Resource::As,
            Rlimit {
                current: Some(most),
                maximum: before.maximum,
            },
        );
    }
    Before(before)
}

/// Other systems do not bound address space.
#[cfg(not(target_os = "linux"))]
pub fn memory(_more: u64) -> impl Drop {
    struct Nothing;
    impl Drop for Nothing {
        fn drop(&mut self) {}
    }
    Nothing
}
