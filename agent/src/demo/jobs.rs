//! The jobs of the demo: two over the files of `examples/`, the others over inputs made from the seed.
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// A module and its example input, as shipped.
struct Example {
    name: &'static str,
    module: &'static [u8],
    input: (&'static str, &'static [u8]),
    about: &'static str,
}

const RAYTRACE: Example = Example {
    name: "raytrace",
    module: include_bytes!("../../../examples/raytrace/raytrace.wasm"),
    input: ("scene.txt", include_bytes!("../../../examples/raytrace/scene.txt")),
    about: include_str!("../../../examples/raytrace/job.json"),
};
const FACTOR: Example = Example {
    name: "factor",
    module: include_bytes!("../../../examples/factor/factor.wasm"),
    input: ("numbers.txt", include_bytes!("../../../examples/factor/numbers.txt")),
    about: include_str!("../../../examples/factor/job.json"),
};

/// A job to post.
#[derive(Clone, Debug)]
pub struct Work {
    /// What the story calls it; also the name of its files.
    pub title: &'static str,
    /// What it is for, in words.
    pub about: &'static str,
    /// Key of the buyer.
    pub buyer: &'static str,
    /// Job file.
    pub file: PathBuf,
    /// Where the output goes.
    pub output: PathBuf,
    /// SHA-256 of the output in hexadecimal, where it is known beforehand.
    pub expected: Option<String>,
}

/// How a job is asked for.
struct Ask {
    title: &'static str,
    about: &'static str,
    buyer: &'static str,
    budget: &'static str,
    max_secs: u64,
    min_hash_rate: u64,
}

/// All jobs, in the order of the story.
pub struct Jobs {
    /// Goes to a provider that falls silent.
    pub silent: Work,
    /// A picture over the shipped scene.
    pub picture: Work,
    /// Prime factors over the shipped numbers.
    pub factors: Work,
    /// A picture that its buyer does not like.
    pub disputed: Work,
    /// Posted under the new fee.
    pub later: Work,
}

impl Jobs {
    /// Writes modules, inputs and job files below `folder`; outputs will go to `out`.
    /// Some ask for nodes of at least `strong` verified tickets a second.
    pub fn write(folder: &Path, out: &Path, seed: u64, strong: u64) -> Result<Self> {
        let make = |example: &Example, input: Option<Vec<u8>>, ask: Ask| job(folder, out, example, input, ask);
        Ok(Self {
            silent: make(
                &FACTOR,
                Some(numbers(seed, "silent", 48)),
                Ask {
                    title: "codes",
                    about: "prime factors of 48 numbers made from the seed",
                    buyer: "lab",
                    budget: "0.01usdc",
                    max_secs: 14,
                    min_hash_rate: 0,
                },
            )?,
            picture: make(
                &RAYTRACE,
                None,
                Ask {
                    title: "picture",
                    about: "a ray-traced picture, 640 x 400",
                    buyer: "studio",
                    budget: "0.2usdc",
                    max_secs: 600,
                    min_hash_rate: strong,
                },
            )?,
            factors: make(
                &FACTOR,
                None,
                Ask {
                    title: "factors",
                    about: "prime factors of 129 numbers below 2^64",
                    buyer: "lab",
                    budget: "0.2usdc",
                    max_secs: 600,
                    min_hash_rate: 0,
                },
            )?,
            disputed: make(
                &RAYTRACE,
                Some(scene(seed)),
                Ask {
                    title: "marbles",
                    about: "a small picture of a scene made from the seed",
                    buyer: "studio",
                    budget: "0.2usdc",
                    max_secs: 600,
                    min_hash_rate: strong,
                },
            )?,
            later: make(
                &FACTOR,
                Some(numbers(seed, "later", 32)),
                Ask {
                    title: "late",
                    about: "prime factors of 32 more numbers, on a strong node",
                    buyer: "lab",
                    budget: "0.2usdc",
                    max_secs: 600,
                    min_hash_rate: strong,
                },
            )?,
        })
    }
}

