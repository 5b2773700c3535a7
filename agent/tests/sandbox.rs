//! Jobs in the confined child of the real program.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{fs, thread};

use joule::process::gpu_worker;
use joule::runtime::{run_here, wasm, JobSpec, Limits, Outcome, Runtime};
use joule::sandbox::{Device, Job, Layers, Sandbox, SandboxError, Stop};
use joule_gpu::GpuClient;
use sha2::{Digest, Sha256};

fn sandbox() -> Sandbox {
    Sandbox::with_program(PathBuf::from(env!("CARGO_BIN_EXE_joule"))).expect("the program starts")
}

fn job(step: &str, steps: u32) -> Job {
    let text = format!(
        r#"(module
            (import "joule" "input_read" (func $read (param i64 i32 i32) (result i32)))
            (import "joule" "output_write" (func $write (param i32 i32)))
            (memory (export "memory") 1)
            (func (export "step") (param $i i64) {step}))"#
    );
    let limits = Limits {
        memory_bytes: 8 << 20,
        output_bytes: 1 << 20,
        ..Limits::default()
    };
    Job {
        spec: JobSpec {
            runtime: wasm::RUNTIME_ID.into(),
            steps,
            fuel_per_step: u64::MAX >> 1,
            limits,
        },
        module: wat::parse_str(text).expect("a well-formed test module").into(),
        input: Arc::from(&b"some input"[..]),
        time: Duration::from_secs(30),
        journalled: vec![],
    }
}

/// Writes byte i of the input in step i.
const ECHO: &str = "(drop (call $read (local.get $i) (i32.const 0) (i32.const 1)))
                    (call $write (i32.const 0) (i32.const 1))";
const SPIN: &str = "(loop $l (br $l))";

/// As much as may be compiled.
fn long_to_compile() -> Arc<[u8]> {
    let body = "(loop (br_if 0 (i32.eqz (i32.load (i32.const 0)))))".repeat(500);
    let functions = format!("(func {body})").repeat(19);
    let text = format!(r#"(module (memory (export "memory") 1) (func (export "step") (param i64)) {functions})"#);
    wat::parse_str(text).unwrap().into()
}

fn run(job: &Job) -> Result<Outcome, SandboxError> {
    sandbox().run(job, &Stop::default(), &mut |_| {})
}

/// Everything below this process that runs `job-child`.
fn children() -> Vec<PathBuf> {
    let me = std::process::id();
    let parent = |p: &Path| -> Option<u32> {
        let stat = fs::read_to_string(p.join("stat")).ok()?;
        stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
    };
    let all: Vec<PathBuf> = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|e| Some(e.ok()?.path()))
        .collect();
    let below = |parents: &[u32]| -> Vec<PathBuf> {
        all.iter()
            .filter(|p| parent(p).is_some_and(|of| parents.contains(&of)))
            .cloned()
            .collect()
    };
    let is_child = |p: &PathBuf| fs::read(p.join("cmdline")).is_ok_and(|c| c.windows(9).any(|w| w == b"job-child"));
    let pid = |p: &PathBuf| p.file_name().and_then(|n| n.to_str()?.parse().ok());
    let mut found: Vec<PathBuf> = below(&[me]).into_iter().filter(is_child).collect();
    let outer: Vec<u32> = found.iter().filter_map(pid).collect();
    found.extend(below(&outer).into_iter().filter(is_child));
    found
}

/// `children` sees those of every test of this process, so tests that look run one at a time.
static LOOK: std::sync::Mutex<()> = std::sync::Mutex::new(());

#[test]
fn a_confined_run_equals_one_in_this_process() {
    let _look = LOOK.lock();
    let job = job(ECHO, 10);
    let mut seen = Vec::new();
    let outcome = sandbox()
        .run(&job, &Stop::default(), &mut |s| seen.push(s.clone()))
        .unwrap();
    assert_eq!(outcome.output, b"some input");
    assert_eq!(
        outcome,
        run_here(&job.spec, &job.module, job.input.to_vec(), job.time).unwrap()
    );
    assert_eq!(seen, outcome.steps, "every step was reported, in order");
}

#[test]
fn this_host_offers_every_layer() {
    let _look = LOOK.lock();
    let sandbox = sandbox();
    let found = sandbox.confinement();
    assert!(
        found.layers.sufficient(),
        "tests of confinement need a host that can confine: {}",
        found.gaps()
    );
}

