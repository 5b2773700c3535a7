// A part of the Mandelbrot set, on integers. The input says which part; the output is a picture (BMP, 320 x 200).
// Numbers are fixed point with 28 bits behind the point, in the range from -8 to 8.

// Input: the middle of the picture and the distance between two pixels.
struct View { x: i32, y: i32, pitch: i32 }

// Where a pixel's number is, and how many rounds it took there.
struct Orbit { x: i32, y: i32, rounds: u32 }

const WIDTH: u32 = 320u;
const HEIGHT: u32 = 200u;
const PIXELS: u32 = 64000u;
const ROUNDS: u32 = 16u;
const TWO: i32 = 536870912;
const FOUR: i32 = 1073741824;

// Words before the first pixel: a file header of 14 bytes, an image header of 40, and 2 to fill up.
const HEADER: u32 = 14u;
const BYTES: u32 = 256056u;

@group(0) @binding(0) var<storage, read> view: View;
@group(0) @binding(1) var<storage, read_write> orbits: array<Orbit>;
@group(0) @binding(2) var<storage, read> ended: array<Orbit>;
@group(0) @binding(3) var<storage, read_write> picture: array<u32>;

// The product of two fixed point numbers, from four products of their halves.
fn times(a: i32, b: i32) -> i32 {
    let p = u32(abs(a));
    let q = u32(abs(b));
    let low = (p & 0xffffu) * (q & 0xffffu);
    let first = (p & 0xffffu) * (q >> 16u) + (low >> 16u);
    let second = (p >> 16u) * (q & 0xffffu) + (first & 0xffffu);
    let high = (p >> 16u) * (q >> 16u) + (first >> 16u) + (second >> 16u);
    let product = i32((high << 4u) | ((second >> 12u) & 0xfu));
    return select(product, -product, (a ^ b) < 0);
}

// Whether a number is further than two from zero; it leaves for good then.
fn escaped(x: i32, y: i32) -> bool {
    if (abs(x) > TWO || abs(y) > TWO) {
        return true;
    }
    return times(x, x) + times(y, y) > FOUR;
}

// ROUNDS rounds of z = z * z + c, where z is still within a distance of two.
@compute @workgroup_size(64)
fn iterate(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= PIXELS) {
        return;
    }
    let cx = view.x + (i32(id.x % WIDTH) - 160) * view.pitch;
    let cy = view.y + (i32(id.x / WIDTH) - 100) * view.pitch;
    var x = orbits[id.x].x;
    var y = orbits[id.x].y;
    var rounds = orbits[id.x].rounds;
    for (var round = 0u; round < ROUNDS; round++) {
        if (escaped(x, y)) {
            break;
        }
        let next = times(x, x) - times(y, y) + cx;
        y = 2 * times(x, y) + cy;
        x = next;
        rounds++;
    }
    orbits[id.x] = Orbit(x, y, rounds);
}

fn header(at: u32) -> u32 {
    switch at {
        case 0u: { return 0x4d42u | ((BYTES & 0xffffu) << 16u); }
        case 1u: { return BYTES >> 16u; }
        case 2u: { return 56u << 16u; }
        case 3u: { return 40u << 16u; }
        case 4u: { return WIDTH << 16u; }
        case 5u: { return HEIGHT << 16u; }
        case 6u: { return 1u << 16u; }
        case 7u: { return 32u; }
        default: { return 0u; }
    }
}

// Up and down again, with the period of a colour.
fn wave(at: u32) -> u32 {
    return u32(abs(i32(at & 511u) - 255)) & 255u;
}

@compute @workgroup_size(64)
fn draw(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= HEADER + PIXELS) {
        return;
    }
    if (id.x < HEADER) {
        picture[id.x] = header(id.x);
        return;
    }
    let orbit = ended[id.x - HEADER];
    let n = orbit.rounds;
    let colour = wave(n * 3u + 60u) | (wave(n * 4u + 255u) << 8u) | (wave(n * 5u + 200u) << 16u);
    picture[id.x] = select(0u, colour, escaped(orbit.x, orbit.y));
}
