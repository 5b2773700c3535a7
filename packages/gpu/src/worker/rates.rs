//! Peaks of arithmetic, and bandwidth.

use std::time::Duration;

use wgpu::BufferUsages;

use super::bench::repeated;
use super::device::{Gpu, Kernel};
use crate::{GpuError, Kind, Rate};

const FMA: &str = include_str!("../kernels/fma_peak.wgsl");
const MAD: &str = include_str!("../kernels/mad_peak.wgsl");
const TRIAD: &str = include_str!("../kernels/triad.wgsl");
/// Turns of the loop of a peak kernel, and multiply-adds of each turn: four chained steps of 8 vectors of 4.
const TURNS: u32 = 256;
const MADS: u32 = 4 * 8 * 4;
/// Invocations of a workgroup of the peak kernels and of the triad.
const GROUP: u32 = 256;
/// Bytes of each array of the triad and the copy: more than caches hold; and on a software adapter, which is here to
/// be tested.
const ARRAY: u64 = 256 << 20;
const SOFTWARE_ARRAY: u64 = 32 << 20;
/// Memory is measured in pieces of this many bytes.
const PIECE: u64 = 256 << 20;
/// Factor of the triad.
const FACTOR: f32 = 3.0;

/// Independent chains of multiply-adds, from registers to registers.
pub fn peak(gpu: &Gpu, kind: Kind, budget: Duration) -> Result<Rate, GpuError> {
    let (source, label) = match kind {
        Kind::MadPeak => (MAD, "mad peak"),
        _ => (FMA, "fma peak"),
    };
    let groups = if gpu.is_software() { 16 } else { 8192 };
    let pipeline = gpu.own(label, source, &format!("const TURNS = {TURNS}u;\n"))?;
    // Factor and summand, as floating-point numbers and as integers: x -> 1 - x, whose iteration is exact.
    let input = gpu.words([(-1.0f32).to_bits(), 1.0f32.to_bits(), MULTIPLIER, INCREMENT])?;
    let invocations = groups * GROUP;
    let output = gpu.buffer(u64::from(invocations) * 4, BufferUsages::STORAGE)?;
    let kernel = Kernel {
        group: gpu.bind(&pipeline, &[&input, &output])?,
        pipeline,
        grid: [groups, 1],
    };
    gpu.dispatch(&kernel, 1)?;
    let seen = gpu.read_words(&output, u64::from(invocations))?;
    let wanted = |lane: u32| match kind {
        Kind::MadPeak => mad_result(lane),
        // An even number of steps brings each number back.
        _ => (0..32).map(|i| (lane % 64 + i) as f32).sum::<f32>().to_bits(),
    };
    if (0..).zip(&seen).any(|(lane, word)| *word != wanted(lane)) {
        return Err(GpuError::WrongAnswer { kernel: label.into() });
    }
    let units = 2.0 * f64::from(MADS) * f64::from(TURNS) * f64::from(invocations);
    let how = format!("32 chains, {invocations} invocations");
    repeated(kind, budget, how, units, |times| gpu.dispatch(&kernel, times))
}

const MULTIPLIER: u32 = 1_664_525;
const INCREMENT: u32 = 1_013_904_223;

/// What the integer kernel writes for a lane: each of its 32 numbers goes through the same steps.
fn mad_result(lane: u32) -> u32 {
    // `x -> m x + c` applied n times is `M x + C`; doubling n squares M and adds M C to C. The steps are a power of two.
    let (mut m, mut c) = (MULTIPLIER, INCREMENT);
    for _ in 0..(4 * TURNS).ilog2() {
        c = m.wrapping_mul(c).wrapping_add(c);
        m = m.wrapping_mul(m);
    }
    (0..32).fold(0, |sum: u32, i| {
        sum.wrapping_add((lane % 64 + i).wrapping_mul(m).wrapping_add(c))
    })
}

/// Bytes of each array.
fn array(gpu: &Gpu) -> u64 {
    let wanted = if gpu.is_software() { SOFTWARE_ARRAY } else { ARRAY };
    wanted.min(gpu.device.limits().max_storage_buffer_binding_size)
}

