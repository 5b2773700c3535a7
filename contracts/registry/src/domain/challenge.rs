//! Deadlines of an admission challenge, whose seed is a round that is still to come when it opens.
//!
//! | posted | now | what it is |
//! |---|---|---|
//! | no | up to `secs` after the round was due | waiting |
//! | no | later | void: dropped without blame |
//! | later than `secs` after it was due | any | void |
//! | in time | up to `secs` after the posting | open |
//! | in time | later | missed |
//!
//! The time to solve counts from the posting, so that a round that is posted late costs the provider nothing; and a
//! round that nobody posted for so long that a provider may have given up cannot be used against it later.

use joule_work::beacon::Clock;

use crate::records::Challenge;

/// Times of a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// When its round is due, seconds.
    pub due_at: u64,
    /// Seconds to post the round, and to solve the challenge after that.
    pub secs: u64,
}

/// What a challenge is at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Its round was not posted yet.
    Waiting,
    /// It can be solved.
    Open,
    /// It was not solved in time.
    Missed,
    /// Its round was not posted in time.
    Void,
}

impl Terms {
    /// The times of a challenge under the beacon's clock.
    #[must_use]
    pub const fn of(challenge: &Challenge, clock: &Clock) -> Self {
        Self {
            due_at: clock.due_at(challenge.round),
            secs: challenge.secs,
        }
    }

    /// Last second in which posting the round counts.
    #[must_use]
    pub const fn post_by(&self) -> u64 {
        self.due_at.saturating_add(self.secs)
    }

    /// Last second for an answer; the latest that it can be as long as the round is not posted.
    #[must_use]
    pub fn deadline_at(&self, posted_at: Option<u64>) -> u64 {
        let from = posted_at.map_or(self.post_by(), |at| at.min(self.post_by()));
        from.saturating_add(self.secs)
    }

    /// What the challenge is at `now`, its round posted or not.
    #[must_use]
    pub fn phase(&self, posted_at: Option<u64>, now: u64) -> Phase {
        match posted_at {
            Some(at) if at > self.post_by() => Phase::Void,
            Some(_) if now <= self.deadline_at(posted_at) => Phase::Open,
            Some(_) => Phase::Missed,
            None if now <= self.post_by() => Phase::Waiting,
            None => Phase::Void,
        }
    }

    /// First second in which the challenge can be booked as missed or dropped, as far as is known.
    #[must_use]
    pub fn over_at(&self, posted_at: Option<u64>) -> u64 {
        let last = match posted_at {
            Some(_) => self.deadline_at(posted_at),
            None => self.post_by(),
        };
        last.saturating_add(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMS: Terms = Terms {
        due_at: 1_000,
        secs: 60,
    };

    #[test]
    fn phases_change_in_the_seconds_of_the_table() {
        for (posted, now, phase) in [
            (None, 900, Phase::Waiting),
            (None, 1_060, Phase::Waiting),
            (None, 1_061, Phase::Void),
            (Some(1_000), 1_000, Phase::Open),
            (Some(1_000), 1_060, Phase::Open),
            (Some(1_000), 1_061, Phase::Missed),
            (Some(1_060), 1_060, Phase::Open),
            (Some(1_060), 1_120, Phase::Open),
            (Some(1_060), 1_121, Phase::Missed),
            (Some(1_061), 1_061, Phase::Void),
            (Some(1_061), 9_999, Phase::Void),
        ] {
            assert_eq!(TERMS.phase(posted, now), phase, "{posted:?} {now}");
        }
    }

    #[test]
    fn a_late_round_takes_nothing_from_the_time_to_solve() {
        for late in 0..=60 {
            assert_eq!(TERMS.deadline_at(Some(1_000 + late)), 1_060 + late);
            assert_eq!(TERMS.over_at(Some(1_000 + late)), 1_061 + late);
        }
        assert_eq!((TERMS.deadline_at(None), TERMS.over_at(None)), (1_120, 1_061));
        let last = Terms {
            due_at: u64::MAX,
            secs: 1,
        };
        assert_eq!(last.deadline_at(None), u64::MAX);
    }
}
