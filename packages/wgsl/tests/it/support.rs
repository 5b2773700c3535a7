//! Bundles for tests.

use joule_wgsl::{admit, Limits, Machine, Program, Refusal, Stop, MAX_FUEL};

/// A bundle of one pass over `workgroups` groups that binds `src` (the input) and `dst` (the output).
pub fn bundle(source: &str, workgroups: u32, src_bytes: usize, dst_bytes: usize) -> Vec<u8> {
    let text = serde_json::json!({
        "source": source,
        "buffers": [
            {"name": "in", "bytes": src_bytes, "init": "input"},
            {"name": "out", "bytes": dst_bytes, "init": "zero"},
        ],
        "passes": [{"entry": "main", "workgroups": workgroups, "bind": {"src": "in", "dst": "out"}}],
        "output": "out",
    });
    text.to_string().into_bytes()
}

pub fn program(bundle: &[u8]) -> Result<Program, Refusal> {
    admit(bundle, MAX_FUEL, &Limits::default())
}

/// Runs all steps; the output and the fuel of the last step.
pub fn run(program: &Program, input: &[u8]) -> Result<(Vec<u8>, u64), Stop> {
    let mut machine = Machine::new(program, input)?;
    let mut fuel = 0;
    for step in 0..program.steps() {
        fuel = machine.step(step)?.fuel;
    }
    Ok((machine.output().to_vec(), fuel))
}

pub fn bytes(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|w| w.to_le_bytes()).collect()
}

pub fn words(bytes: &[u8]) -> Vec<u32> {
    bytes
        .chunks(4)
        .map(|c| u32::from_le_bytes(c.try_into().unwrap()))
        .collect()
}

/// Head of a source whose `main` computes `dst[gid.x]` from `src[gid.x]`, a `vec4<u32>`.
pub fn kernel(body: &str) -> String {
    format!(
        "@group(0) @binding(0) var<storage, read> src: array<vec4<u32>>;
         @group(0) @binding(1) var<storage, read_write> dst: array<vec4<u32>>;
         @compute @workgroup_size(1) fn main(@builtin(global_invocation_id) gid: vec3<u32>) {{
             let v = src[gid.x];
             {body}
         }}"
    )
}

/// Runs [`kernel`] over `cases`.
pub fn evaluate(body: &str, cases: &[[u32; 4]]) -> Vec<[u32; 4]> {
    let count = cases.len();
    let bundle = bundle(&kernel(body), u32::try_from(count).unwrap(), 16 * count, 16 * count);
    let program = program(&bundle).unwrap_or_else(|e| panic!("{body}: {e}"));
    let input: Vec<u8> = cases.iter().flat_map(|c| bytes(c)).collect();
    let (output, _) = run(&program, &input).unwrap_or_else(|e| panic!("{body}: {e}"));
    words(&output).chunks(4).map(|c| c.try_into().unwrap()).collect()
}
