//! Jobs of wgsl/1 on the adapter: the same bytes, fuel and stops as on the interpreter.
mod common;

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use common::jobs::{bundle, interpreted, job, kernel, minute, on_adapter};
use joule_gpu::{GpuClient, GpuError, Limits, Stop};
use joule_wgsl::generate::generate;

/// Programs that both executors run.
const PROGRAMS: u64 = 208;

#[test]
fn generated_programs_are_the_same_on_both_executors() {
    if common::client().is_none() {
        return;
    }
    let (next, stopped) = (AtomicU64::new(0), AtomicU64::new(0));
    thread::scope(|scope| {
        for optimised in [true, false] {
            let (next, stopped) = (&next, &stopped);
            scope.spawn(move || {
                let mut command = common::command();
                if !optimised {
                    // The software adapter's compiler without its optimiser: half the time, and another compiler.
                    command.env("GALLIVM_PERF", "nopt");
                }
                let mut client = GpuClient::new(command);
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= PROGRAMS {
                        return;
                    }
                    let made = generate(seed);
                    let wanted = interpreted(&made.program, &made.input).map_err(GpuError::Stopped);
                    stopped.fetch_add(u64::from(wanted.is_err()), Ordering::Relaxed);
                    let seen = on_adapter(&mut client, &job(&made.bundle, &made.input, made.fuel_per_step));
                    assert!(
                        seen == wanted,
                        "program {seed}: {}\n{seen:?}\n{wanted:?}",
                        String::from_utf8_lossy(&made.bundle)
                    );
                }
            });
        }
    });
    let stopped = stopped.into_inner();
    assert!(
        (5..=PROGRAMS / 2).contains(&stopped),
        "{stopped} of {PROGRAMS} stopped: the programs show too little"
    );
}

#[test]
fn every_job_has_a_worker_of_its_own() {
    let Some(mut client) = common::client() else { return };
    let source = kernel(64, "data[i] = data[i] * 3u + i;");
    let bundle = bundle(&source, 256, 1, 2);
    let input: Vec<u8> = (0..64u32).flat_map(u32::to_le_bytes).collect();
    let mut seen = Vec::new();
    for _ in 0..2 {
        let (steps, output) = on_adapter(&mut client, &job(&bundle, &input, 1)).unwrap();
        let wanted: Vec<u8> = (0..64u32).flat_map(|i| ((i * 3 + i) * 3 + i).to_le_bytes()).collect();
        assert_eq!((steps.len(), &output), (2, &wanted));
        assert_eq!(steps[1].written, wanted);
        seen.push(client.worker().unwrap());
    }
    assert_ne!(seen[0], seen[1]);
    // Memory of an earlier job is nobody's input.
    let (_, output) = on_adapter(&mut client, &job(&bundle, &[], 1)).unwrap();
    let zeros: Vec<u8> = (0..64u32).flat_map(|i| (i * 3 + i).to_le_bytes()).collect();
    assert_eq!(output, zeros);
    // A stop ends the job, not the worker.
    let worker = client.worker();
    assert_eq!(
        client.step(2, minute()),
        Err(GpuError::Stopped(Stop::NoSuchStep { step: 2, steps: 2 }))
    );
    assert_eq!(client.output(minute()), Err(GpuError::NoJob));
    assert_eq!(client.worker(), worker);
}

#[test]
fn the_example_draws_the_same_picture() {
    let Some(mut client) = common::client() else { return };
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/mandelbrot");
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let (bundle, input) = (read("mandelbrot.json"), read("view.bin"));
    let about: serde_json::Value = serde_json::from_slice(&read("job.json")).unwrap();
    let fuel = about["spec"]["fuel_per_step"].as_u64().unwrap();
    let program = joule_wgsl::admit(&bundle, fuel, &Limits::default()).unwrap();
    let seen = on_adapter(&mut client, &job(&bundle, &input, fuel)).unwrap();
    assert!(seen == interpreted(&program, &input).unwrap());
    assert!(seen.1.starts_with(b"BM"), "a picture");
}
