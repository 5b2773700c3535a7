//! Measures the machine: what a provider can promise before any proof on chain. Every figure of the processor is work per
//! second over some seconds with all threads at once, after a warm-up that does not count; those of graphics processors
//! are medians over many short slices.

mod compute;
mod gpu;
mod memory;
mod report;
mod terminal;

use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use joule_work::WorkError;

use crate::tickets::{self, CpuShare, Pace, Search, Until};

pub use gpu::{DeviceReport, GpuReport};
pub use report::Report;
pub use terminal::terminal_progress;

/// Tickets kept while their rate is measured.
const TICKETS: u32 = 256;

/// How to measure.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub threads: usize,
    /// Share of a core for each thread; the figures shrink with it.
    pub share: CpuShare,
    /// Time for each of the tests.
    pub time: Duration,
}

impl Default for Options {
    /// All cores, without limit, two seconds a test.
    fn default() -> Self {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        Self {
            threads,
            share: CpuShare::FULL,
            time: Duration::from_secs(2),
        }
    }
}

/// One of the tests, in the order they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    Blake3,
    Tickets,
    F32,
    Int8,
    Memory,
}

impl Test {
    pub const ALL: [Self; 5] = [Self::Blake3, Self::Tickets, Self::F32, Self::Int8, Self::Memory];

    /// For people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Blake3 => "BLAKE3, large blocks",
            Self::Tickets => "tickets (phase A)",
            Self::F32 => "matrix product, f32",
            Self::Int8 => "matrix product, int8",
            Self::Memory => "memory, triad",
        }
    }

    /// Unit of its rate.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Blake3 | Self::Memory => "bytes/s",
            Self::Tickets => "tickets/s",
            Self::F32 => "FLOP/s",
            Self::Int8 => "operations/s",
        }
    }
}

/// What [`run`] tells while it runs.
#[derive(Clone, Debug)]
pub enum Progress {
    /// A test begins and takes about this long.
    Begin { title: &'static str, time: Duration },
    /// It ended with this rate, or with what went wrong.
    End { title: &'static str, text: String },
}

/// Runs every test. `worker` makes the command that starts a GPU worker; without it only the processor is measured.
///
/// # Errors
/// Those of the ticket search, which a fixed and valid k rules out.
pub fn run(
    options: &Options,
    worker: Option<&dyn Fn() -> Command>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Report, WorkError> {
    let mut report = Report::about(options);
    for test in Test::ALL {
        let (title, time) = (test.title(), options.time);
        progress(Progress::Begin { title, time });
        let rate = match test {
            Test::Blake3 => rate(options, compute::blake3),
            Test::Tickets => ticket_rate(options)?,
            Test::F32 => compute::on_one_thread_each(options, compute::f32_product),
            Test::Int8 => compute::on_one_thread_each(options, compute::int8_product),
            Test::Memory => rate(options, || memory::triad(options.threads)),
        };
        report.set(test, rate);
        let text = report::human(rate, test.unit());
        progress(Progress::End { title, text });
    }
    if let Some(worker) = worker {
        report.gpu = Some(gpu::run(options, worker, progress)?);
    }
    Ok(report)
}

/// Units per second of all threads together. `make` prepares a thread's work and returns what does a piece of it and
/// tells how many units that was.
fn rate<W: FnMut() -> u64>(options: &Options, make: impl Fn() -> W + Sync) -> f64 {
    let ready = Barrier::new(options.threads.max(1));
    let one = || {
        let mut piece = make();
        piece();
        ready.wait();
        let (started, mut pace) = (Instant::now(), Pace::start(options.share));
        let mut units = 0;
        while started.elapsed() < options.time {
            units += piece();
            pace.rest(options.time.saturating_sub(started.elapsed()));
        }
        units as f64 / started.elapsed().as_secs_f64()
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..options.threads.max(1)).map(|_| scope.spawn(one)).collect();
        threads.into_iter().filter_map(|t| t.join().ok()).sum()
    })
}

fn ticket_rate(options: &Options) -> Result<f64, WorkError> {
    let (stop, tried) = (AtomicBool::new(false), AtomicU64::new(0));
    let started = Instant::now();
    let found = tickets::search(&Search {
        seed: [0; 32],
        k: TICKETS,
        until: Until::Deadline(started + options.time),
        threads: options.threads,
        share: options.share,
        stop: &stop,
        tried: &tried,
    })?;
    Ok(found.units as f64 / started.elapsed().as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tickets::thread_time;

    #[test]
    fn every_test_runs_and_is_reported() {
        let options = Options {
            threads: 2,
            share: CpuShare::FULL,
            time: Duration::from_millis(60),
        };
        let mut seen = Vec::new();
        let report = run(&options, None, &mut |p| {
            if let Progress::End { title, .. } = p {
                seen.push(title);
            }
        })
        .unwrap();
        assert_eq!(seen, Test::ALL.map(Test::title));
        assert!(Test::ALL.iter().all(|t| report.get(*t) > 1000.0), "{report:?}");
        assert_eq!(report.gpu, None);
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(serde_json::from_value::<Report>(json).unwrap(), report);
        let table = report.table();
        assert!(Test::ALL.iter().all(|t| table.contains(t.title())), "{table}");
    }

    #[test]
    fn a_share_holds_while_measuring() {
        let share = CpuShare::percent(10).unwrap();
        let options = Options {
            threads: 2,
            share,
            time: Duration::from_millis(500),
        };
        // Counts the processor time that it uses, in microseconds.
        let used = rate(&options, || {
            let mut before = thread_time();
            move || {
                let begun = Instant::now();
                while begun.elapsed() < Duration::from_millis(1) {
                    std::hint::spin_loop();
                }
                let now = thread_time();
                let used = now - std::mem::replace(&mut before, now);
                u64::try_from(used.as_micros()).unwrap()
            }
        });
        // A crowded machine may give less than the share, never more.
        assert!(
            used > 1000.0 && used < 2.0 * 130_000.0,
            "{used} microseconds a second on two threads"
        );
    }
}
