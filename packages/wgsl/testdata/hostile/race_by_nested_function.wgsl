@group(0) @binding(0) var<storage, read> src: array<u32>;
@group(0) @binding(1) var<storage, read_write> dst: array<u32>;
fn put(i: u32) { dst[i] = src[0]; }
fn outer(i: u32) { put(i + 1u); }
@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) gid: vec3<u32>) {
    outer(gid.x);
}
