//! How long a committee may take.

/// Durations of a panel in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Durations {
    /// For a sealed round to be posted and the draw.
    pub beacon: u64,
    /// To commit a vote; the standbys get as much again.
    pub commit: u64,
    /// To reveal it.
    pub reveal: u64,
    /// Seals of a rung after the first.
    pub reseals: u8,
}

impl Durations {
    /// Time to commit: twice the longest running time, at least `least`.
    pub const fn commit_secs(max_secs: u64, least: u64) -> u64 {
        let twice = max_secs.saturating_mul(2);
        if twice > least {
            twice
        } else {
            least
        }
    }

    /// The longest that all rungs may take together; after it the buyer is refunded.
    pub const fn longest(&self) -> u64 {
        let seals = 1u64.saturating_add(widen(self.reseals));
        let rung = self
            .beacon
            .saturating_mul(2)
            .saturating_mul(seals)
            .saturating_add(self.commit.saturating_mul(2))
            .saturating_add(self.reveal);
        rung.saturating_mul(widen(RUNG_COUNT))
    }
}

const RUNG_COUNT: u8 = 3;

/// `u64::from` is not const.
const fn widen(small: u8) -> u64 {
    u64::from_be_bytes([0, 0, 0, 0, 0, 0, 0, small])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::committee::RUNGS;

    #[test]
    fn every_rung_has_its_time() {
        assert_eq!(RUNGS.len(), usize::from(RUNG_COUNT));
    }
}
