//! Whose turn it is on this machine: a few places, and seats that wait for one.
//!
//! The seat whose time ends first goes first. Nobody can be turned out of a place, so beside the places there are as many
//! spare ones, for seats that would be late if they waited any longer: one long job, or one address that drips, holds up
//! nobody who can still be served. A seat that would probably not get ready any more goes behind all that would.
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// What a seat wants a place for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// When its time is over.
    pub by: Instant,
    /// How long it probably takes.
    pub takes: Duration,
}

impl Need {
    fn left(&self, now: Instant) -> Duration {
        self.by.saturating_duration_since(now)
    }

    /// Whether it will probably be late.
    pub fn is_late(&self, now: Instant) -> bool {
        self.left(now) <= self.takes
    }

    /// Whether it can wait no longer: two may share a processor, so twice the time that it takes is little.
    fn presses(&self, now: Instant) -> bool {
        self.left(now) <= self.takes.saturating_mul(2) && !self.is_late(now)
    }

    /// Time until one of these answers is another, or the time is over.
    fn rest(&self, now: Instant) -> Duration {
        let left = self.left(now);
        let marks = [self.takes.saturating_mul(2), self.takes, Duration::ZERO];
        let next = marks.into_iter().find(|mark| *mark < left);
        left.saturating_sub(next.unwrap_or_default())
    }
}

/// Who waits and how many are at work. Knows no clock: every question says when it is asked.
#[derive(Debug)]
struct Queue {
    /// Places, and spare places.
    places: usize,
    busy: usize,
    waiting: Vec<(u64, Need)>,
    last: u64,
}

impl Queue {
    fn enter(&mut self, need: Need) -> u64 {
        self.last = self.last.wrapping_add(1);
        self.waiting.push((self.last, need));
        self.last
    }

    fn leave(&mut self, id: u64) {
        self.waiting.retain(|(other, _)| *other != id);
    }

    /// Whether `id` may begin now: it is the first of those who may have what is free.
    fn may_begin(&self, id: u64, now: Instant) -> bool {
        let first = |spare: bool| {
            let waiting = self.waiting.iter();
            let able = waiting.filter(|(_, need)| !spare || need.presses(now));
            able.min_by_key(|(id, need)| (need.is_late(now), need.by, *id))
                .map(|(id, _)| *id)
        };
        if self.busy < self.places {
            return first(false) == Some(id);
        }
        self.busy < self.places.saturating_mul(2) && first(true) == Some(id)
    }

    /// Takes a place for `id`, if it may begin.
    fn begin(&mut self, id: u64, now: Instant) -> bool {
        let may = self.may_begin(id, now);
        if may {
            self.leave(id);
            self.busy = self.busy.saturating_add(1);
        }
        may
    }

    fn end(&mut self) {
        self.busy = self.busy.saturating_sub(1);
    }
}

/// The places of this machine for one kind of work.
#[derive(Debug)]
pub struct Turns {
    queue: Mutex<Queue>,
    changed: Notify,
}

impl Turns {
    /// So many places, at least one, and as many spare ones.
    pub fn new(places: usize) -> Self {
        Self {
            queue: Mutex::new(Queue {
                places: places.max(1),
                busy: 0,
                waiting: Vec::new(),
                last: 0,
            }),
            changed: Notify::new(),
        }
    }

    /// Waits for a place. None if there was none before `need.by`.
    pub async fn take(&self, need: Need) -> Option<Turn<'_>> {
        let waiting = Waiting {
            turns: self,
            id: self.queue().enter(need),
        };
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let now = Instant::now();
            if now >= need.by {
                return None;
            }
            if self.queue().begin(waiting.id, now) {
                return Some(Turn(self));
            }
            // Woken by the others, or when more is allowed to this one; both is a reason to look again.
            let _ = tokio::time::timeout(need.rest(now), changed).await;
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Leaves the queue in whatever way the wait ends, and lets the others look again.
struct Waiting<'a> {
    turns: &'a Turns,
    id: u64,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.turns.queue().leave(self.id);
        self.turns.changed.notify_waiters();
    }
}

