@group(0) @binding(0) var<storage, read> src: array<u32>;
@group(0) @binding(1) var<storage, read_write> dst: array<atomic<u32>>;
@compute @workgroup_size(1)
fn main() {
    atomicMax(&dst[src[0] - 1u], 7u);
}
