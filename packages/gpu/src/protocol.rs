//! Questions and answers between client and worker. A frame carries one, and raw bytes beside it ([`crate::wire`]).

use std::time::Duration;

use joule_wgsl::Limits;
use serde::{Deserialize, Serialize};

use crate::{Adapters, GpuError};

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Tickets tried by the search kernel alone: one BLAKE3 compression each.
    Hash,
    /// Floating-point operations of f32 matrix products, by the fastest of a few tilings.
    GemmF32,
    /// The same by the textbook kernel, for comparison.
    GemmF32Naive,
    /// Integer operations of int8 matrix products with `dot4I8Packed`.
    GemmI8,
    /// Floating-point operations of independent chains of fused multiply-adds: what the device can do at most.
    FmaPeak,
    /// Operations of independent chains of 32-bit integer multiply-adds.
    MadPeak,
    /// Bytes read and written by `a = b + s * c` in a kernel.
    Triad,
    /// Bytes read and written by the copy command.
    Copy,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Hash,
        Self::GemmF32,
        Self::GemmF32Naive,
        Self::GemmI8,
        Self::FmaPeak,
        Self::MadPeak,
        Self::Triad,
        Self::Copy,
    ];
}

/// A measurement: the median over slices of 20 to 100 ms after a warm-up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    pub kind: Kind,
    /// In the unit of the kind.
    pub per_sec: f64,
    /// Slices measured, at least five.
    pub slices: u32,
    /// Slowest and fastest slice, in the same unit.
    pub range: (f64, f64),
    /// Which kernel on which size.
    pub how: String,
}

/// Tickets to try: `count` ids from `start` on, or up to the last id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    pub start: u64,
    pub count: u64,
    /// Only tickets of at most this value are wanted.
    pub threshold: u64,
}

/// Tickets within the threshold, in no order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hits {
    /// Value and id of each.
    pub tickets: Vec<(u64, u64)>,
    /// More were within the threshold than the worker keeps: ask again for a smaller range.
    pub overflowed: bool,
}

/// Hits that one request can return.
pub const HIT_CAP: u32 = 1 << 16;

/// A job of wgsl/1.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    pub adapter: u32,
    /// The job file, as fetched.
    pub bundle: &'a [u8],
    pub input: &'a [u8],
    pub fuel_per_step: u64,
    pub limits: Limits,
}

/// A question.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    Adapters,
    Bench {
        adapter: u32,
        kind: Kind,
        budget: Duration,
    },
    Memory {
        adapter: u32,
        most: u64,
    },
    Tickets {
        adapter: u32,
        seed: [u8; 32],
        range: Range,
    },
    /// Beside it: the bundle, then the input.
    Load {
        adapter: u32,
        bundle_bytes: usize,
        fuel_per_step: u64,
        limits: Limits,
    },
    Step {
        index: u32,
    },
    Output,
}

impl Request {
    /// What an error calls it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Adapters => "listing adapters",
            Self::Bench { .. } => "a measurement",
            Self::Memory { .. } => "measuring the memory",
            Self::Tickets { .. } => "a search of tickets",
            Self::Load { .. } => "loading a job",
            Self::Step { .. } => "a step of a job",
            Self::Output => "reading the output of a job",
        }
    }
}

/// An answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Reply {
    Adapters(Adapters),
    Rate(Rate),
    Memory {
        bytes: u64,
    },
    /// Beside it: id and value of each, 8 bytes each, little endian.
    Tickets {
        overflowed: bool,
    },
    /// The job is ready.
    Loaded {
        steps: u32,
    },
    /// Beside it: what the step wrote.
    Step {
        fuel: u64,
    },
    /// Beside it: the output.
    Output,
    Failed(GpuError),
}
