@group(0) @binding(2) var<storage> b2: u32;
@group(0) @binding(3) var<storage> b3: u32;
@group(0) @binding(4) var<storage> b4: u32;
@group(0) @binding(5) var<storage> b5: u32;
@group(0) @binding(6) var<storage> b6: u32;
@group(0) @binding(7) var<storage> b7: u32;
@group(0) @binding(0) var<storage, read> src: array<u32>;
@group(0) @binding(1) var<storage, read_write> dst: array<u32>;
@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) gid: vec3<u32>) {
    dst[gid.x] = src[gid.x];
}
