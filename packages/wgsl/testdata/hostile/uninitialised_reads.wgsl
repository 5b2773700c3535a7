@group(0) @binding(0) var<storage, read> src: array<u32>;
@group(0) @binding(1) var<storage, read_write> dst: array<u32>;
var<private> kept: u32;
@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) gid: vec3<u32>) {
    var a: array<u32, 16>;
    var x: u32;
    var v: vec3<i32>;
    dst[gid.x] = a[src[0]] + x + u32(v.y) + kept;
}
