// c = transposed a times b, all row by row: 8 x 8 sums in registers, a and b straight from memory.
// SIDE (rows and columns), DEPTH (rows of a and b), TX and TY (invocations of a workgroup) come in front.

@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> c: array<vec4<f32>>;

fn step(a: f32, b: vec4<f32>, sum: vec4<f32>) -> vec4<f32> {
    return fma(vec4(a), b, sum);
}

@compute @workgroup_size(TX, TY)
fn gemm(@builtin(global_invocation_id) id: vec3<u32>) {
    // In vectors of four: where the block begins in a row of a and of b.
    let row = id.y * 2u;
    let column = id.x * 2u;
    var s0_0 = vec4<f32>(); var s0_1 = vec4<f32>();
    var s1_0 = vec4<f32>(); var s1_1 = vec4<f32>();
    var s2_0 = vec4<f32>(); var s2_1 = vec4<f32>();
    var s3_0 = vec4<f32>(); var s3_1 = vec4<f32>();
    var s4_0 = vec4<f32>(); var s4_1 = vec4<f32>();
    var s5_0 = vec4<f32>(); var s5_1 = vec4<f32>();
    var s6_0 = vec4<f32>(); var s6_1 = vec4<f32>();
    var s7_0 = vec4<f32>(); var s7_1 = vec4<f32>();
    for (var k = 0u; k < DEPTH; k++) {
        let at = k * (SIDE / 4u);
        let a0 = a[at + row + 0u]; let a1 = a[at + row + 1u];
        let b0 = b[at + column + 0u]; let b1 = b[at + column + 1u];
        s0_0 = step(a0.x, b0, s0_0); s0_1 = step(a0.x, b1, s0_1);
        s1_0 = step(a0.y, b0, s1_0); s1_1 = step(a0.y, b1, s1_1);
        s2_0 = step(a0.z, b0, s2_0); s2_1 = step(a0.z, b1, s2_1);
        s3_0 = step(a0.w, b0, s3_0); s3_1 = step(a0.w, b1, s3_1);
        s4_0 = step(a1.x, b0, s4_0); s4_1 = step(a1.x, b1, s4_1);
        s5_0 = step(a1.y, b0, s5_0); s5_1 = step(a1.y, b1, s5_1);
        s6_0 = step(a1.z, b0, s6_0); s6_1 = step(a1.z, b1, s6_1);
        s7_0 = step(a1.w, b0, s7_0); s7_1 = step(a1.w, b1, s7_1);
    }
    let first = row * SIDE + column;
    c[first + 0u * (SIDE / 4u) + 0u] = s0_0; c[first + 0u * (SIDE / 4u) + 1u] = s0_1;
    c[first + 1u * (SIDE / 4u) + 0u] = s1_0; c[first + 1u * (SIDE / 4u) + 1u] = s1_1;
    c[first + 2u * (SIDE / 4u) + 0u] = s2_0; c[first + 2u * (SIDE / 4u) + 1u] = s2_1;
    c[first + 3u * (SIDE / 4u) + 0u] = s3_0; c[first + 3u * (SIDE / 4u) + 1u] = s3_1;
    c[first + 4u * (SIDE / 4u) + 0u] = s4_0; c[first + 4u * (SIDE / 4u) + 1u] = s4_1;
    c[first + 5u * (SIDE / 4u) + 0u] = s5_0; c[first + 5u * (SIDE / 4u) + 1u] = s5_1;
    c[first + 6u * (SIDE / 4u) + 0u] = s6_0; c[first + 6u * (SIDE / 4u) + 1u] = s6_1;
    c[first + 7u * (SIDE / 4u) + 0u] = s7_0; c[first + 7u * (SIDE / 4u) + 1u] = s7_1;
}
