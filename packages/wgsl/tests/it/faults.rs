//! What stops a program: bounds, fuel, interruption; and what the program sees until then.

use std::sync::atomic::AtomicBool;
use std::sync::Arc;

use joule_wgsl::{admit, fault_of_status, Limits, Machine, Program, Stop, MAX_FUEL};

use super::support::*;

fn stop(source: &str, input: &[u32]) -> Option<Stop> {
    let program = program(&bundle(source, 1, 64, 64)).unwrap_or_else(|e| panic!("{source}: {e}"));
    run(&program, &bytes(input)).err()
}

#[test]
fn every_kind_of_index_is_checked() {
    for body in [
        "dst[gid.x] = src[v.x];",
        "dst[gid.x] = vec4(src[0][v.x]);",
        "var a: array<u32, 4>; a[v.x] = 1u; dst[gid.x] = vec4(a[0]);",
        "var a: array<u32, 4>; dst[gid.x] = vec4(a[v.x]);",
        "var a: array<vec4<u32>, 4>; a[1][v.x] = 1u; dst[gid.x] = a[1];",
        "var a: array<array<u32, 9>, 4>; a[v.x][1] = 1u; dst[gid.x] = vec4(a[0][1]);",
        "var a: array<array<u32, 9>, 4>; let row = a[v.x]; dst[gid.x] = vec4(row[1]);",
        "dst[gid.x] = vec4(v[v.x]);",
        "let a = array(v, v, v, v); dst[gid.x] = a[v.x];",
        "var w = v; w[v.x] = 1u; dst[gid.x] = w;",
        "dst[gid.x][v.x] = 1u;",
        "dst[gid.x] = v; if v.x > 3u { dst[gid.x].x = array<u32, 4>(1u, 2u, 3u, 4u)[v.x]; }",
        "for (var i = 0u; i <= v.x; i++) { var a: array<u32, 4>; a[i] = i; } dst[gid.x] = v;",
        "var a: array<u32, 4>; dst[gid.x] = vec4(a[bitcast<i32>(v.x - 5u)]);",
    ] {
        assert_eq!(stop(&kernel(body), &[4]), Some(Stop::OutOfBounds), "{body}");
        let inside = body.replace("v.x - 5u", "v.x");
        assert_eq!(stop(&kernel(&inside), &[3]), None, "{body}");
    }
}

#[test]
fn buffers_end_where_they_end() {
    let slots = "
        @group(0) @binding(0) var<storage, read> src: array<u32>;
        @group(0) @binding(1) var<storage, read_write> dst: array<u32>;
        @compute @workgroup_size(16) fn main(@builtin(global_invocation_id) gid: vec3<u32>) {
            dst[gid.x + EXTRA] = src[gid.x];
        }";
    assert_eq!(stop(&slots.replace(" + EXTRA", ""), &[]), None);
    let more = bundle(&slots.replace(" + EXTRA", ""), 2, 64, 64);
    assert_eq!(run(&program(&more).unwrap(), &[]).err(), Some(Stop::OutOfBounds));
    let open = "
        @group(0) @binding(0) var<storage, read> src: array<u32>;
        @group(0) @binding(1) var<storage, read_write> dst: array<atomic<u32>>;
        @compute @workgroup_size(1) fn main() { atomicAdd(&dst[src[15]], src[INDEX]); }";
    assert_eq!(stop(&open.replace("INDEX", "15"), &[0; 16]), None);
    assert_eq!(stop(&open.replace("INDEX", "16"), &[0; 16]), Some(Stop::OutOfBounds));
    assert_eq!(stop(&open.replace("INDEX", "0"), &[16; 16]), Some(Stop::OutOfBounds));
    assert_eq!(stop(&open.replace("INDEX", "0"), &[15; 16]), None);
}

/// A fault in one step, and what the buffers hold after it.
fn after(source: &str, input: &[u32]) -> Vec<u32> {
    let program = program(&bundle(source, 1, 64, 64)).unwrap();
    let mut machine = Machine::new(&program, &bytes(input)).unwrap();
    assert_eq!(machine.step(0).err(), Some(Stop::OutOfBounds));
    words(&machine.buffer(1).unwrap())
}

