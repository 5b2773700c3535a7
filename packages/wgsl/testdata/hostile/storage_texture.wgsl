@group(0) @binding(0) var<storage, read> src: array<u32>;
@group(0) @binding(1) var<storage, read_write> dst: array<u32>;
@group(0) @binding(2) var t: texture_storage_2d<rgba8uint, write>;
@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) gid: vec3<u32>) {
    textureStore(t, vec2(0u), vec4(src[0]));
    dst[gid.x] = src[gid.x];
}
