//! Jobs that mean no good: nothing that a bundle can do ends more than its worker.
mod common;

use std::thread;
use std::time::{Duration, Instant};

use common::jobs::{bundle, job, kernel, minute, on_adapter};
use joule_gpu::{GpuError, Job, Kind, Limits};
use joule_wgsl::{Machine, MAX_FUEL};
use serde_json::json;

/// Holds a processor for minutes and a real device for long: the largest grid with all the fuel there is.
fn endless() -> Vec<u8> {
    let body =
        "var x = i; for (var k = 0u; k < 7990u; k++) { x = x * 1664525u + 1013904223u; x ^= x >> 7u; } data[i] = x;";
    bundle(&kernel(256, body), 4 * 256 * 65_535, 65_535, 64)
}

fn large() -> Limits {
    Limits::CEILING
}

#[test]
fn a_job_that_hangs_is_killed_at_its_deadline_and_the_adapter_goes_on() {
    let Some(mut client) = common::client() else { return };
    let bundle = endless();
    let hanging = Job {
        limits: large(),
        ..job(&bundle, &[], MAX_FUEL)
    };
    assert_eq!(client.load(&hanging, minute()).unwrap(), 64);
    let first = client.worker().unwrap();
    let deadline = Instant::now() + Duration::from_secs(2);
    let error = (0..64).find_map(|step| client.step(step, deadline).err()).unwrap();
    let late = Instant::now().saturating_duration_since(deadline);
    assert!(
        matches!(&error, GpuError::Deadline { what, .. } if what == "a step of a job"),
        "{error}"
    );
    assert!(late < Duration::from_millis(500), "killed {late:?} after the deadline");
    assert!(common::is_gone(first) && client.worker().is_none());
    // The job went with its worker.
    assert_eq!(client.step(0, minute()), Err(GpuError::NoJob));
    let rate = client.bench(0, Kind::MadPeak, Duration::from_millis(50)).unwrap();
    assert!(rate.per_sec > 0.0);
    // A client that is dropped does not wait either.
    client.load(&hanging, minute()).unwrap();
    let second = client.worker().unwrap();
    let asked = thread::spawn(move || {
        let error = client.step(0, Instant::now() + Duration::from_millis(700));
        let begun = Instant::now();
        drop(client);
        (error.is_err(), begun.elapsed())
    });
    let (failed, dropping) = asked.join().unwrap();
    assert!(failed && dropping < Duration::from_millis(500) && common::is_gone(second));
}

#[test]
fn a_worker_whose_client_dies_does_not_stay_behind_with_a_hanging_device() {
    if common::client().is_none() {
        return;
    }
    let bundle = endless();
    let limits = serde_json::to_value(large()).unwrap();
    let load = json!({"load": {
        "adapter": 0, "bundle_bytes": bundle.len(), "fuel_per_step": MAX_FUEL, "limits": limits,
    }});
    let mut worker = common::Raw::start();
    worker.send(&load, &bundle);
    worker.send(&json!({"step": {"index": 0}}), &[]);
    thread::sleep(Duration::from_secs(2));
    worker.close_input();
    worker.ends_within(Duration::from_secs(1));
}

