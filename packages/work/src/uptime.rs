//! The online clock: beats, outages, and how long a node was online up to any past moment.
//!
//! A beat at time b covers [b, b + window]. Only a beat that comes after the cover ended appends an [`Outage`], stored
//! under the moment the cover ended. A reading at a past t needs the clock and the latest outage that began at or before
//! t: one reverse seek. It never changes afterwards, whoever beats and whatever the window becomes.

use serde::{Deserialize, Serialize};

use crate::{WorkError, BPS};

/// The running part of a node's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// Time of the first beat; nothing before it counts.
    pub first_beat_at: u64,
    /// Time of the last beat.
    pub last_beat_at: u64,
    /// The node counts as online up to this moment. Stored, so that a new window length changes no past.
    pub covered_until: u64,
    /// Sum of all closed outages, seconds.
    pub off_secs: u64,
}

/// A closed outage; its key is the moment it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Outage {
    /// Time of the beat that ended it.
    pub until: u64,
    /// Offline seconds before it began.
    pub off_before: u64,
}

impl Clock {
    /// The clock of a node at its first beat.
    pub const fn start(now: u64, window_secs: u64) -> Self {
        Self {
            first_beat_at: now,
            last_beat_at: now,
            covered_until: now.saturating_add(window_secs),
            off_secs: 0,
        }
    }

    /// The clock after a beat, and the outage to append, with the moment it began as its key, when the beat came late.
    ///
    /// # Errors
    /// `work.beat_in_past`.
    pub fn beat(&self, now: u64, window_secs: u64) -> Result<(Self, Option<(u64, Outage)>), WorkError> {
        if now < self.last_beat_at {
            return Err(WorkError::BeatInPast {
                at: now,
                last: self.last_beat_at,
            });
        }
        let late = now.saturating_sub(self.covered_until);
        let outage = (late > 0).then_some((
            self.covered_until,
            Outage {
                until: now,
                off_before: self.off_secs,
            },
        ));
        let next = Self {
            first_beat_at: self.first_beat_at,
            last_beat_at: now,
            covered_until: self.covered_until.max(now.saturating_add(window_secs)),
            off_secs: self.off_secs.saturating_add(late),
        };
        Ok((next, outage))
    }

    /// Whether the node counts as online at `now`, which must not be before the last beat.
    pub const fn is_online(&self, now: u64) -> bool {
        now <= self.covered_until
    }

    /// Seconds online from the first beat up to `t`, for a `t` that has passed. `latest` is the outage that began last at
    /// or before `t`, with its key.
    pub fn online_secs(&self, t: u64, latest: Option<(u64, Outage)>) -> u64 {
        let t = t.min(self.covered_until);
        let off = latest.map_or(0, |(began, outage)| {
            outage
                .off_before
                .saturating_add(t.min(outage.until).saturating_sub(began))
        });
        t.saturating_sub(self.first_beat_at).saturating_sub(off)
    }
}

/// Availability over a period, basis points rounded down, from two readings of [`Clock::online_secs`]; `None` for a period
/// without length.
pub fn availability_bps(online_from: u64, online_to: u64, from: u64, to: u64) -> Option<u16> {
    let period = to.checked_sub(from)?;
    let online = online_to.saturating_sub(online_from).min(period);
    let bps = u128::from(online)
        .saturating_mul(u128::from(BPS))
        .checked_div(u128::from(period))?;
    u16::try_from(bps).ok()
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reading(clock: &Clock, log: &[(u64, Outage)], t: u64) -> u64 {
        clock.online_secs(t, log.iter().rev().find(|(began, _)| *began <= t).copied())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        /// Equals a count second by second at every moment, with windows that change between beats, and a reading of the
        /// past is the same after every later beat.
        #[test]
        fn equals_brute_force_and_never_changes(beats in prop::collection::vec((0u64..40, 0u64..30), 1..15)) {
            let (mut now, mut covered) = (1_000, vec![false; 2_000]);
            let mut state: Option<(Clock, Vec<(u64, Outage)>)> = None;
            let mut past: Vec<(u64, u64)> = Vec::new();
            for (pause, window) in beats {
                now += pause;
                if let Some((clock, log)) = &state {
                    for t in clock.last_beat_at..=now {
                        past.push((t, reading(clock, log, t)));
                    }
                }
                for second in now..now + window {
                    covered[usize::try_from(second).unwrap()] = true;
                }
                state = Some(match state.take() {
                    None => (Clock::start(now, window), Vec::new()),
                    Some((clock, mut log)) => {
                        let (next, outage) = clock.beat(now, window).unwrap();
                        log.extend(outage);
                        (next, log)
                    }
                });
            }
            let (clock, log) = state.unwrap();
            for (t, online) in past {
                let counted = covered.iter().take(usize::try_from(t).unwrap()).filter(|on| **on).count();
                prop_assert_eq!(u64::try_from(counted).unwrap(), online, "at {}", t);
                prop_assert_eq!(reading(&clock, &log, t), online, "at {} after the last beat", t);
            }
            prop_assert_eq!(reading(&clock, &log, 999), 0);
        }
    }

    /// The case of the review: one hour with half an hour off pays 1800 s on time and 1800 s an hour late.
    #[test]
    fn late_settlement_pays_the_same() {
        let window = 300;
        let mut clock = Clock::start(0, window);
        for at in (300..=1_200).step_by(300) {
            clock = clock.beat(at, window).unwrap().0;
        }
        let (back, outage) = clock.beat(3_300, window).unwrap();
        assert_eq!(
            outage,
            Some((
                1_500,
                Outage {
                    until: 3_300,
                    off_before: 0
                }
            ))
        );
        let on_time = back.online_secs(3_600, outage);
        let (later, second) = back.beat(7_200, window).unwrap();
        assert_eq!(
            second,
            Some((
                3_600,
                Outage {
                    until: 7_200,
                    off_before: 1_800
                }
            ))
        );
        // At 3600 the outage that began last is the second one, which has just begun.
        assert_eq!((on_time, later.online_secs(3_600, second)), (1_800, 1_800));
        assert_eq!(later.off_secs, 5_400);
    }

    #[test]
    fn a_beat_on_the_edge_is_not_late() {
        let clock = Clock::start(100, 50);
        assert!(clock.is_online(150) && !clock.is_online(151));
        assert_eq!(clock.beat(150, 50).unwrap().1, None);
        let (after, outage) = clock.beat(151, 50).unwrap();
        assert_eq!(
            outage,
            Some((
                150,
                Outage {
                    until: 151,
                    off_before: 0
                }
            ))
        );
        assert_eq!(after.beat(150, 50), Err(WorkError::BeatInPast { at: 150, last: 151 }));
    }

    #[test]
    fn a_shorter_window_takes_nothing_back() {
        let clock = Clock::start(0, 300);
        let (after, outage) = clock.beat(10, 5).unwrap();
        assert_eq!((after.covered_until, outage), (300, None));
    }

    #[test]
    fn availability() {
        assert_eq!(availability_bps(0, 1_800, 0, 3_600), Some(5_000));
        assert_eq!(availability_bps(5, 5 + 2, 10, 13), Some(6_666));
        assert_eq!(availability_bps(9, 3, 0, 10), Some(0));
        assert_eq!(availability_bps(0, 99, 0, 10), Some(10_000));
        assert_eq!(availability_bps(0, 1, 10, 10), None);
        assert_eq!(availability_bps(0, 1, 10, 9), None);
    }
}
