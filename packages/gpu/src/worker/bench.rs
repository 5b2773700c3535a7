//! Measurements of our own kernels.

use std::time::{Duration, Instant};

use super::device::Gpu;
use super::hash::TicketSearch;
use super::{gemm, rates};
use crate::{GpuError, Kind, Rate};

/// What a slice should take: long against the time of a submission, short against the two seconds after which some
/// systems reset a device.
const SLICE: Duration = Duration::from_millis(50);
/// Clocks rise within this time. It counts towards the budget, at most with a third of it.
const WARM_UP: Duration = Duration::from_millis(300);
/// Fewer slices have no median worth the name.
const LEAST_SLICES: usize = 5;

pub fn run(gpu: &Gpu, kind: Kind, budget: Duration) -> Result<Rate, GpuError> {
    match kind {
        Kind::Hash => hash(gpu, budget),
        Kind::GemmF32 => gemm::tuned(gpu, kind, budget, gemm::F32),
        Kind::GemmF32Naive => gemm::tuned(gpu, kind, budget, gemm::NAIVE),
        Kind::GemmI8 => gemm::tuned(gpu, kind, budget, gemm::I8),
        Kind::FmaPeak | Kind::MadPeak => rates::peak(gpu, kind, budget),
        Kind::Triad => rates::triad(gpu, budget),
        Kind::Copy => rates::copy(gpu, budget),
    }
}

fn hash(gpu: &Gpu, budget: Duration) -> Result<Rate, GpuError> {
    let (mut search, mut first) = (TicketSearch::new(gpu)?, 0);
    let slice = || {
        let (count, time) = search.slice(gpu, first)?;
        first += u64::from(count);
        Ok((f64::from(count), time))
    };
    measure(Kind::Hash, budget, "64-byte blocks, the id in the last 8".into(), slice)
}

/// Warms up, runs slices until the budget is used, and takes the median of their rates. A slice returns its units and
/// its time.
pub fn measure(
    kind: Kind,
    budget: Duration,
    how: String,
    mut slice: impl FnMut() -> Result<(f64, Duration), GpuError>,
) -> Result<Rate, GpuError> {
    let begun = Instant::now();
    let warm = WARM_UP.min(budget / 3);
    while begun.elapsed() < warm {
        slice()?;
    }
    let mut seen = Vec::new();
    while seen.len() < LEAST_SLICES || begun.elapsed() < budget {
        let (units, time) = slice()?;
        seen.push(units / time.as_secs_f64().max(1e-9));
    }
    seen.sort_by(f64::total_cmp);
    let at = |i: usize| seen.get(i).copied().unwrap_or(0.0);
    Ok(Rate {
        kind,
        per_sec: at(seen.len() / 2),
        slices: u32::try_from(seen.len()).unwrap_or(u32::MAX),
        range: (at(0), at(seen.len() - 1)),
        how,
    })
}

/// Slices of something that is done `times` over in one submission, `times` being moved towards [`SLICE`]. Each doing is
/// `units` of work.
pub fn repeated(
    kind: Kind,
    budget: Duration,
    how: String,
    units: f64,
    mut run: impl FnMut(u32) -> Result<Duration, GpuError>,
) -> Result<Rate, GpuError> {
    let mut times = 1;
    measure(kind, budget, how, || {
        let (done, time) = (times, run(times)?);
        let factor = SLICE.as_secs_f64() / time.as_secs_f64().max(1e-6);
        times = ((f64::from(times) * factor.clamp(0.25, 8.0)) as u32).clamp(1, 4096);
        Ok((f64::from(done) * units, time))
    })
}
