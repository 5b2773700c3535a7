//! Rounds, validators and committees.

use std::collections::BTreeSet;

use joule_testing::{
    audit::{self, Step},
    observe::{Observation, PanelBooks},
    Run, World, USDC,
};
use joule_types::{
    marketplace::{PanelPhase, PanelRuling, SeatVerdict},
    staking::Slashed,
    work::{committee::Vote, job::JobState},
};

use super::{ids, one, quiet};

/// A market with a job that a second rung upheld against a liar, one whose votes are being revealed, and one that waits for its seal; tips
/// were earned and claimed, a window opened, a validator retired.
fn judged() -> Observation {
    let mut world = World::new();
    world.fund_tips(1_000_000);
    let validators = world.validators(16);
    let provider = world.provider("turbine", 400_000);
    let buyer = world.buyer("ada", 5_000_000);
    let deliver = |world: &mut World| {
        world.beat(&provider, &[provider.node]).unwrap();
        let spec = world.judged_spec();
        let job = world.post(&buyer, spec);
        world.start(&provider, job).unwrap();
        world.submit_run(&provider, job, &Run::right()).unwrap();
        job
    };
    let first = deliver(&mut world);
    world.judge(first, &mut |seat| {
        let lies = seat.rung == 0 && seat.seat == 0;
        joule_testing::Conduct::Votes(if lies { Run::of(b"a lie") } else { Run::right() })
    });
    let second = deliver(&mut world);
    let seats = world.seat(second);
    for seat in &seats[..3] {
        world.commit_vote(second, seat, &Run::right()).unwrap();
    }
    world.reveal_vote(second, &seats[0], &Run::right()).unwrap();
    deliver(&mut world);
    world.open_window().unwrap();
    world.retire(&validators[15].owner).unwrap();
    assert!(!world.coins_of(&world.faucet, USDC).is_zero());
    world.observe()
}

fn expect(id: &'static str, change: impl FnOnce(&mut Observation)) {
    let mut seen = judged();
    assert_eq!(audit::state(&seen), vec![], "the books are sound");
    change(&mut seen);
    let broken = audit::state(&seen);
    assert_eq!(ids(&broken), BTreeSet::from([id]), "{broken:?}");
}

fn expect_step(id: &'static str, change: impl FnOnce(&mut Observation, &mut Observation, &mut Step)) {
    let mut before = judged();
    let (mut after, mut step) = (before.clone(), quiet(&before));
    assert_eq!(audit::step(&before, &after, &step), vec![], "nothing happened");
    change(&mut before, &mut after, &mut step);
    let broken = audit::step(&before, &after, &step);
    assert_eq!(ids(&broken), BTreeSet::from([id]), "{broken:?}");
}

/// The committee of a job.
fn panel(seen: &mut Observation, job: u64) -> &mut PanelBooks {
    seen.market.jobs.get_mut(&job).unwrap().panels.get_mut(&1).unwrap()
}

fn some_vote() -> Vote {
    Vote {
        result_root: [5; 32],
        trace_root: [6; 32],
    }
}

#[test]
fn i34_a_party_on_its_own_jury() {
    expect("I-34", |seen| {
        let panel = panel(seen, 2);
        let buyer = panel.links[0].clone();
        panel.seats.get_mut(&(0, 4)).unwrap().operator = buyer;
    });
}

#[test]
fn i34_a_validator_that_votes_twice() {
    expect("I-34", |seen| {
        let panel = panel(seen, 1);
        let twice = panel.seats[&(0, 1)].owner.clone();
        let seat = panel.seats.get_mut(&(1, 1)).unwrap();
        seat.owner = twice;
    });
}

#[test]
fn i34_a_vote_that_nobody_sealed() {
    expect("I-34", |seen| {
        let seat = panel(seen, 1).seats.get_mut(&(0, 1)).unwrap();
        seat.sealed = None;
    });
}

#[test]
fn i34_a_seal_that_changed() {
    expect_step("I-34", |_, after, _| {
        panel(after, 2).seats.get_mut(&(0, 1)).unwrap().sealed = Some([9; 32]);
    });
}

