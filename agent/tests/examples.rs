//! The jobs of `examples/`: what is checked in is what their `job.json` pins, and gives the result it pins.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use joule::runtime::{run_here, JobSpec, Outcome};
use joule::sandbox::SHIPPED;
use serde_json::Value;
use sha2::{Digest, Sha256};

struct Example {
    job: Value,
    spec: JobSpec,
    module: Vec<u8>,
    input: Vec<u8>,
}

fn example(name: &str) -> Example {
    let dir: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name);
    let job: Value = serde_json::from_slice(&fs::read(dir.join("job.json")).unwrap()).unwrap();
    let spec = serde_json::from_value(job["spec"].clone()).unwrap();
    let file = |key: &str| fs::read(dir.join(job[key].as_str().unwrap())).unwrap();
    let (module, input) = (file("module"), file("input"));
    Example {
        job,
        spec,
        module,
        input,
    }
}

impl Example {
    fn run(&self) -> Outcome {
        let time = Duration::from_secs(self.job["max_secs"].as_u64().unwrap());
        run_here(&self.spec, &self.module, self.input.clone(), time).unwrap()
    }

    fn pinned(&self, outcome: &Outcome) {
        let sha = |bytes: &[u8]| hex::encode(Sha256::digest(bytes));
        for (key, got) in [
            ("module_sha256", sha(&self.module)),
            ("input_sha256", sha(&self.input)),
            ("output_sha256", hex::encode(outcome.result_root)),
            ("trace_root", hex::encode(outcome.trace_root)),
        ] {
            assert_eq!(self.job[key], got, "{key} of {}", self.job["name"]);
        }
        let digest: [u8; 32] = Sha256::digest(&self.module).into();
        assert!(
            SHIPPED
                .iter()
                .any(|(name, d)| self.job["name"] == *name && *d == digest),
            "on the shipped list"
        );
        assert!(
            outcome.steps.len() >= 16 && outcome.steps.iter().all(|s| s.bytes > 0),
            "every step writes"
        );
        let most = outcome.steps.iter().map(|s| s.fuel).max().unwrap();
        assert!(most < self.spec.fuel_per_step / 2, "fuel to spare: {most} used");
    }
}

#[test]
fn the_picture_is_a_png_with_right_checksums() {
    let example = example("raytrace");
    let outcome = example.run();
    example.pinned(&outcome);
    let png = &outcome.output;
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    let (mut at, mut chunks) = (8, Vec::new());
    while at < png.len() {
        let len = u32::from_be_bytes(png[at..at + 4].try_into().unwrap()) as usize;
        let named = &png[at + 4..at + 8 + len];
        let sum = u32::from_be_bytes(png[at + 8 + len..at + 12 + len].try_into().unwrap());
        assert_eq!(sum, crc32(named), "chunk at {at}");
        chunks.push(String::from_utf8_lossy(&named[..4]).into_owned());
        at += 12 + len;
    }
    assert_eq!(chunks.len(), 2 + 32, "a header, a part for each step, an end");
    assert_eq!(
        (chunks[0].as_str(), chunks[1].as_str(), chunks[33].as_str()),
        ("IHDR", "IDAT", "IEND")
    );
}

