//! Committees and validators in words.
use std::collections::BTreeMap;

use cosmwasm_std::Event as CwEvent;
use joule_types::{escrow, marketplace as market, registry, staking, JobId};

use super::super::names::Names;
use super::super::story::{amount, Kind, Line};
use super::joule;
use crate::chain::contracts::events::plain;
use crate::chain::Event;

/// The line of an event of validators, the beacon or committees.
pub fn line(names: &mut Names, event: &CwEvent) -> Option<Line> {
    tell!(event,
        staking::ValidatorEnrolled as e => {
            let text = format!("enrols as a validator with {}", joule(e.weight));
            Line::new(Kind::Join, text).by(names.addr(&e.pool)).detail()
        },
        staking::ValidatorRetired as e => Line::new(Kind::Join, "retires as a validator").by(names.addr(&e.pool)).detail(),
        registry::RoundPosted as e => {
            let text = format!("posts round {} of the beacon; the contract checks its signature", e.round);
            (!e.known).then(|| Line::new(Kind::Proof, text).detail())
        },
        market::PanelOpened as e => Line::new(Kind::Jury, format!("{} goes to a committee", names.job(e.job))).by("market"),
        market::PanelSealed as e => {
            let text = format!(
                "seals the draw for {}: round {} of the beacon, which nobody knows yet, and the stake of epoch {}",
                names.job(e.job), e.round, e.epoch
            );
            Line::new(Kind::Jury, text).detail()
        },
        market::PanelResealed as e => {
            Line::new(Kind::Jury, format!("{}: sealed round or epoch went by, it is sealed again", names.job(e.job))).detail()
        },
        market::PanelPhased as e => (e.phase == "standby").then(|| {
            let text = format!("{}: a seat stayed empty, a standby may take it", names.job(e.job));
            Line::new(Kind::Fault, text).by("market")
        }),
        market::VoteCommitted as e => {
            Line::new(Kind::Jury, format!("commits a sealed vote on {}", names.job(e.job))).by(names.addr(&e.owner)).detail()
        },
        market::VoteRevealed as e => {
            let (kind, says) = if e.accept { (Kind::Jury, "is right") } else { (Kind::Fault, "is wrong") };
            let root: String = e.result_root.chars().take(8).collect();
            let text = format!("reveals: the result of {} {says} (found {root}…)", names.job(e.job));
            Line::new(kind, text).by(names.addr(&e.owner))
        },
        market::PanelEscalated as e => {
            let seats = joule_work::committee::RUNGS.get(usize::from(e.rung)).map_or(0, |rung| rung.seats);
            Line::new(Kind::Fault, format!("{}: the jury does not agree, {seats} fresh seats decide", names.job(e.job))).by("market")
        },
        market::PanelClosed as e => {
            let text = format!(
                "{}, attempt {}: {}; {} votes are paid {} each",
                names.job(e.job), e.attempt, e.ruling, e.paid, amount(e.each.u128(), "uusdc")
            );
            let kind = if e.ruling == "upheld" { Kind::Jury } else { Kind::Fault };
            Line::new(kind, text).by("market")
        },
        escrow::AwardsPaid as e => {
            (!e.amount.is_zero()).then(|| {
                let units = e.amount.u128();
                let denom = names.denom(&e.denom);
                Line::new(Kind::Money, format!("pays {} to {} validators", amount(units, denom), e.parties))
                    .moved("hold", "validators", units, denom).by("escrow").detail()
            })
        },
    );
    None
}

/// The lines of draws: the seats of one come in one transaction, an event each.
pub fn drawn(names: &Names, events: &[Event]) -> Vec<Line> {
    let mut juries: BTreeMap<JobId, [Vec<String>; 2]> = BTreeMap::new();
    for event in events {
        if let Ok(e) = market::SeatDrawn::try_from(&plain(event)) {
            let [seats, standbys] = juries.entry(e.job).or_default();
            let list = if e.standby { standbys } else { seats };
            list.push(names.addr(&e.owner));
        }
    }
    let line = |(job, [seats, standbys]): (JobId, [Vec<String>; 2])| {
        let text = format!(
            "draws the jury of {}: {}; {} stand by",
            names.job(job),
            seats.join(", "),
            standbys.join(" and ")
        );
        Line::new(Kind::Jury, text)
    };
    juries.into_iter().map(line).collect()
}
