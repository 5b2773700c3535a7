//! I-44 and I-50: parameters stay valid, a pause stops entry.

use super::{Report, Step};
use crate::observe::Observation;

pub(super) fn state(seen: &Observation, report: &mut Report) {
    let market = &seen.market.params;
    let fees = &market.fees;
    let parts = u32::from(fees.stakers_bps) + u32::from(fees.referrer_bps);
    let valid = [
        (
            fees.fee_bps <= 2_000 && fees.discount_bps <= 10_000 && parts <= 10_000,
            "fees",
        ),
        (market.dispute_bps <= 1_000, "dispute_bps"),
        (market.timeout_slash_bps <= 5_000, "timeout_slash_bps"),
        ((1..=10).contains(&market.max_attempts), "max_attempts"),
        (
            market.start_secs > 0 && market.accept_secs > 0 && market.arbiter_secs > 0,
            "durations",
        ),
        (
            market.capacity_plan.iter().map(|part| u32::from(*part)).sum::<u32>() == 10_000,
            "capacity_plan",
        ),
        (seen.staking.params.unbonding_secs > 0, "unbonding_secs"),
        (
            seen.registry.params.forgery_slash_bps <= 10_000 && seen.registry.params.misuse_slash_bps <= 10_000,
            "slashes",
        ),
        ([64, 128, 256, 512].contains(&seen.registry.params.window_k), "window_k"),
        (seen.registry.params.admission_units.u64() > 0, "admission_units"),
        (seen.dao.params.voting_secs >= seen.dao.min_duration_secs, "voting_secs"),
        (
            seen.dao.params.timelock_secs >= seen.dao.min_duration_secs,
            "timelock_secs",
        ),
        (
            seen.dao.params.quorum_bps <= 10_000 && seen.dao.params.threshold_bps <= 10_000,
            "quorum",
        ),
    ];
    for (holds, name) in valid {
        report.unless(holds, "I-44", || format!("parameter {name} is out of bounds"));
    }
    let listed = &seen.escrow.params.denoms;
    let twice = listed
        .iter()
        .enumerate()
        .any(|(i, denom)| listed.iter().skip(i + 1).any(|other| other == denom));
    report.unless(!twice && listed.len() <= 16, "I-44", || {
        format!("list of denominations: {listed:?}")
    });
    let arbiter_is_peer = joule_types::Peer::ALL
        .iter()
        .any(|peer| *peer != joule_types::Peer::Dao && seen.peers.get(*peer).as_str() == market.arbiter);
    report.unless(!arbiter_is_peer, "I-44", || {
        format!("the arbiter {} is a contract", market.arbiter)
    });
    for (name, control) in &seen.controls {
        let same = control.peers == seen.peers;
        report.unless(same, "I-45", || format!("{name} has other peers: {:?}", control.peers));
    }
}

/// I-50: a pause refuses entry until it ends by itself.
pub(super) fn step(before: &Observation, step: &Step, report: &mut Report) {
    let paused = |name: &&str| {
        before
            .controls
            .get(name)
            .is_some_and(|control| step.at < control.paused_until)
    };
    let entered = step.entry_of.filter(paused).filter(|_| step.ok);
    report.unless(entered.is_none(), "I-50", || {
        format!("{} let something in during a pause", entered.unwrap_or_default())
    });
}
