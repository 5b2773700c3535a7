//! The supervisor's side: start a child, feed it, listen, and end it in time.

use std::io::{self, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::sys::signal::{killpg, Signal};
use nix::unistd::Pid;
use sha2::{Digest, Sha256};

use super::protocol::{self, Event, Order};
use super::{child, Confinement, Layer, Layers, SandboxError, SHIPPED};
use crate::runtime::{JobSpec, Outcome, RuntimeError, StepRecord, Transcript};

/// Time for the child to report its own interruption before it is killed.
const GRACE: Duration = Duration::from_millis(500);
/// Time for a child to come up when probing.
const PROBE_TIME: Duration = Duration::from_secs(10);
/// How often the stop flag is looked at.
const POLL: Duration = Duration::from_millis(20);
/// What is kept of the child's standard error.
const STDERR_BYTES: usize = 4 << 10;

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

    /// Runs a job to its end. `on_step` sees every finished step before the next is awaited, for journal and progress.
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
        job.spec.check()?;
        job.spec.check_sizes(job.module.len() as u64, job.input.len() as u64)?;
        self.admit(&Sha256::digest(&job.module).into())?;
        let order = Order::Job {
            spec: job.spec.clone(),
            time_ms: u64::try_from(job.time.as_millis()).unwrap_or(u64::MAX),
            module_bytes: job.module.len() as u64,
            input_bytes: job.input.len() as u64,
        };
        let mut running = Running::start(
            &self.program,
            self.confinement.layers,
            order,
            vec![job.module.clone(), job.input.clone()],
        )?;
        on_child(running.child.id());
        let mut transcript = Transcript::new(job.journalled.clone());
        let end = running.listen(job, stop, &mut transcript, on_step);
        let (how, stderr) = running.end(end.is_err());
        match end {
            Ok(()) => Ok(transcript.finish()),
            // The pipe closed without a last word: the exit says why.
            Err(SandboxError::Died { steps, .. }) => Err(SandboxError::Died { how, steps, stderr }),
            Err(other) => Err(other),
        }
    }

    fn probe(&self, layer: Layer) -> Result<(), SandboxError> {
        let running = Running::start(&self.program, Layers::only(layer), Order::Probe, Vec::new())?;
        let said = running.events.recv_timeout(PROBE_TIME);
        let (how, stderr) = running.end(true);
        match said {
            Ok(Ok(Said {
                event: Event::Ready, ..
            })) => Ok(()),
            Ok(Ok(Said {
                event: Event::Layer { layer, reason },
                ..
            })) => Err(SandboxError::Layer { layer, reason }),
            _ => Err(SandboxError::Layer {
                layer,
                reason: format!("the child ended by {how}{stderr}"),
            }),
        }
    }
}

/// What the listener hands on: an event, or why it could make no sense of the child.
type Heard = Result<Said, String>;

/// An event and the bytes that came with it.
struct Said {
    event: Event,
    bytes: Vec<u8>,
}

struct Running {
    child: Child,
    started: Instant,
    events: Receiver<Heard>,
    feeder: JoinHandle<()>,
    listener: JoinHandle<()>,
    stderr: JoinHandle<String>,
}

