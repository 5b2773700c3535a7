//! The wasm runtime in this process: what runs, what is refused, and how a run ends.

use std::time::{Duration, Instant};

use joule::runtime::{run_here, wasm, JobSpec, Limits, Outcome, RuntimeError};

const TIME: Duration = Duration::from_secs(20);
const FUEL: u64 = 10_000_000;

fn spec(steps: u32) -> JobSpec {
    let limits = Limits {
        memory_bytes: 4 << 20,
        output_bytes: 1 << 20,
        ..Limits::default()
    };
    JobSpec {
        runtime: wasm::RUNTIME_ID.into(),
        steps,
        fuel_per_step: FUEL,
        limits,
    }
}

/// A module with all imports, one page of memory and this step.
fn module(step: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
            (import "joule" "input_len" (func $len (result i64)))
            (import "joule" "input_read" (func $read (param i64 i32 i32) (result i32)))
            (import "joule" "output_write" (func $write (param i32 i32)))
            (memory (export "memory") 1)
            (global $calls (mut i32) (i32.const 0))
            (func (export "step") (param $i i64) {step}))"#
    );
    wat::parse_str(text).expect("a well-formed test module")
}

fn run(module: &[u8], input: &[u8], steps: u32) -> Result<Outcome, RuntimeError> {
    run_here(&spec(steps), module, input.to_vec(), TIME)
}

fn code(module: &[u8]) -> &'static str {
    run(module, b"", 1).expect_err("must be refused").code()
}

