//! The worker's side: one request at a time, from standard input to standard output.

mod adapters;
mod bench;
mod confine;
mod device;
mod gemm;
mod hash;
mod job;
mod memory;
mod rates;
mod trusted;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::process::exit;
use std::sync::mpsc;
use std::thread;

use joule_wgsl::StepOutput;

use crate::protocol::{Reply, Request};
use crate::{wire, GpuError};
use adapters::Found;
use device::Gpu;
use hash::TicketSearch;
use job::Job;

/// Serves requests until standard input ends. To be called from a process of its own: where the input ends while a
/// device hangs, the process exits at once.
pub fn serve() -> ! {
    confine::process();
    let mut out = match private_stdout() {
        Ok(out) => out,
        Err(e) => {
            eprintln!("{e}");
            exit(1);
        }
    };
    let (to, requests) = mpsc::channel();
    thread::spawn(move || {
        let mut stdin = io::stdin().lock();
        loop {
            match wire::receive::<Request>(&mut stdin) {
                Ok(Some(request)) => {
                    if to.send(Ok(request)).is_err() {
                        return;
                    }
                }
                Err(e) if e.kind() != io::ErrorKind::UnexpectedEof => {
                    let _ = to.send(Err(GpuError::protocol(e)));
                    return;
                }
                // The client is gone. Whatever the other thread waits for, nobody wants it.
                _ => exit(0),
            }
        }
    });
    let mut worker = Worker::default();
    for request in requests {
        let (reply, raw, last) = match request {
            Ok((request, raw)) => match worker.answer(request, raw) {
                Ok((reply, raw)) => (reply, raw, false),
                Err(error) => (Reply::Failed(error), Vec::new(), false),
            },
            Err(error) => (Reply::Failed(error), Vec::new(), true),
        };
        if wire::send(&mut out, &reply, &raw).is_err() || last {
            break;
        }
    }
    // Dropping a device can wait for it; the process's end does not.
    exit(1)
}

/// What was standard output, which from here on is standard error to everybody else: a driver that prints must not
/// come between frames.
#[cfg(unix)]
fn private_stdout() -> io::Result<impl Write> {
    let out = rustix::io::dup(io::stdout())?;
    rustix::stdio::dup2_stdout(io::stderr())?;
    Ok(std::fs::File::from(out))
}

#[cfg(not(unix))]
fn private_stdout() -> io::Result<impl Write> {
    Ok(io::stdout())
}

/// What is kept between requests.
#[derive(Default)]
struct Worker {
    found: Option<Found>,
    opened: BTreeMap<u32, Opened>,
    /// The job and the adapter that it is on.
    job: Option<(u32, Job)>,
}

/// A device and the search that is ready on it.
struct Opened {
    gpu: Gpu,
    search: Option<TicketSearch>,
}

impl Worker {
    fn answer(&mut self, request: Request, raw: Vec<u8>) -> Result<(Reply, Vec<u8>), GpuError> {
        let reply = match request {
            Request::Adapters => Reply::Adapters(self.found().describe()),
            Request::Bench { adapter, kind, budget } => {
                Reply::Rate(bench::run(&self.open(adapter)?.gpu, kind, budget)?)
            }
            Request::Memory { adapter, most } => Reply::Memory {
                bytes: rates::memory(&self.open(adapter)?.gpu, most)?,
            },
            Request::Tickets { adapter, seed, range } => {
                let Opened { gpu, search } = self.open(adapter)?;
                if search.is_none() {
                    *search = Some(TicketSearch::new(gpu)?);
                }
                let Some(search) = search else {
                    return Err(GpuError::protocol("no search"));
                };
                let (raw, overflowed) = search.run(gpu, &seed, range)?;
                return Ok((Reply::Tickets { overflowed }, raw));
            }
            Request::Load {
                adapter,
                bundle_bytes,
                fuel_per_step,
                limits,
            } => {
                let parts = raw.split_at_checked(bundle_bytes);
                let (bundle, input) = parts.ok_or_else(|| GpuError::protocol("a bundle longer than its frame"))?;
                let program = Job::admit(bundle, fuel_per_step, &limits)?;
                let steps = program.steps();
                let gpu = &self.open(adapter)?.gpu;
                if gpu.is_software() {
                    // For good: this process has no other work to do.
                    std::mem::forget(confine::memory(confine::SOFTWARE_JOB + 4 * limits.buffer_bytes));
                }
                self.job = Some((adapter, Job::new(gpu, program, input)?));
                Reply::Loaded { steps }
            }
            Request::Step { index } => {
                // It goes back only after a step that ended well.
                let (adapter, mut job) = self.job.take().ok_or(GpuError::NoJob)?;
                let StepOutput { written, fuel } = job.step(&self.open(adapter)?.gpu, index)?;
                self.job = Some((adapter, job));
                return Ok((Reply::Step { fuel }, written));
            }
            Request::Output => {
                let (adapter, job) = self.job.take().ok_or(GpuError::NoJob)?;
                let output = job.output(&self.open(adapter)?.gpu)?;
                self.job = Some((adapter, job));
                return Ok((Reply::Output, output));
            }
        };
        Ok((reply, Vec::new()))
    }

    fn found(&mut self) -> &Found {
        self.found.get_or_insert_with(Found::look)
    }

    fn open(&mut self, index: u32) -> Result<&mut Opened, GpuError> {
        if !self.opened.contains_key(&index) {
            let gpu = Gpu::open(self.found().get(index)?)?;
            self.opened.insert(index, Opened { gpu, search: None });
        }
        self.opened
            .get_mut(&index)
            .ok_or_else(|| GpuError::protocol("no device"))
    }
}
