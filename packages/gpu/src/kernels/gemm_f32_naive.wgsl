// c = transposed a times b, all row by row: one sum for each invocation, as in a textbook. The bar for the others.
// SIDE (rows and columns), DEPTH (rows of a and b), TX and TY (invocations of a workgroup) come in front.

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> c: array<f32>;

@compute @workgroup_size(TX, TY)
fn gemm(@builtin(global_invocation_id) id: vec3<u32>) {
    var sum = 0.0;
    for (var k = 0u; k < DEPTH; k++) {
        sum += a[k * SIDE + id.y] * b[k * SIDE + id.x];
    }
    c[id.y * SIDE + id.x] = sum;
}
