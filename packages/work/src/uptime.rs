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