#[test]
fn a_running_child_holds_no_rights() {
    let _look = LOOK.lock();
    let stop = Stop::default();
    let flag = stop.clone();
    let mut endless = job(SPIN, 1);
    endless.time = Duration::from_secs(60);
    let sandbox = sandbox();
    let layers = sandbox.confinement().layers;
    let runner = thread::spawn(move || sandbox.run(&endless, &flag, &mut |_| {}));
    // The innermost process is the one that works; it is confined once its filter shows.
    let field = |p: &Path, name: &str| -> Option<String> {
        let status = fs::read_to_string(p.join("status")).ok()?;
        Some(status.lines().find_map(|l| l.strip_prefix(name))?.trim().to_owned())
    };
    let begun = Instant::now();
    let expected = if layers.namespaces { 2 } else { 1 };
    let inner = loop {
        let now = children();
        let ready = |p: &PathBuf| !layers.seccomp || field(p, "Seccomp_filters:").is_some_and(|n| n == "2");
        if let Some(p) = now.iter().find(|p| now.len() == expected && ready(p)) {
            break p.clone();
        }
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "no confined child came up: {now:?}"
        );
        thread::sleep(Duration::from_millis(10));
    };
    assert_eq!(field(&inner, "NoNewPrivs:").as_deref(), Some("1"));
    assert_eq!(field(&inner, "CapEff:").as_deref(), Some("0000000000000000"));
    assert_eq!(field(&inner, "CapPrm:").as_deref(), Some("0000000000000000"));
    assert_ne!(
        field(&inner, "Uid:").unwrap().split_whitespace().next(),
        Some("0"),
        "root is not passed on"
    );
    assert_eq!(
        fs::read(inner.join("environ")).unwrap_or_default(),
        b"",
        "no environment"
    );
    if layers.namespaces {
        for space in ["user", "pid", "net", "mnt", "ipc", "uts"] {
            let of = |p: &Path| fs::read_link(p.join("ns").join(space)).expect("the tests may look");
            assert_ne!(of(&inner), of(Path::new("/proc/self")), "{space}");
        }
        assert_eq!(fs::read_dir(inner.join("root")).unwrap().count(), 0, "an empty root");
        let devices = fs::read_to_string(inner.join("net/dev")).unwrap();
        assert_eq!(
            devices.lines().count(),
            3,
            "two lines of heading and a loopback that is down: {devices}"
        );
    }
    let open: Vec<_> = fs::read_dir(inner.join("fd"))
        .unwrap()
        .filter_map(|e| e.ok()?.file_name().into_string().ok())
        .collect();
    assert!(open.iter().all(|fd| ["0", "1", "2"].contains(&fd.as_str())), "{open:?}");
    stop.store(true, Ordering::Relaxed);
    assert!(matches!(
        runner.join().unwrap(),
        Err(SandboxError::Stopped { steps: 0 })
    ));
    assert_eq!(children(), Vec::<PathBuf>::new());
}

#[test]
fn an_endless_loop_is_over_at_its_deadline_and_leaves_nothing() {
    let _look = LOOK.lock();
    let mut job = job("(if (i64.eq (local.get $i) (i64.const 2)) (then (loop $l (br $l))))", 3);
    job.time = Duration::from_millis(700);
    let started = Instant::now();
    let error = run(&job).unwrap_err();
    assert!(matches!(error, SandboxError::Deadline { steps: 2, .. }), "{error}");
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    assert_eq!(children(), Vec::<PathBuf>::new());
}

#[test]
fn a_module_that_is_long_to_compile_is_killed_at_the_deadline() {
    let _look = LOOK.lock();
    let mut bomb = job("", 1);
    bomb.module = long_to_compile();
    bomb.time = Duration::from_millis(200);
    let started = Instant::now();
    let error = run(&bomb).unwrap_err();
    assert!(matches!(error, SandboxError::Deadline { steps: 0, .. }), "{error}");
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert_eq!(children(), Vec::<PathBuf>::new());
}

#[test]
fn bombs_end_with_the_code_of_their_limit() {
    let _look = LOOK.lock();
    let code = |job: &Job| run(job).unwrap().failure.expect("must fail").code;
    let memory = job("(loop $l (drop (memory.grow (i32.const 1))) (br $l))", 1);
    assert_eq!(code(&memory), "wasm.memory_limit");
    let output = job("(loop $l (call $write (i32.const 0) (i32.const 65536)) (br $l))", 1);
    assert_eq!(code(&output), "wasm.output_limit");
    let mut fuel = job(SPIN, 1);
    fuel.spec.fuel_per_step = 1000;
    assert_eq!(code(&fuel), "wasm.out_of_fuel");
    let mut junk = job("", 1);
    junk.module = Arc::from(&b"junk"[..]);
    assert_eq!(code(&junk), "wasm.invalid_module");
    let mut large = job("", 1);
    large.spec.limits.input_bytes = 3;
    assert_eq!(code(&large), "runtime.too_large");
    assert_eq!(children(), Vec::<PathBuf>::new());
}

