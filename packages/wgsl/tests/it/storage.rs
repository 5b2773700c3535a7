//! Buffers, passes, atomics and the plan.

use joule_wgsl::{admit, Limits, Machine, Stop, MAX_FUEL};
use serde_json::{json, Value};

use super::support::*;

fn plan(source: &str, buffers: Value, passes: Value, output: &str) -> Vec<u8> {
    json!({"source": source, "buffers": buffers, "passes": passes, "output": output})
        .to_string()
        .into_bytes()
}

fn buffer(name: &str, bytes: u64, init: &str) -> Value {
    json!({"name": name, "bytes": bytes, "init": init})
}

const LIFE: &str = "
@group(0) @binding(3) var<storage, read> old: array<u32>;
@group(0) @binding(1) var<storage, read_write> next: array<u32>;
@group(0) @binding(2) var<uniform> step: u32;
@compute @workgroup_size(4)
fn rule(@builtin(global_invocation_id) gid: vec3<u32>) {
    let n = arrayLength(&old);
    if gid.x >= n { return; }
    next[gid.x] = old[(gid.x + n - 1u) % n] ^ old[(gid.x + 1u) % n] ^ step;
}
@compute @workgroup_size(1) fn add(@builtin(global_invocation_id) gid: vec3<u32>) { next[gid.x] += 1000u; }
";

#[test]
fn passes_alternate_between_buffers_and_know_their_step() {
    let bind = |old: &str, next: &str| json!({"entry": "rule", "workgroups": 2, "bind": {"old": old, "next": next}});
    let add = json!({"entry": "add", "workgroups": 5, "repeat": 3, "bind": {"next": "b"}});
    let buffers = json!([buffer("a", 20, "input"), buffer("b", 20, "zero")]);
    let program = program(&plan(LIFE, buffers, json!([bind("a", "b"), add, bind("b", "a")]), "a")).unwrap();
    assert_eq!(program.steps(), 5);
    assert_eq!(program.step_binding(), Some((0, 2)));
    let dispatch = program.dispatch(0).unwrap();
    let bound: Vec<_> = dispatch
        .bindings
        .iter()
        .map(|b| (b.binding, b.buffer, b.writable))
        .collect();
    assert_eq!(
        (dispatch.entry, dispatch.uses_step, dispatch.workgroups),
        ("rule", true, 2)
    );
    assert_eq!(bound, [(1, 1, true), (3, 0, false)]);
    assert!(!program.dispatch(3).unwrap().uses_step);
    assert!(program.dispatch(5).is_none());

    let mut machine = Machine::new(&program, &bytes(&[1, 2, 4, 8, 16])).unwrap();
    let rule =
        |old: &[u32], step: u32| -> Vec<u32> { (0..5).map(|i| old[(i + 4) % 5] ^ old[(i + 1) % 5] ^ step).collect() };
    let mut b = rule(&[1, 2, 4, 8, 16], 0);
    assert_eq!(machine.step(0).unwrap().written, bytes(&b));
    for step in 1..4 {
        b.iter_mut().for_each(|x| *x += 1000);
        assert_eq!(machine.step(step).unwrap().written, bytes(&b));
    }
    assert_eq!(machine.output(), bytes(&[1, 2, 4, 8, 16]));
    assert_eq!(machine.step(4).unwrap().written, bytes(&rule(&b, 4)));
    assert_eq!(machine.output(), bytes(&rule(&b, 4)));
    assert_eq!(machine.buffer(1), Some(bytes(&b)));
    assert_eq!(machine.buffer(2), None);
    assert_eq!(machine.step(5), Err(Stop::NoSuchStep { step: 5, steps: 5 }));
}

const ATOMICS: &str = "
struct Ends { low: atomic<i32>, high: atomic<i32> }
@group(0) @binding(0) var<storage, read> src: array<i32>;
@group(0) @binding(1) var<storage, read_write> sum: atomic<u32>;
@group(0) @binding(2) var<storage, read_write> low: array<atomic<i32>, 2>;
@group(0) @binding(3) var<storage, read_write> high: array<atomic<i32>>;
@group(0) @binding(4) var<storage, read_write> bits: array<atomic<u32>>;
@compute @workgroup_size(8) fn main(@builtin(global_invocation_id) gid: vec3<u32>) {
    if gid.x >= arrayLength(&src) { return; }
    let x = src[gid.x];
    atomicAdd(&sum, bitcast<u32>(x));
    atomicSub(&sum, 1u);
    atomicMin(&low[gid.x & 1u], x);
    atomicMax(&high[gid.x & 1u], x);
    atomicXor(&bits[0], bitcast<u32>(x));
}";

