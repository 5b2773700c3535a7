//! Modules.

use joule::runtime::Runtime;

use super::{case, Fails, Gives, Hostile, Trouble};

/// A module with imports, one page of memory and this step; `more` stands at module scope.
pub fn text(more: &str, step: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
            (import "joule" "input_read" (func $read (param i64 i32 i32) (result i32)))
            (import "joule" "output_write" (func $write (param i32 i32)))
            (memory (export "memory") 1) {more}
            (func (export "step") (param $i i64) {step}))"#
    );
    wat::parse_str(&text).unwrap_or_else(|e| panic!("{e}: {text:.300}"))
}

pub fn jobs() -> Vec<Hostile> {
    let step = |name: &str, step: &str, end| case(name, Runtime::Wasm, text("", step), end);
    let whole = |name: &str, module: &str, end| {
        let module = wat::parse_str(module).unwrap_or_else(|e| panic!("{name}: {e}"));
        case(name, Runtime::Wasm, module, end)
    };
    let more = |name: &str, more: &str, step: &str, end| case(name, Runtime::Wasm, text(more, step), end);
    let raw = |name: &str, bytes: &[u8]| case(name, Runtime::Wasm, bytes.to_vec(), Fails("wasm.invalid_module"));
    let unlimited = |hostile: Hostile| hostile.with(|job| job.spec.fuel_per_step = u64::MAX >> 1);
    let spin = "(loop $l (br $l))";
    let loops = "(loop (br_if 0 (i32.eqz (i32.load (i32.const 0)))))".repeat(2_000);
    let mut targets = String::new();
    for _ in 0..9_000 {
        targets += "0 ";
    }
    let nested = format!("{}{}", "(block ".repeat(5_000), ")".repeat(5_000));
    let good = text("", "");
    let interface = r#"(memory (export "memory") 1) (func (export "step") (param i64))"#;
    vec![
        step("a loop without end", spin, Fails("wasm.out_of_fuel")),
        unlimited(step(
            "a loop without end and fuel to burn",
            spin,
            Trouble("sandbox.deadline"),
        )),
        more(
            "a start function without end",
            &format!("(func $s {spin}) (start $s)"),
            "",
            Fails("wasm.out_of_fuel"),
        ),
        unlimited(more(
            "recursion",
            "(func $f (call $f))",
            "(call $f)",
            Fails("wasm.trap"),
        )),
        unlimited(more(
            "recursion through a table",
            "(type $t (func)) (table 2 2 funcref) (elem (i32.const 0) $f $g)
             (func $f (call_indirect (type $t) (i32.const 1))) (func $g (call_indirect (type $t) (i32.const 0)))",
            "(call $f)",
            Fails("wasm.trap"),
        )),
        unlimited(more(
            "recursion with large frames",
            &format!(
                "(func $f (result i64) {} (i64.add (call $f) (local.get 0)))",
                "(local i64)".repeat(1_000)
            ),
            "(drop (call $f))",
            Fails("wasm.trap"),
        )),
        step("unreachable code that is reached", "unreachable", Fails("wasm.trap")),
        step(
            "division by zero",
            "(drop (i64.rem_s (local.get $i) (i64.const 0)))",
            Fails("wasm.trap"),
        ),
        step(
            "division that overflows",
            "(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))",
            Fails("wasm.trap"),
        ),
        step(
            "a number that is no integer",
            "(drop (i32.trunc_f32_s (f32.const nan)))",
            Fails("wasm.trap"),
        ),
        step(
            "a load out of bounds",
            "(drop (i32.load (i32.const -4)))",
            Fails("wasm.trap"),
        ),
        step(
            "a store far out of bounds",
            "(i64.store offset=4294967295 (i32.const -1) (local.get $i))",
            Fails("wasm.trap"),
        ),
        unlimited(step(
            "a fill out of bounds",
            "(memory.fill (i32.const 1) (i32.const 7) (i32.const -1))",
            Fails("wasm.trap"),
        )),
        more(
            "data out of bounds",
            r#"(data (i32.const 65535) "ab")"#,
            "",
            Fails("wasm.trap"),
        ),
        more(
            "a call of nothing",
            "(type $t (func)) (table 1 funcref)",
            "(call_indirect (type $t) (i32.const 0))",
            Fails("wasm.trap"),
        ),
        step(
            "memory without end",
            "(loop $l (drop (memory.grow (i32.const 1))) (br $l))",
            Fails("wasm.memory_limit"),
        ),
        whole(
            "4 GiB from the start",
            r#"(module (memory (export "memory") 65536) (func (export "step") (param i64)))"#,
            Fails("wasm.memory_limit"),
        ),
        whole(
            "a large table",
            &format!("(module (table 1000000 funcref) {interface})"),
            Fails("wasm.table_limit"),
        ),
        more(
            "a growing table",
            "(table 1 funcref)",
            "(loop $l (drop (table.grow 0 (ref.null func) (i32.const 1000))) (br $l))",
            Fails("wasm.table_limit"),
        ),
        whole(
            "many tables",
            &format!("(module {} {interface})", "(table 1 funcref)".repeat(50)),
            Fails("wasm.invalid_module"),
        ),
        step(
            "output without end",
            "(loop $l (call $write (i32.const 0) (i32.const 65536)) (br $l))",
            Fails("wasm.output_limit"),
        ),
        step(
            "output from nowhere",
            "(call $write (i32.const 65530) (i32.const 100))",
            Fails("wasm.bad_pointer"),
        ),
        step(
            "input to nowhere",
            "(drop (call $read (i64.const 0) (i32.const -1) (i32.const 9)))",
            Fails("wasm.bad_pointer"),
        ),
        step(
            "input from before the beginning",
            "(drop (call $read (i64.const -9) (i32.const 0) (i32.const 9)))",
            Fails("wasm.bad_pointer"),
        ),
        step(
            "a huge write for little fuel",
            "(call $write (i32.const 0) (i32.const -1))",
            Fails("wasm.out_of_fuel"),
        ),
        more(
            "output before the first step",
            "(func $s (call $write (i32.const 0) (i32.const 1))) (start $s)",
            "",
            Fails("wasm.outside_step"),
        ),
        step(
            "large fills",
            "(drop (memory.grow (i32.const 200)))
             (loop $l (memory.fill (i32.const 0) (i32.const 7) (i32.const 13000000)) (br $l))",
            Fails("wasm.out_of_fuel"),
        ),
        step(
            "large copies",
            "(drop (memory.grow (i32.const 200)))
             (loop $l (memory.copy (i32.const 0) (i32.const 7) (i32.const 13000000)) (br $l))",
            Fails("wasm.out_of_fuel"),
        ),
        whole(
            "18 seconds of loops",
            &format!("(module {interface} {})", format!("(func {loops})").repeat(15)),
            Fails("wasm.too_complex"),
        ),
        more(
            "loops spread over many functions",
            &format!("(func {})", "(loop)".repeat(500)).repeat(30),
            "",
            Fails("wasm.too_complex"),
        ),
        more(
            "one endless function",
            &format!(
                "(func {})",
                "(drop (i32.mul (i32.const 3) (i32.const 5)))".repeat(40_000)
            ),
            "",
            Fails("wasm.too_complex"),
        ),
        more(
            "a switch with 9000 cases",
            "",
            &format!("(block (br_table {targets} (i32.wrap_i64 (local.get $i))))"),
            Fails("wasm.too_complex"),
        ),
        more(
            "thousands of variables",
            &format!("(func {})", "(local i64)".repeat(2_000)),
            "",
            Fails("wasm.too_complex"),
        ),
        more(
            "a hundred thousand functions",
            &"(func)".repeat(100_000),
            "",
            Fails("wasm.too_complex"),
        ),
        step("blocks in blocks in blocks", &nested, Gives(b"")),
        whole(
            "threads",
            r#"(module (memory (export "memory") 1 1 shared) (func (export "step") (param i64)))"#,
            Fails("wasm.invalid_module"),
        ),
        whole(
            "64-bit memory",
            r#"(module (memory (export "memory") i64 1) (func (export "step") (param i64)))"#,
            Fails("wasm.invalid_module"),
        ),
        whole(
            "two memories",
            &format!("(module (memory 1) {interface})"),
            Fails("wasm.invalid_module"),
        ),
        whole("a component", "(component)", Fails("wasm.invalid_module")),
        whole(
            "files",
            &format!(
                r#"(module (import "wasi_snapshot_preview1" "path_open" (func (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32))) {interface})"#
            ),
            Fails("wasm.forbidden_import"),
        ),
        whole(
            "a clock",
            &format!(r#"(module (import "joule" "clock" (func (result i64))) {interface})"#),
            Fails("wasm.forbidden_import"),
        ),
        whole(
            "another type for an import",
            &format!(r#"(module (import "joule" "output_write" (func (param i64 i64))) {interface})"#),
            Fails("wasm.import_type"),
        ),
        whole(
            "no step",
            r#"(module (memory (export "memory") 1))"#,
            Fails("wasm.missing_export"),
        ),
        whole(
            "no memory",
            r#"(module (func (export "step") (param i64)))"#,
            Fails("wasm.missing_export"),
        ),
        raw("nothing", b""),
        raw("half a module", &good[..good.len() / 2]),
        raw("a section of 4 GiB", b"\0asm\x01\0\0\0\x01\xff\xff\xff\xff\x0f"),
        raw(
            "a count of 4 billion functions",
            b"\0asm\x01\0\0\0\x03\x05\xff\xff\xff\xff\x0f",
        ),
        raw("a packed file", b"\x1f\x8b\x08\0\0\0\0\0\x02\xff"),
        raw("an archive", b"PK\x03\x04\x14\0\0\0\x08\0"),
        raw("native code", b"\x7fELF\x02\x01\x01\0"),
        step("a module that is too large", "", Fails("runtime.too_large"))
            .with(|job| job.spec.limits.module_bytes = 10),
        step("an input that is too large", "", Fails("runtime.too_large")).with(|job| job.spec.limits.input_bytes = 2),
        step("steps without end", "", Fails("runtime.out_of_range")).with(|job| job.spec.steps = u32::MAX),
        step("no fuel at all", "", Fails("runtime.out_of_range")).with(|job| job.spec.fuel_per_step = 0),
        step("a runtime of its own", "", Trouble("runtime.unknown")).with(|job| job.spec.runtime = "native/1".into()),
    ]
}
