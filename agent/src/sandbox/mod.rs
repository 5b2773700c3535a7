//! Runs a job in a child process that can do nothing but compute.
//!
//! The supervisor spawns `joule job-child` with a cleared environment and three pipes. The child gives up what it has
//! (namespaces, an empty root, capabilities, Landlock without a single allowed path, resource limits, a system call
//! filter), says so, and only then takes the module from its standard input, compiles it and waits for the input. Every
//! finished step comes back as an event with the bytes it wrote; the supervisor computes the digests itself. There is no
//! job folder: the child can open no file at all, so none has to be cleaned up or protected from links.
//!
//! A job that does not end in time is killed with all it started, and the child dies with the thread that spawned it.

mod child;
pub mod confine;
mod device;
mod error;
mod layers;
mod parent;
mod protocol;
mod running;
mod shipped;

pub use child::{child_main, child_main_with, Prepare, Work, COMMAND};
pub use confine::landlock_abi;
pub use device::Device;
pub use error::SandboxError;
pub use layers::{Confinement, Layer, Layers};
pub use parent::{Held, Job, Sandbox, Stop};
pub use protocol::Sink;
pub use shipped::SHIPPED;
