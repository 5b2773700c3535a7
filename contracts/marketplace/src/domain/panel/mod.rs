//! The records of a committee, and what becomes of its seats.

mod codec;
mod edge;

pub use edge::Edge;

use cosmwasm_std::Addr;
use joule_types::marketplace::{CommitteeTerms, PanelPhase, PanelRuling, SeatVerdict};
use joule_work::{
    committee::{worth, Durations, Vote, Worth},
    digest::Hash,
};

/// How long the phases of a job's committees take; `max_secs` is the longest running time of the job.
#[must_use]
pub const fn durations(terms: &CommitteeTerms, max_secs: u64) -> Durations {
    Durations {
        beacon: terms.beacon_secs,
        commit: Durations::commit_secs(max_secs, terms.commit_secs),
        reveal: terms.reveal_secs,
        reseals: terms.max_reseals,
    }
}

/// Name of a phase, for errors and events.
#[must_use]
pub const fn phase_name(phase: PanelPhase) -> &'static str {
    match phase {
        PanelPhase::Sealing => "sealing",
        PanelPhase::AwaitBeacon => "await_beacon",
        PanelPhase::Commit => "commit",
        PanelPhase::Standby => "standby",
        PanelPhase::Reveal => "reveal",
        PanelPhase::Closed => "closed",
    }
}

/// The number of a seat among those of all committees of a job: attempt, rung (1 byte) and seat (1 byte). Also what an
/// incident of the seat is known by.
#[must_use]
pub fn seat_number(attempt: u32, rung: u8, seat: u8) -> u64 {
    (u64::from(attempt) << 16) | (u64::from(rung) << 8) | u64::from(seat)
}

/// A committee that judges an attempt. 49 bytes packed, 81 from the draw on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panel {
    /// Present rung, from 0.
    pub rung: u8,
    /// Where it stands.
    pub phase: PanelPhase,
    /// Last second of the phase.
    pub phase_until: u64,
    /// Last second of all phases together.
    pub judge_by: u64,
    /// Height from which the rung can be sealed.
    pub seal_from: u64,
    /// Round and epoch of the rung; zeros before its seal.
    pub seal: (u64, u64),
    /// Seals of the rung after the first.
    pub reseals: u8,
    /// Seats of each rung so far, standbys among them; zero for those not drawn.
    pub seats: [u8; 3],
    /// Votes committed on the rung.
    pub committed: u8,
    /// Of them, revealed.
    pub revealed: u8,
    /// How it ended.
    pub ruling: Option<PanelRuling>,
    /// Randomness of the rung's draw; none before it.
    pub randomness: Option<Hash>,
}

impl Panel {
    /// A panel whose first rung can be sealed.
    #[must_use]
    pub const fn new(seal_from: u64, phase_until: u64, judge_by: u64) -> Self {
        Self {
            rung: 0,
            phase: PanelPhase::Sealing,
            phase_until,
            judge_by,
            seal_from,
            seal: (0, 0),
            reseals: 0,
            seats: [0; 3],
            committed: 0,
            revealed: 0,
            ruling: None,
            randomness: None,
        }
    }

    /// Seats of a rung so far.
    #[must_use]
    pub fn seats_of(&self, rung: u8) -> u8 {
        self.seats.get(usize::from(rung)).copied().unwrap_or(0)
    }

    /// Last second on which something else than a refund can happen.
    #[must_use]
    pub fn deadline(&self) -> u64 {
        self.phase_until.min(self.judge_by)
    }

    /// What a seat of the present rung owed by `now`: a phase that is not over is held against nobody.
    #[must_use]
    pub fn owed(&self, now: u64) -> Owed {
        let over = now > self.phase_until;
        Owed {
            commit: match self.phase {
                PanelPhase::Commit => over,
                PanelPhase::Standby | PanelPhase::Reveal => true,
                PanelPhase::Sealing | PanelPhase::AwaitBeacon | PanelPhase::Closed => false,
            },
            reveal: self.phase == PanelPhase::Reveal && over,
        }
    }
}

/// Which of a seat's duties were due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owed {
    /// To commit, in time.
    pub commit: bool,
    /// To reveal.
    pub reveal: bool,
}

impl Owed {
    /// Of the seats of a rung that is over.
    pub const ALL: Self = Self {
        commit: true,
        reveal: true,
    };
}

/// A seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// Owner of the validator's pool.
    pub owner: Addr,
    /// Who votes, as well as the owner.
    pub operator: Addr,
    /// Stake by which it was drawn, micro-JOULE.
    pub weight: u128,
    /// A standby.
    pub standby: bool,
    /// Sealed vote.
    pub sealed: Option<Hash>,
    /// Revealed vote.
    pub vote: Option<Vote>,
    /// What became of it.
    pub verdict: Option<SeatVerdict>,
}

