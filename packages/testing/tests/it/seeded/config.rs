//! I-43 to I-50.

use super::*;

#[test]
fn i43_a_message_beyond_its_role() {
    expect_step("I-43", |_, _, step| step.allowed = false);
}

#[test]
fn i44_parameters_out_of_bounds() {
    type Change = fn(&mut Observation);
    let changes: [Change; 4] = [
        |seen| seen.market.params.fees.fee_bps = 2_001,
        |seen| seen.market.params.fees.referrer_bps = 9_000,
        |seen| seen.market.params.capacity_plan = [1, 2, 3],
        |seen| seen.escrow.params.denoms.push(seen.escrow.params.denoms[0].clone()),
    ];
    for change in changes {
        expect("I-44", change);
    }
}

#[test]
fn i45_records_that_do_not_point_at_one_another() {
    type Change = fn(&mut Observation);
    let changes: [Change; 4] = [
        |seen| seen.controls.values_mut().next().unwrap().peers.dao = Addr::unchecked("eve"),
        |seen| seen.registry.nodes.values_mut().next().unwrap().load += 1,
        |seen| {
            let id = job_in(seen, JobState::Running) * 4;
            seen.escrow.holds.get_mut(&id).unwrap().payer = Addr::unchecked("eve");
        },
        |seen| {
            let mut hold = seen.escrow.holds.values().next().unwrap().clone();
            (hold.amount, hold.remaining, hold.tips, hold.terms.tips) = Default::default();
            seen.escrow.holds.insert(403, hold);
        },
    ];
    for change in changes {
        expect("I-45", change);
    }
}

#[test]
fn i48_a_page_that_misses_a_record() {
    let world = busy();
    let sound = world.observe();
    assert_eq!(audit::queries(&world, &sound), vec![]);
    type Change = fn(&mut Observation);
    let changes: [Change; 5] = [
        |seen| {
            seen.market.jobs.pop_last();
        },
        |seen| {
            seen.escrow.holds.pop_last();
        },
        |seen| {
            seen.staking.pools.pop_last();
        },
        |seen| {
            seen.registry.nodes.pop_last();
        },
        |seen| {
            let ((owner, _), balance) = seen.escrow.balances.first_key_value().unwrap();
            let (key, balance) = ((owner.clone(), "nzzz".into()), *balance);
            seen.escrow.balances.insert(key, balance);
        },
    ];
    for change in changes {
        let mut seen = sound.clone();
        change(&mut seen);
        assert_eq!(ids(&audit::queries(&world, &seen)), BTreeSet::from(["I-48"]));
    }
}

#[test]
fn i49_a_payout_that_is_not_what_was_said() {
    expect_step("I-49", |before, _, step| {
        let eve = Addr::unchecked("eve");
        let said = Withdrawn {
            owner: eve.clone(),
            to: eve,
            denom: USDC.into(),
            amount: one(),
            earned: one(),
        };
        step.events.push(Event::from(said));
        assert!(before.wallets.len() > 1);
    });
}

#[test]
fn i50_a_deposit_in_a_pause() {
    expect_step("I-50", |before, _, step| {
        before.controls.get_mut("escrow").unwrap().paused_until = step.at + 1;
        step.entry_of = Some("escrow");
    });
}

/// The books are read from the storage itself: a record changed there is seen, though no handler ran.
#[test]
fn a_record_changed_in_the_storage_is_seen() {
    let mut world = busy();
    let (escrow, bob) = (world.peers.escrow.clone(), world.account("bob"));
    {
        let mut storage = world.backend.app.contract_storage_mut(&escrow);
        let balances: Map<(&Addr, &str), Balance> = joule_escrow::state::BALANCES;
        let key = usdc();
        let mut balance = balances.load(&*storage, (&bob, key.as_str())).unwrap();
        balance.earned += one();
        balances.save(&mut *storage, (&bob, key.as_str()), &balance).unwrap();
    }
    assert_eq!(ids(&audit::state(&world.observe())), BTreeSet::from(["I-01"]));
}

#[test]
fn i46_a_market_that_does_not_empty() {
    let mut seen = books();
    seen.escrow.holds.clear();
    seen.escrow.balances.clear();
    seen.escrow
        .ledgers
        .values_mut()
        .for_each(|ledger| ledger.held = ledger.stakers);
    seen.staking.cohorts.clear();
    seen.staking.entries.clear();
    seen.staking.ledger.held = Uint128::zero();
    assert_eq!(audit::drained(&seen), vec![]);
    let (busy, left) = (books(), Uint128::one());
    type Change = Box<dyn Fn(&mut Observation)>;
    let holds = busy.escrow.holds.clone();
    let changes: [Change; 3] = [
        Box::new(move |seen| seen.escrow.holds.clone_from(&holds)),
        Box::new(move |seen| seen.staking.ledger.held = left),
        Box::new(move |seen| seen.escrow.ledgers.values_mut().for_each(|ledger| ledger.held += left)),
    ];
    for change in changes {
        let mut seen = seen.clone();
        change(&mut seen);
        assert_eq!(ids(&audit::drained(&seen)), BTreeSet::from(["I-46"]));
    }
}
