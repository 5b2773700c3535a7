//! The records of a committee, and what becomes of its seats.

use cosmwasm_std::Addr;
use joule_kit::packed::Packed;
use joule_types::marketplace::{CommitteeTerms, PanelPhase, PanelRuling, SeatVerdict};
use joule_work::{
    committee::{Durations, Vote},
    digest::Hash,
};

use super::bytes::Reader;

const NONE: u8 = u8::MAX;

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
    /// is right or wrong.
    #[must_use]
    pub fn judge(&self, ruled: Option<&Vote>, owed: Owed) -> SeatVerdict {
        match (&self.vote, &self.sealed) {
            (Some(vote), _) => match ruled {
                Some(right) if vote == right => SeatVerdict::Paid,
                Some(_) => SeatVerdict::Wrong,
                None => SeatVerdict::Excused,
            },
            (None, Some(_)) if owed.reveal => SeatVerdict::Wrong,
            (None, None) if owed.commit && !self.standby => SeatVerdict::NoShow,
            (None, _) => SeatVerdict::Excused,
        }
    }

    /// Whether it may not sit on a later rung of the same attempt.
    #[must_use]
    pub const fn has_sat(&self) -> bool {
        !self.standby || self.sealed.is_some()
    }
}

const fn phase_tag(phase: PanelPhase) -> u8 {
    match phase {
        PanelPhase::Sealing => 0,
        PanelPhase::AwaitBeacon => 1,
        PanelPhase::Commit => 2,
        PanelPhase::Standby => 3,
        PanelPhase::Reveal => 4,
        PanelPhase::Closed => 5,
    }
}

const fn phase_of(tag: u8) -> Option<PanelPhase> {
    Some(match tag {
        0 => PanelPhase::Sealing,
        1 => PanelPhase::AwaitBeacon,
        2 => PanelPhase::Commit,
        3 => PanelPhase::Standby,
        4 => PanelPhase::Reveal,
        5 => PanelPhase::Closed,
        _ => return None,
    })
}

const RULINGS: [PanelRuling; 3] = [PanelRuling::Upheld, PanelRuling::Overturned, PanelRuling::Abandoned];
const VERDICTS: [SeatVerdict; 4] = [
    SeatVerdict::Paid,
    SeatVerdict::Wrong,
    SeatVerdict::NoShow,
    SeatVerdict::Excused,
];

/// Place of a value in the list of all, or [`NONE`].
fn tag<T: PartialEq>(all: &[T], value: Option<&T>) -> u8 {
    let place = value.and_then(|value| all.iter().position(|other| other == value));
    place.and_then(|place| u8::try_from(place).ok()).unwrap_or(NONE)
}

/// The value of a tag; the outer option is none for an unknown one.
fn untag<T: Copy>(all: &[T], tag: u8) -> Option<Option<T>> {
    if tag == NONE {
        return Some(None);
    }
    all.get(usize::from(tag)).map(|value| Some(*value))
}

impl Packed for Panel {
    fn pack(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(81);
        bytes.extend([
            self.rung,
            phase_tag(self.phase),
            self.reseals,
            self.committed,
            self.revealed,
        ]);
        bytes.push(tag(&RULINGS, self.ruling.as_ref()));
        bytes.extend(self.seats);
        for number in [
            self.phase_until,
            self.judge_by,
            self.seal_from,
            self.seal.0,
            self.seal.1,
        ] {
            bytes.extend(number.to_be_bytes());
        }
        bytes.extend(self.randomness.iter().flatten());
        bytes
    }

    fn unpack(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(bytes);
        let (rung, phase) = (from.u8()?, phase_of(from.u8()?)?);
        let (reseals, committed, revealed) = (from.u8()?, from.u8()?, from.u8()?);
        let ruling = untag(&RULINGS, from.u8()?)?;
        let seats = [from.u8()?, from.u8()?, from.u8()?];
        let panel = Self {
            rung,
            phase,
            phase_until: from.u64()?,
            judge_by: from.u64()?,
            seal_from: from.u64()?,
            seal: (from.u64()?, from.u64()?),
            reseals,
            seats,
            committed,
            revealed,
            ruling,
            randomness: if from.is_empty() { None } else { Some(from.hash()?) },
        };
        from.end(panel)
    }
}

