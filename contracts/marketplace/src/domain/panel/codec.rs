//! The bytes of the records of a committee.

use cosmwasm_std::Addr;
use joule_kit::packed::Packed;
use joule_types::marketplace::{PanelPhase, PanelRuling, SeatVerdict};
use joule_work::committee::Vote;

use super::{Panel, Seat};
use crate::domain::bytes::Reader;

/// Tag of no ruling and of no verdict.
const NONE: u8 = u8::MAX;

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

const RULINGS: [PanelRuling; 4] = [
    PanelRuling::Upheld,
    PanelRuling::Overturned,
    PanelRuling::Abandoned,
    PanelRuling::Unjudged,
];
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
    use joule_work::digest::Hash;
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
        let rest = (0u8..6, prop::option::of(0usize..4), any::<Option<Hash>>());
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
    }
}