#[test]
fn a_failing_job_is_the_same_result_every_time_and_none_if_it_contradicts_the_journal() {
    let _look = LOOK.lock();
    let mut job = job("(if (i64.eq (local.get $i) (i64.const 2)) (then unreachable))", 16);
    let first = run(&job).unwrap();
    let failure = first.failure.clone().unwrap();
    assert_eq!((failure.code.as_str(), failure.step), ("wasm.trap", 2));
    assert_eq!((first.steps.len(), first.trace.len()), (2, 16));
    assert_eq!(first.output, failure.report());
    assert_eq!(run(&job).unwrap(), first);
    job.journalled = first.trace[..2].to_vec();
    assert_eq!(run(&job).unwrap(), first);
    job.journalled = first.trace[..3].to_vec();
    assert_eq!(run(&job).unwrap_err().code(), "runtime.replay_diverged");
}

#[test]
fn a_module_is_checked_before_it_is_run() {
    let _look = LOOK.lock();
    let sandbox = sandbox();
    let (good, time) = (job(SPIN, 1), Duration::from_secs(20));
    let hold = |module, within| sandbox.hold(&good.spec, module, within, time, &Stop::default());
    hold(good.module.clone(), time).unwrap();
    let junk = hold(Arc::from(&b"junk"[..]), time).err().unwrap();
    assert_eq!(junk.code(), "wasm.invalid_module");
    let late = hold(long_to_compile(), Duration::from_millis(100)).err().unwrap();
    assert!(matches!(late, SandboxError::Deadline { .. }), "{late}");
    assert_eq!(children(), Vec::<PathBuf>::new());
}

#[test]
fn a_child_waits_with_the_module_until_it_is_told_to_run() {
    let _look = LOOK.lock();
    let sandbox = sandbox();
    // Its start function never ends, so it would not come to wait if anything of it ran before the word.
    let text = r#"(module (memory (export "memory") 1) (func (export "step") (param i64)) (func $s (loop $l (br $l))) (start $s))"#;
    let endless = Job {
        module: wat::parse_str(text).unwrap().into(),
        ..job(ECHO, 1)
    };
    let time = Duration::from_secs(20);
    let hold = |job: &Job| sandbox.hold(&job.spec, job.module.clone(), time, time, &Stop::default());
    let held = hold(&endless).unwrap();
    assert!(!children().is_empty());
    drop(held);
    assert_eq!(children(), Vec::<PathBuf>::new(), "one that is not needed ends");

    let job = job(ECHO, 3);
    let (mut told, held) = (vec![], hold(&job).unwrap());
    let waiting = children();
    thread::sleep(Duration::from_millis(300));
    assert_eq!(children(), waiting);
    let outcome = sandbox.run_held(held, &job, &Stop::default(), &mut |pid| told.push(pid), &mut |_| {});
    assert_eq!(outcome.unwrap(), run(&job).unwrap());
    let told: Vec<PathBuf> = told.iter().map(|pid| PathBuf::from(format!("/proc/{pid}"))).collect();
    assert!(told.len() == 1 && waiting.contains(&told[0]), "{told:?} of {waiting:?}");
}

#[test]
fn the_largest_memory_a_job_may_ask_for_is_there() {
    let _look = LOOK.lock();
    let mut big = job(
        "(drop (memory.grow (i32.const 32767))) (i32.store (i32.const 2147483644) (i32.const 7))",
        1,
    );
    big.spec.limits.memory_bytes = Limits::CEILING.memory_bytes;
    run(&big).unwrap();
}

#[test]
fn a_restart_runs_again_from_the_first_step_and_checks_each() {
    let _look = LOOK.lock();
    let mut job = job(ECHO, 4);
    let before = run(&job).unwrap();
    job.journalled = before.steps[..2].iter().map(|s| s.digest).collect();
    assert_eq!(run(&job).unwrap(), before);
    job.journalled[1] = [0; 32];
    assert_eq!(
        run(&job).unwrap_err().to_string().split(';').next(),
        Some("runtime.replay_diverged: step 1 gave another digest than before")
    );
}

#[test]
fn a_run_that_is_called_off_ends_at_once() {
    let _look = LOOK.lock();
    let stop: Stop = Arc::new(AtomicBool::new(false));
    let flag = stop.clone();
    let job = job("(if (i64.eq (local.get $i) (i64.const 1)) (then (loop $l (br $l))))", 2);
    let error = sandbox()
        .run(&job, &flag, &mut |_| stop.store(true, Ordering::Relaxed))
        .unwrap_err();
    assert!(matches!(error, SandboxError::Stopped { steps: 1 }), "{error}");
    assert_eq!(children(), Vec::<PathBuf>::new());
}