/// Bundles that mean no good, and the code that each ends with; none where it runs.
fn hostile() -> Vec<(&'static str, Vec<u8>, Option<&'static str>)> {
    let one = |body: &str| bundle(&kernel(64, body), 256, 1, 1);
    let chain = |mark: &str, n: usize| one(&format!("data[i] = {}i;", mark.repeat(n)));
    let bomb: String = (1..64)
        .map(|n| format!("const c{n} = array(c{0}, c{0});\n", n - 1))
        .collect();
    let calls: String = (1..24)
        .map(|n| {
            format!(
                "fn call{n}(x: u32) -> u32 {{ return call{0}(x) + call{0}(x + 1u); }}\n",
                n - 1
            )
        })
        .collect();
    let reads: String = (0..900).map(|n| format!("x ^= data[i] + {n}u; ")).collect();
    vec![
        ("no JSON", b"{{{{".to_vec(), Some("wgsl.bundle_format")),
        ("nothing", Vec::new(), Some("wgsl.bundle_format")),
        ("a megabyte", vec![b' '; 1 << 20], Some("wgsl.bundle_size")),
        ("nested arrays of JSON", b"[".repeat(40_000), Some("wgsl.bundle_format")),
        (
            "an endless loop",
            one("loop { data[i] += 1u; }"),
            Some("wgsl.out_of_fuel"),
        ),
        (
            "an endless loop that breaks never",
            one("var x = 1u; while x != 0u { x |= 1u; } data[i] = x;"),
            Some("wgsl.out_of_fuel"),
        ),
        (
            "a read out of bounds",
            one("var a: array<u32, 4>; data[i] = a[i + 4000000000u];"),
            Some("wgsl.out_of_bounds"),
        ),
        (
            "a write out of bounds",
            bundle(&kernel(256, "data[i] = i;"), 256, 1, 1),
            Some("wgsl.out_of_bounds"),
        ),
        ("a division by zero", one("data[i] = i / data[i];"), None),
        ("tildes", chain("~", 5_000), Some("wgsl.nesting")),
        ("minuses", chain("- ", 3_000), Some("wgsl.nesting")),
        (
            "parentheses",
            one(&format!("data[i] = {}i{};", "(".repeat(4_000), ")".repeat(4_000))),
            Some("wgsl.nesting"),
        ),
        (
            "doubling constants",
            bundle(
                &format!("const c0 = 1u;\n{bomb}{}", kernel(1, "data[i] = 1u;")),
                256,
                1,
                1,
            ),
            Some("wgsl.constant_size"),
        ),
        (
            "doubling calls",
            bundle(
                &format!(
                    "fn call0(x: u32) -> u32 {{ return x; }}\n{calls}{}",
                    kernel(1, "data[i] = call23(i);")
                ),
                256,
                1,
                1,
            ),
            Some("wgsl.static_cost"),
        ),
        (
            "a private array of a megabyte",
            one("var a: array<array<u32, 512>, 512>; data[i] = a[i][i];"),
            Some("wgsl.memory"),
        ),
        (
            "workgroup memory",
            bundle(
                &format!(
                    "var<workgroup> w: array<u32, 65536>;\n{}",
                    kernel(1, "w[i] = 1u; data[i] = w[0];")
                ),
                256,
                1,
                1,
            ),
            Some("wgsl.workgroup_memory"),
        ),
        ("floats", one("data[i] = u32(sqrt(f32(i)));"), Some("wgsl.float")),
        (
            "recursion",
            bundle(
                &format!(
                    "fn f(x: u32) -> u32 {{ return f(x); }}\n{}",
                    kernel(1, "data[i] = f(i);")
                ),
                256,
                1,
                1,
            ),
            Some("wgsl.parse"),
        ),
        (
            "a buffer of an exabyte",
            bundle(&kernel(1, "data[i] = 1u;"), 1 << 60, 1, 1),
            Some("wgsl.buffer_size"),
        ),
        (
            "a grid beyond the limit",
            bundle(&kernel(1, "data[i] = 1u;"), 256, 65_536, 1),
            Some("wgsl.workgroups"),
        ),
        (
            "steps beyond the limit",
            bundle(&kernel(1, "data[i] = 1u;"), 256, 1, 5_000),
            Some("wgsl.passes"),
        ),
        (
            "many loads",
            one(&format!("var x = i; {reads} data[i] = x;")),
            Some("wgsl.static_cost"),
        ),
        (
            "all the memory there is",
            bundle(&kernel(256, "data[i] = i;"), 128 << 20, 1, 1),
            Some("wgsl.buffer_size"),
        ),
    ]
}

