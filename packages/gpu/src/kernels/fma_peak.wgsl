// 32 independent chains of fused multiply-adds in registers. TURNS comes in front.

struct Input {
    // Factor and summand: x -> factor * x + summand.
    float: vec2<f32>,
    integer: vec2<u32>,
}

@group(0) @binding(0) var<storage, read> input: Input;
@group(0) @binding(1) var<storage, read_write> output: array<u32>;

@compute @workgroup_size(256)
fn peak(@builtin(global_invocation_id) id: vec3<u32>) {
    let m = vec4(input.float.x);
    let c = vec4(input.float.y);
    let first = f32(id.x % 64u);
    var x0 = vec4(first) + vec4(f32(0), f32(1), f32(2), f32(3));
    var x1 = vec4(first) + vec4(f32(4), f32(5), f32(6), f32(7));
    var x2 = vec4(first) + vec4(f32(8), f32(9), f32(10), f32(11));
    var x3 = vec4(first) + vec4(f32(12), f32(13), f32(14), f32(15));
    var x4 = vec4(first) + vec4(f32(16), f32(17), f32(18), f32(19));
    var x5 = vec4(first) + vec4(f32(20), f32(21), f32(22), f32(23));
    var x6 = vec4(first) + vec4(f32(24), f32(25), f32(26), f32(27));
    var x7 = vec4(first) + vec4(f32(28), f32(29), f32(30), f32(31));
    for (var i = 0u; i < TURNS; i++) {
        x0 = fma(x0, m, c); x1 = fma(x1, m, c); x2 = fma(x2, m, c); x3 = fma(x3, m, c);
        x4 = fma(x4, m, c); x5 = fma(x5, m, c); x6 = fma(x6, m, c); x7 = fma(x7, m, c);
        x0 = fma(x0, m, c); x1 = fma(x1, m, c); x2 = fma(x2, m, c); x3 = fma(x3, m, c);
        x4 = fma(x4, m, c); x5 = fma(x5, m, c); x6 = fma(x6, m, c); x7 = fma(x7, m, c);
        x0 = fma(x0, m, c); x1 = fma(x1, m, c); x2 = fma(x2, m, c); x3 = fma(x3, m, c);
        x4 = fma(x4, m, c); x5 = fma(x5, m, c); x6 = fma(x6, m, c); x7 = fma(x7, m, c);
        x0 = fma(x0, m, c); x1 = fma(x1, m, c); x2 = fma(x2, m, c); x3 = fma(x3, m, c);
        x4 = fma(x4, m, c); x5 = fma(x5, m, c); x6 = fma(x6, m, c); x7 = fma(x7, m, c);
    }
    let sum = x0 + x1 + x2 + x3 + x4 + x5 + x6 + x7;
    output[id.x] = bitcast<u32>(sum.x + sum.y + sum.z + sum.w);
}