#[test]
fn i34_two_votes_in_one_message() {
    expect_step("I-34", |_, after, _| {
        let panel = panel(after, 2);
        for number in [1, 2] {
            panel.seats.get_mut(&(0, number)).unwrap().vote = Some(some_vote());
        }
    });
}

#[test]
fn i34_another_seat_than_was_drawn() {
    expect_step("I-34", |before, after, _| {
        // As if the second job's seats were drawn in this step, and one of them was not.
        let was = panel(before, 2);
        was.seats.clear();
        was.panel.phase = PanelPhase::AwaitBeacon;
        let is = panel(after, 2);
        for seat in is.seats.values_mut() {
            (seat.sealed, seat.vote) = (None, None);
        }
        is.seats.get_mut(&(0, 0)).unwrap().weight += 1;
    });
}

#[test]
fn i34_stake_of_an_epoch_that_is_over() {
    expect_step("I-34", |_, after, _| {
        for node in after.staking.validators.tree.values_mut() {
            for child in node.0.iter_mut().filter(|child| child.now > 0) {
                (child.now, child.before) = (child.now + 1, child.before + 1);
            }
        }
    });
}

#[test]
fn i35_a_counter_that_is_no_count() {
    expect("I-35", |seen| panel(seen, 2).panel.revealed += 1);
}

#[test]
fn i35_a_ruling_against_the_votes() {
    expect("I-35", |seen| {
        // Two of seven change their minds after the ruling that five had carried: what is left is no majority.
        let panel = panel(seen, 1);
        for number in [0, 1, 2] {
            let seat = panel.seats.get_mut(&(1, number)).unwrap();
            (seat.vote, seat.verdict) = (Some(some_vote()), Some(SeatVerdict::Excused));
        }
        for seat in panel.seats.values_mut() {
            seat.verdict = Some(SeatVerdict::Excused);
        }
    });
}

#[test]
fn i35_a_rung_that_agreed_and_went_on() {
    expect("I-35", |seen| {
        let panel = panel(seen, 1);
        let right = panel.seats[&(0, 1)].vote;
        let seat = panel.seats.get_mut(&(0, 0)).unwrap();
        (seat.vote, seat.verdict) = (right, Some(SeatVerdict::Paid));
    });
}

#[test]
fn i36_a_committee_that_is_over_without_a_ruling() {
    expect("I-36", |seen| {
        panel(seen, 2).panel.ruling = Some(PanelRuling::Abandoned)
    });
}

#[test]
fn i36_a_verdict_against_the_ruling() {
    expect("I-36", |seen| {
        let seats = &mut panel(seen, 1).seats;
        let paid = seats
            .values_mut()
            .find(|seat| seat.verdict == Some(SeatVerdict::Paid))
            .unwrap();
        paid.verdict = Some(SeatVerdict::Wrong);
    });
}

#[test]
fn i36_a_ruling_that_changed() {
    expect_step("I-36", |_, after, _| {
        panel(after, 1).panel.ruling = Some(PanelRuling::Overturned)
    });
}

#[test]
fn i36_a_slash_without_a_verdict() {
    expect_step("I-36", |_, after, step| {
        let innocent = panel(after, 1).seats[&(0, 1)].owner.clone();
        let slash = Slashed {
            pool: innocent,
            caller: after.peers.marketplace.clone(),
            kind: "wrong_vote".into(),
            id: 1,
            attempt: 65_536,
            known: false,
            slashed: cosmwasm_std::Uint128::zero(),
            repaid: cosmwasm_std::Uint128::zero(),
            repaid_to: None,
            burned: cosmwasm_std::Uint128::zero(),
        };
        let (market, mut key) = (after.peers.marketplace.clone(), [7; 17]);
        key[0] = 9;
        after.staking.incidents.insert((market, key));
        step.events.push(slash.into());
    });
}

#[test]
fn i36_a_job_that_is_judged_by_nobody() {
    expect("I-36", |seen| {
        let id = super::job_in(seen, JobState::Verifying);
        let job = seen.market.jobs.get_mut(&id).unwrap();
        let owners: Vec<_> = job.panels[&1].seats.values().map(|seat| seat.owner.clone()).collect();
        job.panels.clear();
        for owner in owners {
            seen.market.open_seats.remove(&(owner, id));
        }
    });
}