impl Seat {
    /// What becomes of the seat. `ruled` is the pair that the committee found right, none without a ruling: then no vote
    /// is right or wrong. `quorum`: so many of the rung committed that absence was not everybody's lot.
    #[must_use]
    pub fn judge(&self, ruled: Option<&Vote>, owed: Owed, quorum: bool) -> SeatVerdict {
        let absent = if quorum {
            SeatVerdict::NoShow
        } else {
            SeatVerdict::Excused
        };
        match (&self.vote, &self.sealed) {
            (Some(vote), _) => match ruled.map(|ruled| worth(ruled, vote)) {
                Some(Worth::Right) => SeatVerdict::Paid,
                Some(Worth::Wrong) => SeatVerdict::Wrong,
                Some(Worth::Blind) => absent,
                None => SeatVerdict::Excused,
            },
            (None, Some(_)) if owed.reveal => SeatVerdict::Wrong,
            (None, None) if owed.commit && !self.standby => absent,
            (None, _) => SeatVerdict::Excused,
        }
    }

    /// Whether it may not sit on a later rung of the same attempt.
    #[must_use]
    pub const fn has_sat(&self) -> bool {
        !self.standby || self.sealed.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use joule_work::committee::{UNFETCHABLE, WITHHELD};

    const RIGHT: Vote = Vote {
        result_root: [1; 32],
        trace_root: [2; 32],
    };
    const OTHER: Vote = Vote {
        result_root: [1; 32],
        trace_root: [3; 32],
    };

    const BLIND: Vote = Vote {
        result_root: WITHHELD,
        ..RIGHT
    };

    fn seat(standby: bool, sealed: bool, vote: Option<Vote>) -> Seat {
        Seat {
            owner: Addr::unchecked("owner"),
            operator: Addr::unchecked("operator"),
            weight: 1,
            standby,
            sealed: sealed.then_some([9; 32]),
            vote,
            verdict: None,
        }
    }

    /// Nobody is slashed for a vote without a ruling, for a duty that was not due, or as a standby that was not needed.
    #[test]
    fn verdicts() {
        use SeatVerdict as V;
        for bits in 0..16u8 {
            let [standby, commit, reveal, quorum] = [1, 2, 4, 8].map(|bit| bits & bit != 0);
            let owed = Owed { commit, reveal };
            let judge = |sealed, vote, ruled: Option<&Vote>| seat(standby, sealed, vote).judge(ruled, owed, quorum);
            let absent = if quorum { V::NoShow } else { V::Excused };
            for ruled in [None, Some(&RIGHT)] {
                let missed = if commit && !standby { absent } else { V::Excused };
                let hidden = if reveal { V::Wrong } else { V::Excused };
                assert_eq!(judge(false, None, ruled), missed);
                assert_eq!(judge(true, None, ruled), hidden);
            }
            assert_eq!(judge(true, Some(RIGHT), Some(&RIGHT)), V::Paid);
            assert_eq!(judge(true, Some(OTHER), Some(&RIGHT)), V::Wrong);
            assert_eq!(judge(true, Some(OTHER), None), V::Excused);
            for blind in [BLIND, UNFETCHABLE] {
                assert_eq!(judge(true, Some(blind), Some(&RIGHT)), absent);
                assert_eq!(judge(true, Some(RIGHT), Some(&blind)), absent);
                assert_eq!(judge(true, Some(blind), Some(&blind)), V::Paid);
                assert_eq!(judge(true, Some(blind), None), V::Excused);
            }
        }
    }

    #[test]
    fn who_has_sat() {
        let sat = |standby, sealed| seat(standby, sealed, None).has_sat();
        assert!(sat(false, false) && sat(false, true) && sat(true, true));
        assert!(!sat(true, false), "a standby that was not needed may be drawn again");
    }

    #[test]
    fn a_phase_that_is_not_over_is_held_against_nobody() {
        let mut panel = Panel::new(5, 100, 200);
        let cases = [
            (PanelPhase::Sealing, (false, false), (false, false)),
            (PanelPhase::AwaitBeacon, (false, false), (false, false)),
            (PanelPhase::Commit, (false, false), (true, false)),
            (PanelPhase::Standby, (true, false), (true, false)),
            (PanelPhase::Reveal, (true, false), (true, true)),
        ];
        for (phase, during, after) in cases {
            panel.phase = phase;
            let owed = |now| (panel.owed(now).commit, panel.owed(now).reveal);
            assert_eq!((owed(100), owed(101)), (during, after), "{phase:?}");
        }
    }

    #[test]
    fn seat_numbers_are_the_bytes_of_attempt_rung_and_seat() {
        assert_eq!(seat_number(0x0102_0304, 5, 6), 0x0102_0304_0506);
        assert_eq!(seat_number(u32::MAX, u8::MAX, u8::MAX), 0xffff_ffff_ffff);
    }
}
