//! The agent's side: asks, waits until a deadline, and kills a worker that misses it.

mod process;

use std::process::Command;
use std::time::{Duration, Instant};

use crate::protocol::{Reply, Request};
use crate::{Adapters, GpuError, Hits, Kind, Range, Rate};
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
        self.patience = patience;
        self
    }

    /// Process id of the worker, while one runs.
    pub fn worker(&self) -> Option<u32> {
        self.process.as_ref().map(Process::id)
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
