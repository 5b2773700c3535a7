struct T0 { a: u32, b: u32 }
struct T1 { a: T0, b: T0 }
struct T2 { a: T1, b: T1 }
struct T3 { a: T2, b: T2 }
struct T4 { a: T3, b: T3 }
struct T5 { a: T4, b: T4 }
struct T6 { a: T5, b: T5 }
struct T7 { a: T6, b: T6 }
struct T8 { a: T7, b: T7 }
struct T9 { a: T8, b: T8 }
struct T10 { a: T9, b: T9 }
struct T11 { a: T10, b: T10 }
struct T12 { a: T11, b: T11 }
struct T13 { a: T12, b: T12 }
struct T14 { a: T13, b: T13 }
struct T15 { a: T14, b: T14 }
struct T16 { a: T15, b: T15 }
struct T17 { a: T16, b: T16 }
struct T18 { a: T17, b: T17 }
struct T19 { a: T18, b: T18 }
struct T20 { a: T19, b: T19 }
struct T21 { a: T20, b: T20 }
struct T22 { a: T21, b: T21 }
struct T23 { a: T22, b: T22 }
struct T24 { a: T23, b: T23 }
struct T25 { a: T24, b: T24 }
@group(0) @binding(0) var<storage, read> src: array<u32>;
@group(0) @binding(1) var<storage, read_write> dst: array<u32>;
@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) gid: vec3<u32>) {
    var x: T25;
    dst[gid.x] = src[gid.x];
}
