//! A worker process, its pipes, and its end.

use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use crate::protocol::{Reply, Request};
use crate::{wire, GpuError};

/// What a Vulkan loader and a driver may need of the environment. Everything else stays here.
const KEPT: [&str; 9] = [
    "LD_LIBRARY_PATH",
    "LP_NUM_THREADS",
    "SYSTEMROOT",
    "TEMP",
    "VK_ADD_DRIVER_FILES",
    "VK_DRIVER_FILES",
    "VK_ICD_FILENAMES",
    "VK_LOADER_DRIVERS_SELECT",
    "XDG_DATA_DIRS",
];
/// What is kept of the worker's standard error.
const STDERR_BYTES: usize = 4 << 10;
/// Wait for status and last words of a worker that closed its pipe.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// Takes the environment away, but for what the command sets itself and [`KEPT`].
pub fn scrub(mut command: Command) -> Command {
    let set: Vec<_> = command
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect();
    command.env_clear();
    // A layer of Mesa looks for a display and complains when there is none.
    command.env("NODEVICE_SELECT", "1");
    command.envs(KEPT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    command.envs(set);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        // A signal from the terminal is for the agent, which ends its workers itself.
        command.process_group(0);
    }
    command
}

type Answer = io::Result<Option<(Reply, Vec<u8>)>>;

/// A running worker. Dropping it kills it: a device that hangs is not waited for, and its process takes it along.
#[derive(Debug)]
pub struct Process {
    child: Child,
    questions: Sender<(Request, Vec<u8>)>,
    answers: Receiver<Answer>,
    stderr: Receiver<String>,
}

impl Process {
    pub fn start(command: &mut Command) -> Result<Self, GpuError> {
        let failed = |source: io::Error, command: &Command| GpuError::Spawn {
            program: command.get_program().to_string_lossy().into_owned(),
            reason: source.to_string(),
        };
        let mut child = command.spawn().map_err(|e| failed(e, command))?;
        let (Some(mut stdin), Some(mut stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(failed(io::Error::other("no pipes"), command));
        };
        // The threads end with the pipes, that is, with the worker; nobody waits for them.
        let (questions, to_ask) = mpsc::channel::<(Request, Vec<u8>)>();
        thread::spawn(move || {
            for (request, raw) in to_ask {
                // A worker that ended does not read on; its answers end too.
                if wire::send(&mut stdin, &request, &raw).is_err() {
                    return;
                }
            }
        });
        let (to, answers) = mpsc::channel();
        thread::spawn(move || loop {
            let answer = wire::receive::<Reply>(&mut stdout);
            let last = !matches!(answer, Ok(Some(_)));
            if to.send(answer).is_err() || last {
                return;
            }
        });
        let (to, kept) = mpsc::channel();
        thread::spawn(move || {
            let _ = to.send(keep_some(stderr));
        });
        Ok(Self {
            child,
            questions,
            answers,
            stderr: kept,
        })
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Asks and waits. After an error the process is of no more use.
    pub fn ask(&mut self, request: Request, raw: Vec<u8>, deadline: Instant) -> Result<(Reply, Vec<u8>), GpuError> {
        let (what, asked) = (request.name(), Instant::now());
        if self.questions.send((request, raw)).is_err() {
            return Err(self.died(what));
        }
        match self.answers.recv_timeout(deadline.saturating_duration_since(asked)) {
            Ok(Ok(Some(answer))) => Ok(answer),
            Ok(Err(e)) if e.kind() != io::ErrorKind::UnexpectedEof => Err(GpuError::protocol(e)),
            Ok(_) | Err(RecvTimeoutError::Disconnected) => Err(self.died(what)),
            Err(RecvTimeoutError::Timeout) => Err(GpuError::Deadline {
                what: what.into(),
                ms: u64::try_from(asked.elapsed().as_millis()).unwrap_or(u64::MAX),
            }),
        }
    }

    /// The pipe closed: the exit says why.
    fn died(&mut self, what: &str) -> GpuError {
        let until = Instant::now() + LAST_WORDS;
        let how = loop {
            match self.child.try_wait() {
                Ok(Some(status)) => break status.to_string(),
                Ok(None) if Instant::now() < until => thread::sleep(Duration::from_millis(2)),
                // It closed its pipe and lives on; dropping it ends that.
                Ok(None) => break "closing its pipe".into(),
                Err(e) => break e.to_string(),
            }
        };
        let left = self.stderr.recv_timeout(LAST_WORDS).unwrap_or_default();
        GpuError::Died {
            what: what.into(),
            how: if left.is_empty() {
                how
            } else {
                format!("{how} ({left})")
            },
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Fails only where it ended before.
        let _ = self.child.kill();
        let _ = self.child.wait();
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