pub fn triad(gpu: &Gpu, budget: Duration) -> Result<Rate, GpuError> {
    let bytes = array(gpu);
    // One invocation does one vector of four; the groups stay within what one dimension holds.
    let groups = u32::try_from(bytes / 16 / u64::from(GROUP)).unwrap_or(u32::MAX);
    let grid = [groups.min(1 << 15), groups.div_ceil(1 << 15)];
    let vectors = u64::from(grid[0]) * u64::from(grid[1]) * u64::from(GROUP);
    let bytes = vectors * 16;
    let pipeline = gpu.own("triad", TRIAD, &format!("const FACTOR = {FACTOR:?}f;\n"))?;
    let [a, b, c] = [(); 3].map(|()| gpu.buffer(bytes, BufferUsages::STORAGE));
    let (a, b, c) = (a?, b?, c?);
    let head: Vec<u8> = (0..1024u32).flat_map(|i| (i as f32).to_le_bytes()).collect();
    gpu.queue.write_buffer(&b, 0, &head);
    gpu.queue.write_buffer(&c, 0, &head);
    let kernel = Kernel {
        group: gpu.bind(&pipeline, &[&a, &b, &c])?,
        pipeline,
        grid,
    };
    gpu.dispatch(&kernel, 1)?;
    let sums = gpu.read_words(&a, 1025)?;
    let wanted = (0..1024).map(|i| i as f32 * (1.0 + FACTOR)).chain([0.0]);
    if !sums.iter().copied().eq(wanted.map(f32::to_bits)) {
        return Err(GpuError::WrongAnswer { kernel: "triad".into() });
    }
    let how = format!("3 arrays of {} MiB, kernel", bytes >> 20);
    repeated(Kind::Triad, budget, how, 3.0 * bytes as f64, |times| {
        gpu.dispatch(&kernel, times)
    })
}

pub fn copy(gpu: &Gpu, budget: Duration) -> Result<Rate, GpuError> {
    let bytes = array(gpu);
    let (from, to) = (
        gpu.buffer(bytes, BufferUsages::empty())?,
        gpu.buffer(bytes, BufferUsages::empty())?,
    );
    gpu.queue.write_buffer(&from, bytes - 4, &[1, 2, 3, 4]);
    let run = |times| {
        gpu.run(|encoder| {
            for _ in 0..times {
                encoder.copy_buffer_to_buffer(&from, 0, &to, 0, bytes);
            }
        })
    };
    run(1)?;
    let last = gpu.buffer(4, BufferUsages::empty())?;
    gpu.run(|encoder| encoder.copy_buffer_to_buffer(&to, bytes - 4, &last, 0, 4))?;
    if gpu.read(&last, 4)? != [1, 2, 3, 4] {
        return Err(GpuError::WrongAnswer { kernel: "copy".into() });
    }
    let how = format!("2 buffers of {} MiB, command", bytes >> 20);
    repeated(Kind::Copy, budget, how, 2.0 * bytes as f64, run)
}

/// Bytes that can be taken and touched at once, in pieces, up to `most`.
pub fn memory(gpu: &Gpu, most: u64) -> Result<u64, GpuError> {
    let piece = PIECE.min(gpu.device.limits().max_buffer_size);
    let mut taken = Vec::new();
    while (taken.len() as u64 + 1) * piece <= most {
        let touched = gpu.buffer(piece, BufferUsages::empty()).and_then(|buffer| {
            gpu.run(|encoder| encoder.clear_buffer(&buffer, 0, None))?;
            Ok(buffer)
        });
        match touched {
            Ok(buffer) => taken.push(buffer),
            // Some drivers call it by another name, or lose the device over it. One piece that fits tells them apart from
            // those that do nothing at all.
            Err(_) if !taken.is_empty() => break,
            Err(error) => return Err(error),
        }
    }
    Ok(taken.len() as u64 * piece)
}
