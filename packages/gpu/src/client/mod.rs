//! The agent's side: asks, waits until a deadline, and kills a worker that misses it.

mod process;

use std::process::Command;
use std::time::{Duration, Instant};

use joule_wgsl::StepOutput;

use crate::protocol::{Reply, Request};
use crate::{Adapters, GpuError, Hits, Job, Kind, Range, Rate};
use process::Process;

/// For requests of our own kernels, beyond the time they are asked to take: start, driver, compiling, first dispatch.
const PATIENCE: Duration = Duration::from_secs(60);

/// A worker process and the questions it answers. It is started by the first question, and again by the next one after
/// it died or was killed; it ends with this value.
#[derive(Debug)]
pub struct GpuClient {
    command: Command,
    process: Option<Process>,
    patience: Duration,
}

impl GpuClient {
    /// A client whose worker is started by `command`: this program's `gpu-worker` subcommand, or whatever else ends in
    /// [`crate::serve`]. Of the environment the worker gets what the command sets, and what a Vulkan loader looks at.
    pub fn new(command: Command) -> Self {
        Self {
            command: process::scrub(command),
            process: None,
            patience: PATIENCE,
        }
    }

    /// Waits this long for our own kernels, beyond the time they are asked to take, instead of a minute.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.set_patience(patience);
        self
    }

    /// As [`Self::with_patience`], from the next question on.
    pub fn set_patience(&mut self, patience: Duration) {
        self.patience = patience;
    }

    /// Process id of the worker, while one runs.
    pub fn worker(&self) -> Option<u32> {
        self.process.as_ref().map(Process::id)
    }

    /// Ends the worker until the next question: an opened device holds memory and keeps some cards from resting.
    pub fn rest(&mut self) {
        self.process = None;
    }

    /// Lists the adapters. No adapter is an answer, not an error.
    ///
    /// # Errors
    /// Those of the worker.
    pub fn adapters(&mut self) -> Result<Adapters, GpuError> {
        match self.ask_own(Request::Adapters, Duration::ZERO)? {
            (Reply::Adapters(adapters), _) => Ok(adapters),
            (other, _) => Err(self.confused(&other)),
        }
    }

    /// Measures for about `budget`.
    ///
    /// # Errors
    /// Those of the worker and of the adapter.
    pub fn bench(&mut self, adapter: u32, kind: Kind, budget: Duration) -> Result<Rate, GpuError> {
        match self.ask_own(Request::Bench { adapter, kind, budget }, budget)? {
            (Reply::Rate(rate), _) => Ok(rate),
            (other, _) => Err(self.confused(&other)),
        }
    }

    /// Finds out how much memory an adapter has by taking and touching it, up to `most` bytes: for backends that do not
    /// tell ([`crate::Adapter::memory_bytes`]). Takes it from everybody else meanwhile; the worker is ended afterwards.
    ///
    /// # Errors
    /// Those of the worker and of the adapter.
    pub fn measure_memory(&mut self, adapter: u32, most: u64) -> Result<u64, GpuError> {
        let answer = self.ask_own(Request::Memory { adapter, most }, Duration::ZERO)?;
        self.process = None;
        match answer {
            (Reply::Memory { bytes }, _) => Ok(bytes),
            (other, _) => Err(self.confused(&other)),
        }
    }

    /// Tries a range of tickets. `count` should take the adapter less than a few seconds.
    ///
    /// # Errors
    /// Those of the worker and of the adapter.
    pub fn tickets(&mut self, adapter: u32, seed: &[u8; 32], range: Range) -> Result<Hits, GpuError> {
        let request = Request::Tickets {
            adapter,
            seed: *seed,
            range,
        };
        match self.ask_own(request, Duration::ZERO)? {
            (Reply::Tickets { overflowed }, raw) if raw.len() % 16 == 0 => {
                let (words, _) = raw.as_chunks::<8>();
                let words: Vec<u64> = words.iter().map(|word| u64::from_le_bytes(*word)).collect();
                let (pairs, _) = words.as_chunks::<2>();
                Ok(Hits {
                    tickets: pairs.iter().map(|[id, value]| (*value, *id)).collect(),
                    overflowed,
                })
            }
            (other, _) => Err(self.confused(&other)),
        }
    }

    /// Admits and prepares a job in a worker of its own: whatever worked before is ended first. Returns its steps. The
    /// deadline is the job's: `step` and `output` take it again, and compiling, which some drivers put off to the first
    /// dispatch, counts.
    ///
    /// # Errors
    /// A refusal of `joule_wgsl::admit`, and those of the worker and of the adapter.
    pub fn load(&mut self, job: &Job<'_>, deadline: Instant) -> Result<u32, GpuError> {
        self.process = None;
        let request = Request::Load {
            adapter: job.adapter,
            bundle_bytes: job.bundle.len(),
            fuel_per_step: job.fuel_per_step,
            limits: job.limits,
        };
        match self.ask(request, [job.bundle, job.input].concat(), deadline)? {
            (Reply::Loaded { steps }, _) => Ok(steps),
            (other, _) => Err(self.confused(&other)),
        }
    }

    /// Runs a step of the loaded job. Steps come in order, each once.
    ///
    /// # Errors
    /// `gpu.no_job`, a stop of the program, and those of the worker and of the adapter. After any of them the job is gone.
    pub fn step(&mut self, index: u32, deadline: Instant) -> Result<StepOutput, GpuError> {
        match self.ask_job(Request::Step { index }, deadline)? {
            (Reply::Step { fuel }, written) => Ok(StepOutput { written, fuel }),
            (other, _) => Err(self.confused(&other)),
        }
    }

    /// The output buffer of the loaded job as it is now.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub fn output(&mut self, deadline: Instant) -> Result<Vec<u8>, GpuError> {
        match self.ask_job(Request::Output, deadline)? {
            (Reply::Output, output) => Ok(output),
            (other, _) => Err(self.confused(&other)),
        }
    }

    /// A worker that has to be started knows no job.
    fn ask_job(&mut self, request: Request, deadline: Instant) -> Result<(Reply, Vec<u8>), GpuError> {
        if self.process.is_none() {
            return Err(GpuError::NoJob);
        }
        self.ask(request, Vec::new(), deadline)
    }

    fn ask_own(&mut self, request: Request, time: Duration) -> Result<(Reply, Vec<u8>), GpuError> {
        self.ask(request, Vec::new(), Instant::now() + self.patience + time)
    }

    /// One question and its answer. Whatever goes wrong outside of the worker's own answers ends the worker.
    fn ask(&mut self, request: Request, raw: Vec<u8>, deadline: Instant) -> Result<(Reply, Vec<u8>), GpuError> {
        let mut running = self.process.take();
        if !running.as_mut().is_some_and(Process::is_alive) {
            running = None;
        }
        let mut process = match running {
            Some(process) => process,
            None => Process::start(&mut self.command)?,
        };
        // Dropped on an error, and so killed.
        let (reply, raw) = process.ask(request, raw, deadline)?;
        self.process = Some(process);
        match reply {
            Reply::Failed(error) => Err(error),
            other => Ok((other, raw)),
        }
    }

    /// An answer to another question: nothing that follows can be trusted.
    fn confused(&mut self, reply: &Reply) -> GpuError {
        self.process = None;
        GpuError::protocol(format!("the worker answered another question: {reply:?}"))
    }
}
