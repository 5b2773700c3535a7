//! Runtime `wgsl/1`: integer WGSL compute programs, defined by `joule-wgsl`, which admits, rewrites and interprets them.
//!
//! A step is one dispatch. Its digest covers the content of every buffer that the dispatch may write; the output of the job
//! is the content of the bundle's output buffer after the last step. The interpreter is the reference, and what runs a job
//! where there is no graphics processor.

mod code;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::Duration;

use joule_work::digest;

use super::engine::{Engine, Step, Written};
use super::watchdog::Watchdog;
use super::{JobSpec, Limits, RuntimeError};

pub use code::{refused, StableCode};
pub use joule_wgsl::{MAX_FUEL, RUNTIME_ID};

/// The largest limits of a job of this runtime.
pub const CEILING: Limits = Limits {
    output_bytes: joule_wgsl::Limits::CEILING.output_bytes,
    memory_bytes: joule_wgsl::Limits::CEILING.buffer_bytes,
    ..Limits::CEILING
};

/// The limits of a job as the crate reads them. Source and invocations have no field of their own in a job: the time of
/// the job bounds both.
pub fn limits(spec: &JobSpec) -> joule_wgsl::Limits {
    joule_wgsl::Limits {
        buffer_bytes: spec.limits.memory_bytes,
        output_bytes: spec.limits.output_bytes,
        ..joule_wgsl::Limits::CEILING
    }
}

/// Parses and checks a bundle. To be called where a compiler front end may be lost: in the confined child.
pub fn admit(spec: &JobSpec, bundle: &[u8]) -> Result<joule_wgsl::Program, RuntimeError> {
    let program = joule_wgsl::admit(bundle, spec.fuel_per_step, &limits(spec))
        .map_err(|refusal| refused(refusal.code(), refusal.to_string()))?;
    same_steps(spec.steps, program.steps())?;
    Ok(program)
}

/// Refuses a job whose steps are not those of its bundle.
pub fn same_steps(asked: u32, planned: u32) -> Result<(), RuntimeError> {
    if asked == planned {
        return Ok(());
    }
    Err(RuntimeError::Steps { asked, planned })
}

/// Digest of what a step wrote, and its length.
pub fn state(index: u32, written: &[u8]) -> Written<'static> {
    Written::State {
        digest: digest::step_digest(u64::from(index), written),
        bytes: written.len() as u64,
    }
}

/// What a stop of the program means.
pub fn stopped(stop: &joule_wgsl::Stop) -> RuntimeError {
    match stop {
        joule_wgsl::Stop::Interrupted { step } => RuntimeError::Interrupted { step: *step },
        other => refused(other.code(), other.to_string()),
    }
}

/// The clock of a job; the interpreter needs nothing else from the host.
pub struct Ready {
    late: Arc<AtomicBool>,
    _watchdog: Watchdog,
}

impl Ready {
    /// Raises the interpreter's flag once `time` is over.
    pub fn new(time: Duration) -> Result<Self, RuntimeError> {
        let late = Arc::new(AtomicBool::new(false));
        let flag = late.clone();
        let watchdog = Watchdog::start(time, move || flag.store(true, Ordering::Relaxed))?;
        Ok(Self {
            late,
            _watchdog: watchdog,
        })
    }

    /// The interpreter before the first step.
    pub fn start(&self, program: &joule_wgsl::Program, input: &[u8]) -> Result<Machine, RuntimeError> {
        let mut machine = joule_wgsl::Machine::new(program, input).map_err(|stop| stopped(&stop))?;
        machine.interrupt_by(self.late.clone());
        Ok(Machine(machine))
    }
}

/// The interpreter with the program's buffers.
pub struct Machine(joule_wgsl::Machine);

impl Engine for Machine {
    fn step(&mut self, index: u32) -> Result<Step<'_>, RuntimeError> {
        let done = self.0.step(index).map_err(|stop| stopped(&stop))?;
        Ok(Step {
            written: state(index, &done.written),
            fuel: done.fuel,
        })
    }

    fn output(&mut self) -> Result<Option<Vec<u8>>, RuntimeError> {
        Ok(Some(self.0.output().to_vec()))
    }
}
