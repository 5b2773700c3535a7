//! Bundles.

use std::fmt::Write;
use std::sync::Arc;

use joule::runtime::Runtime;
use serde_json::{json, Value};

use super::{case, Fails, Gives, Hostile, Trouble};

/// A bundle with this source, whose entry point `main` has one binding, `out`, of 1024 words.
fn bundle(source: &str) -> Value {
    json!({
        "source": source,
        "buffers": [{ "name": "out", "bytes": 4096, "init": "zero" }],
        "passes": [{ "entry": "main", "workgroups": 16, "bind": { "out": "out" } }],
        "output": "out",
    })
}

/// A whole source around the body of `main`, which may write `out[i]`; `more` stands at module scope.
fn kernel(more: &str, body: &str) -> String {
    format!(
        "@group(0) @binding(0) var<storage, read_write> out: array<u32>;\n{more}\n\
         @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {{ let i = id.x; {body} \
         out[id.x] = i; }}"
    )
}

/// 1024 words of zero.
const ZEROS: &[u8] = &[0; 4096];

pub fn jobs() -> Vec<Hostile> {
    let whole = |name: &str, bundle: Value, end| {
        case(name, Runtime::Wgsl, bundle.to_string().into_bytes(), end).with(|job| job.input = Arc::from(&b""[..]))
    };
    let source = |name: &str, text: &str, code| whole(name, bundle(text), Fails(code));
    let body = |name: &str, body: &str, code| source(name, &kernel("", body), code);
    let more = |name: &str, more: &str, body: &str, code| source(name, &kernel(more, body), code);
    let raw = |name: &str, bytes: &[u8], code| case(name, Runtime::Wgsl, bytes.to_vec(), Fails(code));
    let with = |name: &str, change: fn(&mut Value), end| {
        let mut bundle = bundle(&kernel("", ""));
        change(&mut bundle);
        whole(name, bundle, end)
    };
    let chain = |open: &str, close: &str| format!("let x = {}i{};", open.repeat(3_000), close.repeat(3_000));
    let mut doubling = String::from("const c0: vec4<u32> = vec4<u32>(1u);\n");
    let mut calls = String::from("fn f0(x: u32) -> u32 { return x * 3u + 1u; }\n");
    for n in 1..16 {
        let _ = writeln!(doubling, "const c{n} = array(c{}, c{});", n - 1, n - 1);
        let _ = writeln!(
            calls,
            "fn f{n}(x: u32) -> u32 {{ return f{m}(x) + f{m}(x + 1u); }}",
            m = n - 1
        );
    }
    let mut bindings = String::new();
    for n in 1..450 {
        let _ = writeln!(bindings, "@group(0) @binding({n}) var<storage, read> b{n}: array<u32>;");
    }
    let mut branches = String::from("var x = i; if i == 0u { x = 1u; }");
    for n in 1..700 {
        let _ = write!(branches, " else if i == {n}u {{ x = 2u; }}");
    }
    let loads: String = "x += t[x & 1023u];".repeat(1_000);
    let spin = "loop { if i > 4294967290u { break; } }";
    let zeros = |name: &str, text: &str| whole(name, bundle(text), Gives(ZEROS));
    vec![
        body("a loop without end", spin, "wgsl.out_of_fuel"),
        body("loops in loops", "for (var a = 0u; a < 99u; a++) { for (var b = 0u; b < 99u; b++) { loop { if b == a + 1u { break; } } } }", "wgsl.out_of_fuel"),
        with(
            "a grid without end",
            |bundle| {
                bundle["source"] = json!(
                    "@group(0) @binding(0) var<storage, read_write> out: array<atomic<u32>>;
                     @compute @workgroup_size(256) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
                       for (var a = 0u; a < 7999u; a++) { atomicAdd(&out[a & 7u], a); } }"
                );
                bundle["passes"][0]["workgroups"] = json!(65_535);
                bundle["passes"][0]["repeat"] = json!(4_000);
            },
            Trouble("sandbox.deadline"),
        )
        .with(|job| (job.spec.steps, job.spec.fuel_per_step) = (4_000, 8_000)),
        with("a grid beyond all limits", |bundle| bundle["passes"][0]["workgroups"] = json!(u32::MAX), Fails("wgsl.workgroups")),
        with("passes beyond all limits", |bundle| bundle["passes"][0]["repeat"] = json!(u32::MAX), Fails("wgsl.passes")),
        with("another number of steps", |bundle| bundle["passes"][0]["repeat"] = json!(2), Fails("wgsl.steps")),
        more("recursion", "fn f(x: u32) -> u32 { return f(x); }", "let x = f(i);", "wgsl.parse"),
        more("calls that double", &calls, "let x = f15(i);", "wgsl.static_cost"),
        source("constants that double", &kernel(&doubling, "let x = c15[0];"), "wgsl.constant_size"),
        body("a chain of ~", &chain("~", ""), "wgsl.nesting"),
        body("a chain of -", &chain("- ", ""), "wgsl.nesting"),
        body("a chain of !", &format!("let x = {}true;", "!".repeat(3_000)), "wgsl.nesting"),
        body("a chain of ^", &format!("let x = i{};", " ^ i".repeat(3_000)), "wgsl.nesting"),
        body("a chain of &&", &format!("let x = true{};", " && true".repeat(3_000)), "wgsl.nesting"),
        body("a chain of *&", &format!("var y = i; let x = {}y;", "*&".repeat(3_000)), "wgsl.nesting"),
        body("a chain of else if", &branches, "wgsl.nesting"),
        body("brackets in brackets", &chain("(", ")"), "wgsl.nesting"),
        body("blocks in blocks", &format!("{}{}", "{".repeat(3_000), "}".repeat(3_000)), "wgsl.nesting"),
        more("a thousand loads", "var<private> t: array<u32, 1024>;", &format!("var x = i; {loads}"), "wgsl.static_cost"),
        more("hundreds of bindings", &bindings, "", "wgsl.bindings"),
        more("memory of workgroups", "var<workgroup> w: array<u32, 268435456>;", "w[0] = i;", "wgsl.array_length"),
        more("a little memory of workgroups", "var<workgroup> w: array<u32, 64>;", "w[0] = i;", "wgsl.workgroup_memory"),
        more("much private memory", "var<private> p: array<u32, 65536>;", "p[i & 65535u] = i;", "wgsl.memory"),
        body("a barrier", "if i == 3u { workgroupBarrier(); }", "wgsl.barrier"),
        body("a data race", "out[0] = i;", "wgsl.data_race"),
        source(
            "atomics that do not commute",
            "@group(0) @binding(0) var<storage, read_write> out: array<atomic<u32>>;
             @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
               atomicAdd(&out[0], id.x); atomicMax(&out[1], id.x); }",
            "wgsl.atomic_use",
        ),
        source(
            "the returned value of an atomic",
            "@group(0) @binding(0) var<storage, read_write> out: array<atomic<u32>>;
             @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
               let x = atomicAdd(&out[0], 1u); atomicAdd(&out[x], 1u); }",
            "wgsl.atomic_use",
        ),
        with("an index out of bounds", |bundle| bundle["passes"][0]["workgroups"] = json!(17), Fails("wgsl.out_of_bounds")),
        more("an index out of an array", "var<private> p: array<u32, 4>;", "let x = p[i];", "wgsl.out_of_bounds"),
        body("floats", "let x = sqrt(f32(i));", "wgsl.float"),
        source("half floats", &format!("enable f16;\n{}", kernel("", "")), "wgsl.extension"),
        more("textures", "@group(0) @binding(1) var t: texture_2d<u32>;", "", "wgsl.type"),
        more("overrides", "override n: u32 = 4u;", "", "wgsl.override"),
        more("pointers as arguments", "fn f(p: ptr<function, u32>) { *p = 1u; }", "var x = i; f(&x);", "wgsl.pointer"),
        source("no entry point", "fn f() -> u32 { return 1u; }", "wgsl.no_entry_point"),
        source("a source of 40 KB", &kernel("", &" ".repeat(40_000)), "wgsl.source_size"),
        source("no program", "}{", "wgsl.parse"),
        source("letters that look alike", &kernel("// \u{202e}", ""), "wgsl.source_text"),
        with("a buffer of 4 GiB", |bundle| bundle["buffers"][0]["bytes"] = json!(1_u64 << 32), Fails("wgsl.buffer_size")),
        with("a buffer of 2^64 bytes", |bundle| bundle["buffers"][0]["bytes"] = json!(u64::MAX), Fails("wgsl.buffer_size")),
        with("more output than the job allows", |bundle| bundle["buffers"][0]["bytes"] = json!(2 << 20), Fails("wgsl.output_size")),
        with("an entry point that is not there", |bundle| bundle["passes"][0]["entry"] = json!("other"), Fails("wgsl.unknown_entry")),
        with("a buffer that is not there", |bundle| bundle["passes"][0]["bind"]["out"] = json!("other"), Fails("wgsl.unknown_buffer")),
        with("an unbound variable", |bundle| bundle["passes"][0]["bind"] = json!({}), Fails("wgsl.unbound")),
        with("a field of its own", |bundle| bundle["shell"] = json!("rm -rf /"), Fails("wgsl.bundle_format")),
        with("input that nothing takes", |_| {}, Fails("wgsl.input_size")).with(|job| job.input = Arc::from(&b"some input"[..])),
        raw("nothing", b"", "wgsl.bundle_format"),
        raw("lists in lists", "[".repeat(40_000).as_bytes(), "wgsl.bundle_format"),
        raw("a packed file", b"\x1f\x8b\x08\0\0\0\0\0\x02\xff", "wgsl.bundle_format"),
        raw("a module", &super::wasm::text("", ""), "wgsl.bundle_format"),
        raw("50 KB of spaces", &[b' '; 50_000], "wgsl.bundle_size"),
        raw("a source twice", br#"{"source":"","source":""}"#, "wgsl.bundle_format"),
        body("fuel beyond all limits", "", "runtime.out_of_range").with(|job| job.spec.fuel_per_step = 8_001),
        zeros("division by zero", &kernel("", "let z = i & 0u; let x = (i / z - i) | (i % z); if x != 0u { return; } out[id.x] = x; if x == 0u { return; }")),
        zeros(
            "comments in comments",
            &kernel("", &format!("{}{} if i < 4096u {{ return; }}", "/*".repeat(5_000), "*/".repeat(5_000))),
        ),
        zeros("memory that nobody wrote", &kernel("var<private> p: array<u32, 64>;", "var v: array<u32, 64>; out[id.x] = p[i & 63u] | v[i & 63u] | out[id.x]; if i < 4096u { return; }")),
    ]
}