#[test]
fn without_confinement_only_listed_modules_run() {
    let _look = LOOK.lock();
    let job = job(ECHO, 1);
    let digest: [u8; 32] = Sha256::digest(&job.module).into();
    let bare = sandbox().without(Layers::ALL);
    let error = bare.run(&job, &Stop::default(), &mut |_| {}).unwrap_err();
    assert_eq!(error.code(), "sandbox.unconfined");
    assert!(error.to_string().contains(&hex::encode(digest)), "{error}");
    assert_eq!(bare.admit(&digest).unwrap_err().code(), "sandbox.unconfined");
    let weak = sandbox().without(Layers {
        landlock: false,
        ..Layers::ALL
    });
    assert_eq!(
        weak.run(&job, &Stop::default(), &mut |_| {}).unwrap_err().code(),
        "sandbox.unconfined"
    );
    let listed = bare.trusting(&[digest]);
    assert_eq!(listed.run(&job, &Stop::default(), &mut |_| {}).unwrap().output, b"s");
}

#[test]
fn a_call_by_hand_explains_itself() {
    let out = std::process::Command::new(env!("CARGO_BIN_EXE_joule"))
        .arg("job-child")
        .output()
        .unwrap();
    assert_eq!(out.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&out.stderr).starts_with("sandbox.usage: "));
}

/// The checked-in bundle, its input and its steps.
fn picture() -> Job {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/mandelbrot");
    let file = |name: &str| fs::read(folder.join(name)).expect("a checked-in file");
    Job {
        spec: JobSpec {
            runtime: Runtime::Wgsl.id().into(),
            steps: 24,
            fuel_per_step: 100,
            limits: Limits {
                memory_bytes: 2 << 20,
                output_bytes: 1 << 20,
                ..Limits::default()
            },
        },
        module: file("mandelbrot.json").into(),
        input: file("view.bin").into(),
        time: Duration::from_secs(120),
        journalled: vec![],
    }
}

#[test]
fn a_wgsl_program_is_the_same_in_the_child_after_a_restart_and_on_an_adapter() {
    let _look = LOOK.lock();
    let mut job = picture();
    let mut seen = Vec::new();
    let first = sandbox()
        .run(&job, &Stop::default(), &mut |s| seen.push(s.clone()))
        .unwrap();
    assert_eq!(
        first,
        run_here(&job.spec, &job.module, job.input.to_vec(), job.time).unwrap()
    );
    assert_eq!((&seen, seen.len()), (&first.steps, 24));
    // The digest of a step covers all it may write, the output is one buffer at the end.
    assert_eq!((first.steps[0].bytes, first.output.len()), (768_000, 256_056));
    assert_eq!(&first.output[..2], b"BM");
    job.journalled = first.trace[..20].to_vec();
    assert_eq!(run(&job).unwrap(), first);

    let found = GpuClient::new(gpu_worker(env!("CARGO_BIN_EXE_joule").as_ref()))
        .adapters()
        .unwrap();
    for adapter in &found.list {
        for check_steps in [0, 2] {
            let device = sandbox().with_device(Device::adapter(adapter.index, check_steps));
            let mut seen = Vec::new();
            let outcome = device
                .run(&job, &Stop::default(), &mut |s| seen.push(s.digest))
                .unwrap();
            assert_eq!((&outcome, &seen), (&first, &first.trace), "{}", adapter.name);
        }
    }
    if found.list.is_empty() {
        eprintln!("the comparison with an adapter is skipped: there is none");
    }
    assert_eq!(children(), Vec::<PathBuf>::new());
}

#[test]
fn a_wgsl_program_is_over_at_its_deadline_and_checked_before_it_runs() {
    let _look = LOOK.lock();
    let mut job = picture();
    let hold = |job: &Job| sandbox().hold(&job.spec, job.module.clone(), job.time, job.time, &Stop::default());
    hold(&job).unwrap();
    job.spec.steps = 23;
    assert_eq!(hold(&job).err().unwrap().code(), "wgsl.steps");
    job.spec.steps = 24;
    job.time = Duration::from_millis(300);
    let (started, late) = (Instant::now(), run(&job).unwrap_err());
    assert!(matches!(late, SandboxError::Deadline { .. }), "{late}");
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    assert_eq!(children(), Vec::<PathBuf>::new());
}

#[test]
fn without_an_adapter_the_interpreter_runs_what_a_device_was_to_run() {
    let _look = LOOK.lock();
    let job = picture();
    let nowhere = sandbox().with_device(Device::adapter(99, 1));
    let mut seen = 0;
    let outcome = nowhere.run(&job, &Stop::default(), &mut |_| seen += 1).unwrap();
    assert_eq!((seen, outcome), (24, run(&job).unwrap()));
    assert!(Device::hardware(Path::new("/nonexistent"), 1).is_err());
}
