// The Mandelbrot set, 256 x 192, in integers: numbers are i32 with 13 bits after the point.
//
// Pixels are worked on in runs of 16, one run to an invocation: an invocation writes only to the element of its own
// number, so nothing depends on the order in which a device runs them. 16 steps of `iterate` advance each point by 12
// iterations, the last step paints.

const WIDTH = 256;
const HEIGHT = 192;
const RUN = 16;
const RUNS = 3072; // WIDTH * HEIGHT / RUN

// Fixed point: 1.0, the distance of two pixels, and the corner of the picture.
const ONE = 8192;
const PIXEL = 96;
const LEFT = -18432; // -2.25
const TOP = -9168; // half of the height above the axis, half a pixel off
const FAR = 32768; // 4.0

// The points of a run, and how many iterations each has stayed near.
struct Points {
    x: array<i32, RUN>,
    y: array<i32, RUN>,
    n: array<u32, RUN>,
}

@group(0) @binding(0) var<storage, read_write> points: array<Points>;
@group(0) @binding(1) var<storage, read> reached: array<Points>;
// A BMP file: the first element is its header, which comes with the input; then the pixels, four bytes each.
@group(0) @binding(2) var<storage, read_write> picture: array<array<u32, RUN>>;

@compute @workgroup_size(64)
fn iterate(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= arrayLength(&points) {
        return;
    }
    let first = i32(id.x) * RUN;
    let cy = TOP + first / WIDTH * PIXEL;
    for (var i = 0; i < RUN; i++) {
        let cx = LEFT + (first % WIDTH + i) * PIXEL;
        var x = points[id.x].x[i];
        var y = points[id.x].y[i];
        var n = points[id.x].n[i];
        for (var turn = 0; turn < 12; turn++) {
            let xx = (x * x) >> 13u;
            let yy = (y * y) >> 13u;
            if xx + yy >= FAR {
                break;
            }
            y = ((x * y) >> 12u) + cy;
            x = xx - yy + cx;
            n++;
        }
        points[id.x].x[i] = x;
        points[id.x].y[i] = y;
        points[id.x].n[i] = n;
    }
}

// A wave between 0 and 255 with the period 64.
fn wave(n: u32) -> u32 {
    let at = n % 64u;
    return min(at, 64u - at) * 255u / 32u;
}

// Blue in the lowest byte, then green, red, and a byte that viewers ignore.
fn colour(n: u32) -> u32 {
    if n >= 192u {
        return 0xff000000u;
    }
    return wave(n * 5u + 20u) | wave(n * 3u) << 8u | wave(n * 2u + 4u) << 16u | 0xff000000u;
}

@compute @workgroup_size(64)
fn paint(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x == 0u || id.x >= arrayLength(&picture) {
        return;
    }
    for (var i = 0u; i < u32(RUN); i++) {
        picture[id.x][i] = colour(reached[id.x - 1u].n[i]);
    }
}
