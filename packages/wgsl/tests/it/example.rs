//! The job of `examples/mandelbrot`: what is checked in is what runs, and what it gives is pinned.

use std::path::{Path, PathBuf};

use joule_wgsl::{admit, Limits, Machine, RUNTIME_ID};
use joule_work::digest;
use serde_json::Value;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples/mandelbrot")
        .join(name)
}

fn read(name: &str) -> Vec<u8> {
    std::fs::read(file(name)).unwrap()
}

#[test]
fn the_picture_is_the_pinned_one() {
    let about: Value = serde_json::from_slice(&read("job.json")).unwrap();
    let bundle = read("mandelbrot.json");
    let source = serde_json::from_slice::<Value>(&bundle).unwrap()["source"]
        .as_str()
        .unwrap()
        .to_string();
    assert_eq!(
        source.into_bytes(),
        read("mandelbrot.wgsl"),
        "examples/build mandelbrot"
    );

    let spec = &about["spec"];
    let limit = |name: &str| spec["limits"][name].as_u64().unwrap();
    let limits = Limits {
        buffer_bytes: limit("memory_bytes"),
        output_bytes: limit("output_bytes"),
        ..Limits::default()
    };
    let program = admit(&bundle, spec["fuel_per_step"].as_u64().unwrap(), &limits).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(
        (spec["runtime"].as_str(), spec["steps"].as_u64()),
        (Some(RUNTIME_ID), Some(u64::from(program.steps())))
    );

    let mut machine = Machine::new(&program, &read("view.bin")).unwrap();
    let digests: Vec<_> = (0..program.steps())
        .map(|step| digest::step_digest(u64::from(step), &machine.step(step).unwrap().written))
        .collect();
    let output = machine.output();
    if let Some(folder) = std::env::var_os("JOULE_EXAMPLE_OUT") {
        std::fs::write(Path::new(&folder).join("picture.bmp"), output).unwrap();
    }
    // The root of a result is its SHA-256.
    let sha256 = |bytes: &[u8]| hex::encode(digest::result_root(bytes));
    let trace = hex::encode(digest::trace_root(&digests));
    let got = [sha256(&bundle), sha256(&read("view.bin")), sha256(output), trace];
    let names = ["module_sha256", "input_sha256", "output_sha256", "trace_root"];
    let pinned = names.map(|name| about[name].as_str().unwrap());
    assert_eq!(got, pinned);
    // A BMP of as many bytes as its header says.
    let size = u32::from_le_bytes(output[2..6].try_into().unwrap());
    assert_eq!((&output[..2], size as usize), (&b"BM"[..], output.len()));
}
