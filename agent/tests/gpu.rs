//! The agent and its GPU worker: `joule bench` in each state of a machine, and ticket searches on the adapter.
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::{Duration, Instant};

use joule::bench::Report;
use joule::process::gpu_worker;
use joule::tickets::{search, CpuShare, Preference, Search, Searcher, Until};
use joule_gpu::{GpuClient, State};
use joule_work::ticket::estimate;

const PROGRAM: &str = env!("CARGO_BIN_EXE_joule");

fn worker() -> Command {
    gpu_worker(PROGRAM.as_ref())
}

/// As on a machine without any driver.
fn no_driver(command: &mut Command) -> &mut Command {
    command
        .env("VK_ICD_FILENAMES", "/nonexistent")
        .env("VK_DRIVER_FILES", "/nonexistent")
}

/// Whether there is an adapter; says so where there is none. `JOULE_EXPECT_ADAPTER=1` makes that a failure.
fn has_adapter() -> bool {
    match GpuClient::new(worker()).adapters().unwrap().state {
        State::NoAdapter { reason } => {
            let expected = std::env::var("JOULE_EXPECT_ADAPTER").is_ok_and(|v| v == "1");
            assert!(!expected, "JOULE_EXPECT_ADAPTER=1, but there is no adapter: {reason}");
            eprintln!("skipped, there is no adapter: {reason}");
            false
        }
        State::Software { .. } | State::Hardware { .. } => true,
    }
}

fn bench(args: &[&str], prepare: impl FnOnce(&mut Command) -> &mut Command) -> Output {
    let mut command = Command::new(PROGRAM);
    command.args(["bench", "--seconds", "1", "--threads", "1"]).args(args);
    let output = prepare(&mut command).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    output
}

#[test]
fn a_machine_without_a_driver_is_measured_all_the_same() {
    let report: Report = serde_json::from_slice(&bench(&["--json"], no_driver).stdout).unwrap();
    let gpu = report.gpu.as_ref().unwrap();
    assert!(matches!(gpu.state, State::NoAdapter { .. }) && gpu.devices.is_empty());
    assert!(report.f32_ops_per_sec > 0.0);
    let table = report.table();
    assert!(table.contains("GPU: no adapter: install"), "{table}");
}

#[test]
fn graphics_processors_can_be_left_out() {
    let output = bench(&["--json", "--cpu-only"], |c| c);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(
        json.get("gpu").is_none() && json["tickets_per_sec"].as_f64() > Some(0.0),
        "{json}"
    );
}

#[test]
fn an_adapter_is_measured_and_said_to_be_what_it_is() {
    if !has_adapter() {
        return;
    }
    let report: Report = serde_json::from_slice(&bench(&["--json"], |c| c).stdout).unwrap();
    let gpu = report.gpu.as_ref().unwrap();
    let device = gpu.devices.first().unwrap();
    assert_eq!(device.failures, Vec::<String>::new());
    assert_eq!(device.rates.len(), 7);
    assert!(device.tickets_per_sec > Some(1e5) && device.bytes_per_sec > Some(1e8));
    let share = device.f32_share_of_peak.unwrap();
    assert!(share > 0.0 && share < 1.5, "{share}");
    let table = report.table();
    let state = match &gpu.state {
        State::Software { .. } => "may not sell as a GPU",
        _ => "GPU: hardware",
    };
    for words in [
        state,
        &device.adapter.name,
        "f32 product of peak",
        "int8 dot product",
        "memory, triad",
    ] {
        assert!(table.contains(words), "{words}\n{table}");
    }
    assert!(gpu.state.may_sell() || device.adapter.memory_bytes.is_none());
}

fn run(searcher: &Searcher, seed: [u8; 32], k: u32, until: Until) -> joule::tickets::Found {
    let (stop, tried) = (AtomicBool::new(false), AtomicU64::new(0));
    searcher.search(&like(seed, k, until, &stop, &tried)).unwrap()
}

fn like<'a>(seed: [u8; 32], k: u32, until: Until, stop: &'a AtomicBool, tried: &'a AtomicU64) -> Search<'a> {
    let (threads, share) = (2, CpuShare::FULL);
    Search {
        seed,
        k,
        until,
        threads,
        share,
        stop,
        tried,
    }
}