impl Packed for Seat {
    fn pack(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(240);
        bytes.push(
            u8::from(self.standby) | (u8::from(self.sealed.is_some()) << 1) | (u8::from(self.vote.is_some()) << 2),
        );
        bytes.push(tag(&VERDICTS, self.verdict.as_ref()));
        bytes.extend(self.weight.to_be_bytes());
        bytes.extend(self.sealed.iter().flatten());
        if let Some(vote) = &self.vote {
            bytes.extend(vote.result_root);
            bytes.extend(vote.trace_root);
        }
        for address in [&self.owner, &self.operator] {
            // No chain has addresses of more than 255 bytes; a longer one would not be read back.
            bytes.push(u8::try_from(address.as_bytes().len()).unwrap_or(NONE));
            bytes.extend(address.as_bytes());
        }
        bytes
    }

    fn unpack(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(bytes);
        let flags = from.u8()?;
        let verdict = untag(&VERDICTS, from.u8()?)?;
        let weight = from.u128()?;
        let sealed = if flags & 2 == 0 { None } else { Some(from.hash()?) };
        let vote = if flags & 4 == 0 {
            None
        } else {
            Some(Vote {
                result_root: from.hash()?,
                trace_root: from.hash()?,
            })
        };
        let (owner, operator) = (from.text()?, from.text()?);
        from.end(Self {
            owner: Addr::unchecked(owner),
            operator: Addr::unchecked(operator),
            weight,
            standby: flags & 1 != 0,
            sealed,
            vote,
            verdict,
        })
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn vote() -> impl Strategy<Value = Vote> {
        any::<(Hash, Hash)>().prop_map(|(result_root, trace_root)| Vote {
            result_root,
            trace_root,
        })
    }

    fn panel() -> impl Strategy<Value = Panel> {
        let small = any::<(u8, u8, u8, u8, [u8; 3])>();
        let numbers = any::<(u64, u64, u64, (u64, u64))>();
        let rest = (0u8..6, prop::option::of(0usize..3), any::<Option<Hash>>());
        (small, numbers, rest).prop_map(|(small, numbers, rest)| Panel {
            rung: small.0,
            phase: phase_of(rest.0).unwrap(),
            phase_until: numbers.0,
            judge_by: numbers.1,
            seal_from: numbers.2,
            seal: numbers.3,
            reseals: small.1,
            seats: small.4,
            committed: small.2,
            revealed: small.3,
            ruling: rest.1.and_then(|place| RULINGS.get(place).copied()),
            randomness: rest.2,
        })
    }

    fn seat() -> impl Strategy<Value = Seat> {
        let names = ("[a-z0-9]{0,64}", "[a-z0-9]{0,64}");
        let rest = (
            any::<(u128, bool, Option<Hash>)>(),
            prop::option::of(vote()),
            prop::option::of(0usize..4),
        );
        (names, rest).prop_map(|(names, rest)| Seat {
            owner: Addr::unchecked(names.0),
            operator: Addr::unchecked(names.1),
            weight: rest.0 .0,
            standby: rest.0 .1,
            sealed: rest.0 .2,
            vote: rest.1,
            verdict: rest.2.and_then(|place| VERDICTS.get(place).copied()),
        })
    }

    fn exact<T: Packed + PartialEq + std::fmt::Debug>(record: &T) {
        let bytes = record.pack();
        assert_eq!(T::unpack(&bytes).as_ref(), Some(record));
        assert_eq!(T::unpack(&[&bytes[..], &[0]].concat()), None);
        assert_eq!(T::unpack(&bytes[..bytes.len() - 1]), None);
    }

    proptest! {
        #[test]
        fn records_round_trip_and_no_other_length_is_read(panel in panel(), seat in seat()) {
            exact(&panel);
            exact(&seat);
        }

        /// Nobody is slashed for a vote without a ruling, and nobody is paid without one.
        #[test]
        fn verdicts(seat in seat(), ruled in prop::option::of(vote()), commit: bool, reveal: bool, same: bool) {
            let ruled = if same { seat.vote } else { ruled };
            let verdict = seat.judge(ruled.as_ref(), Owed { commit, reveal });
            match (seat.vote, seat.sealed) {
                (Some(vote), _) => prop_assert_eq!(verdict, match ruled {
                    None => SeatVerdict::Excused,
                    Some(right) if right == vote => SeatVerdict::Paid,
                    Some(_) => SeatVerdict::Wrong,
                }),
                (None, Some(_)) => prop_assert_eq!(verdict, if reveal { SeatVerdict::Wrong } else { SeatVerdict::Excused }),
                (None, None) => {
                    let missed = commit && !seat.standby;
                    prop_assert_eq!(verdict, if missed { SeatVerdict::NoShow } else { SeatVerdict::Excused });
                }
            }
        }
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
}
