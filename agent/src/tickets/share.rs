//! A fixed share of a core for a thread: processes that share cores get figures that differ as meant, and a provider
//! can leave the rest of the machine alone.

use std::thread;
use std::time::{Duration, Instant};

use nix::time::{clock_gettime, ClockId};

/// Percent of a core that each thread may use, 1 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CpuShare(u8);

impl CpuShare {
    /// No limit.
    pub const FULL: Self = Self(100);

    /// A share of 1 to 100 percent; none for other numbers.
    pub fn percent(percent: u8) -> Option<Self> {
        (1..=100).contains(&percent).then_some(Self(percent))
    }

    /// The percentage.
    pub fn get(self) -> u8 {
        self.0
    }
}

/// Keeps the calling thread to its share by sleeping. Processor time counts, not time that passed: a thread that had to
/// wait for a core may catch up.
#[derive(Debug)]
pub struct Pace {
    share: CpuShare,
    started: Instant,
    used_before: Duration,
}

impl Pace {
    /// Starts counting for the calling thread.
    pub fn start(share: CpuShare) -> Self {
        Self {
            share,
            started: Instant::now(),
            used_before: thread_time(),
        }
    }

    /// Sleeps off what was used beyond the share, at most `longest`.
    pub fn rest(&mut self, longest: Duration) {
        if self.share == CpuShare::FULL {
            return;
        }
        let used = thread_time().saturating_sub(self.used_before);
        let due = used * 100 / u32::from(self.share.0);
        let ahead = due.saturating_sub(self.started.elapsed());
        if !ahead.is_zero() {
            thread::sleep(ahead.min(longest));
        }
    }
}

/// Processor time of the calling thread; no system that runs the agent lacks the clock.
pub fn thread_time() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map_or(Duration::ZERO, Duration::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_percentages() {
        assert_eq!(CpuShare::percent(0), None);
        assert_eq!(CpuShare::percent(101), None);
        assert_eq!(CpuShare::percent(100), Some(CpuShare::FULL));
    }

    #[test]
    fn a_thread_keeps_to_its_share() {
        let mut pace = Pace::start(CpuShare::percent(25).unwrap());
        let (began, used) = (Instant::now(), thread_time());
        while began.elapsed() < Duration::from_millis(600) {
            let burst = Instant::now();
            while burst.elapsed() < Duration::from_millis(2) {
                std::hint::spin_loop();
            }
            pace.rest(Duration::MAX);
        }
        let share = (thread_time() - used).as_secs_f64() / began.elapsed().as_secs_f64();
        // Never above; a crowded machine may give less.
        assert!(share < 0.30 && share > 0.02, "{share}");
    }
}
