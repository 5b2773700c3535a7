//! Graphics processors for the agent, through wgpu.
//!
//! A driver can hang, crash or take the process's memory along, so wgpu lives in a process of its own: the *worker*
//! ([`serve`]), started by the *client* ([`GpuClient`]) and killed when a request outlasts its deadline. The next request
//! starts a fresh one. This is the only crate with wgpu in it, and the only one of the agent's with unsafe code (two
//! files of the worker, each with its reason).
//!
//! The worker measures an adapter ([`Kind`]), searches phase A tickets ([`Range`]) with the same values as
//! `joule_work::ticket::value`, and runs jobs of the runtime wgsl/1 ([`Job`]) as `joule_wgsl` admits and rewrites them.

mod adapter;
mod client;
mod error;
mod protocol;
mod wire;
mod worker;

pub use adapter::{Adapter, AdapterKind, Adapters, Dot, State};
pub use client::GpuClient;
pub use error::GpuError;
pub use joule_wgsl::{Limits, StepOutput, Stop};
pub use protocol::{Hits, Job, Kind, Range, Rate};
pub use worker::serve;
