//! The worker process: what is on the machine, and what happens when either side misbehaves.
mod common;

use std::io::Read;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use common::{is_gone, pid, Raw};
use joule_gpu::{AdapterKind, GpuClient, GpuError, Kind, Range, State};
use rustix::process::{kill_process, Signal};
use serde_json::json;

/// Longer than a kill and its reaping may take, on a machine that is busy.
const SOON: Duration = Duration::from_millis(500);

fn shell(script: &str) -> GpuClient {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    GpuClient::new(command)
}

#[test]
fn a_software_adapter_is_told_from_hardware() {
    let Some(mut client) = common::client() else { return };
    let found = client.adapters().unwrap();
    let best = found.list.first().unwrap();
    assert_eq!(best.index, 0);
    assert!(found.list.is_sorted_by_key(|a| a.kind), "{found:?}");
    match &found.state {
        State::Software { name } => {
            assert_eq!((name, best.kind), (&best.name, AdapterKind::Software));
            assert!(!found.state.may_sell() && found.state.words().contains("may not sell as a GPU"));
            assert_eq!(best.memory_bytes, None, "a made-up heap");
        }
        State::Hardware { name } => {
            assert_eq!(name, &best.name);
            assert!(best.kind != AdapterKind::Software && found.state.may_sell());
            if best.backend == "vulkan" {
                assert!(best.memory_bytes.unwrap() > 64 << 20);
            }
        }
        State::NoAdapter { .. } => panic!("the list is not empty"),
    }
    let json = serde_json::to_string(&found).unwrap();
    assert_eq!(serde_json::from_str::<joule_gpu::Adapters>(&json).unwrap(), found);
    let count = u32::try_from(found.list.len()).unwrap();
    let error = client.bench(count, Kind::Copy, Duration::ZERO).unwrap_err();
    assert_eq!(error, GpuError::UnknownAdapter { index: count, count });
    // A refusal is an answer: the worker goes on.
    let before = client.worker();
    assert_eq!(client.adapters().unwrap(), found);
    assert_eq!(client.worker(), before);
}

#[test]
fn memory_is_counted_where_it_can_be_touched() {
    let Some(mut client) = common::client() else { return };
    assert_eq!(client.measure_memory(0, 600 << 20), Ok(512 << 20));
    assert_eq!(client.worker(), None, "what took all memory does not stay");
    assert_eq!(client.measure_memory(0, 1 << 20), Ok(0));
}

#[test]
fn no_driver_is_a_state_and_not_an_accident() {
    let mut command = common::command();
    command
        .env("VK_ICD_FILENAMES", "/nonexistent")
        .env("VK_DRIVER_FILES", "/nonexistent");
    let mut client = GpuClient::new(command);
    let found = client.adapters().unwrap();
    let State::NoAdapter { reason } = &found.state else {
        panic!("{found:?}")
    };
    assert!(!reason.is_empty() && found.list.is_empty());
    assert!(found.state.words().contains("install") && !found.state.may_sell());
    let all = Range {
        start: 0,
        count: 1,
        threshold: 0,
    };
    assert_eq!(client.tickets(0, &[0; 32], all).unwrap_err().code(), "gpu.no_adapter");
}

#[test]
fn a_program_that_is_not_there_cannot_be_started() {
    let error = GpuClient::new(Command::new("/nonexistent/worker"))
        .adapters()
        .unwrap_err();
    assert!(
        error.to_string().starts_with("gpu.spawn: ") && error.to_string().contains("/nonexistent/worker"),
        "{error}"
    );
}

#[test]
fn garbage_of_a_worker_is_refused_and_the_worker_killed() {
    for garbage in [
        "garbage, garbage",
        r"\377\377\377\377\377\377\377\377",
        r"\0\0\0\2\0\0\0\0{]",
        r"\0\0\0\2\377\0\0\0{}",
    ] {
        let mut client = shell(&format!("printf '{garbage}'; exec sleep 60"));
        let begun = Instant::now();
        let error = client.adapters().unwrap_err();
        assert_eq!(error.code(), "gpu.protocol", "{garbage}: {error}");
        assert!(begun.elapsed() < SOON * 4 && client.worker().is_none());
    }
    // A well-formed answer to a question that nobody asked.
    let text = r#"{"tickets":{"overflowed":false}}"#;
    let mut client = shell(&format!(r"printf '\0\0\0\40\0\0\0\0{text}'; exec sleep 60"));
    assert_eq!(text.len(), 0o40);
    let error = client.adapters().unwrap_err();
    assert!(
        error.to_string().contains("another question") && client.worker().is_none(),
        "{error}"
    );
}

