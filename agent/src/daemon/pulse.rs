//! The sign of life of a role's main loop.
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// While something with a sign of life of its own is waited for, the pulse goes on at this pace.
const PACE: Duration = Duration::from_secs(1);

/// When the loop last turned. Clones share it.
#[derive(Clone, Debug)]
pub struct Pulse(Arc<Mutex<Instant>>);

impl Default for Pulse {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }
}

impl Pulse {
    /// The loop turns.
    pub fn beat(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Time since it last did.
    pub fn idle(&self) -> Duration {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }

    /// Beats while `work` is waited for: for a transaction, whose outcome may take as long as no node answers, and which
    /// has an age of its own to look at.
    pub async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            self.beat();
            if let Ok(done) = tokio::time::timeout(PACE, &mut work).await {
                self.beat();
                return done;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_loop_that_waits_for_a_transaction_is_alive_and_one_that_hangs_is_not() {
        let (pulse, wait) = (Pulse::default(), PACE * 3 / 2);
        tokio::time::sleep(wait).await;
        assert!(pulse.idle() >= wait);
        let other = pulse.clone();
        let idle = pulse.during(async move {
            tokio::time::sleep(wait).await;
            other.idle()
        });
        assert!(idle.await < PACE, "it beat in between");
        assert!(pulse.idle() < PACE);
    }
}
