//! Runtime `wgsl/1`: compute jobs in WGSL, on integers, that give the same bytes on every machine.
//!
//! # A job
//! A *bundle* is a JSON object ([`Bundle`]): WGSL source, buffers, and passes, each of which runs an entry point on some
//! of the buffers, once or several times. A *step* is one dispatch; what it writes is the content of all buffers bound
//! `read_write`, in order of `@binding`. The output of the job is one buffer after the last step. Buffers of kind
//! `input` receive the job's input, one after the other.
//!
//! # The language
//! - `bool`, `i32`, `u32`, vectors, arrays and structs of them, `atomic<i32>`, `atomic<u32>`. No floats, matrices,
//!   textures, 16- or 64-bit integers, overrides, subgroups: their results differ between devices, or may be absent.
//! - Functions take and return values; pointers stay where they are made. There is no recursion (WGSL has none).
//! - `@compute @workgroup_size(k)` with k up to 256; grids are `[n, 1, 1]`.
//! - No workgroup memory and no barriers. Freedom from races is proved at admission, and with shared memory it could
//!   not be; a barrier that not all invocations reach is undefined. What barriers do within a pass, passes do here.
//! - At most 8 bindings in group 0, of which at most 7 are storage (WebGPU guarantees 8, one is the status). A uniform
//!   `step: u32` receives the number of the step.
//! - Storage is read-only, or an array in which an invocation touches element `global_invocation_id.x` alone, or atomics
//!   under one commutative operation. The elements may be arrays or structs, so that an invocation owns a part of the
//!   buffer; passes alternate between buffers by binding them to other variables.
//!
//! # What is defined
//! Everything: an index out of bounds reads zero and writes nothing, and the job stops with `wgsl.out_of_bounds`; loops
//! end when the fuel of their invocation is used up, and the job stops with `wgsl.out_of_fuel`; variables begin as zero;
//! integers wrap; `x / 0 = x`, `x % 0 = 0`, `MIN / -1 = MIN`, `MIN % -1 = 0`; shifts take the low 5 bits of their
//! distance; `clamp(x, a, b) = min(max(x, a), b)`. None of this is left to drivers: admission rewrites the program, and
//! the interpreter ([`Machine`]) and the adapters run the same rewritten module.
//!
//! # Limits
//! Source, nesting, constants, static cost with calls expanded, variables, buffers, steps and invocations are bounded, see
//! [`Limits`] and the refusals of [`admit`]. A refusal has a stable code, the value at fault and what to do.

mod bundle;
mod code;
mod error;
#[cfg(any(test, feature = "generate"))]
pub mod generate;
mod ir;
mod machine;
mod plan;
mod policy;
mod program;
mod rewrite;
mod source;

pub use bundle::{
    Bind, BufferSpec, Bundle, Init, Limits, Pass, MAX_BUFFERS, MAX_BUNDLE_BYTES, MAX_PASSES, MAX_STEPS, MAX_WORKGROUPS,
};
pub use error::{Code, Refusal, Stop};
pub use machine::{Machine, StepOutput};
pub use plan::{Binding, Dispatch};
pub use program::{admit, Program};

/// Id of this runtime: job interface, and the compiler whose reading of a source holds.
pub const RUNTIME_ID: &str = "wgsl/1@naga-30.0.1";

/// Most loop iterations of one invocation in one dispatch, all its loops together. The software adapter lavapipe ends
/// all loops of a group of 8 invocations after 65,535 iterations, without an error: 8 x 8,000 stay below.
pub const MAX_FUEL: u64 = 8_000;

/// Size of the status: a word of fault bits, and the most fuel that an invocation used.
pub const STATUS_BYTES: u64 = 8;

/// What the first word of the status says after a step; the same for interpreter and adapter.
///
/// Where both bits are set the job is out of bounds: what happens after that may depend on the order of invocations.
pub fn fault_of_status(word: u32) -> Option<Stop> {
    match word {
        0 => None,
        word if word & !(rewrite::FAULT_BOUNDS | rewrite::FAULT_FUEL) != 0 => Some(Stop::BadStatus { word }),
        word if word & rewrite::FAULT_BOUNDS != 0 => Some(Stop::OutOfBounds),
        _ => Some(Stop::OutOfFuel),
    }
}
