@group(0) @binding(0) var<storage, read> src: array<u32>;
@group(0) @binding(1) var<storage, read_write> dst: array<u32>;
@compute @workgroup_size(4)
fn main(@builtin(local_invocation_id) id: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    dst[lane] = src[id.x];
}
