//! The end of an epoch of stake, near which no rung is sealed: a draw that slipped into the next epoch would be stale and
//! taken again by another round, so whoever can delay it could buy a second draw.

/// Most seconds that a sealed round is due before the epoch ends.
const MARGIN: u64 = 60;

/// The end of the present epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Last second in which a round that is sealed now may be due: a minute before the end, a quarter of a short epoch.
    pub latest: u64,
    /// First second of the next epoch.
    pub end: u64,
    /// Seconds that a sealed round is due ahead.
    ahead: u64,
}

impl Edge {
    /// The edge ahead of `now`; none where epochs are too short for a round to be due inside any.
    #[must_use]
    pub fn of(now: u64, epoch_secs: u64, ahead: u64) -> Option<Self> {
        let margin = epoch_secs.checked_div(4)?.min(MARGIN);
        let spare = epoch_secs.checked_sub(ahead.checked_add(margin)?)?;
        let end = now.checked_div(epoch_secs)?.checked_add(1)?.checked_mul(epoch_secs)?;
        (spare > 0).then_some(Self {
            latest: end.saturating_sub(margin),
            end,
            ahead,
        })
    }

    /// How much of the time from `now` to `until` may pass with no seal possible.
    #[must_use]
    pub fn lost(&self, now: u64, until: u64) -> u64 {
        let from = self.latest.saturating_sub(self.ahead).max(now);
        if until < from {
            0
        } else {
            self.end.saturating_sub(from)
        }
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use joule_work::beacon::Clock;
    use proptest::prelude::*;

    #[test]
    fn the_last_minute_or_quarter() {
        let edge = Edge::of(1_000, 900, 30).unwrap();
        assert_eq!((edge.latest, edge.end), (1_740, 1_800));
        assert_eq!(Edge::of(1_799, 900, 30), Some(edge));
        assert_eq!(Edge::of(1_800, 900, 30).unwrap().end, 2_700);
        let short = Edge::of(105, 20, 6).unwrap();
        assert_eq!((short.latest, short.end), (115, 120));
        assert_eq!(Edge::of(105, 20, 14).unwrap().end, 120);
        assert_eq!(Edge::of(105, 20, 15), None, "no round would be due in time");
        assert_eq!(Edge::of(105, 0, 0), None);
    }

    #[test]
    fn what_an_edge_costs_a_phase() {
        let edge = Edge::of(1_000, 900, 30).unwrap();
        for (now, until, lost) in [
            (1_000, 1_709, 0),
            (1_000, 1_710, 90),
            (1_700, 2_300, 90),
            (1_750, 2_350, 50),
            (1_799, 2_399, 1),
        ] {
            assert_eq!(edge.lost(now, until), lost, "{now} to {until}");
        }
    }

    proptest! {
        /// However epochs, rounds and phases lie, a phase of `secs` with what the edge costs leaves `secs` to seal in, as far
        /// as they fit into the epoch it begins in and the next.
        #[test]
        fn a_lengthened_phase_has_its_whole_time(
            now in 10_000u64..20_000,
            epoch_secs in 1u64..2_000,
            period in 1u64..10,
            rounds in 1u64..20,
            secs in 1u64..600,
        ) {
            let clock = Clock { genesis: 5_000, period };
            let ahead = rounds * period;
            let Some(edge) = Edge::of(now, epoch_secs, ahead) else { return Ok(()) };
            let until = now + secs + edge.lost(now, now + secs);
            let possible = (now..=until).filter(|at| {
                let due = clock.due_at(clock.round_at(*at) + rounds);
                *at >= edge.end || due <= edge.latest
            });
            prop_assert!(u64::try_from(possible.count()).unwrap() > secs);
        }
    }
}
