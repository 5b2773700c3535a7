//! What executes a job: an engine behind a job specification, and the transcript that turns a run into roots.
//!
//! A job runs in steps, numbered from 0. What a step writes is the content of its digest, so that the same module, input
//! and fuel give the same digests on every machine that runs the same runtime id. What fails, fails the same way too:
//! [`RuntimeError::is_deterministic`] tells a failure of the job from trouble of the machine.

pub mod engine;
mod error;
mod failure;
mod job;
mod transcript;
pub mod wasm;
mod watchdog;
pub mod wgsl;

pub use engine::run_here;
pub use error::RuntimeError;
pub use failure::JobFailure;
pub use job::{JobSpec, Limits, Runtime, MAX_STEPS};
pub use transcript::{Outcome, StepRecord, Transcript};