#[test]
fn i38_a_seat_on_no_list() {
    expect("I-38", |seen| {
        let key = seen.market.open_seats.keys().next().unwrap().clone();
        seen.market.open_seats.remove(&key);
    });
}

#[test]
fn i38_an_operator_of_two_validators() {
    expect("I-38", |seen| {
        let validators = &mut seen.staking.validators;
        let (operator, owner) = validators
            .operators
            .iter()
            .next()
            .map(|(a, b)| (a.clone(), b.clone()))
            .unwrap();
        let other = validators
            .slots
            .iter()
            .find(|(other, _)| **other != owner)
            .map(|(_, slot)| *slot)
            .unwrap();
        validators.seats.get_mut(&other).unwrap().operator.now = operator;
    });
}

#[test]
fn i38_a_slot_that_is_lost() {
    expect("I-38", |seen| {
        seen.staking.validators.retired.clear();
        seen.staking.validators.free.clear();
    });
}

#[test]
fn i38_a_posted_round_that_is_wanted() {
    expect("I-38", |seen| {
        let round = *seen.registry.rounds.keys().next().unwrap();
        seen.registry.wanted.insert(round, true);
    });
}

#[test]
fn i39_validators_are_counted() {
    expect("I-39", |seen| seen.staking.validators.record.eligible += 1);
    expect("I-39", |seen| seen.staking.validators.record.enrolled -= 1);
}

#[test]
fn i39_tips_are_counted() {
    expect("I-39", |seen| {
        *seen.registry.tips.values_mut().next().unwrap() += 1;
    });
}

#[test]
fn i02_a_fund_that_is_not_there() {
    expect("I-02", |seen| seen.registry.beacon.fund += one());
}

#[test]
fn i51_a_round_that_nobody_signed() {
    expect("I-51", |seen| {
        let opened: Vec<u64> = seen.registry.windows.values().map(|(round, _)| *round).collect();
        let other = seen
            .registry
            .rounds
            .iter_mut()
            .find(|(round, _)| !opened.contains(round))
            .unwrap();
        other.1[0] ^= 1;
    });
}

#[test]
fn i51_a_window_that_no_round_opened() {
    expect("I-51", |seen| seen.registry.windows.values_mut().next().unwrap().1 += 1);
}

#[test]
fn i52_a_node_that_is_no_sum() {
    expect("I-52", |seen| {
        let root = seen.staking.validators.tree.get_mut(&vec![]).unwrap();
        root.0[0].now += 1;
    });
}

#[test]
fn i52_a_pool_whose_weight_stayed() {
    expect("I-52", |seen| {
        let validators = &mut seen.staking.validators;
        for (key, node) in &mut validators.tree {
            let child = node.0.iter_mut().find(|child| child.now > 0).unwrap();
            child.now += 1;
            assert!(key.len() < 4);
        }
    });
}

#[test]
fn i05_votes_that_were_paid_and_not_booked() {
    expect("I-05", |seen| {
        let (id, job) = seen
            .market
            .jobs
            .iter()
            .find(|(_, job)| {
                job.progress
                    .as_ref()
                    .is_some_and(|progress| progress.state == JobState::Verifying)
            })
            .unwrap();
        let (hold, denom) = (id * 4, joule_types::denom_key(&job.posted.spec.requirements.denom));
        // One unit of the hold went to a validator, which the job does not say.
        seen.escrow.holds.get_mut(&hold).unwrap().remaining -= one();
        let seat = job.panels[&1].links[0].clone();
        seen.escrow.balances.entry((seat, denom.clone())).or_default().earned += one();
        seen.escrow.ledgers.get_mut(&denom).unwrap().in_holds -= one();
        let job = seen.market.jobs.get_mut(&(hold / 4)).unwrap();
        let kept = &mut job.posted.spec;
        kept.crank_deposit = kept.crank_deposit.min(kept.crank_deposit);
    });
}
