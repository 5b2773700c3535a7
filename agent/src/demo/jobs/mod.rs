//! The jobs of the demo: some over the files of `examples/`, the others over inputs made from the seed.
mod check;
mod inputs;

use std::path::{Path, PathBuf};

pub use check::{describe, media_type};

use crate::error::{Error, Result};
use inputs::{numbers, scene, view};

/// A program and its example input, as shipped.
struct Example {
    bundle: (&'static str, &'static [u8]),
    input: (&'static str, &'static [u8]),
    about: &'static str,
    /// Ending of the output's name.
    output: &'static str,
}

const RAYTRACE: Example = Example {
    bundle: (
        "raytrace.wasm",
        include_bytes!("../../../../examples/raytrace/raytrace.wasm"),
    ),
    input: ("scene.txt", include_bytes!("../../../../examples/raytrace/scene.txt")),
    about: include_str!("../../../../examples/raytrace/job.json"),
    output: "png",
};
const FACTOR: Example = Example {
    bundle: ("factor.wasm", include_bytes!("../../../../examples/factor/factor.wasm")),
    input: ("numbers.txt", include_bytes!("../../../../examples/factor/numbers.txt")),
    about: include_str!("../../../../examples/factor/job.json"),
    output: "txt",
};
const MANDELBROT: Example = Example {
    bundle: (
        "mandelbrot.json",
        include_bytes!("../../../../examples/mandelbrot/mandelbrot.json"),
    ),
    input: ("view.bin", include_bytes!("../../../../examples/mandelbrot/view.bin")),
    about: include_str!("../../../../examples/mandelbrot/job.json"),
    output: "bmp",
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
    /// A committee judges it, not its buyer.
    pub judged: bool,
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
    judged: bool,
    max_secs: u64,
    min_memory_mb: u64,
}

impl Ask {
    /// Of a studio or lab whose buyer judges, from anybody, with time to spare.
    const fn of(title: &'static str, buyer: &'static str, about: &'static str) -> Self {
        Self {
            title,
            about,
            buyer,
            judged: false,
            max_secs: 120,
            min_memory_mb: 0,
        }
    }

    /// Judged by a committee, within seconds.
    const fn judged(self, max_secs: u64) -> Self {
        Self {
            judged: true,
            max_secs,
            ..self
        }
    }
}

/// All jobs, in the order of the story.
pub struct Jobs {
    /// Goes to a provider that falls silent.
    pub silent: Work,
    /// Goes to a provider that delivers a wrong result.
    pub forged: Work,
    /// Pixels on integers, for a graphics processor; a validator lies about it.
    pub fractal: Work,
    /// A seated validator never votes on it.
    pub absent: Work,
    /// A picture over the shipped scene.
    pub picture: Work,
    /// Prime factors over the shipped numbers.
    pub factors: Work,
    /// A picture that its buyer does not like.
    pub disputed: Work,
    /// Posted under the new fee.
    pub later: Work,
}

/// Memory that most nodes declare, MiB.
pub const LARGE_MB: u64 = 8_192;
/// Memory that one node declares, MiB: jobs that ask for it go there.
pub const HUGE_MB: u64 = 16_384;

impl Jobs {
    /// Writes programs, inputs and job files below `folder`; outputs will go to `out`.
    pub fn write(folder: &Path, out: &Path, seed: u64) -> Result<Self> {
        let make = |example: &Example, input: Option<Vec<u8>>, ask: Ask| job(folder, out, example, input, ask);
        let from_seed = |title: &'static str, count| Some(numbers(seed, title, count));
        Ok(Self {
            silent: make(
                &FACTOR,
                from_seed("silent", 48),
                Ask {
                    max_secs: 20,
                    ..Ask::of("codes", "lab", "prime factors of 48 numbers made from the seed")
                },
            )?,
            forged: make(
                &FACTOR,
                from_seed("forged", 24),
                Ask {
                    min_memory_mb: LARGE_MB,
                    ..Ask::of("ledger", "lab", "prime factors of 24 numbers made from the seed").judged(24)
                },
            )?,
            fractal: make(
                &MANDELBROT,
                Some(view(seed)),
                Ask {
                    min_memory_mb: HUGE_MB,
                    ..Ask::of(
                        "fractal",
                        "studio",
                        "a part of the Mandelbrot set, 320 x 200, computed on integers in WGSL",
                    )
                    .judged(40)
                },
            )?,
            absent: make(
                &FACTOR,
                from_seed("absent", 16),
                Ask::of("census", "lab", "prime factors of 16 numbers made from the seed").judged(14),
            )?,
            picture: make(
                &RAYTRACE,
                None,
                Ask {
                    min_memory_mb: LARGE_MB,
                    ..Ask::of("picture", "studio", "a ray-traced picture, 640 x 400")
                },
            )?,
            factors: make(
                &FACTOR,
                None,
                Ask::of("factors", "lab", "prime factors of 129 numbers below 2^64").judged(40),
            )?,
            disputed: make(
                &RAYTRACE,
                Some(scene(seed)),
                Ask {
                    min_memory_mb: LARGE_MB,
                    ..Ask::of("marbles", "studio", "a small picture of a scene made from the seed")
                },
            )?,
            later: make(
                &FACTOR,
                from_seed("later", 32),
                Ask {
                    min_memory_mb: LARGE_MB,
                    ..Ask::of("late", "lab", "prime factors of 32 more numbers")
                },
            )?,
        })
    }
}

fn job(folder: &Path, out: &Path, example: &Example, input: Option<Vec<u8>>, ask: Ask) -> Result<Work> {
    let about: serde_json::Value =
        serde_json::from_str(example.about).map_err(|e| Error::internal("demo.bad_example", e, "report this"))?;
    let own = input.is_some();
    let (bundle, bytes) = example.bundle;
    let input_name = format!("{}-{}", ask.title, example.input.0);
    put(&folder.join(bundle), bytes)?;
    put(&folder.join(&input_name), input.as_deref().unwrap_or(example.input.1))?;
    let spec = &about["spec"];
    let toml = format!(
        "# {about}\n\
         runtime = {runtime}\n\
         bundle = {{ path = \"{bundle}\" }}\n\
         input = {{ path = \"{input_name}\" }}\n\
         steps = {steps}\n\
         fuel_per_step = {fuel}\n\
         memory_mb = 16\n\
         max_output = {output}\n\
         budget = \"0.04usdc\"\n\
         tips = \"0.02usdc\"\n\
         verification = \"{judge}\"\n\
         max_secs = {secs}\n\
         deadline_secs = 300\n\n\
         [requirements]\n\
         kind = \"cpu\"\n\
         min_memory_mb = {memory}\n",
        about = ask.about,
        runtime = spec["runtime"],
        steps = spec["steps"],
        fuel = spec["fuel_per_step"],
        output = spec["limits"]["output_bytes"],
        judge = if ask.judged { "committee" } else { "buyer" },
        secs = ask.max_secs,
        memory = ask.min_memory_mb,
    );
    let file = folder.join(format!("{}.toml", ask.title));
    put(&file, toml.as_bytes())?;
    Ok(Work {
        title: ask.title,
        about: ask.about,
        buyer: ask.buyer,
        judged: ask.judged,
        file,
        output: out.join(format!("{}.{}", ask.title, example.output)),
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
