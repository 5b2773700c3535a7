//! I-01, I-03, I-26 to I-31: stake.

use std::collections::{BTreeMap, BTreeSet};

use cosmwasm_std::Addr;
use joule_types::staking::{Bonded, Slashed, StakeClaimed};

use super::{events::all, Report, Step};
use crate::observe::Observation;

pub(super) fn state(seen: &Observation, report: &mut Report) {
    let books = &seen.staking;
    let bonded: u128 = books.pools.values().map(|pool| pool.bonded.u128()).sum();
    let leaving: u128 = books.cohorts.values().map(|pot| pot.amount.u128()).sum();
    let awards: u128 = books.awards.values().sum();
    let held = books.ledger.held.u128();
    report.equal("I-01", "parts of the stake", &(bonded + leaving + awards), &held);
    let out = books.ledger.withdrawn.u128() + books.ledger.burned.u128() + held;
    report.equal("I-03", "flows of the stake", &out, &books.ledger.deposited.u128());
    let slashed = books.ledger.slashed.u128();
    report.equal(
        "I-03",
        "what slashes took",
        &(books.ledger.burned.u128() + books.ledger.repaid.u128()),
        &slashed,
    );
    report.equal("I-39", "the total of bonded stake", &books.total, &bonded);
    for (owner, pool) in &books.pools {
        let (amount, shares) = (pool.bonded.u128(), pool.shares.u128());
        report.unless((amount == 0) == (shares == 0), "I-26", || {
            format!("pool of {owner}: {pool:?}")
        });
        let of_pool = |key: &&(Addr, u32, Addr)| key.0 == *owner && key.1 == pool.generation;
        let parts: Vec<u128> = books
            .shares
            .iter()
            .filter(|(key, _)| of_pool(key))
            .map(|(_, sum)| *sum)
            .collect();
        report.equal(
            "I-26",
            &format!("shares of the pool of {owner}"),
            &parts.iter().sum::<u128>(),
            &shares,
        );
        if let Some(values) = values(&parts, amount, shares) {
            let dust = amount.checked_sub(values);
            let small = dust.is_some_and(|dust| dust <= parts.len() as u128);
            report.unless(small, "I-27", || {
                format!("pool of {owner}: values {values} of {amount}")
            });
        }
    }
    for ((owner, at), pot) in &books.cohorts {
        let of_pot = |key: &&(Addr, u64, Addr), entry: &joule_staking::state::Entry| {
            key.2 == *owner && key.1 == *at && entry.generation == pot.generation
        };
        let entries = books.entries.iter().filter(|(key, entry)| of_pot(key, entry));
        let parts: u128 = entries.map(|(_, entry)| entry.shares.u128()).sum();
        report.equal(
            "I-26",
            &format!("shares of the cohort {at} of {owner}"),
            &parts,
            &pot.shares.u128(),
        );
    }
}

/// Sum of the values of all stakers, each rounded down; none in an empty pool.
fn values(parts: &[u128], amount: u128, shares: u128) -> Option<u128> {
    let value = |part: &u128| cosmwasm_std::Uint128::new(amount).multiply_ratio(*part, shares).u128();
    (shares > 0).then(|| parts.iter().map(value).sum())
}

pub(super) fn step(before: &Observation, after: &Observation, step: &Step, report: &mut Report) {
    let slashes = all::<Slashed>(&step.events);
    flows(before, after, step, &slashes, report);
    for slash in slashes.iter().filter(|slash| !slash.known && !slash.slashed.is_zero()) {
        same_fraction(before, after, slash, step.at, report);
    }
    let lost = before.staking.incidents.difference(&after.staking.incidents).next();
    report.unless(lost.is_none(), "I-30", || format!("incident {lost:?} was forgotten"));
    let new = after.staking.incidents.difference(&before.staking.incidents).count();
    let fresh: Vec<_> = slashes.iter().filter(|slash| !slash.known).collect();
    report.equal("I-30", "new incidents for slashes", &new, &fresh.len());
    let keys: BTreeSet<_> = fresh
        .iter()
        .map(|slash| (&slash.caller, &slash.kind, slash.id, slash.attempt))
        .collect();
    report.equal("I-30", "different incidents", &keys.len(), &fresh.len());
    let known = slashes.iter().find(|slash| slash.known && !slash.slashed.is_zero());
    report.unless(known.is_none(), "I-30", || format!("slashed twice: {known:?}"));
    matured(before, after, step, report);
}