fn job(folder: &Path, out: &Path, example: &Example, input: Option<Vec<u8>>, ask: Ask) -> Result<Work> {
    let about: serde_json::Value =
        serde_json::from_str(example.about).map_err(|e| Error::internal("demo.bad_example", e, "report this"))?;
    let own = input.is_some();
    let input_name = format!("{}-{}", ask.title, example.input.0);
    put(&folder.join(format!("{}.wasm", example.name)), example.module)?;
    put(&folder.join(&input_name), input.as_deref().unwrap_or(example.input.1))?;
    let spec = &about["spec"];
    let toml = format!(
        "# {about}\n\
         runtime = {runtime}\n\
         bundle = {{ path = \"{module}.wasm\" }}\n\
         input = {{ path = \"{input_name}\" }}\n\
         steps = {steps}\n\
         fuel_per_step = {fuel}\n\
         memory_mb = 16\n\
         max_output = {output}\n\
         budget = \"{budget}\"\n\
         tips = \"0.01usdc\"\n\
         max_secs = {secs}\n\
         deadline_secs = 300\n\n\
         [requirements]\n\
         kind = \"cpu\"\n\
         min_hash_rate = {strong}\n",
        about = ask.about,
        runtime = spec["runtime"],
        module = example.name,
        steps = spec["steps"],
        fuel = spec["fuel_per_step"],
        output = spec["limits"]["output_bytes"],
        budget = ask.budget,
        secs = ask.max_secs,
        strong = ask.min_hash_rate,
    );
    let file = folder.join(format!("{}.toml", ask.title));
    put(&file, toml.as_bytes())?;
    let ending = if example.name == "raytrace" { "png" } else { "txt" };
    Ok(Work {
        title: ask.title,
        about: ask.about,
        buyer: ask.buyer,
        file,
        output: out.join(format!("{}.{ending}", ask.title)),
        expected: about["output_sha256"].as_str().filter(|_| !own).map(String::from),
    })
}

fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).map_err(|e| {
        Error::local(
            "demo.io",
            format!("{}: {e}", path.display()),
            "choose a folder you may write to",
        )
    })
}

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
fn numbers(seed: u64, purpose: &'static str, count: usize) -> Vec<u8> {
    let mut draw = draws(seed, purpose);
    let mut odd = || draw() >> 36 | 1;
    let lines: Vec<String> = (1..=count)
        .map(|i| format!("{purpose}-{i} {}\n", odd() * odd()))
        .collect();
    lines.concat().into_bytes()
}

/// Marbles on a floor: places, sizes and colours from the seed.
fn scene(seed: u64) -> Vec<u8> {
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

/// How many lines `name = number = p * q^2` there are, if each of them multiplies up.
pub fn check_factors(text: &str) -> Result<usize> {
    let wrong = |line: &str| {
        Error::internal(
            "demo.wrong_factors",
            format!("`{line}`"),
            "report this: a result is wrong",
        )
    };
    for line in text.lines() {
        let parts: Vec<&str> = line.split(" = ").collect();
        let number = |text: &str| {
            text.trim_end_matches(" is prime")
                .parse::<u128>()
                .map_err(|_| wrong(line))
        };
        let product = match parts.as_slice() {
            [_, prime] if prime.ends_with(" is prime") => number(prime)?,
            [_, _, factors] => factors.split(" * ").try_fold(1u128, |product, factor| {
                let (base, power) = factor.split_once('^').unwrap_or((factor, "1"));
                let power = power.parse::<u32>().map_err(|_| wrong(line))?;
                number(base)?
                    .checked_pow(power)
                    .and_then(|f| product.checked_mul(f))
                    .ok_or_else(|| wrong(line))
            })?,
            // 0 and 1 have no factors to multiply.
            [_, _] => continue,
            _ => return Err(wrong(line)),
        };
        if product != number(parts.get(1).copied().unwrap_or_default())? {
            return Err(wrong(line));
        }
    }
    Ok(text.lines().count())
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
        let text = String::from_utf8(numbers(1, "later", 3)).unwrap();
        assert!(
            text.lines()
                .all(|line| line.split_once(' ').unwrap().1.parse::<u64>().unwrap() > 1),
            "{text}"
        );
    }

    #[test]
    fn factors_are_multiplied() {
        assert_eq!(check_factors("a = 12 = 2^2 * 3\nb = 13 is prime\n").unwrap(), 2);
        for wrong in ["a = 12 = 2 * 3\n", "a = 12 = 2^x\n", "nonsense\n"] {
            assert_eq!(
                check_factors(wrong).unwrap_err().code(),
                "demo.wrong_factors",
                "{wrong}"
            );
        }
    }
}