/// Reads byte i of the input, counts its calls in a global, writes both.
fn echo() -> Vec<u8> {
    module(
        "(drop (call $read (local.get $i) (i32.const 0) (i32.const 1)))
         (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
         (i32.store8 (i32.const 1) (global.get $calls))
         (call $write (i32.const 0) (i32.const 2))",
    )
}

#[test]
fn a_job_reads_its_input_keeps_state_and_is_the_same_twice() {
    let first = run(&echo(), b"abc", 3).unwrap();
    assert_eq!(first.output, b"a\x01b\x02c\x03");
    assert_eq!(first.steps.len(), 3);
    let digest = joule_work::digest::step_digest(1, b"b\x02");
    assert_eq!(
        (first.steps[1].digest, first.steps[1].bytes, first.steps[1].index),
        (digest, 2, 1)
    );
    let digests: Vec<[u8; 32]> = first.steps.iter().map(|s| s.digest).collect();
    assert_eq!(first.trace_root, joule_work::digest::trace_root(&digests));
    assert_eq!(first.result_root, joule_work::digest::result_root(&first.output));
    // Fuel, digests and roots: everything is the same again, and one input byte changes the roots.
    assert_eq!(run(&echo(), b"abc", 3).unwrap(), first);
    assert_ne!(run(&echo(), b"abd", 3).unwrap().trace_root, first.trace_root);
}

#[test]
fn reads_end_with_the_input() {
    let m = module(
        "(i64.store (i32.const 0) (call $len))
         (i32.store (i32.const 8) (call $read (i64.const 3) (i32.const 100) (i32.const 10)))
         (i32.store (i32.const 12) (call $read (i64.const 99) (i32.const 100) (i32.const 10)))
         (call $write (i32.const 0) (i32.const 16))",
    );
    assert_eq!(
        run(&m, b"hello", 1).unwrap().output,
        [5, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]
    );
}

#[test]
fn fuel_is_per_step_exact_and_covers_host_calls() {
    let spin = module("(loop $l (br_if $l (i32.const 1)))");
    let error = run(&spin, b"", 2).unwrap_err();
    assert_eq!(error, RuntimeError::OutOfFuel { step: 0, fuel: FUEL });
    // What one run used is exactly enough, and one unit less is not.
    let used = run(&echo(), b"a", 1).unwrap().steps[0].fuel;
    let with = |fuel| {
        run_here(
            &JobSpec {
                fuel_per_step: fuel,
                ..spec(1)
            },
            &echo(),
            b"a".to_vec(),
            TIME,
        )
        .map(|_| ())
    };
    assert_eq!(with(used), Ok(()));
    assert_eq!(
        with(used - 1),
        Err(RuntimeError::OutOfFuel {
            step: 0,
            fuel: used - 1
        })
    );
    // A call that copies 64 KiB costs 8 KiB units more than one that copies nothing.
    let write = |n: u32| run(&module(&format!("(call $write (i32.const 0) (i32.const {n}))")), b"", 1).unwrap();
    assert_eq!(write(65_536).steps[0].fuel - write(0).steps[0].fuel, 8192);
}

#[test]
fn an_endless_loop_ends_with_its_time() {
    let spec = JobSpec {
        fuel_per_step: u64::MAX >> 1,
        ..spec(3)
    };
    let step = "(if (i64.eq (local.get $i) (i64.const 1)) (then (loop $l (br $l))))";
    let started = Instant::now();
    let error = run_here(&spec, &module(step), vec![], Duration::from_millis(300)).unwrap_err();
    assert_eq!(error, RuntimeError::Interrupted { step: 1 });
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[test]
fn memory_ends_at_the_cap() {
    let grow = |pages: u32| module(&format!("(drop (memory.grow (i32.const {pages})))"));
    assert!(run(&grow(63), b"", 1).is_ok(), "64 pages are the 4 MiB of the job");
    let error = run(&grow(64), b"", 1).unwrap_err();
    assert_eq!(
        error,
        RuntimeError::MemoryLimit {
            asked: 65 << 16,
            cap: 4 << 20
        }
    );
    let born_large = wat::parse_str(r#"(module (memory (export "memory") 65) (func (export "step") (param i64)))"#);
    assert_eq!(code(&born_large.unwrap()), "wasm.memory_limit");
    let tables = r#"(module (memory (export "memory") 1) (table 70000 funcref) (func (export "step") (param i64)))"#;
    assert_eq!(code(&wat::parse_str(tables).unwrap()), "wasm.table_limit");
    let two = r#"(module (memory (export "memory") 1) (table 1 funcref) (table 1 funcref) (func (export "step") (param i64)))"#;
    assert_eq!(code(&wat::parse_str(two).unwrap()), "wasm.invalid_module");
}

#[test]
fn a_module_learns_of_its_own_limits_by_minus_one_on_every_host() {
    let text = |declared: &str, pages: u32| {
        format!(
            r#"(module (import "joule" "output_write" (func $write (param i32 i32)))
                (memory (export "memory") {declared})
                (func (export "step") (param i64)
                  (i32.store (i32.const 0) (memory.grow (i32.const {pages})))
                  (call $write (i32.const 0) (i32.const 4))))"#
        )
    };
    for (declared, pages) in [("1 2", 2), ("1 2", 65_535), ("1", 65_536), ("1", u32::MAX >> 1)] {
        let module = wat::parse_str(text(declared, pages)).unwrap();
        assert_eq!(run(&module, b"", 1).unwrap().output, [255; 4], "{declared}: {pages}");
    }
}

#[test]
fn output_ends_at_the_cap_over_all_steps() {
    let m = module("(call $write (i32.const 0) (i32.const 65536))");
    assert_eq!(run(&m, b"", 16).unwrap().output.len(), 1 << 20);
    let error = run(&m, b"", 17).unwrap_err();
    assert_eq!(
        error,
        RuntimeError::OutputLimit {
            step: 16,
            bytes: (1 << 20) + (1 << 16),
            cap: 1 << 20
        }
    );
    let endless = module("(loop $l (call $write (i32.const 0) (i32.const 65536)) (br $l))");
    assert_eq!(code(&endless), "wasm.output_limit");
}

#[test]
fn foreign_imports_are_refused_by_name() {
    let with = |import: &str| {
        let text = format!(r#"(module {import} (memory (export "memory") 1) (func (export "step") (param i64)))"#);
        run(&wat::parse_str(text).unwrap(), b"", 1).unwrap_err()
    };
    let wasi = with(r#"(import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))"#);
    assert_eq!(
        wasi,
        RuntimeError::ForbiddenImport {
            import: "wasi_snapshot_preview1.fd_write".into()
        }
    );
    assert!(wasi.to_string().contains("wasi_snapshot_preview1.fd_write"));
    assert_eq!(
        with(r#"(import "joule" "clock" (func (result i64)))"#).code(),
        "wasm.forbidden_import"
    );
    assert_eq!(
        with(r#"(import "env" "mem" (memory 1))"#).code(),
        "wasm.invalid_module",
        "one memory only"
    );
    assert_eq!(
        with(r#"(import "joule" "input_len" (global i64))"#).code(),
        "wasm.import_type"
    );
    assert_eq!(
        with(r#"(import "joule" "input_len" (func (result i32)))"#).code(),
        "wasm.import_type"
    );
    assert_eq!(
        with(r#"(import "joule" "output_write" (func (param i32 funcref)))"#).code(),
        "wasm.import_type"
    );
}

#[test]
fn missing_exports_are_refused_by_name() {
    for (text, export) in [
        (r#"(module (func (export "step") (param i64)))"#, "memory"),
        (r#"(module (memory (export "memory") 1))"#, "step: (i64) -> ()"),
        (
            r#"(module (memory (export "memory") 1) (func (export "step") (param i32)))"#,
            "step: (i64) -> ()",
        ),
        (
            r#"(module (memory (export "memory") 1) (global (export "step") i32 (i32.const 0)))"#,
            "step: (i64) -> ()",
        ),
        (
            r#"(module (func (export "memory")) (func (export "step") (param i64)))"#,
            "memory",
        ),
    ] {
        let error = run(&wat::parse_str(text).unwrap(), b"", 1).unwrap_err();
        assert_eq!(error, RuntimeError::MissingExport { export: export.into() }, "{text}");
    }
}

#[test]
fn bytes_that_are_no_module_of_the_profile_are_refused() {
    assert_eq!(code(b"not wasm"), "wasm.invalid_module");
    assert_eq!(code(b""), "wasm.invalid_module");
    let body = r#"(memory (export "memory") 1) (func (export "step") (param i64)"#;
    for (feature, text) in [
        (
            "threads",
            format!("(module {body} (drop (i32.atomic.load (i32.const 0)))))"),
        ),
        (
            "shared memory",
            r#"(module (memory (export "memory") 1 1 shared) (func (export "step") (param i64)))"#.into(),
        ),
        (
            "memory64",
            r#"(module (memory (export "memory") i64 1) (func (export "step") (param i64)))"#.into(),
        ),
        ("two memories", format!("(module (memory 1) {body}))")),
        ("tail calls", format!("(module (func $f) {body} (return_call $f)))")),
        ("exceptions", format!("(module (tag $t) {body} (throw $t)))")),
        ("component", "(component)".into()),
        (
            "relaxed simd",
            format!("(module {body} (drop (i8x16.relaxed_swizzle (v128.const i64x2 0 0) (v128.const i64x2 0 0)))))"),
        ),
    ] {
        assert_eq!(
            code(&wat::parse_str(&text).expect(feature)),
            "wasm.invalid_module",
            "{feature}"
        );
    }
    let mut large = spec(1);
    large.limits.module_bytes = 10;
    let error = run_here(&large, &echo(), vec![], TIME).unwrap_err();
    assert_eq!(error.code(), "runtime.too_large");
    large = spec(1);
    large.limits.input_bytes = 2;
    assert_eq!(
        run_here(&large, &echo(), vec![0; 3], TIME).unwrap_err().code(),
        "runtime.too_large"
    );
}

#[test]
fn traps_name_step_and_reason() {
    let trap = |step: &str| match run(&module(step), b"", 1).unwrap_err() {
        RuntimeError::Trap { step: 0, reason } => reason,
        other => panic!("{other}"),
    };
    assert!(trap("unreachable").contains("unreachable"));
    assert!(trap("(drop (i32.div_u (i32.const 1) (i32.const 0)))").contains("divide by zero"));
    assert!(trap("(i32.store (i32.const 65533) (i32.const 0))").contains("out of bounds"));
    let deep = wat::parse_str(
        r#"(module (memory (export "memory") 1) (func $f (call $f)) (func (export "step") (param i64) (call $f)))"#,
    );
    assert!(run(&deep.unwrap(), b"", 1).unwrap_err().to_string().contains("stack"));
}

/// How deep calls may go is part of the result, so the code that is generated must not depend on the processor.
#[test]
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn the_depth_of_calls_is_the_same_on_every_processor() {
    let m = wat::parse_str(
        r#"(module (import "joule" "input_read" (func $read (param i64 i32 i32) (result i32)))
            (memory (export "memory") 1)
            (func $f (param $n i32) (param $x f64) (param $v v128) (result f64)
              (if (result f64) (local.get $n)
                (then (f64.add (local.get $x)
                  (call $f (i32.sub (local.get $n) (i32.const 1)) (f64.floor (local.get $x))
                    (i8x16.popcnt (i32x4.mul (local.get $v) (i32x4.splat (i32.popcnt (local.get $n))))))))
                (else (f64x2.extract_lane 0 (local.get $v)))))
            (func (export "step") (param i64)
              (drop (call $read (i64.const 0) (i32.const 0) (i32.const 4)))
              (drop (call $f (i32.load (i32.const 0)) (f64.const 1.5) (v128.const i64x2 1 2)))))"#,
    )
    .unwrap();
    let fits = |depth: u32| run(&m, &depth.to_le_bytes(), 1).is_ok();
    let (mut low, mut high) = (0, 1 << 20);
    while high - low > 1 {
        let middle = (low + high) / 2;
        *(if fits(middle) { &mut low } else { &mut high }) = middle;
    }
    assert_eq!(low, DEPTH);
}

/// Calls of the function above that fit the stack, as wasmtime 48.0.8 compiles it.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
const DEPTH: u32 = 5_453;

#[test]
fn pointers_outside_the_memory_are_refused() {
    for step in [
        "(call $write (i32.const 65536) (i32.const 1))",
        "(call $write (i32.const -1) (i32.const 2))",
        "(call $write (i32.const 0) (i32.const -1))",
        "(drop (call $read (i64.const 0) (i32.const 65535) (i32.const 2)))",
        "(drop (call $read (i64.const -1) (i32.const 0) (i32.const 1)))",
    ] {
        let error = run_here(
            &JobSpec {
                fuel_per_step: 1 << 40,
                ..spec(1)
            },
            &module(step),
            b"xy".to_vec(),
            TIME,
        );
        assert_eq!(error.unwrap_err().code(), "wasm.bad_pointer", "{step}");
    }
}

#[test]
fn a_start_function_has_no_job() {
    let m = wat::parse_str(
        r#"(module (import "joule" "output_write" (func $write (param i32 i32)))
            (memory (export "memory") 1) (func (export "step") (param i64))
            (func $s (call $write (i32.const 0) (i32.const 1))) (start $s))"#,
    );
    assert_eq!(code(&m.unwrap()), "wasm.outside_step");
    let spin = wat::parse_str(
        r#"(module (memory (export "memory") 1) (func (export "step") (param i64))
            (func $s (loop $l (br $l))) (start $s))"#,
    );
    assert_eq!(code(&spin.unwrap()), "wasm.out_of_fuel");
}

#[test]
fn nans_have_one_bit_pattern() {
    let m = module(
        "(local $x f64)
         ;; 0/0, a sign-flipped payload NaN through arithmetic, the root of -1, and a lane of a vector
         (f64.store (i32.const 0) (f64.div (f64.const 0) (f64.const 0)))
         (f64.store (i32.const 8) (f64.add (f64.const -nan:0x4000000000123) (f64.const 1)))
         (f64.store (i32.const 16) (f64.sqrt (f64.const -1)))
         (f64.store (i32.const 24) (f64x2.extract_lane 0 (f64x2.mul (v128.const f64x2 nan:0x8000000000001 1)
                                                                    (v128.const f64x2 2 2))))
         (f32.store (i32.const 32) (f32.sub (f32.const inf) (f32.const inf)))
         (call $write (i32.const 0) (i32.const 36))",
    );
    let out = run(&m, b"", 1).unwrap().output;
    for at in [0, 8, 16, 24] {
        assert_eq!(
            u64::from_le_bytes(out[at..at + 8].try_into().unwrap()),
            0x7ff8_0000_0000_0000,
            "at {at}"
        );
    }
    assert_eq!(u32::from_le_bytes(out[32..].try_into().unwrap()), 0x7fc0_0000);
}
