//! The supervisor's side: which jobs may run here, and what a run came to.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::protocol::Order;
use super::running::Running;
use super::{Confinement, Device, Layer, Layers, SandboxError, SHIPPED};
use crate::runtime::{JobSpec, Outcome, Runtime, StepRecord, Transcript};

/// Set from any thread to call a run off.
pub type Stop = Arc<AtomicBool>;

/// A job to run: the specification, its bytes (digests already checked), and its time.
#[derive(Clone, Debug)]
pub struct Job {
    pub spec: JobSpec,
    pub module: Arc<[u8]>,
    pub input: Arc<[u8]>,
    /// Wall time to the last step; compiling is included, unless that is done already.
    pub time: Duration,
    /// Digests that the journal holds of an earlier run of this attempt. The run starts at step 0 nevertheless, since
    /// an instance has state, and fails if a step gives another digest ([`Transcript`]).
    pub journalled: Vec<[u8; 32]>,
}

impl Job {
    /// What is left to do of it.
    fn since(&self, began: Instant) -> Self {
        Self {
            time: self.time.saturating_sub(began.elapsed()),
            ..self.clone()
        }
    }
}

/// A child that has taken in the module of a job and waits. It ends when this is dropped.
pub struct Held(Option<Running>);

impl Held {
    fn run(
        mut self,
        job: &Job,
        stop: &Stop,
        on_child: &mut dyn FnMut(u32),
        transcript: &mut Transcript,
        on_step: &mut dyn FnMut(&StepRecord),
    ) -> Result<(), SandboxError> {
        job.spec.check_sizes(0, job.input.len() as u64)?;
        let Some(mut running) = self.0.take() else {
            return Err(SandboxError::Stopped { steps: 0 });
        };
        on_child(running.id());
        let end = running.run(job, stop, transcript, on_step);
        running.end(end)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(running) = self.0.take() {
            // Whoever drops it does not want to know.
            let _ = running.end(Err::<(), _>(SandboxError::Stopped { steps: 0 }));
        }
    }
}

/// Starts confined children. Made once; making it probes the host.
#[derive(Clone, Debug)]
pub struct Sandbox {
    program: PathBuf,
    confinement: Confinement,
    list: Vec<[u8; 32]>,
    device: Option<Device>,
}

