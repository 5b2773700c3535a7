//! Products of square matrices: a few tilings, the fastest of which is measured.

use std::time::Duration;

use wgpu::{Buffer, BufferUsages};

use super::bench::repeated;
use super::device::{Gpu, Kernel};
use crate::{GpuError, Kind, Rate};

/// A tiling. `invocations` are those of a workgroup, `sums` the rows and columns of each; `depth` is the number of rows
/// of a tile in workgroup memory.
#[derive(Clone, Copy, Debug)]
pub struct Tiling {
    name: &'static str,
    source: &'static str,
    invocations: [u32; 2],
    sums: u32,
    depth: u32,
    /// Bytes below each other in a word: 4 for int8.
    packed: bool,
}

const TILED: &str = include_str!("../kernels/gemm_f32_tiled.wgsl");
const I8_TILED: &str = include_str!("../kernels/gemm_i8_tiled.wgsl");

const fn tiling(name: &'static str, source: &'static str, invocations: [u32; 2], sums: u32, depth: u32) -> Tiling {
    Tiling {
        name,
        source,
        invocations,
        sums,
        depth,
        packed: false,
    }
}

const fn packed(tiling: Tiling) -> Tiling {
    Tiling { packed: true, ..tiling }
}

pub const NAIVE: &[Tiling] = &[tiling(
    "naive",
    include_str!("../kernels/gemm_f32_naive.wgsl"),
    [16, 16],
    1,
    1,
)];
/// Workgroup memory of the largest is 16 KiB, which every adapter has.
pub const F32: &[Tiling] = &[
    tiling("tiles of 128 x 128 x 16", TILED, [16, 16], 8, 16),
    tiling("tiles of 64 x 128 x 16", TILED, [16, 8], 8, 16),
    tiling("tiles of 64 x 64 x 16", TILED, [8, 8], 8, 16),
    tiling(
        "registers, 8 x 8",
        include_str!("../kernels/gemm_f32_direct.wgsl"),
        [8, 8],
        8,
        1,
    ),
    tiling(
        "registers, 16 x 16",
        include_str!("../kernels/gemm_f32_direct16.wgsl"),
        [4, 4],
        16,
        1,
    ),
];
pub const I8: &[Tiling] = &[
    packed(tiling("tiles of 128 x 128 x 64", I8_TILED, [16, 16], 8, 16)),
    packed(tiling("tiles of 64 x 64 x 64", I8_TILED, [8, 8], 8, 16)),
    packed(tiling(
        "registers, 8 x 8",
        include_str!("../kernels/gemm_i8_direct.wgsl"),
        [8, 8],
        8,
        1,
    )),
];

/// Rows and columns to start with, and at most. A loop over the largest turns at most 6,144 times.
const SMALL: u32 = 256;
const LARGE: u32 = 4096;
/// One product takes at most about this.
const MOST: Duration = Duration::from_millis(100);

/// Measures the fastest of the tilings on the largest side whose product is quick enough, after checking every result.
pub fn tuned(gpu: &Gpu, kind: Kind, budget: Duration, tilings: &[Tiling]) -> Result<Rate, GpuError> {
    let mut side = SMALL;
    let mut best = fastest(gpu, side, tilings)?;
    while side < LARGE && best.time * 8 < MOST && !gpu.is_software() {
        side *= 2;
        best = fastest(gpu, side, tilings)?;
    }
    let how = format!("{}, side {side}", best.tiling.name);
    let kernel = best.product.kernel;
    repeated(kind, budget, how, 2.0 * f64::from(side).powi(3), |times| {
        gpu.dispatch(&kernel, times)
    })
}

struct Best {
    tiling: Tiling,
    product: Product,
    time: Duration,
}

fn fastest(gpu: &Gpu, side: u32, tilings: &[Tiling]) -> Result<Best, GpuError> {
    let mut best: Option<Best> = None;
    for tiling in tilings {
        let product = Product::new(gpu, *tiling, side)?;
        product.check(gpu)?;
        // The first dispatch, which compiles, was the check's.
        let mut time = Duration::MAX;
        for _ in 0..3 {
            time = time.min(gpu.dispatch(&product.kernel, 1)?);
        }
        if best.as_ref().is_none_or(|best| time < best.time) {
            best = Some(Best {
                tiling: *tiling,
                product,
                time,
            });
        }
    }
    best.ok_or_else(|| GpuError::device("matrix products", "no tiling"))
}

