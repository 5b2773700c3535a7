//! What can go wrong, on either side. Codes are stable.

use joule_wgsl::Stop;
use serde::{Deserialize, Serialize};

/// A request that failed. The worker sends the ones it meets; `Spawn`, `Deadline`, `Died` and `Protocol` arise at the
/// client, which has killed its worker by then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GpuError {
    /// The worker could not be started.
    #[error("gpu.spawn: cannot start the worker {program}: {reason}; check that this program's file is still there")]
    Spawn { program: String, reason: String },
    /// A request outlasted its deadline.
    #[error("gpu.deadline: {what} did not end within {ms} ms and was killed; give it more time or less work")]
    Deadline { what: String, ms: u64 },
    /// The worker ended in the middle of a request.
    #[error(
        "gpu.died: the worker ended by {how} during {what}; a driver's crash repeats, so use another driver or work"
    )]
    Died { what: String, how: String },
    /// The other side sent what is no frame or answers no question.
    #[error("gpu.protocol: {reason}; use agent and worker of one version")]
    Protocol { reason: String },
    /// No adapter at all.
    #[error("gpu.no_adapter: {reason}")]
    NoAdapter { reason: String },
    /// Another number of adapters than the caller thought.
    #[error("gpu.unknown_adapter: there is no adapter {index}, {count} were found; list them with `joule bench`")]
    UnknownAdapter { index: u32, count: u32 },
    /// wgpu or the driver complained.
    #[error("gpu.device: {what}: {reason}; update the driver or report this")]
    Device { what: String, reason: String },
    /// The adapter has too little memory left.
    #[error("gpu.out_of_memory: {what} does not fit the adapter's memory; free some or ask for less")]
    OutOfMemory { what: String },
    /// The adapter cannot do what was asked of it.
    #[error("gpu.limit: {what} is {value}, the adapter allows {max}; ask for less or use another adapter")]
    Limit { what: String, value: u64, max: u64 },
    /// A kernel of ours gave another result than arithmetic does.
    #[error("gpu.wrong_answer: {kernel} computed wrong; the adapter or its driver is faulty, do not sell it")]
    WrongAnswer { kernel: String },
    /// A step or output was asked for and no job is loaded: none was, it stopped, or its worker is gone.
    #[error("gpu.no_job: no job is loaded; load it again")]
    NoJob,
    /// wgsl/1 does not admit the bundle. The text begins with the code.
    #[error("{text}")]
    Refused { code: String, text: String },
    /// The program stopped by itself.
    #[error(transparent)]
    Stopped(Stop),
}

impl GpuError {
    /// Whether every machine meets it alike: the job is at fault, and neither adapter nor worker.
    pub fn is_of_job(&self) -> bool {
        match self {
            Self::Refused { code, .. } => code != joule_wgsl::Code::Internal.as_str(),
            Self::Stopped(Stop::OutOfBounds | Stop::OutOfFuel | Stop::InputSize { .. }) => true,
            _ => false,
        }
    }

    /// The stable code in front of the message.
    pub fn code(&self) -> &str {
        match self {
            Self::Spawn { .. } => "gpu.spawn",
            Self::Deadline { .. } => "gpu.deadline",
            Self::Died { .. } => "gpu.died",
            Self::Protocol { .. } => "gpu.protocol",
            Self::NoAdapter { .. } => "gpu.no_adapter",
            Self::UnknownAdapter { .. } => "gpu.unknown_adapter",
            Self::Device { .. } => "gpu.device",
            Self::OutOfMemory { .. } => "gpu.out_of_memory",
            Self::Limit { .. } => "gpu.limit",
            Self::WrongAnswer { .. } => "gpu.wrong_answer",
            Self::NoJob => "gpu.no_job",
            Self::Refused { code, .. } => code,
            Self::Stopped(stop) => stop.code(),
        }
    }

    pub(crate) fn protocol(reason: impl ToString) -> Self {
        Self::Protocol {
            reason: reason.to_string(),
        }
    }

    pub(crate) fn device(what: impl Into<String>, reason: impl ToString) -> Self {
        Self::Device {
            what: what.into(),
            reason: reason.to_string(),
        }
    }
}
