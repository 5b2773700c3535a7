@group(0) @binding(0) var<storage, read> src: array<u32>;
@group(0) @binding(1) var<storage, read_write> dst: array<u32>;
struct In { @builtin(workgroup_id) group: vec3<u32>, @builtin(global_invocation_id) gid: vec3<u32> }
@compute @workgroup_size(4)
fn main(in: In) {
    dst[in.group.x] = src[in.gid.x];
}
