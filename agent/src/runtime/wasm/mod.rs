//! Runtime `wasm/1`: core WebAssembly modules under wasmtime.
//!
//! A module exports `memory` and `step: (i64) -> ()`, and may import, from `joule`:
//!
//! | import | type | meaning |
//! |---|---|---|
//! | `input_len` | `() -> i64` | bytes of the input |
//! | `input_read` | `(offset i64, ptr i32, len i32) -> i32` | copies from the input into memory; bytes copied, fewer at the end |
//! | `output_write` | `(ptr i32, len i32)` | appends to the output of the current step |
//!
//! Nothing else exists for it: no clock, no randomness, no files, no threads. Floats are allowed, with canonical NaNs.
//! Fuel is the engine's own table (one unit for most instructions) plus [`host::FUEL_PER_CALL`] and one unit for every
//! [`host::BYTES_PER_FUEL`] bytes of a host call. All of this hangs on the engine's version, so the runtime id names it.

mod engine;
mod host;
mod limits;
mod program;

pub use engine::Ready;
pub use program::{Instance, Program};

/// Id of this runtime: job interface, engine and the version whose fuel table and code generation hold.
pub const RUNTIME_ID: &str = "wasm/1@wasmtime-48.0.8";
