//! A job that renders a picture: a ray tracer in integers, whose output is a PNG file.
//!
//! Input: the scene, one item a line, numbers with decimals (see `scene.txt`). Each of the 32 steps renders a band of
//! rows and writes the bytes of the file that are complete by then, so the picture can be watched as it grows.
#![no_std]
#![no_main]

#[path = "../guest.rs"]
mod guest;
mod png;
mod scene;
mod vector;

use png::Png;
use scene::Scene;
use vector::{div, mul, sqrt, Vector, ONE};

const STEPS: usize = 32;
/// How often a ray is mirrored at most.
const MIRRORS: u32 = 4;
/// Rays start this far off the surface they leave.
const OFF: i64 = ONE / 512;
/// Rays of a pixel, per side.
const RAYS: i64 = 2;

struct Job {
    text: [u8; 1 << 14],
    scene: Scene,
    png: Png,
}

static JOB: guest::State<Job> =
    guest::State::new(Job { text: [0; 1 << 14], scene: Scene::EMPTY, png: Png::EMPTY });

#[no_mangle]
pub extern "C" fn step(index: i64) {
    let job = JOB.take();
    let index = index as usize;
    if index == 0 {
        job.scene.read(guest::input(&mut job.text));
        job.png.start(job.scene.width, job.scene.height);
    }
    if index >= STEPS {
        return;
    }
    let (width, height) = (job.scene.width, job.scene.height);
    for y in height * index / STEPS..height * (index + 1) / STEPS {
        let row = job.png.row();
        for x in 0..width {
            row[3 * x..3 * x + 3].copy_from_slice(&pixel(&job.scene, x as i64, y as i64));
        }
        job.png.filter_row();
    }
    job.png.flush(index + 1 == STEPS);
}

/// Mean of the pixel's rays, with a gamma of two.
fn pixel(scene: &Scene, x: i64, y: i64) -> [u8; 3] {
    let (width, height) = (scene.width as i64, scene.height as i64);
    let forward = (scene.target - scene.eye).unit();
    let right = Vector([0, ONE, 0]).cross(forward).unit();
    let up = forward.cross(right);
    let mut sum = Vector::ZERO;
    for ray in 0..RAYS * RAYS {
        // Centres of the pixel's cells, over the picture's height.
        let at = |pixel: i64, cell: i64, size: i64| ((2 * pixel - size) * RAYS + 2 * cell + 1) * ONE / (RAYS * height);
        let across = mul(at(x, ray % RAYS, width), scene.zoom);
        let down = mul(at(y, ray / RAYS, height), scene.zoom);
        sum = sum + trace(scene, scene.eye, (forward + right * across - up * down).unit());
    }
    let channel = |c: i64| (sqrt(c / (RAYS * RAYS)).clamp(0, ONE) * 255 / ONE) as u8;
    sum.0.map(channel)
}

fn trace(scene: &Scene, mut from: Vector, mut towards: Vector) -> Vector {
    let (mut light, mut share) = (Vector::ZERO, ONE);
    for _ in 0..=MIRRORS {
        let Some(hit) = nearest(scene, from, towards) else {
            return light + sky(scene, towards) * share;
        };
        let own = ONE - hit.mirror;
        light = light + shade(scene, &hit, towards) * mul(share, own);
        share = mul(share, hit.mirror);
        if share < ONE / 256 {
            break;
        }
        from = hit.at + hit.normal * OFF;
        towards = towards - hit.normal * (2 * towards.dot(hit.normal));
    }
    light
}

struct Hit {
    at: Vector,
    normal: Vector,
    color: Vector,
    mirror: i64,
}

fn nearest(scene: &Scene, from: Vector, towards: Vector) -> Option<Hit> {
    let mut best = None;
    for sphere in scene.spheres() {
        if let Some(t) = meet(from, towards, sphere.center, sphere.radius) {
            if best.is_none_or(|(b, _)| t < b) {
                best = Some((t, sphere));
            }
        }
    }
    // The floor is the plane y = 0.
    if towards.0[1] < 0 && from.0[1] > 0 {
        let t = div(from.0[1], -towards.0[1]);
        if t < 200 * ONE && best.is_none_or(|(b, _)| t < b) {
            let at = from + towards * t;
            let odd = ((at.0[0].div_euclid(ONE) + at.0[2].div_euclid(ONE)) & 1) as usize;
            return Some(Hit { at, normal: Vector([0, ONE, 0]), color: scene.floor[odd], mirror: scene.floor_mirror });
        }
    }
    best.map(|(t, sphere)| {
        let at = from + towards * t;
        Hit { at, normal: (at - sphere.center).unit(), color: sphere.color, mirror: sphere.mirror }
    })
}

/// Distance to a sphere in front, if the ray meets it.
fn meet(from: Vector, towards: Vector, center: Vector, radius: i64) -> Option<i64> {
    let to = center - from;
    let along = to.dot(towards);
    let inside = mul(along, along) - to.dot(to) + mul(radius, radius);
    if along <= 0 || inside < 0 {
        return None;
    }
    Some(along - sqrt(inside)).filter(|t| *t > OFF)
}

/// Ambient, diffuse with shadow, highlight; distant floor fades into the sky.
fn shade(scene: &Scene, hit: &Hit, towards: Vector) -> Vector {
    let way = scene.light - hit.at;
    let to_light = way.unit();
    let mut bright = scene.ambient;
    let mut shine = 0;
    let facing = to_light.dot(hit.normal);
    if facing > 0 {
        let start = hit.at + hit.normal * OFF;
        let far = way.length();
        let free = !scene.spheres().any(|s| meet(start, to_light, s.center, s.radius).is_some_and(|t| t < far));
        if free {
            bright += mul(ONE - scene.ambient, facing);
            let mirrored = to_light - hit.normal * (2 * facing);
            let mut glance = mirrored.dot(towards).max(0);
            for _ in 0..5 {
                glance = mul(glance, glance);
            }
            shine = glance * 3 / 5;
        }
    }
    let lit = hit.color * bright + Vector([shine; 3]);
    let distance = hit.at.length();
    let haze = (distance / 40).clamp(0, ONE);
    lit * (ONE - haze) + sky(scene, towards) * haze
}

fn sky(scene: &Scene, towards: Vector) -> Vector {
    let height = sqrt(towards.0[1].clamp(0, ONE));
    scene.horizon * (ONE - height) + scene.zenith * height
}
