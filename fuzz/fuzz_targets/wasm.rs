//! Admission of wasm/1: any bytes are compiled or refused for a reason that is the same on every machine.
#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use joule::runtime::engine::Ready;
use joule::runtime::{JobSpec, Limits, Runtime};
use libfuzzer_sys::fuzz_target;

static SPEC: LazyLock<JobSpec> = LazyLock::new(|| JobSpec {
    runtime: Runtime::Wasm.id().into(),
    steps: 16,
    fuel_per_step: 1_000,
    limits: Limits::default(),
});
static READY: LazyLock<Ready> = LazyLock::new(|| Ready::new(&SPEC, Duration::from_secs(1 << 20)).expect("an engine"));

fuzz_target!(|module: &[u8]| {
    if let Err(error) = READY.admit(&SPEC, module) {
        assert!(error.is_deterministic(), "{error}");
    }
});
