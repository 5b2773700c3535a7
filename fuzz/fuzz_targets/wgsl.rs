//! Admission of wgsl/1 and its interpreter: any bundle, and any source in a bundle that is well formed, is refused with a
//! code of the job's or runs to an end that is the same twice.
#![no_main]

use joule_wgsl::{admit, Limits, Machine, Stop};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

const LIMITS: Limits = Limits {
    source_bytes: 32 << 10,
    buffer_bytes: 64 << 10,
    output_bytes: 64 << 10,
    invocations: 256,
};

fuzz_target!(|data: &[u8]| {
    let Some((kind, bytes)) = data.split_first() else {
        return;
    };
    match (kind % 2, std::str::from_utf8(bytes)) {
        (0, Ok(source)) => {
            let bundle = json!({
                "source": source,
                "buffers": [{ "name": "a", "bytes": 256, "init": "input" }, { "name": "b", "bytes": 256, "init": "zero" }],
                "passes": [{ "entry": "main", "workgroups": 2, "bind": { "a": "a", "b": "b" } }],
                "output": "b",
            });
            run(bundle.to_string().as_bytes());
        }
        _ => run(bytes),
    }
});

fn run(bundle: &[u8]) {
    let program = match admit(bundle, 50, &LIMITS) {
        Ok(program) => program,
        Err(refusal) => {
            assert_ne!(refusal.code(), "wgsl.internal", "{refusal}");
            return;
        }
    };
    let once = || {
        let mut machine = Machine::new(&program, &[7; 64])?;
        let steps: Result<Vec<_>, Stop> = (0..program.steps().min(32)).map(|step| machine.step(step)).collect();
        Ok::<_, Stop>((steps?, machine.output().to_vec()))
    };
    let first = once();
    assert_eq!(first, once());
    if let Err(stop) = first {
        let known = matches!(stop, Stop::OutOfBounds | Stop::OutOfFuel | Stop::InputSize { .. });
        assert!(known, "{stop}");
    }
}