#[test]
fn hostile_bundles_end_with_a_code_and_cost_at_most_their_worker() {
    let Some(mut client) = common::client() else { return };
    for (what, bundle, code) in hostile() {
        let begun = Instant::now();
        let end = on_adapter(&mut client, &job(&bundle, &[], MAX_FUEL));
        match (&end, code) {
            (Ok(_), None) => {}
            (Err(error), Some(code)) if error.code() == code => assert!(error.is_of_job(), "{what}: {error}"),
            _ => panic!("{what}: {end:?}, not {code:?}"),
        }
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "{what} took {:?}",
            begun.elapsed()
        );
        assert!(client.adapters().is_ok(), "after {what}");
    }
    let fits = bundle(&kernel(1, "data[i] = 1u;"), 256, 1, 1);
    for (what, hostile, code) in [
        ("no fuel", job(&fits, &[], 0), "wgsl.fuel"),
        ("too much fuel", job(&fits, &[], MAX_FUEL + 1), "wgsl.fuel"),
        ("a long input", job(&fits, &[0; 257], 1), "wgsl.input_size"),
        (
            "another adapter",
            Job {
                adapter: 99,
                ..job(&fits, &[], 1)
            },
            "gpu.unknown_adapter",
        ),
    ] {
        let error = client.load(&hostile, minute()).unwrap_err();
        assert_eq!(
            (error.code(), error.is_of_job()),
            (code, code.starts_with("wgsl.")),
            "{what}"
        );
    }
    on_adapter(&mut client, &job(&fits, &[], 1)).unwrap();
}

/// The largest number for which `admitted` holds, which does for 1 and not for 1,000.
fn largest(admitted: impl Fn(usize) -> bool) -> usize {
    let (mut good, mut bad) = (1, 1_000);
    assert!(admitted(good) && !admitted(bad));
    while bad - good > 1 {
        let middle = (good + bad) / 2;
        *(if admitted(middle) { &mut good } else { &mut bad }) = middle;
    }
    good
}

#[test]
fn the_costliest_admitted_programs_are_the_same_or_meet_their_deadline() {
    let Some(mut client) = common::client() else { return };
    let admitted = |bundle: &[u8]| joule_wgsl::admit(bundle, MAX_FUEL, &Limits::default()).is_ok();
    let array = "var a: array<u32, 64>; for (var k = 0u; k < 64u; k++) { a[k] = k * data[i]; } var x = i;";
    for (what, before, line, seconds) in [
        (
            "divisions",
            "var x = data[i];",
            "x = x / (x % 7u + 1u) + x % (i + 3u);",
            60,
        ),
        ("reads at unknown places", array, "x += a[(x * 5u + 1u) % 64u];", 60),
        (
            "branches",
            "var x = data[i];",
            "if (x & 1u) == 1u { x = x * 3u + 1u; } else { x = x >> 1u; }",
            60,
        ),
        // Hundreds of loops after each other keep the software adapter's compiler busy for minutes.
        (
            "loops",
            "var x = i;",
            "for (var k = 0u; k < x % 5u; k++) { x = x * 3u + k; }",
            3,
        ),
    ] {
        let made = |n: usize| {
            bundle(
                &kernel(64, &format!("{before} {} data[i] = x;", line.repeat(n))),
                256,
                1,
                1,
            )
        };
        let costly = made(largest(|n| admitted(&made(n))));
        let program = joule_wgsl::admit(&costly, MAX_FUEL, &Limits::default()).unwrap();
        let deadline = Instant::now() + Duration::from_secs(seconds);
        let input = [1; 256];
        let seen = client
            .load(&job(&costly, &input, MAX_FUEL), deadline)
            .and_then(|_| client.step(0, deadline));
        match seen {
            Err(GpuError::Deadline { .. }) if seconds < 60 => {
                assert!(
                    deadline.elapsed() < Duration::from_millis(500) && client.worker().is_none(),
                    "{what}"
                );
            }
            seen => assert_eq!(
                seen,
                Machine::new(&program, &input)
                    .unwrap()
                    .step(0)
                    .map_err(GpuError::Stopped),
                "{what}"
            ),
        }
    }
}
