//! The engine's settings: what a module may be made of, and how its memory is laid out.

use std::time::Duration;

use wasmtime::{Config, Engine, OptLevel, Strategy, WasmFeatures};

use crate::runtime::watchdog::Watchdog;
use crate::runtime::{JobSpec, RuntimeError};

/// Stack of the guest. A run that overflows it traps.
const STACK_BYTES: usize = 512 << 10;
/// Naming the target turns off what the engine would find out about this processor. How many calls fit the stack depends
/// on the code that is generated, so it has to be the same code on every machine.
const TARGET: Option<&str> = if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
    None
} else if cfg!(target_env = "musl") {
    Some("x86_64-unknown-linux-musl")
} else {
    Some("x86_64-unknown-linux-gnu")
};
/// Whether an overflow of the stack is the same here as elsewhere. On other targets it is trouble of this machine.
pub const STACK_IS_UNIFORM: bool = TARGET.is_some();

/// What a module may use. Relaxed SIMD, threads and everything younger stay out: either they are not deterministic or
/// they widen the engine for no job that exists.
fn profile() -> WasmFeatures {
    WasmFeatures::MUTABLE_GLOBAL
        | WasmFeatures::FLOATS
        | WasmFeatures::SATURATING_FLOAT_TO_INT
        | WasmFeatures::SIGN_EXTENSION
        | WasmFeatures::REFERENCE_TYPES
        | WasmFeatures::MULTI_VALUE
        | WasmFeatures::BULK_MEMORY
        | WasmFeatures::SIMD
}

/// A configured engine and the thread that interrupts it; compiling and running need nothing else from the host.
pub struct Ready {
    pub(super) engine: Engine,
    _watchdog: Watchdog,
}

impl Ready {
    /// An engine for jobs with these limits, which interrupts what runs on it once `time` is over. Compiling is not
    /// interrupted: that takes the deadline of the process.
    pub fn new(spec: &JobSpec, time: Duration) -> Result<Self, RuntimeError> {
        let engine = engine(spec).map_err(|e| RuntimeError::Host { reason: e.to_string() })?;
        let clock = engine.clone();
        let watchdog = Watchdog::start(time, move || clock.increment_epoch())?;
        Ok(Self {
            engine,
            _watchdog: watchdog,
        })
    }
}

fn engine(spec: &JobSpec) -> wasmtime::Result<Engine> {
    let mut config = Config::new();
    if let Some(target) = TARGET {
        config.target(target)?;
    }
    config
        .strategy(Strategy::Cranelift)
        .cranelift_opt_level(OptLevel::Speed)
        .cranelift_nan_canonicalization(true)
        .wasm_features(WasmFeatures::all(), false)
        .wasm_features(profile(), true)
        .consume_fuel(true)
        .epoch_interruption(true)
        .max_wasm_stack(STACK_BYTES)
        // The default reserves 4 GiB for a memory, which no address space limit would survive. With the job's cap
        // reserved up front, a memory grows in place and bounds are checked in code.
        .memory_reservation(spec.limits.memory_bytes)
        .memory_reservation_for_growth(0)
        .memory_guard_size(64 << 10)
        .guard_before_linear_memory(false)
        .memory_may_move(false)
        // Needs a file descriptor to a memory file, which the confined child may not open.
        .memory_init_cow(false)
        .wasm_backtrace_max_frames(None);
    Engine::new(&config)
}
