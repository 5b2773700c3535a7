@group(0) @binding(0) var<storage, read> src: array<u32>;
@group(0) @binding(1) var<storage, read_write> dst: array<u32>;
fn f(x: u32) -> u32 { var a: array<u32, 60>; a[x] = x; return a[1]; }
@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) gid: vec3<u32>) {
    dst[gid.x] = f(src[0]) + f(src[0]) + f(src[0]) + f(src[0]) + f(src[0]) + f(src[0]) + f(src[0]) + f(src[0]) + f(src[0]) + f(src[0]) + f(src[0]) + f(src[0]) + f(src[0]) + f(src[0]) + f(src[0]) + f(src[0]) + f(src[0]) + f(src[0]) + f(src[0]) + f(src[0]);
}
