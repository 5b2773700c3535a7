//! What both targets do with the bytes of a bundle.

use joule_wgsl::{admit, Limits, Machine, StepOutput, Stop};

/// Small enough for a program to end in milliseconds.
const LIMITS: Limits = Limits {
    source_bytes: 32 << 10,
    buffer_bytes: 64 << 10,
    output_bytes: 64 << 10,
    invocations: 64,
};

/// A bundle is refused with a code other than that of a defect, or it runs, twice to the same end.
pub fn run(bundle: &[u8]) {
    match admit(bundle, 50, &LIMITS) {
        Err(refusal) => assert_ne!(refusal.code(), "wgsl.internal", "{refusal}"),
        Ok(program) => {
            let once = || -> Result<Vec<StepOutput>, Stop> {
                let mut machine = Machine::new(&program, &[])?;
                (0..program.steps()).map(|step| machine.step(step)).collect()
            };
            assert_eq!(once(), once());
        }
    }
}