/// A kernel with its matrices.
struct Product {
    tiling: Tiling,
    side: u32,
    kernel: Kernel,
    result: Buffer,
}

impl Product {
    fn new(gpu: &Gpu, tiling: Tiling, side: u32) -> Result<Self, GpuError> {
        let [tx, ty] = tiling.invocations;
        let rows = if tiling.packed { side / 4 } else { side };
        let header = format!(
            "const SIDE = {side}u;\nconst DEPTH = {rows}u;\nconst TX = {tx}u;\nconst TY = {ty}u;\nconst BK = {}u;\n",
            tiling.depth
        );
        let pipeline = gpu.own(tiling.name, tiling.source, &header)?;
        let matrix = |which: u32| {
            let words = (0..rows).flat_map(move |k| (0..side).map(move |i| word(tiling.packed, which, k, i)));
            gpu.words(words)
        };
        let (a, b) = (matrix(0)?, matrix(1)?);
        let result = gpu.buffer(u64::from(side) * u64::from(side) * 4, BufferUsages::STORAGE)?;
        let group = gpu.bind(&pipeline, &[&a, &b, &result])?;
        let grid = [side / (tx * tiling.sums), side / (ty * tiling.sums)];
        Ok(Self {
            tiling,
            side,
            kernel: Kernel { pipeline, group, grid },
            result,
        })
    }

    /// Multiplies once and compares with exact arithmetic by Freivalds' test: `c r` against `a (b r)` for a fixed vector
    /// of small numbers. All numbers are whole and sums stay far below 2^24, so f32 is exact too.
    fn check(&self, gpu: &Gpu) -> Result<(), GpuError> {
        gpu.dispatch(&self.kernel, 1)?;
        let side = self.side as usize;
        let words = gpu.read_words(&self.result, u64::from(self.side) * u64::from(self.side))?;
        let r: Vec<i64> = (0..self.side).map(|i| i64::from(noise(2, 0, i) % 1009)).collect();
        let packed = self.tiling.packed;
        let mut wanted = vec![0; side];
        for k in 0..self.side {
            let along = |which: u32| (0..self.side).map(move |i| i64::from(entry(packed, which, k, i)));
            let sum: i64 = along(1).zip(&r).map(|(b, r)| b * r).sum();
            for (wanted, a) in wanted.iter_mut().zip(along(0)) {
                *wanted += a * sum;
            }
        }
        let number = |word: &u32| {
            if packed {
                i64::from(*word as i32)
            } else {
                f32::from_bits(*word) as i64
            }
        };
        let seen = words
            .chunks_exact(side)
            .map(|row| row.iter().zip(&r).map(|(word, r)| number(word) * r).sum::<i64>());
        if words.len() == side * side && seen.eq(wanted) {
            Ok(())
        } else {
            Err(GpuError::WrongAnswer {
                kernel: format!("{} on side {side}", self.tiling.name),
            })
        }
    }
}

/// A word of matrix `which`: a number, or four bytes below each other.
fn word(packed: bool, which: u32, k: u32, i: u32) -> u32 {
    if packed {
        let [a, b, c, d] = [0, 1, 2, 3].map(|j| entry(true, which, 4 * k + j, i) as u8);
        u32::from_le_bytes([a, b, c, d])
    } else {
        (entry(false, which, k, i) as f32).to_bits()
    }
}

/// An entry: any signed byte, or a whole number of -7 to 7.
fn entry(packed: bool, which: u32, k: u32, i: u32) -> i32 {
    let noise = noise(which, k, i);
    if packed {
        i32::from((noise & 0xff) as u8 as i8)
    } else {
        (noise % 15) as i32 - 7
    }
}

/// Numbers without a pattern that a wrong index could hide in.
fn noise(which: u32, k: u32, i: u32) -> u32 {
    let mut x = (which << 30) ^ k.wrapping_mul(0x9e37_79b9) ^ i.wrapping_mul(0x85eb_ca6b);
    x = (x ^ (x >> 15)).wrapping_mul(0x2c1b_3c6d);
    x = (x ^ (x >> 12)).wrapping_mul(0x297a_2d39);
    (x ^ (x >> 15)) >> 8
}
