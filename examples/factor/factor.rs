//! A job that can be checked with pen and paper: the prime factors of the numbers in its input.
//!
//! Input: lines of a name and a number up to 2^64 - 1; empty lines and lines that begin with `#` do not count. Each of
//! the 32 steps takes its share of the lines and writes one line per number, `name = number = p * q^2` or
//! `name = number is prime`. Multiplying the right side is the check.
//!
//! Small factors by division, the others by Pollard's rho with Brent's batches; primes by Miller-Rabin with the first
//! twelve primes as bases, which is a proof below 3.3 * 10^24 (Sorenson and Webster 2015).
#![no_std]
#![no_main]

#[path = "../guest.rs"]
mod guest;

const STEPS: usize = 32;
const BASES: [u64; 12] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];

static INPUT: guest::State<[u8; 1 << 16]> = guest::State::new([0; 1 << 16]);

#[no_mangle]
pub extern "C" fn step(index: i64) {
    let text = guest::input(INPUT.take());
    let lines = || text.split(|b| *b == b'\n').filter(|l| !l.is_empty() && l[0] != b'#');
    let all = lines().count();
    let index = index as usize;
    if index >= STEPS {
        return;
    }
    let (from, to) = (all * index / STEPS, all * (index + 1) / STEPS);
    for line in lines().take(to).skip(from) {
        let gap = line.iter().position(|b| *b == b' ').unwrap();
        report(&line[..gap], number(line[gap + 1..].trim_ascii()));
    }
}

fn number(digits: &[u8]) -> u64 {
    assert!(!digits.is_empty());
    digits.iter().fold(0u64, |n, d| {
        assert!(d.is_ascii_digit());
        n.checked_mul(10).and_then(|n| n.checked_add(u64::from(d - b'0'))).unwrap()
    })
}

fn report(name: &[u8], n: u64) {
    let mut factors = Factors { list: [0; 64], len: 0 };
    factors.split(n);
    factors.list[..factors.len].sort_unstable();
    let found = &factors.list[..factors.len];
    guest::write(name);
    guest::write(b" = ");
    decimal(n);
    if found == [n] {
        guest::write(b" is prime\n");
        return;
    }
    let mut at = 0;
    while at < found.len() {
        guest::write(if at == 0 { b" = " } else { b" * " });
        decimal(found[at]);
        let power = found[at..].iter().take_while(|p| **p == found[at]).count();
        if power > 1 {
            guest::write(b"^");
            decimal(power as u64);
        }
        at += power;
    }
    guest::write(b"\n");
}

fn decimal(mut n: u64) {
    let (mut digits, mut at) = ([0; 20], 20);
    loop {
        at -= 1;
        digits[at] = b'0' + (n % 10) as u8;
        n /= 10;
        if n == 0 {
            return guest::write(&digits[at..]);
        }
    }
}

struct Factors {
    list: [u64; 64],
    len: usize,
}

impl Factors {
    fn push(&mut self, prime: u64) {
        self.list[self.len] = prime;
        self.len += 1;
    }

    /// Adds the prime factors of `n`; 0 and 1 stand for themselves.
    fn split(&mut self, mut n: u64) {
        if n < 2 {
            return self.push(n);
        }
        for p in (2..1000).filter(|p| *p == 2 || p % 2 == 1) {
            while n % p == 0 {
                self.push(p);
                n /= p;
            }
        }
        self.split_rest(n);
    }

    /// The same for a number without small factors.
    fn split_rest(&mut self, n: u64) {
        if n == 1 {
            return;
        }
        let field = Montgomery::new(n);
        if field.is_prime() {
            return self.push(n);
        }
        let divisor = (1..).find_map(|c| field.rho(c)).unwrap();
        self.split_rest(divisor);
        self.split_rest(n / divisor);
    }
}

/// Arithmetic modulo an odd number with products kept times 2^64, so that reducing needs no division.
struct Montgomery {
    n: u64,
    /// -1/n modulo 2^64.
    inverse: u64,
    /// 2^64 and 2^128 modulo n.
    one: u64,
    square: u64,
}

impl Montgomery {
    fn new(n: u64) -> Self {
        // Newton: each round doubles the number of right bits, starting from three.
        let mut inverse = n;
        for _ in 0..5 {
            inverse = inverse.wrapping_mul(2u64.wrapping_sub(n.wrapping_mul(inverse)));
        }
        let one = (u64::MAX % n + 1) % n;
        let square = ((one as u128 * one as u128) % n as u128) as u64;
        Self { n, inverse: inverse.wrapping_neg(), one, square }
    }

    fn mul(&self, a: u64, b: u64) -> u64 {
        let product = a as u128 * b as u128;
        let m = (product as u64).wrapping_mul(self.inverse);
        let (sum, carry) = product.overflowing_add(m as u128 * self.n as u128);
        let high = (sum >> 64) as u64;
        if carry || high >= self.n {
            high.wrapping_sub(self.n)
        } else {
            high
        }
    }

    fn add(&self, a: u64, b: u64) -> u64 {
        let (sum, carry) = a.overflowing_add(b);
        if carry || sum >= self.n {
            sum.wrapping_sub(self.n)
        } else {
            sum
        }
    }

    fn sub(&self, a: u64, b: u64) -> u64 {
        if a >= b {
            a - b
        } else {
            a.wrapping_sub(b).wrapping_add(self.n)
        }
    }

    fn enter(&self, a: u64) -> u64 {
        self.mul(a % self.n, self.square)
    }

    fn pow(&self, mut base: u64, mut exponent: u64) -> u64 {
        let mut result = self.one;
        while exponent > 0 {
            if exponent & 1 == 1 {
                result = self.mul(result, base);
            }
            base = self.mul(base, base);
            exponent >>= 1;
        }
        result
    }

    fn is_prime(&self) -> bool {
        let minus_one = self.n - self.one;
        let twos = (self.n - 1).trailing_zeros();
        BASES.iter().all(|base| {
            let mut x = self.pow(self.enter(*base), (self.n - 1) >> twos);
            if x == 0 || x == self.one || x == minus_one {
                return true;
            }
            (1..twos).any(|_| {
                x = self.mul(x, x);
                x == minus_one
            })
        })
    }

    /// A divisor by the walk x -> x^2 + c, or none if this walk closes before it finds one.
    fn rho(&self, c: u64) -> Option<u64> {
        let c = self.enter(c);
        let next = |x| self.add(self.mul(x, x), c);
        let mut y = self.enter(2);
        let mut length = 1u64;
        loop {
            let x = y;
            for _ in 0..length {
                y = next(y);
            }
            let mut walked = 0;
            while walked < length {
                // One greatest common divisor for a batch of differences.
                let (start, batch) = (y, (length - walked).min(128));
                let mut product = self.one;
                for _ in 0..batch {
                    y = next(y);
                    product = self.mul(product, self.sub(x, y));
                }
                let mut divisor = gcd(product, self.n);
                if divisor == self.n {
                    // The batch holds more than one: look at its steps one by one.
                    y = start;
                    divisor = 1;
                    while divisor == 1 {
                        y = next(y);
                        divisor = gcd(self.sub(x, y), self.n);
                    }
                    if divisor == self.n {
                        return None;
                    }
                }
                if divisor > 1 {
                    return Some(divisor);
                }
                walked += batch;
            }
            length *= 2;
        }
    }
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
