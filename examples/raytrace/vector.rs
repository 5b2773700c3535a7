//! Fixed-point numbers with 20 fractional bits, and vectors of them.

use core::ops::{Add, Mul, Sub};

/// The number one.
pub const ONE: i64 = 1 << 20;

pub fn mul(a: i64, b: i64) -> i64 {
    (a * b) >> 20
}

pub fn div(a: i64, b: i64) -> i64 {
    (a << 20) / b
}

/// Square root, rounded down; 0 for what is negative.
pub fn sqrt(a: i64) -> i64 {
    if a <= 0 {
        return 0;
    }
    ((a as u64) << 20).isqrt() as i64
}

#[derive(Clone, Copy)]
pub struct Vector(pub [i64; 3]);

impl Vector {
    pub const ZERO: Self = Self([0; 3]);

    pub fn dot(self, other: Self) -> i64 {
        // Summed before the shift: one rounding instead of three.
        (self.0[0] * other.0[0] + self.0[1] * other.0[1] + self.0[2] * other.0[2]) >> 20
    }

    pub fn cross(self, other: Self) -> Self {
        let ([a, b, c], [x, y, z]) = (self.0, other.0);
        Self([(b * z - c * y) >> 20, (c * x - a * z) >> 20, (a * y - b * x) >> 20])
    }

    pub fn length(self) -> i64 {
        sqrt(self.dot(self))
    }

    pub fn unit(self) -> Self {
        let length = self.length().max(1);
        Self(self.0.map(|c| div(c, length)))
    }
}

impl Add for Vector {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self([self.0[0] + other.0[0], self.0[1] + other.0[1], self.0[2] + other.0[2]])
    }
}

impl Sub for Vector {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self([self.0[0] - other.0[0], self.0[1] - other.0[1], self.0[2] - other.0[2]])
    }
}

impl Mul<i64> for Vector {
    type Output = Self;
    fn mul(self, by: i64) -> Self {
        Self(self.0.map(|c| mul(c, by)))
    }
}
