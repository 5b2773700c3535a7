//! The chain's clock between its blocks: deadlines are judged by block time, and a block tells it only now and then.
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Last block time and how long ago it was heard.
pub struct Clock(Mutex<(u64, Instant)>);

impl Clock {
    /// Starts at a block time, in seconds.
    pub fn at(secs: u64) -> Self {
        Self(Mutex::new((secs, Instant::now())))
    }

    /// A block of this time was seen. An older one than known is ignored.
    pub fn heard(&self, secs: u64) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if secs > known.0 {
            *known = (secs, Instant::now());
        }
    }

    /// Time of the last block, seconds.
    pub fn block(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    /// What is left until `at`, counted from the last block on. Zero when it has passed.
    pub fn left(&self, at: u64) -> Duration {
        let known = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Duration::from_secs(at.saturating_sub(known.0)).saturating_sub(known.1.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_on_between_blocks_and_never_back() {
        let clock = Clock::at(100);
        clock.heard(90);
        assert_eq!(clock.block(), 100);
        assert!(clock.left(110) <= Duration::from_secs(10) && clock.left(110) > Duration::from_secs(9));
        clock.heard(120);
        assert_eq!((clock.block(), clock.left(110)), (120, Duration::ZERO));
    }
}
