//! I-49: what the contracts say is what moved.

use std::collections::BTreeMap;

use cosmwasm_std::{Addr, Event};
use joule_types::{
    escrow::{Deposited, FeesDistributed, HoldOpened, Withdrawn},
    registry::{ProviderRegistered, TipsClaimed},
    staking::{Bonded, Slashed, StakeClaimed},
};

use super::{Report, Step};
use crate::observe::Observation;

/// All events of a type.
pub fn all<'a, T: TryFrom<&'a Event>>(events: &'a [Event]) -> Vec<T> {
    events.iter().filter_map(|event| T::try_from(event).ok()).collect()
}

pub(super) fn step(before: &Observation, after: &Observation, step: &Step, report: &mut Report) {
    if !step.ok {
        return;
    }
    let mut moved = BTreeMap::<(String, Addr), i128>::new();
    let mut add = |denom: &str, who: &Addr, amount: u128, come: bool| {
        let amount = i128::try_from(amount).unwrap_or(i128::MAX);
        *moved.entry((denom.into(), who.clone())).or_default() += if come { amount } else { -amount };
    };
    let (escrow, staking, dao) = (&before.peers.escrow, &before.peers.staking, &before.peers.dao);
    let key = |name: &str| {
        if before.joule.ends_with(name) {
            before.joule.clone()
        } else {
            format!("n{name}")
        }
    };
    for (denom, to, amount) in &step.carried {
        add(denom, &step.sender, *amount, false);
        add(denom, to, *amount, true);
    }
    for out in all::<Withdrawn>(&step.events) {
        add(&key(&out.denom), escrow, out.amount.u128(), false);
        add(&key(&out.denom), &out.to, out.amount.u128(), true);
    }
    for out in all::<FeesDistributed>(&step.events) {
        add(&key(&out.denom), escrow, out.amount.u128(), false);
        add(&key(&out.denom), dao, out.amount.u128(), true);
    }
    for out in all::<StakeClaimed>(&step.events) {
        add(&before.joule, staking, out.matured.u128() + out.awarded.u128(), false);
        add(&before.joule, &out.to, out.matured.u128() + out.awarded.u128(), true);
    }
    for out in all::<TipsClaimed>(&step.events) {
        add(&before.joule, &before.peers.registry, out.amount.u128(), false);
        add(&before.joule, &out.to, out.amount.u128(), true);
    }
    for out in all::<Slashed>(&step.events) {
        add(&before.joule, staking, out.burned.u128(), false);
    }
    for out in all::<ProviderRegistered>(&step.events) {
        add(&before.joule, &before.peers.registry, out.fee.u128(), false);
        add(&before.joule, dao, out.fee.u128(), true);
    }
    let keys = before.wallets.keys().chain(after.wallets.keys()).chain(moved.keys());
    for key in keys.cloned().collect::<std::collections::BTreeSet<_>>() {
        let amount =
            |seen: &Observation| i128::try_from(seen.wallets.get(&key).copied().unwrap_or(0)).unwrap_or(i128::MAX);
        let (found, said) = (amount(after) - amount(before), moved.get(&key).copied().unwrap_or(0));
        report.equal("I-49", &format!("{} of {}", key.0, key.1), &found, &said);
    }
    let come: u128 = all::<Deposited>(&step.events)
        .iter()
        .map(|event| event.amount.u128())
        .sum();
    let bonded: u128 = all::<Bonded>(&step.events)
        .iter()
        .map(|event| event.amount.u128())
        .sum();
    let attached = |peer: &Addr| {
        step.carried
            .iter()
            .filter(|(_, to, _)| to == peer)
            .map(|(_, _, sum)| sum)
            .sum::<u128>()
    };
    let in_escrow: u128 = ledgers(after).saturating_sub(ledgers(before));
    let with_hold = if all::<HoldOpened>(&step.events).is_empty() {
        0
    } else {
        attached(escrow)
    };
    report.equal("I-49", "what was deposited", &in_escrow, &(come + with_hold));
    let staked = after.staking.ledger.deposited.u128()
        - before
            .staking
            .ledger
            .deposited
            .u128()
            .min(after.staking.ledger.deposited.u128());
    report.equal("I-49", "what was bonded", &staked, &bonded);
}

fn ledgers(seen: &Observation) -> u128 {
    seen.escrow.ledgers.values().map(|ledger| ledger.deposited.u128()).sum()
}