impl Running {
    fn start(program: &PathBuf, layers: Layers, order: Order, follow: Vec<Arc<[u8]>>) -> Result<Self, SandboxError> {
        let failed = |source| SandboxError::Spawn {
            program: program.display().to_string(),
            source,
        };
        let cap = match &order {
            Order::Probe => 0,
            Order::Job { spec, .. } => spec.limits.output_bytes,
        };
        let started = Instant::now();
        let mut child = Command::new(program)
            .args([
                child::COMMAND,
                child::OUTER,
                &layers.to_string(),
                &std::process::id().to_string(),
            ])
            .env_clear()
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let (Some(mut stdin), Some(mut stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(failed(io::Error::other("no pipes")));
        };
        let feeder = thread::spawn(move || {
            let parts: Vec<&[u8]> = follow.iter().map(|b| &b[..]).collect();
            // A child that ended early does not read on; its own report or exit tells why.
            let _ = protocol::send(&mut stdin, &order, &parts);
        });
        let (to, events) = mpsc::sync_channel(4);
        // Ends at the end of the pipe, at nonsense, or when nobody listens any more; then the channel closes.
        let listener = thread::spawn(move || loop {
            let heard = match hear(&mut stdout, cap) {
                Ok(Some(said)) => Ok(said),
                Ok(None) => return,
                Err(e) => Err(e.to_string()),
            };
            let last = heard.is_err();
            if to.send(heard).is_err() || last {
                return;
            }
        });
        let stderr = thread::spawn(move || keep_some(stderr));
        Ok(Self {
            child,
            started,
            events,
            feeder,
            listener,
            stderr,
        })
    }

    /// Takes events until the last; any error leaves the child to be killed.
    fn listen(
        &mut self,
        job: &Job,
        stop: &Stop,
        transcript: &mut Transcript,
        on_step: &mut dyn FnMut(&StepRecord),
    ) -> Result<(), SandboxError> {
        let deadline = self.started + job.time + GRACE;
        let mut ready = false;
        loop {
            let steps = transcript.len();
            if stop.load(Ordering::Relaxed) {
                return Err(SandboxError::Stopped { steps });
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(SandboxError::Deadline { time: job.time, steps });
            }
            let said = match self.events.recv_timeout(left.min(POLL)) {
                Ok(Ok(said)) => said,
                Ok(Err(reason)) => return Err(SandboxError::Protocol { reason }),
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(SandboxError::Died {
                        how: String::new(),
                        steps,
                        stderr: String::new(),
                    })
                }
            };
            let due = u32::try_from(steps).unwrap_or(u32::MAX) < job.spec.steps;
            match said.event {
                Event::Ready if !ready => ready = true,
                Event::Layer { layer, reason } if !ready => return Err(SandboxError::Layer { layer, reason }),
                Event::Step { fuel, .. } if ready && due => on_step(transcript.push(&job.spec, &said.bytes, fuel)?),
                Event::Done if ready && !due => return Ok(()),
                Event::Failed {
                    error: RuntimeError::Interrupted { .. },
                } if ready => return Err(SandboxError::Deadline { time: job.time, steps }),
                Event::Failed { error } if ready => return Err(error.into()),
                other => {
                    return Err(SandboxError::Protocol {
                        reason: format!("{other:?} after {steps} steps"),
                    })
                }
            }
        }
    }

    /// Leaves nothing behind: kills the process group unless the child ended by itself, and waits until every holder
    /// of the pipes is gone. Returns how the child ended and what it left on standard error.
    fn end(mut self, kill: bool) -> (String, String) {
        drop(self.events);
        if kill && !matches!(self.child.try_wait(), Ok(Some(_))) {
            if let Ok(group) = i32::try_from(self.child.id()) {
                // Fails only if the group is gone already. The leader is not reaped yet, so the id is still its own.
                let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
            }
        }
        let how = self.child.wait().map_or_else(|e| e.to_string(), describe);
        // They end when the last process that holds the pipes does.
        let _ = self.feeder.join();
        let _ = self.listener.join();
        let stderr = self.stderr.join().unwrap_or_default();
        (
            how,
            if stderr.is_empty() {
                stderr
            } else {
                format!("; it left: {stderr}")
            },
        )
    }
}

/// The next event; nothing at the end of the pipe, also where it ends within an event, as a killed child leaves it.
fn hear(from: &mut impl Read, cap: u64) -> io::Result<Option<Said>> {
    let said = protocol::receive::<Event>(from).and_then(|event| {
        let Some(event) = event else { return Ok(None) };
        let len = if let Event::Step { bytes, .. } = event {
            bytes
        } else {
            0
        };
        Ok(Some(Said {
            event,
            bytes: protocol::receive_bytes(from, len, cap)?,
        }))
    });
    match said {
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        other => other,
    }
}

/// The outer stage reports the inner's signal as a shell does.
fn describe(status: ExitStatus) -> String {
    let signal = status
        .signal()
        .or_else(|| status.code().filter(|c| *c > 128).map(|c| c - 128));
    match signal.map(Signal::try_from) {
        Some(Ok(Signal::SIGSYS)) => "SIGSYS (a system call that no job needs)".into(),
        Some(Ok(Signal::SIGXCPU)) => "SIGXCPU (processor time used up)".into(),
        Some(Ok(signal)) => signal.to_string(),
        _ => status.to_string(),
    }
}

/// Reads to the end, keeps the beginning, makes it printable.
fn keep_some(mut from: impl Read) -> String {
    let (mut kept, mut buffer) = (Vec::new(), [0; 4096]);
    while let Ok(n @ 1..) = from.read(&mut buffer) {
        kept.extend_from_slice(&buffer[..n.min(STDERR_BYTES - kept.len())]);
    }
    String::from_utf8_lossy(&kept).trim().escape_debug().to_string()
}
