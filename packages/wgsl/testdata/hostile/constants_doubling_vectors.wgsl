const v0 = vec4(1);
const v1 = v0 + v0 * v0;
const v2 = v1 + v1 * v1;
const v3 = v2 + v2 * v2;
const v4 = v3 + v3 * v3;
const v5 = v4 + v4 * v4;
const v6 = v5 + v5 * v5;
const v7 = v6 + v6 * v6;
const v8 = v7 + v7 * v7;
const v9 = v8 + v8 * v8;
const v10 = v9 + v9 * v9;
const v11 = v10 + v10 * v10;
const v12 = v11 + v11 * v11;
const v13 = v12 + v12 * v12;
const v14 = v13 + v13 * v13;
const v15 = v14 + v14 * v14;
const v16 = v15 + v15 * v15;
const v17 = v16 + v16 * v16;
const v18 = v17 + v17 * v17;
const v19 = v18 + v18 * v18;
const v20 = v19 + v19 * v19;
const v21 = v20 + v20 * v20;
const v22 = v21 + v21 * v21;
const v23 = v22 + v22 * v22;
const v24 = v23 + v23 * v23;
const v25 = v24 + v24 * v24;
const v26 = v25 + v25 * v25;
const v27 = v26 + v26 * v26;
const v28 = v27 + v27 * v27;
const v29 = v28 + v28 * v28;
@group(0) @binding(0) var<storage, read> src: array<u32>;
@group(0) @binding(1) var<storage, read_write> dst: array<u32>;
@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) gid: vec3<u32>) {
    dst[gid.x] = src[gid.x];
}
