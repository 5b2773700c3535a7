//! The engine's settings: what a module may be made of, and how its memory is laid out.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use wasmtime::{Config, OptLevel, Strategy, WasmFeatures};

use crate::runtime::{JobSpec, RuntimeError};

/// Stack of the guest. A run that overflows it traps.
const STACK_BYTES: usize = 512 << 10;

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

/// A configured engine; compiling and running need nothing else from the host.
#[derive(Clone)]
pub struct Engine(pub(super) wasmtime::Engine);

impl Engine {
    /// An engine for jobs with these limits.
    pub fn new(spec: &JobSpec) -> Result<Self, RuntimeError> {
        spec.check()?;
        let mut config = Config::new();
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
        wasmtime::Engine::new(&config)
            .map(Self)
            .map_err(|e| RuntimeError::Host { reason: e.to_string() })
    }

    /// Interrupts whatever runs on this engine once `time` is over, unless dropped before. Compiling is not
    /// interrupted: that takes the deadline of the process.
    pub fn watchdog(&self, time: Duration) -> Result<Watchdog, RuntimeError> {
        let (stop, stopped) = mpsc::channel::<()>();
        let engine = self.0.clone();
        thread::Builder::new()
            .name("watchdog".into())
            .stack_size(128 << 10)
            .spawn(move || {
                if stopped.recv_timeout(time) == Err(RecvTimeoutError::Timeout) {
                    engine.increment_epoch();
                }
            })
            .map_err(|e| RuntimeError::Host {
                reason: format!("no thread for the watchdog: {e}"),
            })?;
        Ok(Watchdog { _stop: stop })
    }
}

/// Ends its thread when dropped.
pub struct Watchdog {
    _stop: Sender<()>,
}
