//! Control flow, functions and variables.

use super::support::*;

/// One case of the scalar program whose body leaves its result in `r`.
fn result(body: &str, case: [u32; 4]) -> u32 {
    evaluate(&format!("var r = 0u; {body} dst[gid.x] = vec4(r);"), &[case])[0][0]
}

#[test]
fn loops_of_every_form() {
    assert_eq!(result("for (var i = 0u; i < v.x; i++) { r += i; }", [5, 0, 0, 0]), 10);
    assert_eq!(result("while r < v.x { r += 3u; }", [7, 0, 0, 0]), 9);
    assert_eq!(result("loop { r++; if r == v.x { break; } }", [4, 0, 0, 0]), 4);
    assert_eq!(
        result(
            "loop { r += 2u; continuing { r += 10u; break if r > v.x; } }",
            [20, 0, 0, 0]
        ),
        24
    );
    let odd = "for (var i = 0u; i < v.x; i++) { if i % 2u == 0u { continue; } r += i; }";
    assert_eq!(result(odd, [10, 0, 0, 0]), 1 + 3 + 5 + 7 + 9);
    let nested =
        "for (var i = 0u; i < 3u; i++) { for (var j = 0u; j < 4u; j++) { if j == 2u { break; } r += 1u; } r += 10u; }";
    assert_eq!(result(nested, [0; 4]), 36);
    let escape = "loop { switch r { case 3u: { r = 100u; } case 100u: { break; } default: { r++; continue; } } if r == 100u { break; } }";
    assert_eq!(result(escape, [0; 4]), 100);
}

#[test]
fn a_value_of_the_body_is_known_in_continuing() {
    let body = "var i = 0u; loop { if i == 4u { break; } let twice = i * 2u; continuing { r += twice; i++; } }";
    assert_eq!(result(body, [0; 4]), 12);
}

#[test]
fn switches_take_one_branch() {
    let body = "switch bitcast<i32>(v.x) { case -1: { r = 1u; } case 2, 3: { r = 2u; if v.y == 1u { break; } r = 3u; } default { r = 4u; } }";
    for (case, want) in [([u32::MAX, 0], 1), ([2, 1], 2), ([3, 0], 3), ([4, 0], 4)] {
        assert_eq!(result(body, [case[0], case[1], 0, 0]), want, "{case:?}");
    }
    let first = "switch v.x { case 7u, default: { r = 1u; } case 8u: { r = 2u; } }";
    assert_eq!([7, 8, 9].map(|x| result(first, [x, 0, 0, 0])), [1, 2, 1]);
}

#[test]
fn short_circuits_do_not_evaluate() {
    let body =
        "var a: array<u32, 2>; if v.x < 2u && a[v.x] == 0u { r = 1u; } if v.x >= 2u || a[v.x] == 1u { r += 2u; }";
    assert_eq!([1, 5].map(|x| result(body, [x, 0, 0, 0])), [1, 2]);
}

#[test]
fn variables_begin_as_zero_each_time() {
    let body = "for (var i = 0u; i < 3u; i++) { var a: array<vec2<u32>, 3>; var x: u32; r += a[v.x].y + x; a[v.x].y = 5u; x = 7u; }";
    assert_eq!(result(body, [1, 0, 0, 0]), 0);
}

const CALLS: &str = "
@group(0) @binding(0) var<storage, read> src: array<u32>;
@group(0) @binding(1) var<storage, read_write> dst: array<u32>;
struct Pair { a: u32, b: vec3<u32> }
const START = Pair(1u, vec3(2u, 3u, 4u));
var<private> count: u32 = 40u;
var<private> seen: array<Pair, 2>;
fn find(limit: u32) -> u32 {
    var local: u32;
    local += 1u;
    count++;
    for (var i = 0u; i < 10u; i++) { if i * i >= limit { return i * local; } }
    return 99u;
}
fn make(x: u32) -> Pair { var p = START; p.a += x; p.b.z = x; seen[x & 1u] = p; return p; }
fn sum(p: Pair) -> u32 { return p.a + p.b.x + p.b.y + p.b.z; }
@compute @workgroup_size(2)
fn main(@builtin(global_invocation_id) gid: vec3<u32>) {
    let x = src[gid.x];
    let both = find(x) * 1000u + find(x + 100u);
    dst[gid.x] = both + sum(make(x)) * 100000u + count * 10000000u + seen[x & 1u].a * 1000000000u;
}";

#[test]
fn functions_return_early_and_keep_their_variables_apart() {
    let program = program(&bundle(CALLS, 2, 16, 16)).unwrap();
    let (out, _) = run(&program, &bytes(&[5, 0, 100, 81])).unwrap();
    let one = |x: u32| {
        let find = |limit: u32| (0..10).find(|i| i * i >= limit).unwrap_or(99);
        let sum = 1 + x + 2 + 3 + x;
        (find(x) * 1000 + find(x + 100))
            .wrapping_add(sum.wrapping_mul(100_000))
            .wrapping_add(420_000_000)
            .wrapping_add((1 + x).wrapping_mul(1_000_000_000))
    };
    assert_eq!(words(&out), [5, 0, 100, 81].map(one));
}

#[test]
fn values_are_copied_not_shared() {
    let body = "var a = array(v.x, v.y); let before = a; let x = a[0]; a[0] = 9u; a = array(a[1], a[0]); r = before[0] * 1000u + x * 100u + a[0] * 10u + a[1];";
    assert_eq!(result(body, [1, 2, 0, 0]), 1129);
    let swap = "var p = v; p = p.wzyx; let q = p; p.x = 7u; p = vec4(p.yx, q.xy); r = p.x * 1000u + p.y * 100u + p.z * 10u + p.w;";
    assert_eq!(result(swap, [1, 2, 3, 4]), 3743);
}

#[test]
fn composites_are_indexed_by_value_and_by_place() {
    let body = "
        const table = array<vec2<u32>, 3>(vec2(1u, 2u), vec2(3u, 4u), vec2(5u, 6u));
        var m: array<array<u32, 3>, 2>;
        m[v.x][v.y] = table[v.y][v.x];
        m[1u - v.x] = array(7u, 8u, 9u);
        let all = m;
        let row = all[v.x];
        var w = v; w[v.x] = 50u;
        r = row[v.y] * 10000u + all[1u - v.x][2] * 1000u + w[v.x] * 10u + v.wzyx[v.y];";
    assert_eq!(result(body, [1, 2, 3, 4]), 69502);
}

#[test]
fn built_in_values_tell_the_place() {
    let source = "
        struct In { @builtin(local_invocation_index) lane: u32, @builtin(global_invocation_id) id: vec3<u32> }
        @group(0) @binding(1) var<storage, read_write> dst: array<vec4<u32>>;
        @compute @workgroup_size(3)
        fn main(in: In, @builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
                @builtin(local_invocation_id) local: vec3<u32>) {
            dst[in.id.x] = vec4(in.lane * 10u + local.x, group.x, groups.x * 100u + groups.y * 10u + groups.z, in.id.y + in.id.z + group.y);
        }";
    let bundle = String::from_utf8(bundle(source, 2, 4, 96))
        .unwrap()
        .replace("\"src\":\"in\"", "")
        .replace(",}", "}");
    let (out, _) = run(&program(bundle.as_bytes()).unwrap(), &[]).unwrap();
    let want: Vec<u32> = (0..6).flat_map(|i| [i % 3 * 11, i / 3, 211, 0]).collect();
    assert_eq!(words(&out), want);
}