#[test]
fn atomics_join_all_invocations() {
    let buffers = json!([
        buffer("in", 20, "input"),
        buffer("s", 4, "zero"),
        buffer("l", 8, "zero"),
        buffer("h", 8, "zero"),
        buffer("b", 4, "zero")
    ]);
    let bind = json!({"src": "in", "sum": "s", "low": "l", "high": "h", "bits": "b"});
    let program = program(&plan(
        ATOMICS,
        buffers,
        json!([{"entry": "main", "workgroups": 1, "bind": bind}]),
        "l",
    ))
    .unwrap();
    let values = [5_i32, -7, -3, 9, 100];
    let input: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let written = Machine::new(&program, &input).unwrap().step(0).unwrap().written;
    let xor = values.iter().fold(0, |a, b| a ^ b);
    let want = [values.iter().sum::<i32>() - 5, -3, -7, 100, 9, xor];
    assert_eq!(written, want.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<_>>());
}

#[test]
fn elements_lie_as_wgsl_says() {
    let source = "
        struct Inner { p: vec3<u32>, q: u32, r: vec2<u32> }
        struct Head { count: u32, inner: array<Inner, 2>, tail: array<u32> }
        struct Cell { a: u32, v: vec3<u32>, w: array<vec2<u32>, 2> }
        @group(0) @binding(0) var<storage, read> src: Head;
        @group(0) @binding(1) var<storage, read_write> dst: array<Cell>;
        @compute @workgroup_size(1) fn main(@builtin(global_invocation_id) gid: vec3<u32>) {
            let i = gid.x;
            dst[i].a = src.count + arrayLength(&src.tail);
            dst[i].v = src.inner[i].p;
            dst[i].w = array(src.inner[i].r, vec2(src.tail[i + 1u], src.inner[1u - i].q));
        }";
    let program = program(&bundle(source, 2, 96, 96)).unwrap();
    // count at 0, inner at 16 with stride 32 (p 0, q 12, r 16), tail at 80.
    let input: Vec<u32> = (0..24).collect();
    let (out, _) = run(&program, &bytes(&input)).unwrap();
    // a at 0, v at 16, w at 32, stride 48.
    let cell = |p: u32, r: u32, tail: u32, q: u32| [4, 0, 0, 0, p, p + 1, p + 2, 0, r, r + 1, tail, q];
    assert_eq!(words(&out), [cell(4, 8, 21, 15), cell(12, 16, 22, 7)].concat());
}

#[test]
fn input_fills_its_buffers_in_order() {
    let source = "
        @group(0) @binding(0) var<storage, read_write> dst: array<u32>;
        @compute @workgroup_size(1) fn main(@builtin(global_invocation_id) gid: vec3<u32>) { dst[gid.x] += 0u; }";
    let buffers = json!([buffer("x", 8, "input"), buffer("y", 4, "zero"), buffer("z", 8, "input")]);
    let pass = json!([{"entry": "main", "workgroups": 1, "bind": {"dst": "y"}}]);
    let program = program(&plan(source, buffers, pass, "z")).unwrap();
    let machine = Machine::new(&program, &[1, 2, 3, 4, 5, 6, 7, 8, 9]).unwrap();
    assert_eq!(machine.buffer(0).unwrap(), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(machine.buffer(1).unwrap(), [0; 4]);
    assert_eq!(machine.output(), [9, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(program.initial(&[7]).unwrap()[0], [7, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(
        Machine::new(&program, &[0; 17]).err(),
        Some(Stop::InputSize { bytes: 17, cap: 16 })
    );
}

#[test]
fn limits_are_part_of_the_job() {
    let bundle = bundle(&kernel("dst[gid.x] = v;"), 4, 64, 64);
    let least = Limits {
        source_bytes: kernel("dst[gid.x] = v;").len() as u64,
        buffer_bytes: 128,
        output_bytes: 64,
        invocations: 4,
    };
    assert!(admit(&bundle, 1, &least).is_ok());
    let code = |limits: Limits| admit(&bundle, 1, &limits).unwrap_err().code();
    assert_eq!(
        code(Limits {
            source_bytes: least.source_bytes - 1,
            ..least
        }),
        "wgsl.source_size"
    );
    assert_eq!(
        code(Limits {
            buffer_bytes: 127,
            ..least
        }),
        "wgsl.buffer_size"
    );
    assert_eq!(
        code(Limits {
            output_bytes: 63,
            ..least
        }),
        "wgsl.output_size"
    );
    assert_eq!(
        code(Limits {
            invocations: 3,
            ..least
        }),
        "wgsl.workgroups"
    );
    assert_eq!(
        code(Limits {
            invocations: 0,
            ..least
        }),
        "wgsl.limits"
    );
    assert_eq!(
        code(Limits {
            output_bytes: Limits::CEILING.output_bytes + 1,
            ..least
        }),
        "wgsl.limits"
    );
    for fuel in [0, MAX_FUEL + 1, u64::MAX] {
        assert_eq!(admit(&bundle, fuel, &least).unwrap_err().code(), "wgsl.fuel");
    }
}
