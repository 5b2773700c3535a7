//! Each invariant catches a bug: books that were sound are changed in one place behind the contracts' back, and exactly that invariant is
//! reported. The books are those of a market in which every kind of record exists.

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

#[test]
fn i01_a_balance_nobody_paid_in() {
    expect("I-01", |seen| {
        seen.escrow.balances.values_mut().next().unwrap().deposited += one();
    });
}

#[test]
fn i01_stake_that_is_in_no_pool() {
    expect("I-01", |seen| {
        let awards = seen.staking.awards.values_mut().next().unwrap();
        *awards += 1;
    });
}

#[test]
fn i02_coins_that_left_without_being_booked() {
    expect("I-02", |seen| {
        let (escrow, eve) = (seen.peers.escrow.clone(), Addr::unchecked("eve"));
        *seen.wallets.get_mut(&(usdc(), escrow)).unwrap() -= 1;
        *seen.wallets.entry((usdc(), eve)).or_default() += 1;
    });
}

#[test]
fn i03_a_payout_counted_twice() {
    expect("I-03", |seen| {
        seen.escrow.ledgers.get_mut(&usdc()).unwrap().paid += one();
    });
}

#[test]
fn i04_an_amount_that_wrapped() {
    expect("I-04", |seen| {
        // A subtraction that wrapped, and the sum that wraps back.
        let mut balances = seen
            .escrow
            .balances
            .iter_mut()
            .filter(|(_, balance)| balance.earned.is_zero());
        let (first, second) = (balances.next().unwrap().1, balances.next().unwrap().1);
        let more = first.deposited + one();
        first.deposited = first.deposited.wrapping_sub(more);
        second.deposited += more;
    });
}

#[test]
fn i05_a_hold_that_lost_more_than_its_tips() {
    expect("I-05", |seen| {
        let hold = seen
            .escrow
            .holds
            .values_mut()
            .find(|hold| hold.terms.tips.u128() > 0)
            .unwrap();
        hold.tips -= one();
    });
}

#[test]
fn i06_a_refusal_that_wrote() {
    expect_step("I-06", |_, _, step| {
        step.ok = false;
        step.digests = (1, 2);
    });
}

/// A settlement of the running job as it should be said.
fn settlement(before: &Observation, after: &mut Observation) -> HoldSettled {
    let id = job_in(before, JobState::Disputed) * 4 + 1;
    let hold = after.escrow.holds.remove(&id).unwrap();
    let closed = joule_escrow::state::Hold {
        remaining: Uint128::zero(),
        tips: Uint128::zero(),
        ..hold.clone()
    };
    after.escrow.closed.insert(id, closed);
    let zero = Uint128::zero();
    HoldSettled {
        hold: HoldId(id),
        closed_before: false,
        denom: USDC.into(),
        payee: None,
        gross: zero,
        provider: zero,
        discount: zero,
        stakers: zero,
        referrer: zero,
        treasury: zero,
        awards: zero,
        refunded: hold.remaining,
    }
}

#[test]
fn i05_a_settlement_that_keeps_a_unit() {
    expect_step("I-05", |before, after, step| {
        let mut event = settlement(before, after);
        event.refunded -= one();
        step.events.push(event.into());
    });
}

#[test]
fn i05_a_hold_that_closed_without_a_word() {
    expect_step("I-05", |before, after, _| {
        settlement(before, after);
    });
}

#[test]
fn i07_a_fee_rounded_against_the_rule() {
    expect_step("I-07", |before, after, step| {
        let mut event = settlement(before, after);
        event.gross = Uint128::new(1_000);
        event.refunded -= event.gross;
        // 92 % of 1000 is 920.
        (event.provider, event.treasury) = (Uint128::new(921), Uint128::new(79));
        step.events.push(event.into());
    });
}

#[test]
fn i08_a_claim_that_can_be_made_again() {
    expect_step("I-08", |before, _, step| {
        step.sender = before.staking.awards.keys().next().unwrap().clone();
        step.claims = true;
    });
}

#[test]
fn i09_somebody_elses_balance_fell() {
    expect_step("I-09", |_, after, _| {
        after.escrow.balances.values_mut().next().unwrap().deposited -= one();
    });
}

#[test]
fn i10_coins_from_nowhere() {
    expect("I-10", |seen| {
        *seen.wallets.entry((usdc(), Addr::unchecked("eve"))).or_default() += 1;
    });
    expect_step("I-10", |_, after, _| {
        *after.supply.get_mut(&usdc()).unwrap() += 1;
    });
}

#[test]
fn i12_more_tips_than_money() {
    expect("I-12", |seen| {
        let hold = seen
            .escrow
            .holds
            .values_mut()
            .find(|hold| hold.terms.tips.is_zero())
            .unwrap();
        hold.tips = hold.remaining + one();
        hold.terms.tips = hold.tips;
    });
}

#[test]
fn i18_terms_that_changed_under_a_deal() {
    expect_step("I-18", |_, after, _| {
        after.market.jobs.values_mut().next().unwrap().posted.terms.fees.fee_bps = 0;
    });
}

#[test]
fn i19_an_id_that_nobody_has() {
    expect("I-19", |seen| seen.market.job_seq += 1);
    expect("I-19", |seen| {
        seen.market.progress.insert(99);
    });
}

