// c = transposed a times b, all row by row: 16 x 16 sums in registers, a and b straight from memory. Suits software
// adapters, which pay for loads and have no registers to run out of.
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
    let row = id.y * 4u;
    let column = id.x * 4u;
    var s0_0 = vec4<f32>(); var s0_1 = vec4<f32>(); var s0_2 = vec4<f32>(); var s0_3 = vec4<f32>();
    var s1_0 = vec4<f32>(); var s1_1 = vec4<f32>(); var s1_2 = vec4<f32>(); var s1_3 = vec4<f32>();
    var s2_0 = vec4<f32>(); var s2_1 = vec4<f32>(); var s2_2 = vec4<f32>(); var s2_3 = vec4<f32>();
    var s3_0 = vec4<f32>(); var s3_1 = vec4<f32>(); var s3_2 = vec4<f32>(); var s3_3 = vec4<f32>();
    var s4_0 = vec4<f32>(); var s4_1 = vec4<f32>(); var s4_2 = vec4<f32>(); var s4_3 = vec4<f32>();
    var s5_0 = vec4<f32>(); var s5_1 = vec4<f32>(); var s5_2 = vec4<f32>(); var s5_3 = vec4<f32>();
    var s6_0 = vec4<f32>(); var s6_1 = vec4<f32>(); var s6_2 = vec4<f32>(); var s6_3 = vec4<f32>();
    var s7_0 = vec4<f32>(); var s7_1 = vec4<f32>(); var s7_2 = vec4<f32>(); var s7_3 = vec4<f32>();
    var s8_0 = vec4<f32>(); var s8_1 = vec4<f32>(); var s8_2 = vec4<f32>(); var s8_3 = vec4<f32>();
    var s9_0 = vec4<f32>(); var s9_1 = vec4<f32>(); var s9_2 = vec4<f32>(); var s9_3 = vec4<f32>();
    var s10_0 = vec4<f32>(); var s10_1 = vec4<f32>(); var s10_2 = vec4<f32>(); var s10_3 = vec4<f32>();
    var s11_0 = vec4<f32>(); var s11_1 = vec4<f32>(); var s11_2 = vec4<f32>(); var s11_3 = vec4<f32>();
    var s12_0 = vec4<f32>(); var s12_1 = vec4<f32>(); var s12_2 = vec4<f32>(); var s12_3 = vec4<f32>();
    var s13_0 = vec4<f32>(); var s13_1 = vec4<f32>(); var s13_2 = vec4<f32>(); var s13_3 = vec4<f32>();
    var s14_0 = vec4<f32>(); var s14_1 = vec4<f32>(); var s14_2 = vec4<f32>(); var s14_3 = vec4<f32>();
    var s15_0 = vec4<f32>(); var s15_1 = vec4<f32>(); var s15_2 = vec4<f32>(); var s15_3 = vec4<f32>();
    for (var k = 0u; k < DEPTH; k++) {
        let at = k * (SIDE / 4u);
        let a0 = a[at + row + 0u]; let a1 = a[at + row + 1u]; let a2 = a[at + row + 2u]; let a3 = a[at + row + 3u];
        let b0 = b[at + column + 0u]; let b1 = b[at + column + 1u]; let b2 = b[at + column + 2u]; let b3 = b[at + column + 3u];
        s0_0 = step(a0.x, b0, s0_0); s0_1 = step(a0.x, b1, s0_1);
        s0_2 = step(a0.x, b2, s0_2); s0_3 = step(a0.x, b3, s0_3);
        s1_0 = step(a0.y, b0, s1_0); s1_1 = step(a0.y, b1, s1_1);
        s1_2 = step(a0.y, b2, s1_2); s1_3 = step(a0.y, b3, s1_3);
        s2_0 = step(a0.z, b0, s2_0); s2_1 = step(a0.z, b1, s2_1);
        s2_2 = step(a0.z, b2, s2_2); s2_3 = step(a0.z, b3, s2_3);
        s3_0 = step(a0.w, b0, s3_0); s3_1 = step(a0.w, b1, s3_1);
        s3_2 = step(a0.w, b2, s3_2); s3_3 = step(a0.w, b3, s3_3);
        s4_0 = step(a1.x, b0, s4_0); s4_1 = step(a1.x, b1, s4_1);
        s4_2 = step(a1.x, b2, s4_2); s4_3 = step(a1.x, b3, s4_3);
        s5_0 = step(a1.y, b0, s5_0); s5_1 = step(a1.y, b1, s5_1);
        s5_2 = step(a1.y, b2, s5_2); s5_3 = step(a1.y, b3, s5_3);
        s6_0 = step(a1.z, b0, s6_0); s6_1 = step(a1.z, b1, s6_1);
        s6_2 = step(a1.z, b2, s6_2); s6_3 = step(a1.z, b3, s6_3);
        s7_0 = step(a1.w, b0, s7_0); s7_1 = step(a1.w, b1, s7_1);
        s7_2 = step(a1.w, b2, s7_2); s7_3 = step(a1.w, b3, s7_3);
        s8_0 = step(a2.x, b0, s8_0); s8_1 = step(a2.x, b1, s8_1);
        s8_2 = step(a2.x, b2, s8_2); s8_3 = step(a2.x, b3, s8_3);
        s9_0 = step(a2.y, b0, s9_0); s9_1 = step(a2.y, b1, s9_1);
        s9_2 = step(a2.y, b2, s9_2); s9_3 = step(a2.y, b3, s9_3);
        s10_0 = step(a2.z, b0, s10_0); s10_1 = step(a2.z, b1, s10_1);
        s10_2 = step(a2.z, b2, s10_2); s10_3 = step(a2.z, b3, s10_3);
        s11_0 = step(a2.w, b0, s11_0); s11_1 = step(a2.w, b1, s11_1);
        s11_2 = step(a2.w, b2, s11_2); s11_3 = step(a2.w, b3, s11_3);
        s12_0 = step(a3.x, b0, s12_0); s12_1 = step(a3.x, b1, s12_1);
        s12_2 = step(a3.x, b2, s12_2); s12_3 = step(a3.x, b3, s12_3);
        s13_0 = step(a3.y, b0, s13_0); s13_1 = step(a3.y, b1, s13_1);
        s13_2 = step(a3.y, b2, s13_2); s13_3 = step(a3.y, b3, s13_3);
        s14_0 = step(a3.z, b0, s14_0); s14_1 = step(a3.z, b1, s14_1);
        s14_2 = step(a3.z, b2, s14_2); s14_3 = step(a3.z, b3, s14_3);
        s15_0 = step(a3.w, b0, s15_0); s15_1 = step(a3.w, b1, s15_1);
        s15_2 = step(a3.w, b2, s15_2); s15_3 = step(a3.w, b3, s15_3);
    }
    let first = row * SIDE + column;
    c[first + 0u * (SIDE / 4u) + 0u] = s0_0; c[first + 0u * (SIDE / 4u) + 1u] = s0_1; c[first + 0u * (SIDE / 4u) + 2u] = s0_2; c[first + 0u * (SIDE / 4u) + 3u] = s0_3;
    c[first + 1u * (SIDE / 4u) + 0u] = s1_0; c[first + 1u * (SIDE / 4u) + 1u] = s1_1; c[first + 1u * (SIDE / 4u) + 2u] = s1_2; c[first + 1u * (SIDE / 4u) + 3u] = s1_3;
    c[first + 2u * (SIDE / 4u) + 0u] = s2_0; c[first + 2u * (SIDE / 4u) + 1u] = s2_1; c[first + 2u * (SIDE / 4u) + 2u] = s2_2; c[first + 2u * (SIDE / 4u) + 3u] = s2_3;
    c[first + 3u * (SIDE / 4u) + 0u] = s3_0; c[first + 3u * (SIDE / 4u) + 1u] = s3_1; c[first + 3u * (SIDE / 4u) + 2u] = s3_2; c[first + 3u * (SIDE / 4u) + 3u] = s3_3;
    c[first + 4u * (SIDE / 4u) + 0u] = s4_0; c[first + 4u * (SIDE / 4u) + 1u] = s4_1; c[first + 4u * (SIDE / 4u) + 2u] = s4_2; c[first + 4u * (SIDE / 4u) + 3u] = s4_3;
    c[first + 5u * (SIDE / 4u) + 0u] = s5_0; c[first + 5u * (SIDE / 4u) + 1u] = s5_1; c[first + 5u * (SIDE / 4u) + 2u] = s5_2; c[first + 5u * (SIDE / 4u) + 3u] = s5_3;
    c[first + 6u * (SIDE / 4u) + 0u] = s6_0; c[first + 6u * (SIDE / 4u) + 1u] = s6_1; c[first + 6u * (SIDE / 4u) + 2u] = s6_2; c[first + 6u * (SIDE / 4u) + 3u] = s6_3;
    c[first + 7u * (SIDE / 4u) + 0u] = s7_0; c[first + 7u * (SIDE / 4u) + 1u] = s7_1; c[first + 7u * (SIDE / 4u) + 2u] = s7_2; c[first + 7u * (SIDE / 4u) + 3u] = s7_3;
    c[first + 8u * (SIDE / 4u) + 0u] = s8_0; c[first + 8u * (SIDE / 4u) + 1u] = s8_1; c[first + 8u * (SIDE / 4u) + 2u] = s8_2; c[first + 8u * (SIDE / 4u) + 3u] = s8_3;
    c[first + 9u * (SIDE / 4u) + 0u] = s9_0; c[first + 9u * (SIDE / 4u) + 1u] = s9_1; c[first + 9u * (SIDE / 4u) + 2u] = s9_2; c[first + 9u * (SIDE / 4u) + 3u] = s9_3;
    c[first + 10u * (SIDE / 4u) + 0u] = s10_0; c[first + 10u * (SIDE / 4u) + 1u] = s10_1; c[first + 10u * (SIDE / 4u) + 2u] = s10_2; c[first + 10u * (SIDE / 4u) + 3u] = s10_3;
    c[first + 11u * (SIDE / 4u) + 0u] = s11_0; c[first + 11u * (SIDE / 4u) + 1u] = s11_1; c[first + 11u * (SIDE / 4u) + 2u] = s11_2; c[first + 11u * (SIDE / 4u) + 3u] = s11_3;
    c[first + 12u * (SIDE / 4u) + 0u] = s12_0; c[first + 12u * (SIDE / 4u) + 1u] = s12_1; c[first + 12u * (SIDE / 4u) + 2u] = s12_2; c[first + 12u * (SIDE / 4u) + 3u] = s12_3;
    c[first + 13u * (SIDE / 4u) + 0u] = s13_0; c[first + 13u * (SIDE / 4u) + 1u] = s13_1; c[first + 13u * (SIDE / 4u) + 2u] = s13_2; c[first + 13u * (SIDE / 4u) + 3u] = s13_3;
    c[first + 14u * (SIDE / 4u) + 0u] = s14_0; c[first + 14u * (SIDE / 4u) + 1u] = s14_1; c[first + 14u * (SIDE / 4u) + 2u] = s14_2; c[first + 14u * (SIDE / 4u) + 3u] = s14_3;
    c[first + 15u * (SIDE / 4u) + 0u] = s15_0; c[first + 15u * (SIDE / 4u) + 1u] = s15_1; c[first + 15u * (SIDE / 4u) + 2u] = s15_2; c[first + 15u * (SIDE / 4u) + 3u] = s15_3;
}
