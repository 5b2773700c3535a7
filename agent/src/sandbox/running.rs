//! A started child: its pipes, what it says, and its end.

use std::io::{self, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::sys::signal::{killpg, Signal};
use nix::unistd::Pid;

use super::protocol::{self, Event, Order};
use super::{child, Job, Layers, SandboxError, Stop};
use crate::runtime::engine::{Step, Written};
use crate::runtime::{RuntimeError, StepRecord, Transcript};

/// Time for the child to report its own interruption before it is killed.
const GRACE: Duration = Duration::from_millis(500);
/// Time for a child to come up when probing.
const PROBE_TIME: Duration = Duration::from_secs(10);
/// How often the stop flag is looked at.
const POLL: Duration = Duration::from_millis(20);
/// What is kept of the child's standard error.
const STDERR_BYTES: usize = 4 << 10;

/// What the listener hands on: an event, or why it could make no sense of the child.
type Heard = Result<Said, String>;

/// An event and the bytes that came with it.
struct Said {
    event: Event,
    bytes: Vec<u8>,
}

pub struct Running {
    child: Child,
    started: Instant,
    events: Receiver<Heard>,
    orders: Sender<(Order, Arc<[u8]>)>,
    feeder: JoinHandle<()>,
    listener: JoinHandle<()>,
    stderr: JoinHandle<String>,
}

impl Running {
    /// Starts a child with its first order and the bytes that follow it.
    pub fn start(program: &Path, layers: Layers, order: Order, follow: Arc<[u8]>) -> Result<Self, SandboxError> {
        let failed = |source| SandboxError::Spawn {
            program: program.display().to_string(),
            source,
        };
        let cap = match &order {
            Order::Job { spec, .. } => spec.limits.output_bytes,
            _ => 0,
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
        let (orders, given) = mpsc::channel::<(Order, Arc<[u8]>)>();
        let feeder = thread::spawn(move || {
            for (order, follow) in given {
                // A child that ended early does not read on; its own report or exit tells why.
                if protocol::send(&mut stdin, &order, &[&follow]).is_err() {
                    return;
                }
            }
        });
        // Whoever takes them has just started.
        let _ = orders.send((order, follow));
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
            orders,
            feeder,
            listener,
            stderr,
        })
    }

    /// Process id of the child.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until the child is confined; all that a probe is for, and the child leaves by itself.
    pub fn listen_probe(&mut self) -> Result<(), SandboxError> {
        match self
            .next(PROBE_TIME, self.started + PROBE_TIME, &Stop::default(), 0)?
            .event
        {
            Event::Ready => Ok(()),
            Event::Layer { layer, reason } => Err(SandboxError::Layer { layer, reason }),
            other => Err(unexpected(&other, 0)),
        }
    }

    /// Waits until the module is taken in.
    pub fn listen_admission(&mut self, time: Duration, stop: &Stop) -> Result<(), SandboxError> {
        let deadline = self.started + time + GRACE;
        let mut ready = false;
        loop {
            match self.next(time, deadline, stop, 0)?.event {
                Event::Ready if !ready => ready = true,
                Event::Layer { layer, reason } if !ready => return Err(SandboxError::Layer { layer, reason }),
                Event::Admitted if ready => return Ok(()),
                Event::Failed { error } if ready => return Err(failed(error, time, 0)),
                other => return Err(unexpected(&other, 0)),
            }
        }
    }

    /// Lets the job run and takes events until the last; any error leaves the child to be killed.
    pub fn run(
        &mut self,
        job: &Job,
        stop: &Stop,
        transcript: &mut Transcript,
        on_step: &mut dyn FnMut(&StepRecord),
    ) -> Result<(), SandboxError> {
        let deadline = Instant::now() + job.time + GRACE;
        let input_bytes = job.input.len() as u64;
        // One that has ended says so below.
        let _ = self.orders.send((Order::Run { input_bytes }, job.input.clone()));
        let mut output = false;
        loop {
            let steps = transcript.len();
            let Said { event, bytes: raw } = self.next(job.time, deadline, stop, steps)?;
            let due = steps < job.spec.steps;
            let step = match event {
                Event::Step { fuel, .. } if due => Step {
                    written: Written::Output(&raw),
                    fuel,
                },
                Event::State { digest, bytes, fuel } if due => Step {
                    written: Written::State { digest, bytes },
                    fuel,
                },
                Event::Output { .. } if !due && !output => {
                    output = true;
                    transcript.put_output(raw)?;
                    continue;
                }
                Event::Done if !due => return Ok(()),
                Event::Failed { error } => return Err(failed(error, job.time, steps)),
                other => return Err(unexpected(&other, steps)),
            };
            on_step(transcript.push(&step)?);
        }
    }

    /// The next event, unless the time is over or the run called off.
    fn next(&mut self, time: Duration, deadline: Instant, stop: &Stop, steps: u32) -> Result<Said, SandboxError> {
        loop {
            if stop.load(Ordering::Relaxed) {
                return Err(SandboxError::Stopped { steps });
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(SandboxError::Deadline { time, steps });
            }
            match self.events.recv_timeout(left.min(POLL)) {
                Ok(Ok(said)) => return Ok(said),
                Ok(Err(reason)) => return Err(SandboxError::Protocol { reason }),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(SandboxError::Died {
                        how: String::new(),
                        steps,
                        stderr: String::new(),
                    })
                }
            }
        }
    }

    /// Leaves nothing behind: kills the process group unless the child ended by itself, and waits until every holder
    /// of the pipes is gone. A child that closed its pipe without a last word is described by its exit and what it left
    /// on standard error.
    pub fn end<T>(mut self, end: Result<T, SandboxError>) -> Result<T, SandboxError> {
        drop((self.events, self.orders));
        if end.is_err() && !matches!(self.child.try_wait(), Ok(Some(_))) {
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
        let stderr = if stderr.is_empty() {
            stderr
        } else {
            format!("; it left: {stderr}")
        };
        match end {
            Err(SandboxError::Died { steps, .. }) => Err(SandboxError::Died { how, steps, stderr }),
            other => other,
        }
    }
}

/// The child's own word on its end.
fn failed(error: RuntimeError, time: Duration, steps: u32) -> SandboxError {
    match error {
        RuntimeError::Interrupted { .. } => SandboxError::Deadline { time, steps },
        other => other.into(),
    }
}

fn unexpected(event: &Event, steps: u32) -> SandboxError {
    SandboxError::Protocol {
        reason: format!("{event:?} after {steps} steps"),
    }
}

/// The next event; nothing at the end of the pipe, also where it ends within an event, as a killed child leaves it.
fn hear(from: &mut impl Read, cap: u64) -> io::Result<Option<Said>> {
    let said = protocol::receive::<Event>(from).and_then(|event| {
        let Some(event) = event else { return Ok(None) };
        let len = match event {
            Event::Step { bytes, .. } | Event::Output { bytes } => bytes,
            _ => 0,
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
