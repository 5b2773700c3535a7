//! Inputs made from the seed, and nothing else.
use sha2::{Digest, Sha256};

/// Endless numbers from the seed and a purpose.
fn draws(seed: u64, purpose: &'static str) -> impl FnMut() -> u64 {
    let mut count = 0u64;
    move || {
        count += 1;
        let hash = Sha256::new()
            .chain_update("joule/demo-input/v1")
            .chain_update(seed.to_be_bytes())
            .chain_update(purpose)
            .chain_update(count.to_be_bytes())
            .finalize();
        hash.iter()
            .take(8)
            .fold(0, |number, byte| number << 8 | u64::from(*byte))
    }
}

/// Products of two odd numbers of up to 28 bits, a line each.
pub fn numbers(seed: u64, purpose: &'static str, count: usize) -> Vec<u8> {
    let mut draw = draws(seed, purpose);
    let mut odd = || draw() >> 36 | 1;
    let lines: Vec<String> = (1..=count)
        .map(|i| format!("{purpose}-{i} {}\n", odd() * odd()))
        .collect();
    lines.concat().into_bytes()
}

/// Marbles on a floor: places, sizes and colours from the seed.
pub fn scene(seed: u64) -> Vec<u8> {
    let mut draw = draws(seed, "marbles");
    // Hundredths between two bounds.
    let mut between = |low: i64, high: i64| {
        let span = u64::try_from(high - low).unwrap_or(1);
        let value = low + i64::try_from(draw() % span).unwrap_or(0);
        let sign = if value < 0 { "-" } else { "" };
        format!("{sign}{}.{:02}", value.abs() / 100, value.abs() % 100)
    };
    let mut text = String::from(
        "size 480 300\neye 0 2.4 -7\ntarget 0 0.6 0\nzoom 0.42\nlight -5 7.5 -5.5\nambient 0.18\n\
         floor 0.8 0.8 0.82 0.24 0.25 0.3 0.15\nsky 0.95 0.9 0.84 0.3 0.36 0.62\n",
    );
    for row in 0..4i64 {
        for column in 0..4i64 {
            let radius = 28 + row * 6;
            let (x, z) = (column * 150 - 225, row * 150 - 260);
            let place = [
                between(x - 35, x + 35),
                format!("0.{radius}"),
                between(z - 30, z + 30),
                format!("0.{radius}"),
            ];
            let colour = [between(8, 98), between(8, 98), between(8, 98), between(8, 50)];
            text += &format!("sphere {} {}\n", place.join(" "), colour.join(" "));
        }
    }
    text.into_bytes()
}

/// Places in the Mandelbrot set where few points are black: those cost the most. Middle and width, millionths.
const PLACES: [(i64, i64, i64); 3] = [
    (-160_700, 1_037_600, 60_000),
    (-600_000, 650_000, 120_000),
    (-101_100, 956_300, 40_000),
];
/// Pixels of a line of `examples/mandelbrot`.
const WIDTH: i64 = 320;

/// A part of the Mandelbrot set: middle and pitch as `examples/mandelbrot` reads them, with 28 bits behind the point.
pub fn view(seed: u64) -> Vec<u8> {
    let mut draw = draws(seed, "fractal");
    let mut below = |bound: u64| i64::try_from(draw() % bound).unwrap_or(0);
    let place = usize::try_from(below(3)).unwrap_or(0);
    let (x, y, width) = PLACES.get(place).copied().unwrap_or_default();
    // Nearer or further by up to a tenth.
    let width = width * (90 + below(21)) / 100;
    let fixed = |millionths: i64| i32::try_from((millionths << 28) / 1_000_000).unwrap_or(0);
    [fixed(x), fixed(y), fixed(width) / i32::try_from(WIDTH).unwrap_or(1)]
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_depend_on_the_seed_and_nothing_else() {
        assert_eq!(numbers(7, "silent", 4), numbers(7, "silent", 4));
        assert_ne!(numbers(7, "silent", 4), numbers(8, "silent", 4));
        assert_eq!(scene(7), scene(7));
        assert_ne!(scene(7), scene(8));
        assert_eq!(view(7), view(7));
        assert_ne!(view(7), view(8));
        let text = String::from_utf8(numbers(1, "later", 3)).unwrap();
        assert!(
            text.lines()
                .all(|line| line.split_once(' ').unwrap().1.parse::<u64>().unwrap() > 1),
            "{text}"
        );
    }

    #[test]
    fn a_view_is_inside_the_numbers_of_its_kernel() {
        for seed in 0..50 {
            let words: Vec<i32> = view(seed)
                .chunks(4)
                .map(|bytes| i32::from_le_bytes(bytes.try_into().unwrap()))
                .collect();
            assert!(matches!(words[..], [x, y, pitch] if x.abs() < 1 << 29 && y.abs() < 1 << 29 && pitch > 1 << 14));
        }
    }
}
