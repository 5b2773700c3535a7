// c = transposed a times b of signed bytes, all row by row: a word of a and b holds four bytes of one column, below each
// other. Tiles in workgroup memory, sums in registers.
// SIDE (rows and columns), DEPTH (rows of a and b), TX and TY (invocations of a workgroup, each with 8 x 8 sums) and BK
// (rows of a tile) come in front and divide each other.

@group(0) @binding(0) var<storage, read> a: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> c: array<vec4<i32>>;

var<workgroup> tile_a: array<vec4<u32>, TY * 2u * BK>;
var<workgroup> tile_b: array<vec4<u32>, TX * 2u * BK>;

fn step(a: u32, b: vec4<u32>, sum: vec4<i32>) -> vec4<i32> {
    return sum + vec4(dot4I8Packed(a, b.x), dot4I8Packed(a, b.y), dot4I8Packed(a, b.z), dot4I8Packed(a, b.w));
}

@compute @workgroup_size(TX, TY)
fn gemm(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    // In vectors of four: where the tile begins in a row of a and of b.
    let row = group.y * TY * 2u;
    let column = group.x * TX * 2u;
    var s00 = vec4<i32>(); var s01 = vec4<i32>();
    var s10 = vec4<i32>(); var s11 = vec4<i32>();
    var s20 = vec4<i32>(); var s21 = vec4<i32>();
    var s30 = vec4<i32>(); var s31 = vec4<i32>();
    var s40 = vec4<i32>(); var s41 = vec4<i32>();
    var s50 = vec4<i32>(); var s51 = vec4<i32>();
    var s60 = vec4<i32>(); var s61 = vec4<i32>();
    var s70 = vec4<i32>(); var s71 = vec4<i32>();
    for (var k = 0u; k < DEPTH; k += BK) {
        for (var i = lane; i < TY * 2u * BK; i += TX * TY) {
            tile_a[i] = a[(k + i / (TY * 2u)) * (SIDE / 4u) + row + i % (TY * 2u)];
        }
        for (var i = lane; i < TX * 2u * BK; i += TX * TY) {
            tile_b[i] = b[(k + i / (TX * 2u)) * (SIDE / 4u) + column + i % (TX * 2u)];
        }
        workgroupBarrier();
        for (var i = 0u; i < BK; i++) {
            // Neighbours read neighbouring vectors: two halves of the tile, not two vectors side by side.
            let a0 = tile_a[i * TY * 2u + local.y];
            let a1 = tile_a[i * TY * 2u + TY + local.y];
            let b0 = tile_b[i * TX * 2u + local.x];
            let b1 = tile_b[i * TX * 2u + TX + local.x];
            s00 = step(a0.x, b0, s00); s01 = step(a0.x, b1, s01);
            s10 = step(a0.y, b0, s10); s11 = step(a0.y, b1, s11);
            s20 = step(a0.z, b0, s20); s21 = step(a0.z, b1, s21);
            s30 = step(a0.w, b0, s30); s31 = step(a0.w, b1, s31);
            s40 = step(a1.x, b0, s40); s41 = step(a1.x, b1, s41);
            s50 = step(a1.y, b0, s50); s51 = step(a1.y, b1, s51);
            s60 = step(a1.z, b0, s60); s61 = step(a1.z, b1, s61);
            s70 = step(a1.w, b0, s70); s71 = step(a1.w, b1, s71);
        }
        workgroupBarrier();
    }
    let at = column + local.x;
    let upper = (row + local.y) * 4u;
    let lower = (row + TY + local.y) * 4u;
    c[(upper) * (SIDE / 4u) + at] = s00; c[(upper) * (SIDE / 4u) + at + TX] = s01;
    c[(upper + 1u) * (SIDE / 4u) + at] = s10; c[(upper + 1u) * (SIDE / 4u) + at + TX] = s11;
    c[(upper + 2u) * (SIDE / 4u) + at] = s20; c[(upper + 2u) * (SIDE / 4u) + at + TX] = s21;
    c[(upper + 3u) * (SIDE / 4u) + at] = s30; c[(upper + 3u) * (SIDE / 4u) + at + TX] = s31;
    c[(lower) * (SIDE / 4u) + at] = s40; c[(lower) * (SIDE / 4u) + at + TX] = s41;
    c[(lower + 1u) * (SIDE / 4u) + at] = s50; c[(lower + 1u) * (SIDE / 4u) + at + TX] = s51;
    c[(lower + 2u) * (SIDE / 4u) + at] = s60; c[(lower + 2u) * (SIDE / 4u) + at + TX] = s61;
    c[(lower + 3u) * (SIDE / 4u) + at] = s70; c[(lower + 3u) * (SIDE / 4u) + at + TX] = s71;
}