/// Share of a job's time that the interpreter may take to check steps of a graphics processor.
const CHECK_SHARE: u32 = 4;

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
            device: None,
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

    /// Runs jobs of wgsl/1 on a graphics processor.
    #[must_use]
    pub fn with_device(mut self, device: Device) -> Self {
        self.device = Some(device);
        self
    }

    /// What starts children and workers.
    pub fn program(&self) -> &Path {
        &self.program
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

    /// Starts a child that checks and compiles a module within `time`, and waits: what a provider does before it claims a
    /// job, so that a module that no machine can take in is declined instead of started, and a claimed one runs at once.
    /// `longest` is the most that compiling, waiting and running take together. Blocks, as [`Self::run`] does.
    ///
    /// # Errors
    /// [`SandboxError::Job`] where the module is refused; anything else where it could not be judged here.
    pub fn hold(
        &self,
        spec: &JobSpec,
        module: Arc<[u8]>,
        time: Duration,
        longest: Duration,
        stop: &Stop,
    ) -> Result<Held, SandboxError> {
        spec.check()?;
        spec.check_sizes(module.len() as u64, 0)?;
        self.admit(&Sha256::digest(&module).into())?;
        let order = Order::Job {
            spec: spec.clone(),
            time_ms: u64::try_from(longest.as_millis()).unwrap_or(u64::MAX),
            module_bytes: module.len() as u64,
        };
        let mut running = Running::start(&self.program, self.confinement.layers, order, module)?;
        match running.listen_admission(time, stop) {
            Ok(()) => Ok(Held(Some(running))),
            Err(error) => running.end(Err(error)),
        }
    }

    /// Runs a job to its end. `on_step` sees every finished step before the next is awaited, for journal and progress.
    ///
    /// A job that fails by itself has an outcome too, the same on every machine ([`Outcome::failure`]): what its provider
    /// delivers and a judge votes for. From an error nothing follows for anybody but this machine.
    ///
    /// Blocks. The child lives no longer than the calling *thread*, so call it from one that waits for it.
    pub fn run(&self, job: &Job, stop: &Stop, on_step: &mut dyn FnMut(&StepRecord)) -> Result<Outcome, SandboxError> {
        let began = Instant::now();
        match self.hold(&job.spec, job.module.clone(), job.time, job.time, stop) {
            Ok(held) => self.run_held(held, &job.since(began), stop, &mut |_| {}, on_step),
            refused => settle(Transcript::new(&job.spec, job.journalled.clone()), refused.map(|_| ())),
        }
    }

    /// Runs the job whose module a child has taken in. `on_child` is told the id of the process that runs it before it
    /// does, for a journal that wants to find it again after a crash.
    pub fn run_held(
        &self,
        held: Held,
        job: &Job,
        stop: &Stop,
        on_child: &mut dyn FnMut(u32),
        on_step: &mut dyn FnMut(&StepRecord),
    ) -> Result<Outcome, SandboxError> {
        let device = self.device.as_ref().filter(|_| job.spec.runtime() == Ok(Runtime::Wgsl));
        let Some(device) = device else {
            let mut transcript = Transcript::new(&job.spec, job.journalled.clone());
            let end = held.run(job, stop, on_child, &mut transcript, on_step);
            return settle(transcript, end);
        };
        let began = Instant::now();
        match self.on_device(device, held, job, stop, on_child, on_step) {
            Err(trouble @ (SandboxError::Job(_) | SandboxError::Protocol { .. })) => {
                tracing::warn!(%trouble, "the graphics processor gives no result: the interpreter runs the job");
                let rest = job.since(began);
                let held = self.hold(&job.spec, job.module.clone(), rest.time, rest.time, stop)?;
                let mut transcript = Transcript::new(&job.spec, job.journalled.clone());
                let end = held.run(&job.since(began), stop, on_child, &mut transcript, on_step);
                settle(transcript, end)
            }
            ended => ended,
        }
    }

    /// First the child, which has admitted the bundle: it runs the steps that are to be checked, as far as it gets in its
    /// share of the time. Then the device, whose steps must be the same. A run that the child ends by itself needs no device.
    fn on_device(
        &self,
        device: &Device,
        held: Held,
        job: &Job,
        stop: &Stop,
        on_child: &mut dyn FnMut(u32),
        on_step: &mut dyn FnMut(&StepRecord),
    ) -> Result<Outcome, SandboxError> {
        let deadline = Instant::now() + job.time;
        let mut digests = job.journalled.clone();
        let part = Job {
            time: job.time / CHECK_SHARE,
            ..job.clone()
        };
        let checks = device.check_steps.min(job.spec.steps);
        if checks > 0 {
            let (mut checked, enough) = (Transcript::new(&job.spec, digests.clone()), Stop::default());
            let mut seen = Vec::new();
            let end = held.run(&part, &enough, on_child, &mut checked, &mut |step| {
                seen.push(step.digest);
                enough.store(step.index + 1 >= checks, Ordering::Relaxed);
            });
            match end {
                // A slow interpreter is why there is a device.
                Err(SandboxError::Stopped { .. } | SandboxError::Deadline { .. }) => {}
                ended => {
                    let outcome = settle(checked, ended)?;
                    outcome.steps.iter().for_each(on_step);
                    return Ok(outcome);
                }
            }
            if seen.len() > digests.len() {
                digests = seen;
            }
        } else {
            drop(held);
        }
        let mut transcript = Transcript::new(&job.spec, digests);
        let end = device.run(&self.program, job, (deadline, stop), on_child, &mut transcript, on_step);
        settle(transcript, end)
    }

    fn probe(&self, layer: Layer) -> Result<(), SandboxError> {
        let mut running = Running::start(&self.program, Layers::only(layer), Order::Probe, Arc::from([]))?;
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

/// What a run came to.
fn settle(transcript: Transcript, end: Result<(), SandboxError>) -> Result<Outcome, SandboxError> {
    match end {
        Ok(()) => Ok(transcript.finish()),
        Err(SandboxError::Job(error)) if error.is_deterministic() => Ok(transcript.fail(&error)?),
        Err(other) => Err(other),
    }
}
