//! The validators' tree is what the pools say, in every node; what an epoch ended with is not touched any more.

use std::collections::{BTreeMap, BTreeSet};

use cosmwasm_std::Addr;
use joule_types::staking::ValidatorResponse;

use super::{Report, Step};
use crate::observe::{Observation, ValidatorBooks};

/// The most that one slot weighs.
const MAX_WEIGHT: u128 = (1 << 48) - 1;

/// Sums over the line of slots: by digits that lead to a node's child.
type Sums = BTreeMap<Vec<u8>, u64>;

pub(super) fn state(seen: &Observation, report: &mut Report) {
    let books = &seen.staking.validators;
    let (mut now, mut closed) = (Sums::new(), Sums::new());
    for (owner, slot) in &books.slots {
        add(&mut now, *slot, weight(seen, owner));
    }
    let epoch = epoch(seen, seen.now);
    for (slot, weight) in line(books, epoch) {
        add(&mut closed, slot, weight);
    }
    report.equal("I-52", "weights of the tree", &stored(books, None), &now);
    report.equal(
        "I-52",
        "closed weights of the tree",
        &stored(books, Some(epoch)),
        &closed,
    );
    let eligible = books.slots.keys().filter(|owner| weight(seen, owner) > 0).count();
    report.equal(
        "I-39",
        "eligible validators",
        &(books.record.eligible as usize),
        &eligible,
    );
    report.equal(
        "I-39",
        "enrolled validators",
        &(books.record.enrolled as usize),
        &books.slots.len(),
    );
    seats(books, report);
}

/// What a pool weighs: its bonded stake, if it is enough.
fn weight(seen: &Observation, owner: &Addr) -> u64 {
    let bonded = seen.staking.pools.get(owner).map_or(0, |pool| pool.bonded.u128());
    if bonded < seen.staking.params.min_validator_stake.u128() {
        return 0;
    }
    u64::try_from(bonded.min(MAX_WEIGHT)).unwrap_or(u64::MAX)
}

/// The epoch before the one of `at`.
fn epoch(seen: &Observation, at: u64) -> u32 {
    let secs = seen.staking.validators.record.epoch_secs.max(1);
    u32::try_from(at / secs).unwrap_or(u32::MAX).saturating_sub(1)
}

fn digits(slot: u16) -> [u8; 4] {
    [12, 8, 4, 0].map(|shift| u8::try_from(slot >> shift & 15).unwrap_or(0))
}

fn add(sums: &mut Sums, slot: u16, weight: u64) {
    for length in 1..=4 {
        if weight > 0 {
            *sums.entry(digits(slot)[..length].to_vec()).or_default() += weight;
        }
    }
}

/// Every child of every node that weighs something, now or at the end of an epoch.
fn stored(books: &ValidatorBooks, end_of: Option<u32>) -> Sums {
    let mut sums = Sums::new();
    for (key, node) in &books.tree {
        for (digit, child) in (0u8..).zip(&node.0) {
            let weight = end_of.map_or(child.now, |epoch| *child.at_end_of(epoch));
            if weight > 0 {
                sums.insert([key.as_slice(), &[digit]].concat(), weight);
            }
        }
    }
    sums
}

/// The slots in order with what they weighed at the end of an epoch.
pub(super) fn line(books: &ValidatorBooks, epoch: u32) -> Vec<(u16, u64)> {
    let mut line = vec![];
    for (key, node) in books.tree.iter().filter(|(key, _)| key.len() == 3) {
        for (digit, child) in (0u16..).zip(&node.0) {
            let slot = key.iter().fold(0u16, |slot, digit| slot << 4 | u16::from(*digit)) << 4 | digit;
            let weight = *child.at_end_of(epoch);
            if weight > 0 {
                line.push((slot, weight));
            }
        }
    }
    line
}

/// I-38: a slot has one owner, an address one validator.
fn seats(books: &ValidatorBooks, report: &mut Report) {
    let mut operators = BTreeMap::new();
    for (owner, slot) in &books.slots {
        let seat = books.seats.get(slot);
        report.unless(seat.is_some_and(|seat| seat.owner == *owner), "I-38", || {
            format!("{owner} has slot {slot}, on which sits {seat:?}")
        });
        if let Some(seat) = seat.filter(|seat| seat.operator.now != *owner) {
            operators.insert(seat.operator.now.clone(), owner.clone());
        }
    }
    report.equal("I-38", "owners by operator", &books.operators, &operators);
    let twice = books
        .operators
        .keys()
        .find(|operator| books.slots.contains_key(*operator));
    report.unless(twice.is_none(), "I-38", || {
        format!("{twice:?} votes for two validators")
    });
    let free: BTreeSet<_> = books.retired.values().map(|(slot, from)| (*from, *slot)).collect();
    report.equal("I-38", "slots that rest", &books.free, &free);
    let given: Vec<u16> = {
        let given = books.slots.values().chain(books.retired.values().map(|(slot, _)| slot));
        let mut given: Vec<u16> = given.copied().collect();
        given.sort_unstable();
        given
    };
    let all: Vec<u16> = (0..books.used).filter_map(|slot| u16::try_from(slot).ok()).collect();
    report.equal("I-38", "slots that were given", &given, &all);
}

/// I-34: what is bonded, unbonded, slashed, enrolled or retired now changes no weight of a closed epoch.
pub(super) fn step(before: &Observation, after: &Observation, step: &Step, report: &mut Report) {
    let closed = epoch(before, step.at);
    let (was, is) = (
        line(&before.staking.validators, closed),
        line(&after.staking.validators, closed),
    );
    report.equal("I-34", &format!("weights at the end of epoch {closed}"), &is, &was);
}

/// What the query answers of a validator.
pub(super) fn answer(seen: &Observation, owner: &Addr, slot: u16) -> Option<ValidatorResponse> {
    let books = &seen.staking.validators;
    let closed = line(books, epoch(seen, seen.now));
    let drawn_by = closed
        .iter()
        .find(|(other, _)| *other == slot)
        .map_or(0, |(_, weight)| *weight);
    Some(ValidatorResponse {
        owner: owner.clone(),
        operator: books.seats.get(&slot)?.operator.now.clone(),
        slot: slot.into(),
        weight: weight(seen, owner).into(),
        drawn_by: drawn_by.into(),
    })
}