/// A place; free again when this is dropped.
#[derive(Debug)]
pub struct Turn<'a>(&'a Turns);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.queue().end();
        self.0.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(places: usize) -> Queue {
        let turns = Turns::new(places);
        turns.queue.into_inner().unwrap()
    }

    /// A time of the tests, seconds.
    fn at(start: Instant, secs: u64) -> Instant {
        start + Duration::from_secs(secs)
    }

    fn need(start: Instant, by: u64, takes: u64) -> Need {
        Need {
            by: at(start, by),
            takes: Duration::from_secs(takes),
        }
    }

    #[test]
    fn the_seat_whose_time_ends_first_goes_first() {
        let t = Instant::now();
        let mut queue = queue(1);
        let (late, early) = (queue.enter(need(t, 100, 1)), queue.enter(need(t, 50, 1)));
        assert!(!queue.begin(late, t));
        assert!(queue.begin(early, t));
        assert!(!queue.begin(late, t), "there is one place");
        queue.end();
        assert!(queue.begin(late, t));
        assert!(queue.waiting.is_empty());
    }

    #[test]
    fn a_long_job_holds_up_nobody_who_can_still_be_served() {
        let t = Instant::now();
        let mut queue = queue(1);
        let long = queue.enter(need(t, 7_200, 3_600));
        assert!(queue.begin(long, t));
        let short = queue.enter(need(t, 60, 10));
        let other = queue.enter(need(t, 61, 10));
        assert!(
            !queue.begin(short, at(t, 39)),
            "it can wait for the place a little longer"
        );
        assert!(queue.begin(short, at(t, 40)), "the spare place");
        assert!(!queue.begin(other, at(t, 45)), "there is one spare place");
        queue.end();
        assert!(queue.begin(other, at(t, 45)));
    }

    #[test]
    fn who_will_be_late_goes_behind_all_who_will_not_and_gets_no_spare_place() {
        let t = Instant::now();
        let mut queue = queue(1);
        let (doomed, able) = (queue.enter(need(t, 10, 20)), queue.enter(need(t, 100, 20)));
        assert!(!queue.begin(doomed, t));
        assert!(queue.begin(able, t));
        assert!(!queue.begin(doomed, at(t, 1)), "no spare place");
        queue.end();
        assert!(queue.begin(doomed, at(t, 2)), "nobody else waits: it may try");
        // Nor does one that has become so keep the others out.
        let (slow, next) = (queue.enter(need(t, 50, 30)), queue.enter(need(t, 60, 10)));
        queue.end();
        assert!(!queue.begin(slow, at(t, 25)));
        assert!(queue.begin(next, at(t, 25)));
    }

    #[tokio::test]
    async fn waiting_ends_with_a_place_or_with_the_time() {
        let turns = Turns::new(1);
        let soon = |millis, takes| Need {
            by: Instant::now() + Duration::from_millis(millis),
            takes: Duration::from_millis(takes),
        };
        let first = turns.take(soon(60_000, 1)).await.unwrap();
        // Takes no time at all, so it never presses.
        assert!(turns.take(soon(30, 0)).await.is_none());
        assert!(turns.queue().waiting.is_empty());
        // Whoever gives up waiting is forgotten.
        let given_up = tokio::time::timeout(Duration::from_millis(20), turns.take(soon(60_000, 1)));
        assert!(given_up.await.is_err());
        assert!(turns.queue().waiting.is_empty());
        // One that presses takes the spare place by itself; what is given back goes to whoever waits.
        let second = turns.take(soon(200, 80)).await.unwrap();
        assert_eq!(turns.queue().busy, 2);
        let (third, ()) = tokio::join!(turns.take(soon(60_000, 1)), async {
            tokio::task::yield_now().await;
            drop((first, second));
        });
        assert!(third.is_some());
        drop(third);
        assert_eq!(turns.queue().busy, 0);
    }
}