#[test]
fn i20_an_edge_that_is_not_in_the_table() {
    expect_step("I-20", |before, after, _| {
        let id = job_in(before, JobState::Completed);
        let progress = after.market.jobs.get_mut(&id).unwrap().progress.as_mut().unwrap();
        (progress.state, progress.version) = (JobState::Running, progress.version + 1);
    });
}

#[test]
fn i20_a_change_without_a_version() {
    expect_step("I-20", |before, after, _| {
        let id = job_in(before, JobState::Running);
        let progress = after.market.jobs.get_mut(&id).unwrap().progress.as_mut().unwrap();
        progress.next_deadline_at += 1;
    });
}

#[test]
fn i21_a_running_job_without_its_money() {
    expect("I-21", |seen| {
        let id = job_in(seen, JobState::Running) * 4;
        let ledger = seen.escrow.ledgers.get_mut(&usdc()).unwrap();
        let mut hold = seen.escrow.holds.remove(&id).unwrap();
        ledger.in_holds -= hold.remaining;
        ledger.stakers += hold.remaining;
        (hold.remaining, hold.tips) = Default::default();
        seen.escrow.closed.insert(id, hold);
    });
}

#[test]
fn i22_a_closed_hold_with_money() {
    expect("I-22", |seen| {
        seen.escrow.closed.values_mut().next().unwrap().remaining = one();
    });
}

#[test]
fn i23_a_load_that_is_not_the_number_of_attempts() {
    expect("I-23", |seen| {
        let node = seen.market.nodes.iter_mut().find(|(_, node)| node.load == 1).unwrap();
        node.1.load = 2;
        let id = *node.0;
        seen.registry.nodes.get_mut(&id).unwrap().load = 2;
    });
}

#[test]
fn i24_an_offer_with_an_id_out_of_turn() {
    expect("I-24", |seen| seen.market.offer_seq += 1);
}

#[test]
fn i24_work_for_a_closed_offer() {
    expect_step("I-24", |before, after, _| {
        let id = job_in(before, JobState::Running);
        let job = before.market.jobs.get_mut(&id).unwrap();
        let progress = job.progress.as_mut().unwrap();
        (progress.state, progress.attempts, progress.version) = (JobState::Queued, 0, progress.version - 2);
        let offer = after.market.jobs[&id].attempt.as_ref().unwrap().offer.u64();
        before.market.offers.get_mut(&offer).unwrap().open = false;
    });
}

#[test]
fn i25_a_dispute_that_ends_before_it_began() {
    expect("I-25", |seen| {
        let id = job_in(seen, JobState::Disputed);
        let job = seen.market.jobs.get_mut(&id).unwrap();
        let dispute = job.dispute.as_mut().unwrap();
        dispute.deadline_at = dispute.opened_at;
        job.progress.as_mut().unwrap().next_deadline_at = dispute.opened_at;
    });
}

#[test]
fn i25_a_state_without_a_deadline() {
    expect("I-25", |seen| {
        let id = job_in(seen, JobState::Running);
        seen.market
            .jobs
            .get_mut(&id)
            .unwrap()
            .progress
            .as_mut()
            .unwrap()
            .next_deadline_at = 0;
    });
}

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

#[test]
fn i38_every_look_up_is_rebuilt() {
    type Change = fn(&mut Observation);
    let changes: [Change; 13] = [
        |seen| {
            seen.market.open.pop_first();
        },
        |seen| {
            seen.market.queued.insert(77);
        },
        |seen| {
            seen.market.buyer_jobs.pop_first();
        },
        |seen| {
            seen.market.provider_jobs.pop_first();
        },
        |seen| {
            seen.market.provider_offers.insert((7, 7));
        },
        |seen| {
            seen.market.rank.pop_first();
        },
        |seen| {
            seen.market.rank.values_mut().next().unwrap().price += 1;
        },
        |seen| {
            seen.market.parked.pop_first();
        },
        |seen| {
            seen.market.nodes.values_mut().next().unwrap().offers.clear();
        },
        |seen| {
            seen.registry.provider_of.pop_first();
        },
        |seen| {
            seen.registry.provider_of.insert(Addr::unchecked("eve"), 1);
        },
        |seen| {
            seen.registry.nodes_of.pop_first();
        },
        |seen| {
            seen.registry.cards.pop_first();
        },
    ];
    for change in changes {
        expect("I-38", change);
    }
}

#[test]
fn i38_a_score_that_was_moved_in_the_index() {
    expect("I-38", |seen| {
        let (key, record) = seen.market.rank.pop_first().unwrap();
        let mut moved = key;
        moved[9] ^= 1;
        seen.market.rank.insert(moved, record);
    });
}

#[test]
fn i39_every_counter_is_counted_again() {
    type Change = fn(&mut Observation);
    let changes: [Change; 8] = [
        |seen| *seen.market.offer_count.values_mut().next().unwrap() += 1,
        |seen| seen.market.stats.values_mut().next().unwrap().posted += 1,
        |seen| seen.market.stats.values_mut().next().unwrap().volume += 1,
        |seen| seen.market.totals.buyers += 1,
        |seen| seen.market.totals.providers += 1,
        |seen| seen.market.totals.open_offers[2] -= 1,
        |seen| seen.registry.tracks.values_mut().next().unwrap().nodes += 1,
        |seen| seen.staking.total += 1,
    ];
    for change in changes {
        expect("I-39", change);
    }
}

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