#[test]
fn the_adapter_finds_what_the_processor_finds() {
    if !has_adapter() {
        return;
    }
    let there = Searcher::new(Preference::Gpu, worker());
    let here = Searcher::new(Preference::Cpu, worker());
    for (seed, k, units) in [
        ([1; 32], 64, 0),
        ([1; 32], 64, 63),
        ([1; 32], 64, 64),
        ([2; 32], 128, 16_384),
        ([3; 32], 512, 16_385),
        ([4; 32], 256, 1_000_003),
        ([0xff; 32], 512, 700_000),
    ] {
        let [there, here] = [&there, &here].map(|s| run(s, seed, k, Until::Units(units)));
        assert_eq!(there, here, "{seed:?} {k} {units}");
        assert_eq!((here.units, here.claim.is_some()), (units, units >= u64::from(k)));
    }
    let (stop, tried) = (AtomicBool::new(false), AtomicU64::new(0));
    let wanted = like([0; 32], 64, Until::Units(0), &stop, &tried);
    assert!(!there.prepare(&wanted).contains("processor (") && here.prepare(&wanted).contains("processor ("));
}

#[test]
fn a_search_on_the_adapter_ends_at_its_deadline_with_a_fitting_claim() {
    if !has_adapter() {
        return;
    }
    let there = Searcher::new(Preference::Gpu, worker());
    run(&there, [9; 32], 64, Until::Units(100_000));
    let begun = Instant::now();
    let end = begun + Duration::from_millis(1500);
    let found = run(&there, [9; 32], 64, Until::Deadline(end));
    let late = Instant::now().saturating_duration_since(end);
    assert!(late < Duration::from_millis(500), "{late:?} late");
    let (claim, units) = (found.claim.unwrap(), found.units as f64);
    // As on the processor: six times the deviation of the estimate.
    let estimate = estimate(64, claim.bound).unwrap() as f64;
    assert!((estimate / units - 1.0).abs() < 0.75, "{estimate} for {units}");
}

#[test]
fn a_hanging_adapter_does_not_outlast_the_window() {
    // Says that it is an adapter, and nothing more.
    let answer = r#"{"adapters":{"state":"software","name":"x","list":[]}}"#;
    let script = format!(
        r"printf '\0\0\0\{:o}\0\0\0\0'; printf '%s' '{answer}'; exec sleep 60",
        answer.len()
    );
    let mut hanging = Command::new("sh");
    hanging.args(["-c", &script]);
    let searcher = Searcher::new(Preference::Gpu, hanging);
    let begun = Instant::now();
    let end = begun + Duration::from_millis(300);
    assert_eq!(run(&searcher, [5; 32], 64, Until::Deadline(end)).units, 0);
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    // From then on the processor searches.
    let end = Instant::now() + Duration::from_millis(300);
    assert!(run(&searcher, [5; 32], 64, Until::Deadline(end)).claim.is_some());
}

#[test]
fn the_processor_takes_over_where_there_is_no_worker_or_it_fails() {
    let (stop, tried) = (AtomicBool::new(false), AtomicU64::new(0));
    let plain = search(&like([5; 32], 64, Until::Units(100_000), &stop, &tried)).unwrap();
    let mut without = worker();
    no_driver(&mut without);
    // Answers that it has an adapter, then ends in the middle of the search.
    let mut failing = Command::new("sh");
    let answer = r#"{"adapters":{"state":"software","name":"x","list":[]}}"#;
    let script = format!(
        r"printf '\0\0\0\{:o}\0\0\0\0'; printf '%s' '{answer}'; sleep 0.3",
        answer.len()
    );
    failing.args(["-c", &script]);
    for (preference, command) in [
        (Preference::Gpu, Command::new("/nonexistent/worker")),
        (Preference::Gpu, without),
        (Preference::Gpu, failing),
        (Preference::Fastest, worker()),
    ] {
        let searcher = Searcher::new(preference, command);
        for _ in 0..2 {
            assert_eq!(
                run(&searcher, [5; 32], 64, Until::Units(100_000)),
                plain,
                "{searcher:?}"
            );
        }
    }
}
