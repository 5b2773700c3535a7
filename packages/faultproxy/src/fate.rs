//! What happens to a request.
use std::time::Duration;

use crate::http::Question;
use crate::knobs::Knobs;

/// The one fault of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    DropBefore,
    DropAfter,
    Duplicate,
    Stale,
    Swallow,
}

/// Random numbers that are the same for the same seed and the same order of requests.
pub(crate) struct Dice(fastrand::Rng);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    fn hit(&mut self, probability: f64) -> bool {
        // Not drawn when there is nothing to decide, so that one fault's dice do not depend on the others'.
        probability > 0.0 && self.0.f64() < probability
    }

    /// One of `0..n`; `n` is positive.
    pub(crate) fn pick(&mut self, n: usize) -> usize {
        self.0.usize(0..n.max(1))
    }
}

/// The wait of a request and its fault. `recalls`: there is an earlier answer to it.
pub(crate) fn draw(knobs: &Knobs, dice: &mut Dice, question: &Question, recalls: bool) -> (Duration, Fault) {
    let named = knobs.methods.is_empty() || knobs.methods.contains(&question.method);
    if !named {
        return (Duration::ZERO, Fault::None);
    }
    let jitter = if knobs.jitter_ms == 0 {
        0
    } else {
        dice.0.u64(0..=knobs.jitter_ms)
    };
    let wait = Duration::from_millis(knobs.delay_ms.saturating_add(jitter));
    if knobs.budget == Some(0) {
        return (wait, Fault::None);
    }
    let broadcast = question.is_broadcast();
    if knobs.freeze {
        return match (broadcast, recalls) {
            (true, _) => (wait, Fault::Swallow),
            (false, true) => (wait, Fault::Stale),
            (false, false) => (wait, Fault::None),
        };
    }
    let faults = [
        (Fault::DropBefore, knobs.drop_before, true),
        (Fault::DropAfter, knobs.drop_after, true),
        (Fault::Duplicate, knobs.duplicate, true),
        (Fault::Stale, knobs.stale, recalls && !broadcast),
        (Fault::Swallow, knobs.swallow, broadcast),
    ];
    let fault = faults.into_iter().find(|(_, p, possible)| *possible && dice.hit(*p));
    (wait, fault.map_or(Fault::None, |(fault, ..)| fault))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(method: &str) -> Question {
        Question {
            method: method.into(),
            ..Question::default()
        }
    }

    #[test]
    fn only_the_named_methods_and_only_what_the_budget_allows() {
        let knobs = Knobs {
            methods: vec!["status".into()],
            delay_ms: 7,
            drop_after: 1.0,
            budget: Some(1),
            ..Knobs::default()
        };
        let mut dice = Dice::new(1);
        let wait = Duration::from_millis(7);
        assert_eq!(
            draw(&knobs, &mut dice, &question("status"), false),
            (wait, Fault::DropAfter)
        );
        assert_eq!(
            draw(&knobs, &mut dice, &question("tx"), false),
            (Duration::ZERO, Fault::None)
        );
        let spent = Knobs {
            budget: Some(0),
            ..knobs
        };
        assert_eq!(draw(&spent, &mut dice, &question("status"), false), (wait, Fault::None));
    }

    #[test]
    fn old_answers_are_for_questions_and_swallowing_is_for_broadcasts() {
        let knobs = Knobs {
            stale: 1.0,
            swallow: 1.0,
            ..Knobs::default()
        };
        let fault = |method: &str, recalls| draw(&knobs, &mut Dice::new(1), &question(method), recalls).1;
        assert_eq!(fault("status", true), Fault::Stale);
        assert_eq!(fault("status", false), Fault::None);
        assert_eq!(fault("broadcast_tx_sync", true), Fault::Swallow);
    }

    #[test]
    fn the_same_seed_throws_the_same_faults() {
        let knobs = Knobs {
            drop_before: 0.3,
            duplicate: 0.3,
            ..Knobs::default()
        };
        let throws = |seed| {
            let mut dice = Dice::new(seed);
            (0..100)
                .map(|_| draw(&knobs, &mut dice, &question("tx"), false).1)
                .collect::<Vec<_>>()
        };
        assert_eq!(throws(4), throws(4));
        assert_ne!(throws(4), throws(5));
        let hits = throws(4).iter().filter(|f| **f == Fault::DropBefore).count();
        assert!((15..50).contains(&hits), "{hits}");
    }
}
