// 32 independent chains of 32-bit integer multiply-adds in registers. TURNS comes in front.

struct Input {
    // Factor and summand: x -> factor * x + summand.
    float: vec2<f32>,
    integer: vec2<u32>,
}

@group(0) @binding(0) var<storage, read> input: Input;
@group(0) @binding(1) var<storage, read_write> output: array<u32>;

@compute @workgroup_size(256)
fn peak(@builtin(global_invocation_id) id: vec3<u32>) {
    let m = vec4(input.integer.x);
    let c = vec4(input.integer.y);
    let first = u32(id.x % 64u);
    var x0 = vec4(first) + vec4(u32(0), u32(1), u32(2), u32(3));
    var x1 = vec4(first) + vec4(u32(4), u32(5), u32(6), u32(7));
    var x2 = vec4(first) + vec4(u32(8), u32(9), u32(10), u32(11));
    var x3 = vec4(first) + vec4(u32(12), u32(13), u32(14), u32(15));
    var x4 = vec4(first) + vec4(u32(16), u32(17), u32(18), u32(19));
    var x5 = vec4(first) + vec4(u32(20), u32(21), u32(22), u32(23));
    var x6 = vec4(first) + vec4(u32(24), u32(25), u32(26), u32(27));
    var x7 = vec4(first) + vec4(u32(28), u32(29), u32(30), u32(31));
    for (var i = 0u; i < TURNS; i++) {
        x0 = x0 * m + c; x1 = x1 * m + c; x2 = x2 * m + c; x3 = x3 * m + c;
        x4 = x4 * m + c; x5 = x5 * m + c; x6 = x6 * m + c; x7 = x7 * m + c;
        x0 = x0 * m + c; x1 = x1 * m + c; x2 = x2 * m + c; x3 = x3 * m + c;
        x4 = x4 * m + c; x5 = x5 * m + c; x6 = x6 * m + c; x7 = x7 * m + c;
        x0 = x0 * m + c; x1 = x1 * m + c; x2 = x2 * m + c; x3 = x3 * m + c;
        x4 = x4 * m + c; x5 = x5 * m + c; x6 = x6 * m + c; x7 = x7 * m + c;
        x0 = x0 * m + c; x1 = x1 * m + c; x2 = x2 * m + c; x3 = x3 * m + c;
        x4 = x4 * m + c; x5 = x5 * m + c; x6 = x6 * m + c; x7 = x7 * m + c;
    }
    let sum = x0 + x1 + x2 + x3 + x4 + x5 + x6 + x7;
    output[id.x] = sum.x + sum.y + sum.z + sum.w;
}