#[test]
fn a_worker_that_ends_says_how() {
    let error = shell("echo out of luck >&2; exit 3").adapters().unwrap_err();
    let GpuError::Died { how, .. } = &error else {
        panic!("{error}")
    };
    assert!(how.contains("exit status: 3") && how.contains("out of luck"), "{how}");
    let error = shell(r"printf '\0\0\0'; kill -SEGV $$").adapters().unwrap_err();
    assert!(error.to_string().contains("SIGSEGV"), "{error}");
}

#[test]
fn a_worker_that_says_nothing_is_killed_at_the_deadline() {
    let patience = Duration::from_millis(300);
    let mut client = shell("exec sleep 60").with_patience(patience);
    let begun = Instant::now();
    assert_eq!(client.adapters().unwrap_err().code(), "gpu.deadline");
    assert!(
        begun.elapsed() >= patience && begun.elapsed() < patience + SOON,
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn the_environment_stays_outside() {
    // Set in this process for its children; only the test reads it.
    let mut command = Command::new("sh");
    command.args(["-c", "env >&2; exit 1"]).env("GIVEN", "yes");
    std::env::set_var("JOULE_TEST_SECRET", "hunter2");
    let error = GpuClient::new(command).adapters().unwrap_err().to_string();
    assert!(
        error.contains("GIVEN=yes") && error.contains("NODEVICE_SELECT=1"),
        "{error}"
    );
    assert!(!error.contains("hunter2") && !error.contains("HOME="), "{error}");
}

#[test]
fn a_killed_worker_is_replaced() {
    let Some(mut client) = common::client() else { return };
    let id = client.worker().unwrap();
    let killer = thread::spawn(move || {
        thread::sleep(Duration::from_millis(400));
        kill_process(pid(id), Signal::KILL).unwrap();
    });
    let begun = Instant::now();
    let error = client.bench(0, Kind::FmaPeak, Duration::from_secs(30)).unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert!(
        matches!(&error, GpuError::Died { how, .. } if how.contains("SIGKILL")),
        "{error}"
    );
    killer.join().unwrap();
    assert!(is_gone(id) && client.worker().is_none());
    client.adapters().unwrap();
    assert_ne!(client.worker(), Some(id));
    // Killed while nobody asks: the next question finds out first.
    let id = client.worker().unwrap();
    kill_process(pid(id), Signal::KILL).unwrap();
    thread::sleep(Duration::from_millis(100));
    client.adapters().unwrap();
    // And it ends with its client.
    let id = client.worker().unwrap();
    drop(client);
    assert!(is_gone(id));
}

#[test]
fn the_worker_refuses_garbage_and_ends() {
    for garbage in [
        &b"\xff\xff\xff\xff\xff\xff\xff\xff"[..],
        b"\0\0\0\x02\0\0\0\0{}",
        b"\0\0\0\x06\0\0\0\0\"what\"",
    ] {
        let mut worker = Raw::start();
        worker.write(garbage);
        let mut answer = Vec::new();
        worker.0.stdout.take().unwrap().read_to_end(&mut answer).unwrap();
        assert!(String::from_utf8_lossy(&answer).contains("\"protocol\""), "{answer:?}");
        assert_eq!(worker.ends_within(SOON * 4), Some(1));
    }
}

#[test]
fn the_worker_ends_with_its_input_even_while_busy() {
    let mut idle = Raw::start();
    idle.close_input();
    assert_eq!(idle.ends_within(SOON * 4), Some(0));
    let mut half = Raw::start();
    half.write(&[0, 0]);
    half.close_input();
    assert_eq!(half.ends_within(SOON * 4), Some(0));
    let mut busy = Raw::start();
    let budget = json!({"secs": 60, "nanos": 0});
    busy.send(
        &json!({"bench": {"adapter": 0, "kind": "fma_peak", "budget": budget}}),
        &[],
    );
    thread::sleep(Duration::from_millis(600));
    busy.close_input();
    busy.ends_within(SOON * 4);
}
