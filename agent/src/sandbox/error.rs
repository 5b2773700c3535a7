//! Why a confined run gave no result.

use std::time::Duration;

use super::Layer;
use crate::runtime::RuntimeError;

/// A run without a result. `Job` is what the runtime said; the others say what happened around it.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    #[error("sandbox.unconfined: this host confines a job by {have} only ({missing}); just the jobs on the shipped list run here, and module {digest} is not on it")]
    Unconfined {
        have: String,
        missing: String,
        digest: String,
    },
    #[error("sandbox.spawn: cannot start {program}: {source}")]
    Spawn { program: String, source: std::io::Error },
    #[error("sandbox.layer: the child could not set up {layer}: {reason}; nothing was run")]
    Layer { layer: Layer, reason: String },
    #[error("sandbox.deadline: killed after {time:?}, {steps} steps were done; post the job with more time")]
    Deadline { time: Duration, steps: u32 },
    #[error("sandbox.stopped: the run was called off after {steps} steps")]
    Stopped { steps: u32 },
    #[error("sandbox.died: the child ended by {how} after {steps} steps{stderr}")]
    Died { how: String, steps: u32, stderr: String },
    #[error("sandbox.protocol: the child spoke out of turn: {reason}")]
    Protocol { reason: String },
    #[error("sandbox.device: {reason}; without `gpu = true` jobs run in the interpreter")]
    Device { reason: String },
    #[error(transparent)]
    Job(#[from] RuntimeError),
}

impl SandboxError {
    /// The stable code in front of the message.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unconfined { .. } => "sandbox.unconfined",
            Self::Spawn { .. } => "sandbox.spawn",
            Self::Layer { .. } => "sandbox.layer",
            Self::Deadline { .. } => "sandbox.deadline",
            Self::Stopped { .. } => "sandbox.stopped",
            Self::Died { .. } => "sandbox.died",
            Self::Protocol { .. } => "sandbox.protocol",
            Self::Device { .. } => "sandbox.device",
            Self::Job(e) => e.code(),
        }
    }
}