/// All stake of each owner, bonded and on its way out.
fn stakes(seen: &Observation) -> BTreeMap<&Addr, u128> {
    let mut sums = BTreeMap::new();
    for (owner, pool) in &seen.staking.pools {
        *sums.entry(owner).or_default() += pool.bonded.u128();
    }
    for ((owner, _), pot) in &seen.staking.cohorts {
        *sums.entry(owner).or_default() += pot.amount.u128();
    }
    sums
}

/// I-28: what a pool has changes by what was bonded, claimed and slashed, and by nothing else.
fn flows(before: &Observation, after: &Observation, step: &Step, slashes: &[Slashed], report: &mut Report) {
    let (had, has) = (stakes(before), stakes(after));
    let owners: BTreeSet<_> = had.keys().chain(has.keys()).copied().collect();
    let (bonds, claims) = (all::<Bonded>(&step.events), all::<StakeClaimed>(&step.events));
    for owner in owners {
        let come: u128 = bonds
            .iter()
            .filter(|event| event.pool == *owner)
            .map(|event| event.amount.u128())
            .sum();
        let gone: u128 = claims
            .iter()
            .filter(|event| event.to == *owner)
            .map(|event| event.matured.u128())
            .sum();
        let taken: u128 = slashes
            .iter()
            .filter(|event| event.pool == *owner)
            .map(|event| event.slashed.u128())
            .sum();
        let (had, has) = (
            had.get(owner).copied().unwrap_or(0),
            has.get(owner).copied().unwrap_or(0),
        );
        report.equal(
            "I-28",
            &format!("stake of {owner}, in and out"),
            &(has + gone + taken),
            &(had + come),
        );
    }
}

/// I-29: every unit of a pool that is not out of reach loses the same, up to the rounding of each part.
fn same_fraction(before: &Observation, after: &Observation, slash: &Slashed, at: u64, report: &mut Report) {
    let parts = |seen: &Observation| -> BTreeMap<u64, u128> {
        let bonded = seen.staking.pools.get(&slash.pool).map_or(0, |pool| pool.bonded.u128());
        let leaving = seen
            .staking
            .cohorts
            .iter()
            .filter(|((owner, matures), _)| *owner == slash.pool && *matures > at);
        let leaving = leaving.map(|((_, matures), pot)| (*matures, pot.amount.u128()));
        leaving.chain([(0, bonded)]).collect()
    };
    let (had, has) = (parts(before), parts(after));
    let (whole, taken) = (had.values().sum::<u128>(), slash.slashed.u128());
    report.unless(taken <= whole, "I-29", || format!("{taken} slashed of {whole}"));
    for (key, had_part) in &had {
        let left = has.get(key).copied().unwrap_or(0);
        let ideal = had_part * taken / whole.max(1);
        let lost = had_part.checked_sub(left);
        let slack = had.len() as u128 + 1;
        report.unless(lost.is_some_and(|lost| lost.abs_diff(ideal) <= slack), "I-29", || {
            format!(
                "part {key} of {}: {had_part} became {left}, its share of {taken} is {ideal}",
                slash.pool
            )
        });
    }
}

/// I-31: what has matured is out of every slash's reach and leaves once, with its owner.
fn matured(before: &Observation, after: &Observation, step: &Step, report: &mut Report) {
    for ((owner, at), pot) in before.staking.cohorts.iter().filter(|((_, at), _)| *at <= step.at) {
        let now = after.staking.cohorts.get(&(owner.clone(), *at));
        let claimed = now.is_none() && step.claims && step.ok && step.sender == *owner;
        report.unless(now == Some(pot) || claimed, "I-31", || {
            format!("matured cohort {at} of {owner} changed from {pot:?} to {now:?}")
        });
    }
}
