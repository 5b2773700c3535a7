//! The supervisor's side: which jobs may run here, and what a run came to.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::protocol::Order;
use super::running::Running;
use super::{Confinement, Layer, Layers, SandboxError, SHIPPED};
use crate::runtime::{JobSpec, Outcome, StepRecord, Transcript};

/// Set from any thread to call a run off.
pub type Stop = Arc<AtomicBool>;

/// A job to run: the specification, its bytes (digests already checked), and its time.
#[derive(Clone, Debug)]
pub struct Job {
    pub spec: JobSpec,
    pub module: Arc<[u8]>,
    pub input: Arc<[u8]>,
    /// Wall time from start to last step, compiling included.
    pub time: Duration,
    /// Digests that the journal holds of an earlier run of this attempt. The run starts at step 0 nevertheless, since
    /// an instance has state, and fails if a step gives another digest ([`Transcript`]).
    pub journalled: Vec<[u8; 32]>,
}

/// Starts confined children. Made once; making it probes the host.
#[derive(Clone, Debug)]
pub struct Sandbox {
    program: PathBuf,
    confinement: Confinement,
    list: Vec<[u8; 32]>,
}

impl Sandbox {
    /// With this very program as the child's.
    pub fn open() -> Result<Self, SandboxError> {
        let program = std::env::current_exe().map_err(|source| SandboxError::Spawn {
            program: "this program".into(),
            source,
        })?;
        Self::with_program(program)
    }

    /// With another program whose `job-child` subcommand is [`super::child_main`].
    pub fn with_program(program: PathBuf) -> Result<Self, SandboxError> {
        let list = SHIPPED.iter().map(|(_, digest)| *digest).collect();
        let mut sandbox = Self {
            program,
            confinement: Confinement {
                layers: Layers::NONE,
                missing: vec![],
            },
            list,
        };
        for layer in [Layer::Namespaces, Layer::Landlock, Layer::Seccomp] {
            match sandbox.probe(layer) {
                Ok(()) => *sandbox.confinement.layers.slot(layer) = true,
                Err(SandboxError::Layer { reason, .. }) => sandbox.confinement.missing.push((layer, reason)),
                Err(other) => return Err(other),
            }
        }
        Ok(sandbox)
    }

    /// Gives up layers, as if the host did not offer them.
    #[must_use]
    pub fn without(mut self, layers: Layers) -> Self {
        for layer in [Layer::Namespaces, Layer::Landlock, Layer::Seccomp] {
            let mut layers = layers;
            if *layers.slot(layer) && std::mem::take(self.confinement.layers.slot(layer)) {
                self.confinement.missing.push((layer, "switched off".into()));
            }
        }
        self
    }

    /// Also runs these modules (SHA-256) where the host confines too little for strangers' code.
    #[must_use]
    pub fn trusting(mut self, modules: &[[u8; 32]]) -> Self {
        self.list.extend_from_slice(modules);
        self
    }

    /// What children are confined by.
    pub fn confinement(&self) -> &Confinement {
        &self.confinement
    }

    /// Whether a module may run here at all; asked before a job is claimed, and again by [`Self::run`].
    pub fn admit(&self, module_sha256: &[u8; 32]) -> Result<(), SandboxError> {
        if self.confinement.layers.sufficient() || self.list.contains(module_sha256) {
            return Ok(());
        }
        Err(SandboxError::Unconfined {
            have: self.confinement.layers.to_string(),
            missing: self.confinement.gaps(),
            digest: hex::encode(module_sha256),
        })
    }

    /// Checks and compiles a module in a child of its own, within `time`: what a provider does before it claims a job, so
    /// that a module that no machine can take in is declined instead of started. Blocks, as [`Self::run`] does.
    ///
    /// # Errors
    /// [`SandboxError::Job`] where the module is refused; anything else where it could not be judged here.
    pub fn check(&self, spec: &JobSpec, module: Arc<[u8]>, time: Duration) -> Result<(), SandboxError> {
        spec.check()?;
        spec.check_sizes(module.len() as u64, 0)?;
        self.admit(&Sha256::digest(&module).into())?;
        let order = Order::Job {
            spec: spec.clone(),
            time_ms: millis(time),
            module_bytes: module.len() as u64,
            input_bytes: None,
        };
        let mut running = Running::start(&self.program, self.confinement.layers, order, vec![module])?;
        let end = running.listen_admission(time);
        running.end(end)
    }

    /// Runs a job to its end. `on_step` sees every finished step before the next is awaited, for journal and progress.
    ///
    /// A job that fails by itself has an outcome too, the same on every machine ([`Outcome::failure`]): what its provider
    /// delivers and a judge votes for. From an error nothing follows for anybody but this machine.
    ///
    /// Blocks. The child lives no longer than the calling *thread*, so call it from one that waits for it.
    pub fn run(&self, job: &Job, stop: &Stop, on_step: &mut dyn FnMut(&StepRecord)) -> Result<Outcome, SandboxError> {
        self.run_known(job, stop, &mut |_| {}, on_step)
    }

    /// The same; `on_child` is told the id of the child process as soon as there is one, for a journal that wants to find
    /// it again after a crash.
    pub fn run_known(
        &self,
        job: &Job,
        stop: &Stop,
        on_child: &mut dyn FnMut(u32),
        on_step: &mut dyn FnMut(&StepRecord),
    ) -> Result<Outcome, SandboxError> {
        let mut transcript = Transcript::new(&job.spec, job.journalled.clone());
        match self.confined(job, stop, on_child, &mut transcript, on_step) {
            Ok(()) => Ok(transcript.finish()),
            Err(SandboxError::Job(error)) if error.is_deterministic() => Ok(transcript.fail(&error)?),
            Err(other) => Err(other),
        }
    }

    fn confined(
        &self,
        job: &Job,
        stop: &Stop,
        on_child: &mut dyn FnMut(u32),
        transcript: &mut Transcript,
        on_step: &mut dyn FnMut(&StepRecord),
    ) -> Result<(), SandboxError> {
        job.spec.check()?;
        job.spec.check_sizes(job.module.len() as u64, job.input.len() as u64)?;
        self.admit(&Sha256::digest(&job.module).into())?;
        let order = Order::Job {
            spec: job.spec.clone(),
            time_ms: millis(job.time),
            module_bytes: job.module.len() as u64,
            input_bytes: Some(job.input.len() as u64),
        };
        let follow = vec![job.module.clone(), job.input.clone()];
        let mut running = Running::start(&self.program, self.confinement.layers, order, follow)?;
        on_child(running.id());
        let end = running.listen(job, stop, transcript, on_step);
        running.end(end)
    }

    fn probe(&self, layer: Layer) -> Result<(), SandboxError> {
        let mut running = Running::start(&self.program, Layers::only(layer), Order::Probe, Vec::new())?;
        let end = running.listen_probe();
        running.end(end).map_err(|e| match e {
            refused @ SandboxError::Layer { .. } => refused,
            other => SandboxError::Layer {
                layer,
                reason: other.to_string(),
            },
        })
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
