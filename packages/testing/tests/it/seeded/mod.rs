//! Each invariant catches a bug: books that were sound are changed in one place behind the contracts' back, and exactly that invariant is
//! reported. The books are those of a market in which every kind of record exists.

mod config;
mod judges;
mod market;
mod money;
mod stake;

use std::collections::BTreeSet;

use cosmwasm_std::{Addr, Event, Uint128};
use cw_storage_plus::Map;
use joule_escrow::domain::balance::Balance;
use joule_rollout::ONE_JOULE;
use joule_testing::{
    audit::{self, Step},
    observe::Observation,
    World, USDC,
};
use joule_types::{
    escrow::{HoldSettled, Withdrawn},
    staking::Slashed,
    work::job::JobState,
    HoldId,
};

/// A market with a queued, a running, a disputed, a paid and a failed job, stake on its way out and matured, an award and fees.
fn busy() -> World {
    let mut world = World::new();
    let cheap = world.provider("cheap", 100_000);
    let buyer = world.buyer("ada", 20_000_000);
    world.buyer("bob", 1_000_000);
    let slow = world.post(&buyer, world.job_spec());
    world.start(&cheap, slow).unwrap();
    world.unbond(&cheap.owner, 1_000 * ONE_JOULE).unwrap();
    world.pass_deadline(slow);
    // Slashed 5 %, the buyer repaid; the job waits.
    world.timeout(slow).unwrap();
    let steady = world.provider("steady", 400_000);
    let wide = world.provider("wide", 450_000);
    for end in ["paid", "disputed", "running"] {
        for provider in [&steady, &wide] {
            world.beat(provider, &[provider.node]).unwrap();
        }
        let job = world.post(&buyer, world.job_spec());
        let taken = world.job(job).attempt.unwrap().provider;
        let provider = if taken == steady.id { &steady } else { &wide };
        match end {
            "paid" => {
                world.deliver(provider, job);
                world.accept(&buyer, job).unwrap();
            }
            "disputed" => {
                world.deliver(provider, job);
                world.dispute(&buyer.address, job).unwrap();
            }
            _ => drop(world.start(provider, job).unwrap()),
        }
    }
    world.unbond(&wide.owner, 500 * ONE_JOULE).unwrap();
    world
}

fn books() -> Observation {
    busy().observe()
}

fn ids(broken: &[audit::Broken]) -> BTreeSet<&'static str> {
    broken.iter().map(|broken| broken.id).collect()
}

/// Changes sound books and expects exactly `id`.
fn expect(id: &'static str, change: impl FnOnce(&mut Observation)) {
    let mut seen = books();
    assert_eq!(audit::state(&seen), vec![], "the books are sound");
    change(&mut seen);
    let broken = audit::state(&seen);
    assert_eq!(ids(&broken), BTreeSet::from([id]), "{broken:?}");
}

fn quiet(seen: &Observation) -> Step {
    Step {
        sender: Addr::unchecked("eve"),
        ok: true,
        allowed: true,
        entry_of: None,
        claims: false,
        on_behalf_of: None,
        carried: vec![],
        events: vec![],
        at: seen.now,
        digests: (1, 1),
    }
}

/// A step from sound books to changed ones, and exactly `id` between them.
fn expect_step(id: &'static str, change: impl FnOnce(&mut Observation, &mut Observation, &mut Step)) {
    let mut before = books();
    let (mut after, mut step) = (before.clone(), quiet(&before));
    assert_eq!(audit::step(&before, &after, &step), vec![], "nothing happened");
    change(&mut before, &mut after, &mut step);
    let broken = audit::step(&before, &after, &step);
    assert_eq!(ids(&broken), BTreeSet::from([id]), "{broken:?}");
}

fn usdc() -> String {
    format!("n{USDC}")
}

fn job_in(seen: &Observation, state: JobState) -> u64 {
    let found = seen
        .market
        .jobs
        .iter()
        .find(|(_, job)| job.progress.as_ref().is_some_and(|p| p.state == state));
    *found.expect("a job in that state").0
}

fn one() -> Uint128 {
    Uint128::one()
}
