//! Random programs of wgsl/1, for tests that compare an adapter with the interpreter.
//!
//! A program has two entry points over three passes, helper functions with loops of their own, structs, arrays,
//! vectors, atomics of both kinds, and about one in eight leaves its bounds or its fuel.

mod expression;
#[cfg(test)]
mod mutants;
mod statement;

use crate::{admit, Limits, Program, MAX_FUEL};
use statement::Writer;

/// A program and its input.
#[derive(Debug)]
pub struct Generated {
    /// The job file.
    pub bundle: Vec<u8>,
    /// Fills the buffer of kind `input`; edge values are frequent.
    pub input: Vec<u8>,
    /// Loop iterations of one invocation in one step.
    pub fuel_per_step: u64,
    /// The bundle, admitted.
    pub program: Program,
}

/// A stream of numbers from a seed (splitmix64).
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    /// A word, often one at which operators change their ways.
    pub fn word(&mut self) -> u32 {
        const EDGES: [u32; 12] = [
            0,
            1,
            2,
            31,
            32,
            33,
            255,
            0x7fff_ffff,
            0x8000_0000,
            0x8000_0001,
            0xffff_fffe,
            u32::MAX,
        ];
        match self.below(3) {
            0 => *self.pick(&EDGES),
            1 => self.below(100) as u32,
            _ => self.next() as u32,
        }
    }
}

/// The program of a seed. The same seed gives the same program.
///
/// # Panics
/// If no program of any size is admitted, which would be a defect of this crate.
pub fn generate(seed: u64) -> Generated {
    // A program that turns out too long is written again, shorter.
    for size in (1..=10).rev() {
        let mut random = Random(seed);
        let wild = random.one_in(8);
        let fuel_per_step = if wild { 1 + random.below(60) as u64 } else { MAX_FUEL };
        let bundle = Writer::new(random.clone(), size, wild).bundle();
        match admit(&bundle, fuel_per_step, &Limits::default()) {
            Ok(program) => {
                let input = (0..program.buffers()[0].bytes / 4)
                    .flat_map(|_| random.word().to_le_bytes())
                    .collect();
                return Generated {
                    bundle,
                    input,
                    fuel_per_step,
                    program,
                };
            }
            Err(refusal) if refusal.code() == "wgsl.static_cost" => {}
            Err(refusal) => panic!(
                "seed {seed}: {refusal}\n{}",
                String::from_utf8_lossy(&bundle).replace("\\n", "\n")
            ),
        }
    }
    panic!("seed {seed}: too long at any size")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Machine, StepOutput, Stop};

    fn run(generated: &Generated) -> Result<Vec<StepOutput>, Stop> {
        let mut machine = Machine::new(&generated.program, &generated.input)?;
        (0..generated.program.steps()).map(|step| machine.step(step)).collect()
    }

    #[test]
    fn programs_are_admitted_and_mostly_run() {
        let mut codes = std::collections::BTreeMap::new();
        for seed in 0..200 {
            let code = run(&generate(seed)).err().map_or("", |stop| stop.code());
            *codes.entry(code).or_insert(0) += 1;
        }
        assert!(codes[""] >= 150, "{codes:?}");
        assert!(
            codes["wgsl.out_of_bounds"] > 0 && codes["wgsl.out_of_fuel"] > 0,
            "{codes:?}"
        );
    }

    /// Every host and every later version of this crate that keeps the runtime's id gives these bytes. (A change of what
    /// is generated changes them too.)
    #[test]
    fn results_are_pinned() {
        let mut all = Vec::new();
        for seed in 0..64 {
            match run(&generate(seed)) {
                Ok(steps) => steps.iter().for_each(|step| {
                    all.extend_from_slice(&step.written);
                    all.extend_from_slice(&step.fuel.to_le_bytes());
                }),
                Err(stop) => all.extend_from_slice(stop.code().as_bytes()),
            }
        }
        let digest = hex::encode(joule_work::digest::result_root(&all));
        assert_eq!(
            digest,
            "77cc380e8d5f4f094b53f735d970fdbfbdb24a06268e77c8e3e0353b4fee51b4"
        );
    }

    #[test]
    fn a_seed_gives_one_program_and_a_program_one_result() {
        for seed in 0..20 {
            let (one, other) = (generate(seed), generate(seed));
            assert_eq!((&one.bundle, &one.input), (&other.bundle, &other.input));
            assert_eq!(run(&one), run(&other));
        }
    }
}
