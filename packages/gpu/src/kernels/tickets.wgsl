// Search of phase A tickets (joule_work::ticket::value): BLAKE3 keyed by the seed over one block, 14 constant words and
// the id in the last two; the value is the first two words of the hash. Zero words of the block need no addition. Each
// invocation tries `per` ids, `stride` apart, and appends the tickets within the threshold to a list.

struct Task {
    // State of the compression after the part that does not depend on the id.
    state: array<vec4<u32>, 4>,
    // Low and high word.
    first: vec2<u32>,
    threshold: vec2<u32>,
    // Ids of this dispatch.
    count: u32,
    stride: u32,
    per: u32,
    cap: u32,
}

struct Hits {
    // Counts on beyond the list's end.
    count: atomic<u32>,
    // Id and value, low word first.
    list: array<vec4<u32>>,
}

@group(0) @binding(0) var<uniform> task: Task;
@group(0) @binding(1) var<storage, read_write> hits: Hits;

fn value(id: vec2<u32>) -> vec2<u32> {
    var v0 = task.state[0].x;
    var v1 = task.state[0].y;
    var v2 = task.state[0].z;
    var v3 = task.state[0].w;
    var v4 = task.state[1].x;
    var v5 = task.state[1].y;
    var v6 = task.state[1].z;
    var v7 = task.state[1].w;
    var v8 = task.state[2].x;
    var v9 = task.state[2].y;
    var v10 = task.state[2].z;
    var v11 = task.state[2].w;
    var v12 = task.state[3].x;
    var v13 = task.state[3].y;
    var v14 = task.state[3].z;
    var v15 = task.state[3].w;
    // Round 1: all but its last step depends on the seed alone and comes with it.
    v3 = v3 + v4 + id.x; v14 ^= v3; v14 = (v14 >> 16u) | (v14 << 16u);
    v9 += v14; v4 ^= v9; v4 = (v4 >> 12u) | (v4 << 20u);
    v3 = v3 + v4 + id.y; v14 ^= v3; v14 = (v14 >> 8u) | (v14 << 24u);
    v9 += v14; v4 ^= v9; v4 = (v4 >> 7u) | (v4 << 25u);
    // Round 2.
    v0 = v0 + v4 + 0x74656b63u; v12 ^= v0; v12 = (v12 >> 16u) | (v12 << 16u);
    v8 += v12; v4 ^= v8; v4 = (v4 >> 12u) | (v4 << 20u);
    v0 = v0 + v4; v12 ^= v0; v12 = (v12 >> 8u) | (v12 << 24u);
    v8 += v12; v4 ^= v8; v4 = (v4 >> 7u) | (v4 << 25u);
    v1 = v1 + v5 + 0x762f612fu; v13 ^= v1; v13 = (v13 >> 16u) | (v13 << 16u);
    v9 += v13; v5 ^= v9; v5 = (v5 >> 12u) | (v5 << 20u);
    v1 = v1 + v5; v13 ^= v1; v13 = (v13 >> 8u) | (v13 << 24u);
    v9 += v13; v5 ^= v9; v5 = (v5 >> 7u) | (v5 << 25u);
    v2 = v2 + v6; v14 ^= v2; v14 = (v14 >> 16u) | (v14 << 16u);
    v10 += v14; v6 ^= v10; v6 = (v6 >> 12u) | (v6 << 20u);
    v2 = v2 + v6 + 0x6c756f6au; v14 ^= v2; v14 = (v14 >> 8u) | (v14 << 24u);
    v10 += v14; v6 ^= v10; v6 = (v6 >> 7u) | (v6 << 25u);
    v3 = v3 + v7 + 0x00000031u; v15 ^= v3; v15 = (v15 >> 16u) | (v15 << 16u);
    v11 += v15; v7 ^= v11; v7 = (v7 >> 12u) | (v7 << 20u);
    v3 = v3 + v7; v15 ^= v3; v15 = (v15 >> 8u) | (v15 << 24u);
    v11 += v15; v7 ^= v11; v7 = (v7 >> 7u) | (v7 << 25u);
    v0 = v0 + v5 + 0x69742f65u; v15 ^= v0; v15 = (v15 >> 16u) | (v15 << 16u);
    v10 += v15; v5 ^= v10; v5 = (v5 >> 12u) | (v5 << 20u);
    v0 = v0 + v5; v15 ^= v0; v15 = (v15 >> 8u) | (v15 << 24u);
    v10 += v15; v5 ^= v10; v5 = (v5 >> 7u) | (v5 << 25u);
    v1 = v1 + v6; v12 ^= v1; v12 = (v12 >> 16u) | (v12 << 16u);
    v11 += v12; v6 ^= v11; v6 = (v6 >> 12u) | (v6 << 20u);
    v1 = v1 + v6; v12 ^= v1; v12 = (v12 >> 8u) | (v12 << 24u);
    v11 += v12; v6 ^= v11; v6 = (v6 >> 7u) | (v6 << 25u);
    v2 = v2 + v7; v13 ^= v2; v13 = (v13 >> 16u) | (v13 << 16u);
    v8 += v13; v7 ^= v8; v7 = (v7 >> 12u) | (v7 << 20u);
    v2 = v2 + v7 + id.x; v13 ^= v2; v13 = (v13 >> 8u) | (v13 << 24u);
    v8 += v13; v7 ^= v8; v7 = (v7 >> 7u) | (v7 << 25u);
    v3 = v3 + v4 + id.y; v14 ^= v3; v14 = (v14 >> 16u) | (v14 << 16u);
    v9 += v14; v4 ^= v9; v4 = (v4 >> 12u) | (v4 << 20u);
    v3 = v3 + v4; v14 ^= v3; v14 = (v14 >> 8u) | (v14 << 24u);
    v9 += v14; v4 ^= v9; v4 = (v4 >> 7u) | (v4 << 25u);
    // Round 3.
    v0 = v0 + v4 + 0x762f612fu; v12 ^= v0; v12 = (v12 >> 16u) | (v12 << 16u);
    v8 += v12; v4 ^= v8; v4 = (v4 >> 12u) | (v4 << 20u);
    v0 = v0 + v4 + 0x00000031u; v12 ^= v0; v12 = (v12 >> 8u) | (v12 << 24u);
    v8 += v12; v4 ^= v8; v4 = (v4 >> 7u) | (v4 << 25u);
    v1 = v1 + v5; v13 ^= v1; v13 = (v13 >> 16u) | (v13 << 16u);
    v9 += v13; v5 ^= v9; v5 = (v5 >> 12u) | (v5 << 20u);
    v1 = v1 + v5; v13 ^= v1; v13 = (v13 >> 8u) | (v13 << 24u);
    v9 += v13; v5 ^= v9; v5 = (v5 >> 7u) | (v5 << 25u);
    v2 = v2 + v6; v14 ^= v2; v14 = (v14 >> 16u) | (v14 << 16u);
    v10 += v14; v6 ^= v10; v6 = (v6 >> 12u) | (v6 << 20u);
    v2 = v2 + v6 + 0x74656b63u; v14 ^= v2; v14 = (v14 >> 8u) | (v14 << 24u);
    v10 += v14; v6 ^= v10; v6 = (v6 >> 7u) | (v6 << 25u);
    v3 = v3 + v7; v15 ^= v3; v15 = (v15 >> 16u) | (v15 << 16u);
    v11 += v15; v7 ^= v11; v7 = (v7 >> 12u) | (v7 << 20u);
    v3 = v3 + v7 + id.x; v15 ^= v3; v15 = (v15 >> 8u) | (v15 << 24u);
    v11 += v15; v7 ^= v11; v7 = (v7 >> 7u) | (v7 << 25u);
    v0 = v0 + v5; v15 ^= v0; v15 = (v15 >> 16u) | (v15 << 16u);
    v10 += v15; v5 ^= v10; v5 = (v5 >> 12u) | (v5 << 20u);
    v0 = v0 + v5; v15 ^= v0; v15 = (v15 >> 8u) | (v15 << 24u);
    v10 += v15; v5 ^= v10; v5 = (v5 >> 7u) | (v5 << 25u);
    v1 = v1 + v6; v12 ^= v1; v12 = (v12 >> 16u) | (v12 << 16u);
    v11 += v12; v6 ^= v11; v6 = (v6 >> 12u) | (v6 << 20u);
    v1 = v1 + v6 + 0x6c756f6au; v12 ^= v1; v12 = (v12 >> 8u) | (v12 << 24u);
    v11 += v12; v6 ^= v11; v6 = (v6 >> 7u) | (v6 << 25u);
    v2 = v2 + v7; v13 ^= v2; v13 = (v13 >> 16u) | (v13 << 16u);
    v8 += v13; v7 ^= v8; v7 = (v7 >> 12u) | (v7 << 20u);
    v2 = v2 + v7 + id.y; v13 ^= v2; v13 = (v13 >> 8u) | (v13 << 24u);
    v8 += v13; v7 ^= v8; v7 = (v7 >> 7u) | (v7 << 25u);
    v3 = v3 + v4; v14 ^= v3; v14 = (v14 >> 16u) | (v14 << 16u);
    v9 += v14; v4 ^= v9; v4 = (v4 >> 12u) | (v4 << 20u);
    v3 = v3 + v4 + 0x69742f65u; v14 ^= v3; v14 = (v14 >> 8u) | (v14 << 24u);
    v9 += v14; v4 ^= v9; v4 = (v4 >> 7u) | (v4 << 25u);
    // Round 4.
    v0 = v0 + v4; v12 ^= v0; v12 = (v12 >> 16u) | (v12 << 16u);
    v8 += v12; v4 ^= v8; v4 = (v4 >> 12u) | (v4 << 20u);
    v0 = v0 + v4; v12 ^= v0; v12 = (v12 >> 8u) | (v12 << 24u);
    v8 += v12; v4 ^= v8; v4 = (v4 >> 7u) | (v4 << 25u);
    v1 = v1 + v5; v13 ^= v1; v13 = (v13 >> 16u) | (v13 << 16u);
    v9 += v13; v5 ^= v9; v5 = (v5 >> 12u) | (v5 << 20u);
    v1 = v1 + v5; v13 ^= v1; v13 = (v13 >> 8u) | (v13 << 24u);
    v9 += v13; v5 ^= v9; v5 = (v5 >> 7u) | (v5 << 25u);
    v2 = v2 + v6 + id.x; v14 ^= v2; v14 = (v14 >> 16u) | (v14 << 16u);
    v10 += v14; v6 ^= v10; v6 = (v6 >> 12u) | (v6 << 20u);
    v2 = v2 + v6 + 0x762f612fu; v14 ^= v2; v14 = (v14 >> 8u) | (v14 << 24u);
    v10 += v14; v6 ^= v10; v6 = (v6 >> 7u) | (v6 << 25u);
    v3 = v3 + v7; v15 ^= v3; v15 = (v15 >> 16u) | (v15 << 16u);
    v11 += v15; v7 ^= v11; v7 = (v7 >> 12u) | (v7 << 20u);
    v3 = v3 + v7 + id.y; v15 ^= v3; v15 = (v15 >> 8u) | (v15 << 24u);
    v11 += v15; v7 ^= v11; v7 = (v7 >> 7u) | (v7 << 25u);
    v0 = v0 + v5 + 0x00000031u; v15 ^= v0; v15 = (v15 >> 16u) | (v15 << 16u);
    v10 += v15; v5 ^= v10; v5 = (v5 >> 12u) | (v5 << 20u);
    v0 = v0 + v5 + 0x6c756f6au; v15 ^= v0; v15 = (v15 >> 8u) | (v15 << 24u);
    v10 += v15; v5 ^= v10; v5 = (v5 >> 7u) | (v5 << 25u);
    v1 = v1 + v6; v12 ^= v1; v12 = (v12 >> 16u) | (v12 << 16u);
    v11 += v12; v6 ^= v11; v6 = (v6 >> 12u) | (v6 << 20u);
    v1 = v1 + v6 + 0x74656b63u; v12 ^= v1; v12 = (v12 >> 8u) | (v12 << 24u);
    v11 += v12; v6 ^= v11; v6 = (v6 >> 7u) | (v6 << 25u);
    v2 = v2 + v7; v13 ^= v2; v13 = (v13 >> 16u) | (v13 << 16u);
    v8 += v13; v7 ^= v8; v7 = (v7 >> 12u) | (v7 << 20u);
    v2 = v2 + v7; v13 ^= v2; v13 = (v13 >> 8u) | (v13 << 24u);
    v8 += v13; v7 ^= v8; v7 = (v7 >> 7u) | (v7 << 25u);
    v3 = v3 + v4 + 0x69742f65u; v14 ^= v3; v14 = (v14 >> 16u) | (v14 << 16u);
    v9 += v14; v4 ^= v9; v4 = (v4 >> 12u) | (v4 << 20u);
    v3 = v3 + v4; v14 ^= v3; v14 = (v14 >> 8u) | (v14 << 24u);
    v9 += v14; v4 ^= v9; v4 = (v4 >> 7u) | (v4 << 25u);
    // Round 5.
    v0 = v0 + v4; v12 ^= v0; v12 = (v12 >> 16u) | (v12 << 16u);
    v8 += v12; v4 ^= v8; v4 = (v4 >> 12u) | (v4 << 20u);
    v0 = v0 + v4; v12 ^= v0; v12 = (v12 >> 8u) | (v12 << 24u);
    v8 += v12; v4 ^= v8; v4 = (v4 >> 7u) | (v4 << 25u);
    v1 = v1 + v5; v13 ^= v1; v13 = (v13 >> 16u) | (v13 << 16u);
    v9 += v13; v5 ^= v9; v5 = (v5 >> 12u) | (v5 << 20u);
    v1 = v1 + v5; v13 ^= v1; v13 = (v13 >> 8u) | (v13 << 24u);
    v9 += v13; v5 ^= v9; v5 = (v5 >> 7u) | (v5 << 25u);
    v2 = v2 + v6 + id.y; v14 ^= v2; v14 = (v14 >> 16u) | (v14 << 16u);
    v10 += v14; v6 ^= v10; v6 = (v6 >> 12u) | (v6 << 20u);
    v2 = v2 + v6; v14 ^= v2; v14 = (v14 >> 8u) | (v14 << 24u);
    v10 += v14; v6 ^= v10; v6 = (v6 >> 7u) | (v6 << 25u);
    v3 = v3 + v7 + id.x; v15 ^= v3; v15 = (v15 >> 16u) | (v15 << 16u);
    v11 += v15; v7 ^= v11; v7 = (v7 >> 12u) | (v7 << 20u);
    v3 = v3 + v7; v15 ^= v3; v15 = (v15 >> 8u) | (v15 << 24u);
    v11 += v15; v7 ^= v11; v7 = (v7 >> 7u) | (v7 << 25u);
    v0 = v0 + v5; v15 ^= v0; v15 = (v15 >> 16u) | (v15 << 16u);
    v10 += v15; v5 ^= v10; v5 = (v5 >> 12u) | (v5 << 20u);
    v0 = v0 + v5 + 0x74656b63u; v15 ^= v0; v15 = (v15 >> 8u) | (v15 << 24u);
    v10 += v15; v5 ^= v10; v5 = (v5 >> 7u) | (v5 << 25u);
    v1 = v1 + v6; v12 ^= v1; v12 = (v12 >> 16u) | (v12 << 16u);
    v11 += v12; v6 ^= v11; v6 = (v6 >> 12u) | (v6 << 20u);
    v1 = v1 + v6 + 0x762f612fu; v12 ^= v1; v12 = (v12 >> 8u) | (v12 << 24u);
    v11 += v12; v6 ^= v11; v6 = (v6 >> 7u) | (v6 << 25u);
    v2 = v2 + v7 + 0x6c756f6au; v13 ^= v2; v13 = (v13 >> 16u) | (v13 << 16u);
    v8 += v13; v7 ^= v8; v7 = (v7 >> 12u) | (v7 << 20u);
    v2 = v2 + v7 + 0x69742f65u; v13 ^= v2; v13 = (v13 >> 8u) | (v13 << 24u);
    v8 += v13; v7 ^= v8; v7 = (v7 >> 7u) | (v7 << 25u);
    v3 = v3 + v4; v14 ^= v3; v14 = (v14 >> 16u) | (v14 << 16u);
    v9 += v14; v4 ^= v9; v4 = (v4 >> 12u) | (v4 << 20u);
    v3 = v3 + v4 + 0x00000031u; v14 ^= v3; v14 = (v14 >> 8u) | (v14 << 24u);
    v9 += v14; v4 ^= v9; v4 = (v4 >> 7u) | (v4 << 25u);
    // Round 6.
    v0 = v0 + v4; v12 ^= v0; v12 = (v12 >> 16u) | (v12 << 16u);
    v8 += v12; v4 ^= v8; v4 = (v4 >> 12u) | (v4 << 20u);
    v0 = v0 + v4 + id.x; v12 ^= v0; v12 = (v12 >> 8u) | (v12 << 24u);
    v8 += v12; v4 ^= v8; v4 = (v4 >> 7u) | (v4 << 25u);
    v1 = v1 + v5; v13 ^= v1; v13 = (v13 >> 16u) | (v13 << 16u);
    v9 += v13; v5 ^= v9; v5 = (v5 >> 12u) | (v5 << 20u);
    v1 = v1 + v5; v13 ^= v1; v13 = (v13 >> 8u) | (v13 << 24u);
    v9 += v13; v5 ^= v9; v5 = (v5 >> 7u) | (v5 << 25u);
    v2 = v2 + v6; v14 ^= v2; v14 = (v14 >> 16u) | (v14 << 16u);
    v10 += v14; v6 ^= v10; v6 = (v6 >> 12u) | (v6 << 20u);
    v2 = v2 + v6; v14 ^= v2; v14 = (v14 >> 8u) | (v14 << 24u);
    v10 += v14; v6 ^= v10; v6 = (v6 >> 7u) | (v6 << 25u);
    v3 = v3 + v7 + id.y; v15 ^= v3; v15 = (v15 >> 16u) | (v15 << 16u);
    v11 += v15; v7 ^= v11; v7 = (v7 >> 12u) | (v7 << 20u);
    v3 = v3 + v7 + 0x69742f65u; v15 ^= v3; v15 = (v15 >> 8u) | (v15 << 24u);
    v11 += v15; v7 ^= v11; v7 = (v7 >> 7u) | (v7 << 25u);
    v0 = v0 + v5; v15 ^= v0; v15 = (v15 >> 16u) | (v15 << 16u);
    v10 += v15; v5 ^= v10; v5 = (v5 >> 12u) | (v5 << 20u);
    v0 = v0 + v5 + 0x762f612fu; v15 ^= v0; v15 = (v15 >> 8u) | (v15 << 24u);
    v10 += v15; v5 ^= v10; v5 = (v5 >> 7u) | (v5 << 25u);
    v1 = v1 + v6 + 0x6c756f6au; v12 ^= v1; v12 = (v12 >> 16u) | (v12 << 16u);
    v11 += v12; v6 ^= v11; v6 = (v6 >> 12u) | (v6 << 20u);
    v1 = v1 + v6; v12 ^= v1; v12 = (v12 >> 8u) | (v12 << 24u);
    v11 += v12; v6 ^= v11; v6 = (v6 >> 7u) | (v6 << 25u);
    v2 = v2 + v7 + 0x74656b63u; v13 ^= v2; v13 = (v13 >> 16u) | (v13 << 16u);
    v8 += v13; v7 ^= v8; v7 = (v7 >> 12u) | (v7 << 20u);
    v2 = v2 + v7; v13 ^= v2; v13 = (v13 >> 8u) | (v13 << 24u);
    v8 += v13; v7 ^= v8; v7 = (v7 >> 7u) | (v7 << 25u);
    v3 = v3 + v4 + 0x00000031u; v14 ^= v3; v14 = (v14 >> 16u) | (v14 << 16u);
    v9 += v14; v4 ^= v9; v4 = (v4 >> 12u) | (v4 << 20u);
    v3 = v3 + v4; v14 ^= v3; v14 = (v14 >> 8u) | (v14 << 24u);
    v9 += v14; v4 ^= v9; v4 = (v4 >> 7u) | (v4 << 25u);
    // Round 7.
    v0 = v0 + v4; v12 ^= v0; v12 = (v12 >> 16u) | (v12 << 16u);
    v8 += v12; v4 ^= v8; v4 = (v4 >> 12u) | (v4 << 20u);
    v0 = v0 + v4 + id.y; v12 ^= v0; v12 = (v12 >> 8u) | (v12 << 24u);
    v8 += v12; v4 ^= v8; v4 = (v4 >> 7u) | (v4 << 25u);
    v1 = v1 + v5; v13 ^= v1; v13 = (v13 >> 16u) | (v13 << 16u);
    v9 += v13; v5 ^= v9; v5 = (v5 >> 12u) | (v5 << 20u);
    v1 = v1 + v5 + 0x6c756f6au; v13 ^= v1; v13 = (v13 >> 8u) | (v13 << 24u);
    v9 += v13; v5 ^= v9; v5 = (v5 >> 7u) | (v5 << 25u);
    v2 = v2 + v6 + 0x69742f65u; v14 ^= v2; v14 = (v14 >> 16u) | (v14 << 16u);
    v10 += v14; v6 ^= v10; v6 = (v6 >> 12u) | (v6 << 20u);
    v2 = v2 + v6; v14 ^= v2; v14 = (v14 >> 8u) | (v14 << 24u);
    v10 += v14; v6 ^= v10; v6 = (v6 >> 7u) | (v6 << 25u);
    v3 = v3 + v7; v15 ^= v3; v15 = (v15 >> 16u) | (v15 << 16u);
    v11 += v15; v7 ^= v11; v7 = (v7 >> 12u) | (v7 << 20u);
    v3 = v3 + v7; v15 ^= v3; v15 = (v15 >> 8u) | (v15 << 24u);
    v11 += v15; v7 ^= v11; v7 = (v7 >> 7u) | (v7 << 25u);
    v0 = v0 + v5 + id.x; v15 ^= v0; v15 = (v15 >> 16u) | (v15 << 16u);
    v10 += v15; v5 ^= v10; v5 = (v5 >> 12u) | (v5 << 20u);
    v0 = v0 + v5; v15 ^= v0; v15 = (v15 >> 8u) | (v15 << 24u);
    v10 += v15; v5 ^= v10; v5 = (v5 >> 7u) | (v5 << 25u);
    v1 = v1 + v6 + 0x74656b63u; v12 ^= v1; v12 = (v12 >> 16u) | (v12 << 16u);
    v11 += v12; v6 ^= v11; v6 = (v6 >> 12u) | (v6 << 20u);
    v1 = v1 + v6; v12 ^= v1; v12 = (v12 >> 8u) | (v12 << 24u);
    v11 += v12; v6 ^= v11; v6 = (v6 >> 7u) | (v6 << 25u);
    v2 = v2 + v7 + 0x762f612fu; v13 ^= v2; v13 = (v13 >> 16u) | (v13 << 16u);
    v8 += v13; v7 ^= v8; v7 = (v7 >> 12u) | (v7 << 20u);
    v2 = v2 + v7 + 0x00000031u; v13 ^= v2; v13 = (v13 >> 8u) | (v13 << 24u);
    v8 += v13; v7 ^= v8; v7 = (v7 >> 7u) | (v7 << 25u);
    v3 = v3 + v4; v14 ^= v3; v14 = (v14 >> 16u) | (v14 << 16u);
    v9 += v14; v4 ^= v9; v4 = (v4 >> 12u) | (v4 << 20u);
    v3 = v3 + v4; v14 ^= v3; v14 = (v14 >> 8u) | (v14 << 24u);
    v9 += v14; v4 ^= v9; v4 = (v4 >> 7u) | (v4 << 25u);
    return vec2(v0 ^ v8, v1 ^ v9);
}

@compute @workgroup_size(256)
fn search(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    var offset = (group.y * groups.x + group.x) * 256u + lane;
    for (var i = 0u; i < task.per; i++) {
        let low = task.first.x + offset;
        let id = vec2(low, task.first.y + select(0u, 1u, low < offset));
        let v = value(id);
        let within = v.y < task.threshold.y || (v.y == task.threshold.y && v.x <= task.threshold.x);
        if within && offset < task.count {
            let slot = atomicAdd(&hits.count, 1u);
            if slot < task.cap {
                hits.list[slot] = vec4(id, v);
            }
        }
        offset += task.stride;
    }
}
