@group(0) @binding(0) var<storage, read> src: array<u32>;
@group(0) @binding(1) var<storage, read_write> dst: array<u32>;
@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) gid: vec3<u32>) {
    let m = i32(src[0]) - 2147483647 - 1;
    dst[gid.x] = u32(m / (m / m - 2)) + u32(m % (i32(src[0]) - 1)) + u32(-m) + u32(abs(m));
}
