//! Jobs of wgsl/1: small bundles, and both executors.

use std::time::{Duration, Instant};

use joule_gpu::{GpuClient, GpuError, Job, Limits, StepOutput, Stop};
use joule_wgsl::{Machine, Program};
use serde_json::json;

/// Time enough.
pub fn minute() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

/// All steps and the output, or how it ended, by the interpreter.
pub fn interpreted(program: &Program, input: &[u8]) -> Result<(Vec<StepOutput>, Vec<u8>), Stop> {
    let mut machine = Machine::new(program, input)?;
    let steps = (0..program.steps())
        .map(|step| machine.step(step))
        .collect::<Result<_, _>>()?;
    Ok((steps, machine.output().to_vec()))
}

pub fn on_adapter(client: &mut GpuClient, job: &Job<'_>) -> Result<(Vec<StepOutput>, Vec<u8>), GpuError> {
    let steps = client.load(job, minute())?;
    let steps = (0..steps)
        .map(|step| client.step(step, minute()))
        .collect::<Result<_, _>>()?;
    Ok((steps, client.output(minute())?))
}

pub fn job<'a>(bundle: &'a [u8], input: &'a [u8], fuel_per_step: u64) -> Job<'a> {
    let (adapter, limits) = (0, Limits::default());
    Job {
        adapter,
        bundle,
        input,
        fuel_per_step,
        limits,
    }
}

/// A bundle of one pass over one buffer `data` of words, bound to the variable of that name.
pub fn bundle(source: &str, bytes: u64, workgroups: u32, repeat: u32) -> Vec<u8> {
    let bundle = json!({
        "source": source,
        "buffers": [{"name": "data", "bytes": bytes, "init": "input"}],
        "passes": [{"entry": "main", "workgroups": workgroups, "repeat": repeat, "bind": {"data": "data"}}],
        "output": "data",
    });
    bundle.to_string().into_bytes()
}

pub const HEAD: &str = "@group(0) @binding(0) var<storage, read_write> data: array<u32>;\n";

/// A kernel over `data` with this body; `i` is the invocation.
pub fn kernel(size: u32, body: &str) -> String {
    format!(
        "{HEAD}@compute @workgroup_size({size})\nfn main(@builtin(global_invocation_id) id: vec3<u32>) {{\n    \
         let i = id.x;\n    {body}\n}}\n"
    )
}
