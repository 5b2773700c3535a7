@group(0) @binding(0) var<storage, read> src: array<u32>;
@group(0) @binding(1) var<storage, read_write> dst: array<u32>;
fn turn(n: u32) { for (var i = 0u; i < 200u; i++) { if i > n + 300u { return; } } }
@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) gid: vec3<u32>) {
    for (var i = 0u; i < 200u; i++) { turn(i); }
    dst[gid.x] = src[gid.x];
}
