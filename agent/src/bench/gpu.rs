//! Measures the graphics processors: each adapter by kernels of its own, in a worker process.

use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Instant;

use joule_gpu::{Adapter, AdapterKind, Adapters, Dot, GpuClient, Kind, Rate, State};
use joule_work::WorkError;
use serde::{Deserialize, Serialize};

use super::report::human;
use super::{Options, Progress, TICKETS};
use crate::tickets::{Preference, Search, Searcher, Until};

/// Measured of every device, in this order.
const KINDS: [Kind; 7] = [
    Kind::Hash,
    Kind::GemmF32,
    Kind::GemmI8,
    Kind::FmaPeak,
    Kind::MadPeak,
    Kind::Triad,
    Kind::Copy,
];
/// No more than this is taken to measure memory.
const MOST_MEMORY: u64 = 256 << 30;
const SEARCH: &str = "tickets (phase A)";

/// What was found and measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GpuReport {
    /// `no_adapter` with its reason, `software` or `hardware` with a name.
    #[serde(flatten)]
    pub state: State,
    /// The state in words, with what to do about it.
    pub words: String,
    /// The devices: the real ones, or the software adapter where there is no other.
    pub devices: Vec<DeviceReport>,
}

/// A device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeviceReport {
    #[serde(flatten)]
    pub adapter: Adapter,
    /// Medians, with the slowest and fastest slice.
    pub rates: Vec<Rate>,
    /// Tickets of phase A tried by the search that windows are proved with, transfers and all; the best adapter's.
    pub tickets_per_sec: Option<f64>,
    /// Rate of f32 matrix products over the peak of fused multiply-adds.
    pub f32_share_of_peak: Option<f64>,
    /// Bytes a second to judge the memory by: the triad's on real devices; the copy command's on a software adapter,
    /// whose kernels load lane by lane.
    pub bytes_per_sec: Option<f64>,
    /// Measurements that failed, with the reason.
    pub failures: Vec<String>,
}

impl DeviceReport {
    fn rate(&self, kind: Kind) -> Option<f64> {
        self.rates
            .iter()
            .find(|rate| rate.kind == kind)
            .map(|rate| rate.per_sec)
    }
}

/// Lists and measures. A failure of the worker is part of the report: the processor's figures stand without it.
///
/// # Errors
/// Those of the ticket search, which a fixed and valid k rules out.
pub fn run(
    options: &Options,
    worker: impl Fn() -> Command,
    progress: &mut dyn FnMut(Progress),
) -> Result<GpuReport, WorkError> {
    let mut client = GpuClient::new(worker());
    let found = client.adapters().unwrap_or_else(|error| Adapters {
        state: State::NoAdapter {
            reason: error.to_string(),
        },
        list: Vec::new(),
    });
    let mut report = GpuReport {
        words: found.state.words(),
        state: found.state,
        devices: Vec::new(),
    };
    let real = |adapter: &Adapter| adapter.kind != AdapterKind::Software;
    for adapter in found.list {
        if !real(&adapter) && report.state.may_sell() {
            continue;
        }
        let mut device = measure(&mut client, adapter, options, progress);
        if device.adapter.index == 0 {
            let time = options.time;
            progress(Progress::Begin { title: SEARCH, time });
            let rate = ticket_rate(options, worker())?;
            device.tickets_per_sec = Some(rate);
            progress(Progress::End {
                title: SEARCH,
                text: human(rate, "tickets/s"),
            });
        }
        report.devices.push(device);
    }
    Ok(report)
}

fn measure(
    client: &mut GpuClient,
    adapter: Adapter,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> DeviceReport {
    let mut device = DeviceReport {
        adapter,
        rates: Vec::new(),
        tickets_per_sec: None,
        f32_share_of_peak: None,
        bytes_per_sec: None,
        failures: Vec::new(),
    };
    if device.adapter.memory_bytes.is_none() && device.adapter.kind != AdapterKind::Software {
        device.adapter.memory_bytes = client.measure_memory(device.adapter.index, MOST_MEMORY).ok();
    }
    for kind in KINDS {
        let (title, time) = (title(kind), options.time);
        progress(Progress::Begin { title, time });
        let text = match client.bench(device.adapter.index, kind, time) {
            Ok(rate) => {
                let text = human(rate.per_sec, unit(kind));
                device.rates.push(rate);
                text
            }
            Err(error) => {
                device.failures.push(format!("{title}: {error}"));
                error.to_string()
            }
        };
        progress(Progress::End { title, text });
    }
    let peak = device.rate(Kind::FmaPeak).filter(|peak| *peak > 0.0);
    device.f32_share_of_peak = device.rate(Kind::GemmF32).zip(peak).map(|(rate, peak)| rate / peak);
    device.bytes_per_sec = device.rate(match device.adapter.kind {
        AdapterKind::Software => Kind::Copy,
        _ => Kind::Triad,
    });
    device
}

/// The rate of a whole search on the best adapter.
fn ticket_rate(options: &Options, worker: Command) -> Result<f64, WorkError> {
    let searcher = Searcher::new(Preference::Gpu, worker);
    let (stop, tried) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut wanted = Search {
        seed: [0; 32],
        k: TICKETS,
        until: Until::Units(1 << 20),
        threads: options.threads,
        share: options.share,
        stop: &stop,
        tried: &tried,
    };
    // Compiles, and learns how much fits a dispatch.
    searcher.search(&wanted)?;
    let started = Instant::now();
    wanted.until = Until::Deadline(started + options.time);
    let found = searcher.search(&wanted)?;
    Ok(found.units as f64 / started.elapsed().as_secs_f64())
}

/// For people.
fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::Hash => "BLAKE3, single blocks",
        Kind::GemmF32 => "matrix product, f32",
        Kind::GemmF32Naive => "matrix product, textbook",
        Kind::GemmI8 => "matrix product, int8",
        Kind::FmaPeak => "peak, f32 multiply-add",
        Kind::MadPeak => "peak, i32 multiply-add",
        Kind::Triad => "memory, triad",
        Kind::Copy => "memory, copy",
    }
}

fn unit(kind: Kind) -> &'static str {
    match kind {
        Kind::Hash => "hashes/s",
        Kind::GemmF32 | Kind::GemmF32Naive | Kind::FmaPeak => "FLOP/s",
        Kind::GemmI8 | Kind::MadPeak => "operations/s",
        Kind::Triad | Kind::Copy => "bytes/s",
    }
}

/// Rows of a device for people: what, and how much.
pub fn rows(device: &DeviceReport) -> Vec<[String; 2]> {
    let adapter = &device.adapter;
    let mut rows = vec![["driver".into(), adapter.driver.clone()]];
    if let Some(bytes) = adapter.memory_bytes {
        rows.push(["memory".into(), format!("{} MiB", bytes >> 20)]);
    }
    let dot = match adapter.int8_dot {
        Dot::Native => "an instruction",
        Dot::Slow => "offered, not accelerated",
        Dot::Emulated => "emulated",
        Dot::Unknown => "unknown",
    };
    rows.push(["int8 dot product".into(), dot.into()]);
    for rate in &device.rates {
        rows.push([title(rate.kind).into(), human(rate.per_sec, unit(rate.kind))]);
    }
    if let Some(rate) = device.tickets_per_sec {
        rows.push([SEARCH.into(), human(rate, "tickets/s")]);
    }
    if let Some(share) = device.f32_share_of_peak {
        rows.push(["f32 product of peak".into(), format!("{:.0} %", share * 100.0)]);
    }
    let failed = |text: &String| ["failed".into(), text.clone()];
    rows.extend(device.failures.iter().map(failed));
    rows
}