#[test]
fn reads_out_of_bounds_give_zero_and_writes_are_dropped() {
    let body = "
        var a = array(7u, 8u, 9u); a[v.x] = 100u;
        var m = array(array(1u, 2u), array(3u, 4u)); m[v.x][1] = 50u; m[1][v.x] = 50u; let row = m[v.x];
        dst[gid.x] = vec4(src[v.x].x + a[v.x] + v[v.x], a[0] * 100u + a[1] * 10u + a[2],
            m[0][0] * 1000u + m[0][1] * 100u + m[1][0] * 10u + m[1][1], row[0] + row[1]);";
    assert_eq!(after(&kernel(body), &[77])[..4], [0, 789, 1234, 0]);
}

#[test]
fn fuel_is_counted_over_all_loops_and_calls() {
    let source = "
        @group(0) @binding(0) var<storage, read> src: array<u32>;
        @group(0) @binding(1) var<storage, read_write> dst: array<u32>;
        fn inner(n: u32) -> u32 { var s = 0u; for (var i = 0u; i < n; i++) { s += i; } return s; }
        @compute @workgroup_size(2) fn main(@builtin(global_invocation_id) gid: vec3<u32>) {
            var s = 0u;
            for (var i = 0u; i < src[gid.x]; i++) { s += inner(i); }
            loop { s++; if s % 2u == 0u { break; } }
            dst[gid.x] = s;
        }";
    let bytes_of = bundle(source, 1, 8, 8);
    // A `for` looks once more than it turns; sums: 4 + (1+2+3) ... see `turns`.
    let turns = |n: u64| (n + 1) + (0..n).map(|i| i + 1).sum::<u64>();
    let run_with = |fuel| run(&admit(&bytes_of, fuel, &Limits::default()).unwrap(), &bytes(&[5, 9]));
    let (_, used) = run_with(MAX_FUEL).unwrap();
    assert!(used > turns(9) && used <= turns(9) + 2, "{used}");
    assert_eq!(run_with(used).map(|r| r.1), Ok(used));
    assert_eq!(run_with(used - 1), Err(Stop::OutOfFuel));
}

#[test]
fn the_largest_fuel_is_what_it_says() {
    let turn = |n: u64| {
        let source = kernel(&format!(
            "var i = 0u; loop {{ i++; if i == {n}u {{ break; }} }} dst[gid.x] = vec4(i);"
        ));
        run(&program(&bundle(&source, 1, 16, 16)).unwrap(), &[]).map(|r| r.1)
    };
    assert_eq!(turn(MAX_FUEL), Ok(MAX_FUEL));
    assert_eq!(turn(MAX_FUEL + 1), Err(Stop::OutOfFuel));
}

#[test]
fn a_program_without_loops_uses_no_fuel() {
    assert_eq!(
        run(&program(&bundle(&kernel("dst[gid.x] = v;"), 1, 16, 16)).unwrap(), &[])
            .unwrap()
            .1,
        0
    );
}

#[test]
fn status_words_have_one_meaning() {
    assert_eq!(fault_of_status(0), None);
    assert_eq!(fault_of_status(1), Some(Stop::OutOfBounds));
    assert_eq!(fault_of_status(2), Some(Stop::OutOfFuel));
    assert_eq!(fault_of_status(3), Some(Stop::OutOfBounds));
    assert_eq!(fault_of_status(5), Some(Stop::BadStatus { word: 5 }));
}

#[test]
fn both_faults_are_out_of_bounds() {
    assert_eq!(
        stop(&kernel("dst[gid.x] = src[99u + v.x]; loop {}"), &[]),
        Some(Stop::OutOfBounds)
    );
}

#[test]
fn a_raised_flag_stops_the_step() {
    let source = kernel("dst[gid.x] = v;");
    let program: Program = program(&bundle(&source, 4, 64, 64)).unwrap();
    let mut machine = Machine::new(&program, &[]).unwrap();
    let flag = Arc::new(AtomicBool::new(false));
    machine.interrupt_by(flag.clone());
    assert!(machine.step(0).is_ok());
    flag.store(true, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(machine.step(0), Err(Stop::Interrupted { step: 0 }));
}
