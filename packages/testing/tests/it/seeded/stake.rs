//! I-26 to I-31.

use super::*;

#[test]
fn i26_shares_that_belong_to_nobody() {
    expect("I-26", |seen| {
        let pool = seen.staking.pools.values_mut().next().unwrap();
        pool.shares += one();
    });
}

#[test]
fn i28_stake_that_came_from_nowhere() {
    expect_step("I-28", |_, after, _| {
        after.staking.pools.values_mut().next().unwrap().bonded += one();
    });
}

/// A pool with stake on its way out, slashed by a tenth of everything.
fn slashed(before: &Observation, after: &mut Observation) -> Slashed {
    let found = before
        .staking
        .cohorts
        .iter()
        .find(|((_, at), pot)| *at > before.now && pot.amount > Uint128::zero());
    let ((owner, at), pot) = found.expect("stake on its way out");
    let (leaving, bonded) = (pot.amount.u128() / 10, before.staking.pools[owner].bonded.u128() / 10);
    after.staking.cohorts.get_mut(&(owner.clone(), *at)).unwrap().amount -= Uint128::new(leaving);
    after.staking.pools.get_mut(owner).unwrap().bonded -= Uint128::new(bonded);
    let incident = (before.peers.marketplace.clone(), [9; 17]);
    after.staking.incidents.insert(incident);
    let taken = leaving + bonded;
    after.staking.ledger.burned += Uint128::new(taken);
    *after.supply.get_mut(&before.joule).unwrap() -= taken;
    *after
        .wallets
        .get_mut(&(before.joule.clone(), before.peers.staking.clone()))
        .unwrap() -= taken;
    Slashed {
        pool: owner.clone(),
        caller: before.peers.marketplace.clone(),
        kind: "timeout".into(),
        id: 9,
        attempt: 9,
        known: false,
        slashed: taken.into(),
        repaid: Uint128::zero(),
        repaid_to: None,
        burned: taken.into(),
    }
}

#[test]
fn i29_unbonding_stake_that_escapes_a_slash() {
    expect_step("I-29", |before, after, step| {
        let event = slashed(before, after);
        let found = before
            .staking
            .cohorts
            .iter()
            .find(|((owner, at), _)| *owner == event.pool && *at > before.now);
        let (key, pot) = found.unwrap();
        let escaped = pot.amount - after.staking.cohorts[key].amount;
        after.staking.cohorts.insert(key.clone(), pot.clone());
        after.staking.pools.get_mut(&event.pool).unwrap().bonded -= escaped;
        step.events.push(event.into());
    });
}

#[test]
fn i30_one_incident_slashed_twice() {
    expect_step("I-30", |before, after, step| {
        let event = slashed(before, after);
        after.staking.incidents = before.staking.incidents.clone();
        step.events.push(event.into());
    });
    expect_step("I-30", |_, after, _| {
        after.staking.incidents.pop_first();
    });
}

#[test]
fn i31_matured_stake_that_was_slashed() {
    expect_step("I-31", |before, after, step| {
        let found = before
            .staking
            .cohorts
            .iter()
            .find(|((_, at), pot)| *at > before.now && !pot.amount.is_zero());
        let ((owner, at), _) = found.unwrap();
        // It had matured when the message ran; what it lost turned up in the pool, so that no sum is wrong.
        step.at = at + 1;
        after.staking.cohorts.get_mut(&(owner.clone(), *at)).unwrap().amount -= one();
        after.staking.pools.get_mut(owner).unwrap().bonded += one();
    });
}
