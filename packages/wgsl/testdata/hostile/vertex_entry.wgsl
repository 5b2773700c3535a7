@group(0) @binding(0) var<storage, read> src: array<u32>;
@group(0) @binding(1) var<storage, read_write> dst: array<u32>;
@vertex fn main() -> @builtin(position) vec4<i32> { return vec4(0); }
