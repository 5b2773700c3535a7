//! Choices that a seed decides.

use sha2::{Digest, Sha256};

/// Numbers out of a seed, the same ones on every machine.
pub struct Dice {
    seed: u64,
    thrown: u64,
}

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self { seed, thrown: 0 }
    }

    fn next(&mut self) -> u64 {
        self.thrown += 1;
        let digest = Sha256::new()
            .chain_update(self.seed.to_be_bytes())
            .chain_update(self.thrown.to_be_bytes())
            .finalize();
        u64::from_be_bytes(digest[..8].try_into().expect("eight bytes"))
    }

    /// A number below `end`, which is not zero.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// True once in `many` times.
    pub fn once_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }

    /// One of several; none of none.
    pub fn pick<T: Clone>(&mut self, all: &[T]) -> Option<T> {
        let count = u64::try_from(all.len()).ok().filter(|count| *count > 0)?;
        all.get(usize::try_from(self.below(count)).ok()?).cloned()
    }

    /// An amount up to about `most`: now and then none, one unit or more than there can be.
    pub fn amount(&mut self, most: u128) -> u128 {
        match self.below(10) {
            0 => 0,
            1 => 1,
            2 => u128::from(u64::MAX),
            _ => u128::from(self.next()) % most + 1,
        }
    }
}
