//! What of this machine can be sold.
use joule_gpu::{AdapterKind, GpuClient};

use crate::error::{Error, Result};
use crate::process::gpu_worker;

/// Share of the main memory that is offered to jobs: the rest is the machine's own.
const MEMORY_SHARE: u64 = 2;
/// Memory of a node on a system that does not tell its own, MiB.
const SOME_MEMORY: u64 = 1024;

/// A kind of device that `joule init` finds by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// The processor.
    Cpu,
    /// The best graphics processor; a software adapter is none.
    Gpu,
}

/// A node as it is written down.
pub struct Device {
    pub kind: Kind,
    pub model: String,
    pub units: usize,
    pub memory_mb: u64,
}

/// The device of a kind.
///
/// # Errors
/// `init.no_gpu` where there is no hardware adapter.
pub fn device(kind: Kind) -> Result<Device> {
    match kind {
        Kind::Cpu => Ok(Device {
            kind,
            model: model(&read("/proc/cpuinfo")),
            units: std::thread::available_parallelism().map_or(1, usize::from),
            memory_mb: memory(&read("/proc/meminfo")) / MEMORY_SHARE,
        }),
        Kind::Gpu => gpu(),
    }
}

fn gpu() -> Result<Device> {
    let none = |why: &dyn std::fmt::Display| {
        let next = "install its driver (`joule bench` shows what is found), or sell --devices cpu";
        Error::local("init.no_gpu", format!("no graphics processor can be sold: {why}"), next)
    };
    let program = std::env::current_exe().map_err(|e| none(&e))?;
    let mut client = GpuClient::new(gpu_worker(&program));
    let found = client.adapters().map_err(|e| none(&e))?;
    let words = found.state.words();
    let adapter = found
        .list
        .into_iter()
        .find(|adapter| adapter.kind != AdapterKind::Software);
    let adapter = adapter.ok_or_else(|| none(&words))?;
    Ok(Device {
        kind: Kind::Gpu,
        model: adapter.name,
        units: 1,
        memory_mb: adapter.memory_bytes.map_or(SOME_MEMORY, |bytes| bytes >> 20),
    })
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

/// Of /proc/cpuinfo.
fn model(text: &str) -> String {
    let line = text.lines().find(|line| line.starts_with("model name"));
    let name = line.and_then(|line| line.split_once(':')).map(|(_, name)| name.trim());
    name.filter(|name| !name.is_empty())
        .unwrap_or(std::env::consts::ARCH)
        .into()
}

/// Of /proc/meminfo, in MiB.
fn memory(text: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kib = line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
    kib.map_or(SOME_MEMORY.saturating_mul(MEMORY_SHARE), |kib| kib / 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_read_and_a_silent_one_gets_a_guess() {
        assert_eq!(model("processor\t: 0\nmodel name\t: EPYC 9654\n"), "EPYC 9654");
        assert_eq!(model("Hardware : x\n"), std::env::consts::ARCH);
        assert_eq!(memory("MemTotal:       16384000 kB\nMemFree: 1 kB\n"), 16_000);
        assert_eq!(memory(""), 2 * SOME_MEMORY);
        assert!(device(Kind::Cpu).unwrap().units > 0);
    }
}
