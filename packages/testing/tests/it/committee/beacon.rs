//! Who tries to choose, hide, replay or sell the rounds of the beacon.

use cosmwasm_std::Binary;
use joule_testing::{code, event, signature, Run, World};
use joule_types::registry::{ExecuteMsg, QueryMsg, RoundPosted};

use super::Court;

fn tips(world: &World, who: &str) -> u128 {
    let address = world.account(who).to_string();
    let tips: cosmwasm_std::Uint128 = world.ask(&world.peers.registry, &QueryMsg::Tips { address });
    tips.u128()
}

fn post(world: &mut World, who: &str, round: u64) -> RoundPosted {
    let who = world.account(who);
    event(&world.post_round_by(&who, round, signature(round).into()).unwrap())
}

#[test]
fn forged_rounds_are_refused_and_change_nothing() {
    let mut world = World::new();
    let due = world.clock().round_at(world.now());
    let right = signature(due).to_vec();
    let flip = |at: usize, bit: u8| {
        let mut forged = right.clone();
        forged[at] ^= 1 << bit;
        forged
    };
    let mut infinity = vec![0; 48];
    infinity[0] = 0xc0;
    let forged = [
        flip(47, 0),
        flip(20, 3),
        flip(0, 7),
        flip(0, 6),
        flip(0, 5),
        signature(due - 1).to_vec(),
        signature(due + 1).to_vec(),
        right[..47].to_vec(),
        [right.clone(), vec![0]].concat(),
        infinity,
        vec![0; 48],
        vec![0xff; 48],
        vec![],
    ];
    let (eve, digest) = (world.account("eve"), world.digest());
    for (number, forged) in forged.into_iter().enumerate() {
        let answer = world.post_round_by(&eve, due, Binary::from(forged));
        assert_eq!(code(&answer.unwrap_err()), "reg.invalid_round", "{number}");
    }
    assert_eq!(world.digest(), digest);
    world.post_round(due).unwrap();
}

#[test]
fn a_round_is_posted_when_it_is_due_and_once() {
    let mut world = World::new();
    world.fund_tips(1_000_000);
    let due = world.clock().round_at(world.now());
    let ahead = due + 600;
    let eve = world.account("eve");
    let early = world.post_round_by(&eve, ahead, signature(ahead).into());
    assert_eq!(code(&early.unwrap_err()), "reg.too_early");
    world.post_round(due).unwrap();
    let digest = world.digest();
    let again = post(&mut world, "eve", due);
    assert!(again.known && again.tip.is_zero());
    assert_eq!(world.digest(), digest, "a replay changes nothing");
}

/// Only what a committee waits for, or what opens a window, is worth a tip; the fund is the bound.
#[test]
fn tips_cannot_be_farmed() {
    let mut court = Court::new(12);
    let world = &mut court.world;
    let tip = world.registry_params().round_tip.u128();
    world.fund_tips(tip + tip / 2);
    let due = world.clock().round_at(world.now());
    let idle: Vec<u64> = (due - 40..due).filter(|round| !world.opens_window(*round)).collect();
    for round in idle.into_iter().take(20) {
        assert!(post(world, "eve", round).tip.is_zero());
    }
    // A round that a node asked for is its own affair: whoever asks could post it too.
    let provider = world.registered("asker");
    let spec = world.cpu_spec();
    let node = world.add_node(&provider, spec).unwrap();
    world
        .registry(&provider.operator, &ExecuteMsg::RequestChallenge { node })
        .unwrap();
    let round = world.challenge(node).unwrap().round;
    world.pass_to_round(round);
    let posted = post(world, "eve", round);
    assert!(posted.wanted && posted.tip.is_zero() || world.opens_window(round));
    for wanted in [tip, tip / 2, 0] {
        let provider = court.provider.clone();
        court.world.beat(&provider, &[provider.node]).unwrap();
        let job = court.delivered(&Run::right());
        court.world.seal(job).unwrap();
        let round = court.world.panel(job).round.unwrap();
        court.world.pass_to_round(round);
        let had = tips(&court.world, "eve");
        assert_eq!(post(&mut court.world, "eve", round).tip.u128(), wanted);
        assert!(post(&mut court.world, "eve", round).known);
        assert_eq!(tips(&court.world, "eve") - had, wanted);
        let keeper = court.world.account("keeper");
        court
            .world
            .market(&keeper, &joule_types::marketplace::ExecuteMsg::Draw { job })
            .unwrap();
    }
    let (eve, world) = (court.world.account("eve"), &mut court.world);
    world.registry(&eve, &ExecuteMsg::ClaimTips {}).unwrap();
    assert_eq!(world.joule_of(&eve).u128(), tip + tip / 2);
    assert_eq!(
        code(&world.registry(&eve, &ExecuteMsg::ClaimTips {}).unwrap_err()),
        "reg.nothing_to_claim"
    );
    assert_eq!(world.joule_of(&world.peers.registry).u128(), 0);
    world.check();
}

/// Who keeps a trigger back until the others have gone gets no window out of it.
#[test]
fn a_late_trigger_opens_no_window() {
    let mut world = World::new();
    let first = world.clock().round_at(world.now()) + 1;
    let trigger = (first..).find(|round| world.opens_window(*round)).unwrap();
    let grace = world.registry_params().window_grace_secs;
    for (late, opens) in [(grace, true), (grace + 1, false)] {
        let start = world.snapshot();
        world.pass_to(world.clock().due_at(trigger) + late);
        world.post_round(trigger).unwrap();
        assert_eq!(
            world.window().is_some_and(|window| window.round == trigger),
            opens,
            "{late}"
        );
        world.restore(&start);
    }
}
