//! What was tried and refused rests for a while: another keeper was faster, or its time has not come.
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// First rest after a refusal; doubles with each further one.
const FIRST: Duration = Duration::from_secs(3);
/// Longest rest.
const LONGEST: Duration = Duration::from_secs(300);
/// Items remembered; beyond it those whose rest is over are forgotten.
const MOST: usize = 10_000;

/// Items by name with their rest.
#[derive(Default)]
pub struct Backoff(HashMap<String, (Instant, Duration)>);

impl Backoff {
    /// Whether `item` may be tried.
    pub fn ready(&self, item: &str) -> bool {
        self.0.get(item).is_none_or(|(until, _)| Instant::now() >= *until)
    }

    /// It was refused.
    pub fn refused(&mut self, item: &str) {
        let rest = self.0.get(item).map_or(FIRST, |(_, rest)| (*rest * 2).min(LONGEST));
        if self.0.len() >= MOST {
            let now = Instant::now();
            self.0.retain(|_, (until, _)| *until > now);
        }
        self.0.insert(item.to_string(), (Instant::now() + rest, rest));
    }

    /// It was done, or does not exist any more.
    pub fn done(&mut self, item: &str) {
        self.0.remove(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_items_rest_and_done_ones_do_not() {
        let mut backoff = Backoff::default();
        assert!(backoff.ready("a"));
        backoff.refused("a");
        assert!(!backoff.ready("a") && backoff.ready("b"));
        backoff.refused("a");
        assert_eq!(backoff.0["a"].1, FIRST * 2);
        (0..20).for_each(|_| backoff.refused("a"));
        assert_eq!(backoff.0["a"].1, LONGEST);
        backoff.done("a");
        assert!(backoff.ready("a"));
    }
}
