//! The scene and its text form.

use crate::vector::{Vector, ONE};

const SPHERES: usize = 32;
/// Largest picture, so that the buffers of the job hold a row of it.
pub const WIDTH: usize = 2048;

#[derive(Clone, Copy)]
pub struct Sphere {
    pub center: Vector,
    pub radius: i64,
    pub color: Vector,
    /// Share of light that is mirrored.
    pub mirror: i64,
}

pub struct Scene {
    pub width: usize,
    pub height: usize,
    pub eye: Vector,
    pub target: Vector,
    /// Half the height of the picture at distance one.
    pub zoom: i64,
    pub light: Vector,
    pub ambient: i64,
    pub floor: [Vector; 2],
    pub floor_mirror: i64,
    pub horizon: Vector,
    pub zenith: Vector,
    list: [Sphere; SPHERES],
    count: usize,
}

impl Scene {
    pub const EMPTY: Self = Self {
        width: 0,
        height: 0,
        eye: Vector::ZERO,
        target: Vector::ZERO,
        zoom: 0,
        light: Vector::ZERO,
        ambient: 0,
        floor: [Vector::ZERO; 2],
        floor_mirror: 0,
        horizon: Vector::ZERO,
        zenith: Vector::ZERO,
        list: [Sphere { center: Vector::ZERO, radius: 0, color: Vector::ZERO, mirror: 0 }; SPHERES],
        count: 0,
    };

    pub fn spheres(&self) -> impl Iterator<Item = &Sphere> {
        self.list[..self.count].iter()
    }

    /// Reads `name number...` lines; `#` begins a comment line. What is not understood ends the job.
    pub fn read(&mut self, text: &[u8]) {
        for line in text.split(|b| *b == b'\n').filter(|l| !l.is_empty() && l[0] != b'#') {
            let mut words = line.split(|b| *b == b' ').filter(|w| !w.is_empty());
            let name = words.next().unwrap();
            let mut next = || decimal(words.next().unwrap());
            let mut three = || Vector([next(), next(), next()]);
            match name {
                b"size" => {
                    let Vector([width, height, _]) = Vector([next(), next(), 0]);
                    (self.width, self.height) = ((width / ONE) as usize, (height / ONE) as usize);
                    assert!(self.width <= WIDTH && self.height <= WIDTH && self.width > 0 && self.height > 0);
                }
                b"eye" => self.eye = three(),
                b"target" => self.target = three(),
                b"zoom" => self.zoom = next(),
                b"light" => self.light = three(),
                b"ambient" => self.ambient = next(),
                b"floor" => {
                    self.floor = [three(), three()];
                    self.floor_mirror = next();
                }
                b"sky" => (self.horizon, self.zenith) = (three(), three()),
                b"sphere" => {
                    let center = three();
                    let radius = next();
                    let color = Vector([next(), next(), next()]);
                    self.list[self.count] = Sphere { center, radius, color, mirror: next() };
                    self.count += 1;
                }
                _ => panic!(),
            }
        }
        assert!(self.width > 0);
    }
}

/// `-12.5` as a fixed-point number, with at most six decimals.
fn decimal(word: &[u8]) -> i64 {
    let (sign, digits) = if word[0] == b'-' { (-1, &word[1..]) } else { (1, word) };
    let (mut value, mut scale) = (0i64, 0i64);
    for byte in digits {
        match byte {
            b'.' if scale == 0 => scale = 1,
            b'0'..=b'9' => {
                value = value * 10 + i64::from(byte - b'0');
                scale *= 10;
            }
            _ => panic!(),
        }
    }
    assert!(digits.len() < 12);
    sign * value * ONE / scale.max(1)
}