#[test]
fn the_set_is_a_picture_of_its_source() {
    let example = example("mandelbrot");
    let outcome = example.run();
    example.pinned(&outcome);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/mandelbrot");
    let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let mut bundle: Value = serde_json::from_slice(&example.module).unwrap();
    let source = bundle.as_object_mut().unwrap().remove("source").unwrap();
    assert_eq!(source, text("mandelbrot.wgsl"), "examples/build mandelbrot");
    assert_eq!(bundle, serde_json::from_str::<Value>(&text("plan.json")).unwrap());

    let word = |at: usize| u32::from_le_bytes(outcome.output[at..at + 4].try_into().unwrap());
    assert_eq!(
        (word(2) as usize, word(10), word(18), word(22)),
        (outcome.output.len(), 56, 320, 200)
    );
    // The same rounds in numbers of another kind: far from the edge of the set both agree.
    let view: Vec<i32> = example
        .input
        .chunks(4)
        .map(|b| i32::from_le_bytes(b.try_into().unwrap()))
        .collect();
    let of = |fixed: i64| fixed as f64 / f64::from(1 << 28);
    let black = |pixel: usize| word(56 + 4 * pixel) == 0;
    let mut inside = 0;
    for pixel in (0..64_000).step_by(97) {
        let offset = |n: usize, middle: i64| (n as i64 - middle) * i64::from(view[2]);
        let c = (
            of(i64::from(view[0]) + offset(pixel % 320, 160)),
            of(i64::from(view[1]) + offset(pixel / 320, 100)),
        );
        let (mut z, mut rounds) = ((0.0, 0.0), 0);
        while rounds < 368 && z.0 * z.0 + z.1 * z.1 <= 4.0 {
            z = (z.0 * z.0 - z.1 * z.1 + c.0, 2.0 * z.0 * z.1 + c.1);
            rounds += 1;
        }
        if rounds == 368 || rounds < 40 {
            assert_eq!(black(pixel), rounds == 368, "pixel {pixel} after {rounds} rounds");
        }
        inside += usize::from(rounds == 368);
    }
    assert!((20..400).contains(&inside), "{inside}");
}

/// The polynomial of IEEE 802.3, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| {
            if c & 1 == 1 {
                0xedb8_8320 ^ (c >> 1)
            } else {
                c >> 1
            }
        })
    })
}

#[test]
fn the_factors_multiply_back_and_are_prime() {
    let example = example("factor");
    let outcome = example.run();
    example.pinned(&outcome);
    let given = String::from_utf8(example.input.clone()).unwrap();
    let given: Vec<&str> = given.lines().filter(|l| !l.starts_with('#')).collect();
    let found = String::from_utf8(outcome.output).unwrap();
    assert_eq!(found.lines().count(), given.len());
    for (line, given) in found.lines().zip(given) {
        let (name, n) = given.split_once(' ').unwrap();
        let n: u64 = n.parse().unwrap();
        let rest = line.strip_prefix(&format!("{name} = {n}")).expect(line);
        let primes: Vec<(u64, u32)> = match rest.strip_prefix(" = ") {
            None => {
                assert_eq!(rest, " is prime");
                vec![(n, 1)]
            }
            Some(product) => product
                .split(" * ")
                .map(|f| match f.split_once('^') {
                    Some((p, e)) => (p.parse().unwrap(), e.parse().unwrap()),
                    None => (f.parse().unwrap(), 1),
                })
                .collect(),
        };
        assert_eq!(
            primes
                .iter()
                .try_fold(1u64, |all, (p, e)| all.checked_mul(p.checked_pow(*e)?)),
            Some(n),
            "{line}"
        );
        assert!(primes.windows(2).all(|w| w[0].0 < w[1].0), "{line}");
        assert!(primes.iter().all(|(p, _)| is_prime(*p)), "{line}");
    }
}

/// Miller-Rabin again, the slow way.
fn is_prime(n: u64) -> bool {
    let mul = |a: u64, b: u64| (u128::from(a) * u128::from(b) % u128::from(n)) as u64;
    let bases = [2u64, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];
    if n < 2 || bases.iter().any(|p| n.is_multiple_of(*p)) {
        return bases.contains(&n);
    }
    let twos = (n - 1).trailing_zeros();
    bases.iter().all(|base| {
        let (mut x, mut b, mut e) = (1, *base, (n - 1) >> twos);
        while e > 0 {
            if e & 1 == 1 {
                x = mul(x, b);
            }
            b = mul(b, b);
            e >>= 1;
        }
        x == 1
            || (0..twos).any(|_| {
                let before = x;
                x = mul(x, x);
                before == n - 1
            })
    })
}
