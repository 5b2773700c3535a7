//! The compiled contracts in the chain's own VM: static checks, hostile input, and the gas of recorded calls.
//! README.md has the format of recordings. Test-only; nothing of the product links this.
#![deny(missing_docs)]

pub mod artifacts;
pub mod beacon;
pub mod code;
pub mod gas;
pub mod hostile;
pub mod machine;
pub mod page;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod probestack;
pub mod querier;
pub mod recording;
pub mod replay;
pub mod snapshot;
pub mod storage;
