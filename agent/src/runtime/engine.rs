//! What every runtime has in common: a job's bytes become an engine, which is asked for one step after the other.

use std::time::Duration;

use super::{wasm, wgsl, JobSpec, Outcome, Runtime, RuntimeError, Transcript};

/// What a step gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step<'a> {
    /// The bytes that its digest covers.
    pub written: Written<'a>,
    /// Fuel that it used.
    pub fuel: u64,
}

/// The content of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written<'a> {
    /// The step's share of the output: the output of the job is what its steps wrote, one after the other.
    Output(&'a [u8]),
    /// State that the step left behind, of which only the digest travels; the output comes after the last step.
    State {
        /// `joule_work::digest::step_digest` of the state.
        digest: [u8; 32],
        /// Bytes of the state.
        bytes: u64,
    },
}

/// A job that is ready to run.
pub trait Engine {
    /// Runs step `index`. Steps come in order, each once.
    fn step(&mut self, index: u32) -> Result<Step<'_>, RuntimeError>;

    /// After the last step: the output, unless it is what the steps wrote.
    fn output(&mut self) -> Result<Option<Vec<u8>>, RuntimeError>;
}

/// A module that was checked and compiled.
pub enum Admitted<'a> {
    /// [`Runtime::Wasm`].
    Wasm(wasm::Program),
    /// [`Runtime::Wgsl`].
    Wgsl(&'a wgsl::Ready, joule_wgsl::Program),
}

/// Takes what comes out of a run: every step in order, then the output if it is not what the steps wrote.
pub trait Record {
    /// A step ended. An error ends the run.
    fn step(&mut self, step: &Step<'_>) -> Result<(), RuntimeError>;
    /// The output of a run whose steps wrote state.
    fn output(&mut self, output: Vec<u8>) -> Result<(), RuntimeError>;
}

/// A runtime that has taken all it needs from the host (threads, memory for compiling) and has seen nothing of the job but
/// its checked specification.
pub enum Ready {
    /// [`Runtime::Wasm`].
    Wasm(wasm::Ready),
    /// [`Runtime::Wgsl`].
    Wgsl(wgsl::Ready),
}

impl Ready {
    /// Gets ready for a job that has `time` from now on.
    pub fn new(spec: &JobSpec, time: Duration) -> Result<Self, RuntimeError> {
        spec.check()?;
        Ok(match spec.runtime()? {
            Runtime::Wasm => Self::Wasm(wasm::Ready::new(spec, time)?),
            Runtime::Wgsl => Self::Wgsl(wgsl::Ready::new(time)?),
        })
    }

    /// Checks and compiles a module.
    pub fn admit(&self, spec: &JobSpec, module: &[u8]) -> Result<Admitted<'_>, RuntimeError> {
        spec.check_sizes(module.len() as u64, 0)?;
        Ok(match self {
            Self::Wasm(ready) => Admitted::Wasm(ready.compile(module)?),
            Self::Wgsl(ready) => Admitted::Wgsl(ready, wgsl::admit(spec, module)?),
        })
    }
}

impl Admitted<'_> {
    /// Runs every step of the job.
    pub fn run(self, spec: &JobSpec, input: Vec<u8>, record: &mut dyn Record) -> Result<(), RuntimeError> {
        spec.check_sizes(0, input.len() as u64)?;
        let mut engine: Box<dyn Engine> = match self {
            Self::Wasm(program) => Box::new(program.start(spec, input)?),
            Self::Wgsl(ready, program) => Box::new(ready.start(&program, &input)?),
        };
        drive(&mut *engine, spec.steps, record)
    }
}

/// Asks an engine for all steps and the output.
pub fn drive(engine: &mut dyn Engine, steps: u32, record: &mut dyn Record) -> Result<(), RuntimeError> {
    for index in 0..steps {
        record.step(&engine.step(index)?)?;
    }
    match engine.output()? {
        Some(output) => record.output(output),
        None => Ok(()),
    }
}

/// Compiles and runs a job in this process, without confinement: for modules that the caller trusts, and for tests.
/// Jobs of others go through [`crate::sandbox`].
pub fn run_here(spec: &JobSpec, module: &[u8], input: Vec<u8>, time: Duration) -> Result<Outcome, RuntimeError> {
    let ready = Ready::new(spec, time)?;
    let mut transcript = Transcript::new(spec, Vec::new());
    ready.admit(spec, module)?.run(spec, input, &mut transcript)?;
    Ok(transcript.finish())
}
