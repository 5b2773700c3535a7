//! What executes a job: an engine behind a job specification, and the transcript that turns a run into roots.
//!
//! A job runs in steps, numbered from 0. What a step writes is its share of the output and the content of its digest,
//! so that the same module, input and fuel give the same digests on every machine that runs the same runtime id.

mod error;
mod job;
mod transcript;
pub mod wasm;

pub use error::RuntimeError;
pub use job::{JobSpec, Limits, MAX_STEPS};
pub use transcript::{Outcome, StepRecord, Transcript};
