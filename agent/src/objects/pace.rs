//! How slow a transfer may be: who drips bytes must not keep a place that others could use.
use std::time::Duration;

/// A least rate, after some time to begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Time for the answer to begin, retries included, and for what a slow start loses.
    pub grace: Duration,
    /// Bytes a second from then on, at least 1.
    pub rate: u64,
}

impl Pace {
    /// Of all transfers: the slowest line that a validator or provider can live with.
    pub const DEFAULT: Self = Self {
        grace: Duration::from_secs(20),
        rate: 64 << 10,
    };

    /// Time from the beginning in which the byte behind the first `bytes` has to arrive.
    pub fn allows(&self, bytes: u64) -> Duration {
        let millis = bytes.saturating_mul(1000).checked_div(self.rate).unwrap_or(u64::MAX);
        self.grace.saturating_add(Duration::from_millis(millis))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_grows_with_what_has_arrived() {
        let pace = Pace {
            grace: Duration::from_secs(2),
            rate: 1_000,
        };
        assert_eq!(pace.allows(0), Duration::from_secs(2));
        assert_eq!(pace.allows(1_500), Duration::from_millis(3_500));
        assert!(pace.allows(u64::MAX) > Duration::from_secs(1 << 40));
    }
}
