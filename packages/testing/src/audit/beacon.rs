//! Rounds of the beacon: only true ones are stored, windows open by them, and the tips add up.

use std::collections::BTreeSet;

use joule_types::work::beacon::{opens_window, randomness};

use super::Report;
use crate::{observe::Observation, signature};

pub(super) fn state(seen: &Observation, report: &mut Report) {
    let registry = &seen.registry;
    for (round, found) in &registry.rounds {
        let right = randomness(&signature(*round)).to_vec();
        report.equal("I-51", &format!("randomness of round {round}"), found, &right);
    }
    let latest = registry.rounds.keys().last().copied();
    report.equal("I-51", "the latest round", &registry.beacon.latest, &latest);
    let both: Vec<_> = registry
        .wanted
        .keys()
        .filter(|round| registry.rounds.contains_key(round))
        .collect();
    report.unless(both.is_empty(), "I-38", || {
        format!("rounds {both:?} are wanted and posted")
    });
    let tips: u128 = registry.tips.values().sum();
    report.equal("I-39", "tips to be claimed", &registry.beacon.unclaimed.u128(), &tips);
    windows(seen, report);
}

/// A window opens by a posted round that triggers one, as of the time at which the round was due, one a round.
fn windows(seen: &Observation, report: &mut Report) {
    let (registry, beacon) = (&seen.registry, &seen.registry.beacon.beacon);
    let every = registry.params.window_every_secs;
    for (id, (round, opened_at)) in &registry.windows {
        let due = beacon.genesis + (round - 1) * beacon.period;
        report.equal("I-51", &format!("opening of window {id}"), opened_at, &due);
        let triggers = registry.rounds.get(round).is_some_and(|found| {
            let randomness = <[u8; 32]>::try_from(found.as_slice());
            randomness.is_ok_and(|found| opens_window(&found, beacon.period, every) == Ok(true))
        });
        report.unless(triggers, "I-51", || {
            format!("window {id} was opened by round {round}, which opens none")
        });
    }
    let rounds: BTreeSet<_> = registry.windows.values().map(|(round, _)| round).collect();
    report.equal(
        "I-51",
        "rounds that opened windows",
        &rounds.len(),
        &registry.windows.len(),
    );
}
