@group(0) @binding(0) var<storage, read> src: array<u32>;
@group(0) @binding(1) var<storage, read_write> dst: array<u32>;
fn f0(x: u32) -> u32 { return x * x + 1u; }
fn f1(x: u32) -> u32 { return f0(x) ^ f0(x + 1u); }
fn f2(x: u32) -> u32 { return f1(x) ^ f1(x + 1u); }
fn f3(x: u32) -> u32 { return f2(x) ^ f2(x + 1u); }
fn f4(x: u32) -> u32 { return f3(x) ^ f3(x + 1u); }
fn f5(x: u32) -> u32 { return f4(x) ^ f4(x + 1u); }
fn f6(x: u32) -> u32 { return f5(x) ^ f5(x + 1u); }
fn f7(x: u32) -> u32 { return f6(x) ^ f6(x + 1u); }
fn f8(x: u32) -> u32 { return f7(x) ^ f7(x + 1u); }
fn f9(x: u32) -> u32 { return f8(x) ^ f8(x + 1u); }
fn f10(x: u32) -> u32 { return f9(x) ^ f9(x + 1u); }
fn f11(x: u32) -> u32 { return f10(x) ^ f10(x + 1u); }
fn f12(x: u32) -> u32 { return f11(x) ^ f11(x + 1u); }
fn f13(x: u32) -> u32 { return f12(x) ^ f12(x + 1u); }
fn f14(x: u32) -> u32 { return f13(x) ^ f13(x + 1u); }
fn f15(x: u32) -> u32 { return f14(x) ^ f14(x + 1u); }
@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) gid: vec3<u32>) {
    dst[gid.x] = f15(src[0]);
}
