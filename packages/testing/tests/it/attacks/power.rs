//! Votes, launches, migrations, pauses.

use cosmwasm_std::{to_json_binary, Addr, CosmosMsg, Empty, Uint128, WasmMsg};
use cw_multi_test::Executor;
use joule_rollout::{ChainOps, Plan, ONE_JOULE};
use joule_testing::{code, event, World, STAKE, USDC};
use joule_types::{
    dao::{DaoHook, ExecuteMsg, ProposalOpened, ProposalResponse, ProposalState, QueryMsg, Vote},
    escrow, marketplace, AdminMsg, Peer, ProposalId,
};

fn propose(world: &mut World, proposer: &Addr, msgs: Vec<CosmosMsg>) -> anyhow::Result<ProposalId> {
    world.give_joule(proposer, 100 * ONE_JOULE);
    let dao = world.peers.dao.clone();
    let hook = DaoHook::Propose {
        title: "t".into(),
        description: "d".into(),
        msgs,
    };
    let response = world.send_joule(proposer, &dao, 100 * ONE_JOULE, &hook)?;
    Ok(event::<ProposalOpened>(&response).proposal)
}

fn vote(world: &mut World, voter: &Addr, proposal: ProposalId) -> anyhow::Result<()> {
    let dao = world.peers.dao.clone();
    world
        .send(
            voter,
            &dao,
            &ExecuteMsg::Vote {
                proposal,
                vote: Vote::Yes,
            },
            &[],
        )
        .map(|_| ())
}

fn execute(world: &mut World, proposal: ProposalId) -> anyhow::Result<()> {
    let (dao, anyone) = (world.peers.dao.clone(), world.account("anyone"));
    world
        .send(&anyone, &dao, &ExecuteMsg::Execute { proposal }, &[])
        .map(|_| ())
}

fn found(world: &World, proposal: ProposalId) -> ProposalResponse {
    world.ask(&world.peers.dao, &QueryMsg::Proposal { proposal })
}

fn to(contract: &Addr, msg: &impl serde::Serialize) -> CosmosMsg {
    WasmMsg::Execute {
        contract_addr: contract.into(),
        msg: to_json_binary(msg).unwrap(),
        funds: vec![],
    }
    .into()
}

/// A message that changes little.
fn harmless(world: &World) -> CosmosMsg {
    to(
        &world.peers.escrow,
        &escrow::ExecuteMsg::Admin(AdminMsg::SetGuardian { guardian: None }),
    )
}

/// No contract swallows the failure of a message it sent: a proposal whose second message fails leaves nothing of the first.
#[test]
fn v16_half_a_proposal_is_none() {
    let mut world = World::new();
    let (eve, peers) = (world.account("eve"), world.peers.clone());
    let resume = escrow::ExecuteMsg::Admin(AdminMsg::SetGuardian { guardian: None });
    let fails = escrow::ExecuteMsg::Distribute {
        denom: cw20::Denom::Native(USDC.into()),
    };
    let msgs = vec![to(&peers.escrow, &resume), to(&peers.escrow, &fails)];
    let proposal = propose(&mut world, &eve, msgs).unwrap();
    let voter = world.voter.clone();
    vote(&mut world, &voter, proposal).unwrap();
    world.pass(found(&world, proposal).executable_at - world.now());
    let before = world.digest();
    assert_eq!(
        code(&execute(&mut world, proposal).unwrap_err()),
        "esc.nothing_to_distribute"
    );
    assert_eq!(world.digest(), before);
}

/// Power is read at the start of the block in which a proposal opened: what is bonded with it or after it does not vote, and what was
/// unbonded since votes once.
#[test]
fn v26_borrowed_stake_does_not_vote() {
    let mut world = World::new();
    let eve = world.account("eve");
    let staking = world.peers.staking.clone();
    world.give_joule(&eve, 5_000_100 * ONE_JOULE);
    // In one transaction: bond, propose. The stake is there, but not at the start of the block.
    let dao = world.peers.dao.clone();
    let send = |contract: &Addr, amount: u128, hook: cosmwasm_std::Binary| {
        to(
            &world.peers.token,
            &cw20::Cw20ExecuteMsg::Send {
                contract: contract.into(),
                amount: amount.into(),
                msg: hook,
            },
        )
    };
    let bond = send(
        &staking,
        5_000_000 * ONE_JOULE,
        to_json_binary(&joule_types::staking::StakingHook::Bond {}).unwrap(),
    );
    let hook = DaoHook::Propose {
        title: "t".into(),
        description: "d".into(),
        msgs: vec![harmless(&world)],
    };
    let open = send(&dao, 100 * ONE_JOULE, to_json_binary(&hook).unwrap());
    world.send_all(&eve, vec![bond, open]).unwrap();
    let proposal = ProposalId(1);
    assert_eq!(code(&vote(&mut world, &eve, proposal).unwrap_err()), "dao.no_power");
    assert_eq!(found(&world, proposal).total_power.u128(), 1_000_000 * ONE_JOULE);
    let voter = world.voter.clone();
    world.unbond(&voter, 1_000_000 * ONE_JOULE).unwrap();
    vote(&mut world, &voter, proposal).unwrap();
    assert_eq!(
        code(&vote(&mut world, &voter, proposal).unwrap_err()),
        "dao.already_voted"
    );
    assert_eq!(found(&world, proposal).tally.yes.u128(), 1_000_000 * ONE_JOULE);
}

/// Coins sent to staking or the dao are nobody's stake and nobody's vote: shares and power come from the books.
#[test]
fn v27_a_donation_moves_no_price_and_no_vote() {
    let mut world = World::new();
    let first = world.account("first");
    world.give_joule(&first, 10 * ONE_JOULE);
    world.bond(&first, ONE_JOULE).unwrap();
    let before = world.pool(&first);
    // The first depositor's donation, meant to make the next one's shares round to nothing.
    let staking = world.peers.staking.clone();
    world.give_joule(&staking, 1_000_000 * ONE_JOULE);
    assert_eq!(world.pool(&first), before);
    let second = world.account("second");
    world.give_joule(&second, 10 * ONE_JOULE);
    world.bond(&second, ONE_JOULE).unwrap();
    assert_eq!(world.pool(&second).bonded.u128(), ONE_JOULE);
    world.unbond(&second, ONE_JOULE).unwrap();
    world.pass(300);
    world.claim(&second).unwrap();
    assert_eq!(world.joule_of(&second).u128(), 10 * ONE_JOULE);
    world.check();
}

/// Execution waits for the timelock, ends with the expiry and happens once; a failing message is tried again, not skipped.
#[test]
fn v31_execution_is_late_enough_early_enough_and_once() {
    let mut world = World::new();
    let (eve, voter, peers) = (world.account("eve"), world.voter.clone(), world.peers.clone());
    let msg = to(
        &peers.escrow,
        &escrow::ExecuteMsg::Admin(AdminMsg::SetGuardian { guardian: None }),
    );
    let proposal = propose(&mut world, &eve, vec![msg]).unwrap();
    assert_eq!(code(&execute(&mut world, proposal).unwrap_err()), "dao.not_passed");
    vote(&mut world, &voter, proposal).unwrap();
    let times = found(&world, proposal);
    let start = world.snapshot();
    for (at, wanted) in [
        (times.executable_at - 1, Some("dao.timelocked")),
        (times.executable_at, None),
        (times.expires_at, None),
        (times.expires_at + 1, Some("dao.expired")),
    ] {
        world.restore(&start);
        world.pass(at - world.now());
        let answer = execute(&mut world, proposal);
        assert_eq!(answer.as_ref().err().map(code).as_deref(), wanted, "at {at}");
        if wanted.is_none() {
            assert_eq!(found(&world, proposal).state, ProposalState::Executed);
            assert_eq!(code(&execute(&mut world, proposal).unwrap_err()), "dao.not_passed");
        }
    }
}

/// A proposal costs its deposit for as long as it is open, and one account has only a few open.
#[test]
fn v32_proposals_cost_and_are_few() {
    let mut world = World::new();
    let eve = world.account("eve");
    let dao = world.peers.dao.clone();
    world.give_joule(&eve, 1_000 * ONE_JOULE);
    let hook = DaoHook::Propose {
        title: "t".into(),
        description: "d".into(),
        msgs: vec![harmless(&world)],
    };
    for wrong in [100 * ONE_JOULE - 1, 100 * ONE_JOULE + 1] {
        assert_eq!(
            code(&world.send_joule(&eve, &dao, wrong, &hook).unwrap_err()),
            "dao.wrong_deposit"
        );
    }
    let (anyone, close, msg) = (
        world.account("anyone"),
        ExecuteMsg::Close {
            proposal: ProposalId(1),
        },
        harmless(&world),
    );
    propose(&mut world, &eve, vec![msg.clone()]).unwrap();
    assert_eq!(
        code(&world.send(&anyone, &dao, &close, &[]).unwrap_err()),
        "dao.still_open"
    );
    for _ in 1..5 {
        propose(&mut world, &eve, vec![msg.clone()]).unwrap();
    }
    assert_eq!(
        code(&propose(&mut world, &eve, vec![msg.clone()]).unwrap_err()),
        "dao.too_many_open"
    );
    world.pass(60);
    world.send(&anyone, &dao, &close, &[]).unwrap();
    assert!(
        world.send(&anyone, &dao, &close, &[]).is_err(),
        "the deposit is settled once"
    );
    propose(&mut world, &eve, vec![msg]).unwrap();
}

/// Somebody else's contract with our code and our peers is not one of our contracts: each knows its peers by address.
#[test]
fn v33_a_twin_contract_has_no_power() {
    let mut world = World::new();
    let eve = world.account("eve");
    let provider = world.provider("turbine", 400_000);
    let code_id = world.backend.store(Peer::Marketplace).unwrap().code_id;
    let mut peers = world.peers.try_map(|address| Ok::<_, ()>(address.to_string())).unwrap();
    peers.dao = eve.to_string();
    let plan = Plan::local(world.arbiter.as_str());
    let msg = plan.instantiate_msg(Peer::Marketplace, &peers).unwrap();
    let msg: serde_json::Value = cosmwasm_std::from_json(msg).unwrap();
    let twin = world
        .backend
        .app
        .instantiate_contract(code_id, eve.clone(), &msg, &[], "twin", None)
        .unwrap();
    world
        .send(&eve, &twin, &marketplace::ExecuteMsg::Admin(AdminMsg::Launch {}), &[])
        .unwrap();
    // Its jobs would need holds in the escrow, which takes none from it.
    world.give(&eve, 5_000_000, USDC);
    world.deposit(&eve, 5_000_000, USDC).unwrap();
    let post = marketplace::ExecuteMsg::PostJob {
        spec: Box::new(world.job_spec()),
        hints: vec![provider.offer],
    };
    assert_eq!(
        code(&world.send(&eve, &twin, &post, &[]).unwrap_err()),
        "kit.unauthorized"
    );
    // And ours are launched once.
    for peer in Peer::ALL.into_iter().filter(|peer| *peer != Peer::Token) {
        let (ours, deployer) = (world.peers.get(peer).clone(), Addr::unchecked(world.backend.deployer()));
        let again = marketplace::ExecuteMsg::Admin(AdminMsg::Launch {});
        assert_eq!(
            code(&world.send(&deployer, &ours, &again, &[]).unwrap_err()),
            "kit.not_setup"
        );
    }
}

/// Only the dao migrates, to newer code of the same contract only: the same version again, or another contract's code, is refused.
#[test]
fn v34_a_migration_is_the_daos_and_forward() {
    let mut world = World::new();
    let (dao, eve) = (world.peers.dao.clone(), world.account("eve"));
    for peer in Peer::ALL {
        let contract = world.peers.get(peer).clone();
        let code_id = world.backend.store(peer).unwrap().code_id;
        let other = Peer::ALL
            .into_iter()
            .find(|other| *other != peer && *other != Peer::Token)
            .unwrap();
        let other = world.backend.store(other).unwrap().code_id;
        let deployer = Addr::unchecked(world.backend.deployer());
        let before = world.digest();
        for (sender, code_id) in [(&eve, code_id), (&deployer, code_id), (&dao, code_id), (&dao, other)] {
            let answer = world
                .backend
                .app
                .migrate_contract(sender.clone(), contract.clone(), &Empty {}, code_id);
            assert!(answer.is_err(), "{peer} by {sender}");
        }
        assert_eq!(world.digest(), before, "{peer}");
    }
}

/// A pause ends by itself, cannot be renewed without a gap as long as itself, and never keeps anybody's money.
#[test]
fn v45_a_pause_ends_and_keeps_nothing() {
    let mut world = World::new();
    let provider = world.provider("turbine", 400_000);
    let buyer = world.buyer("ada", 5_000_000);
    let job = world.post(&buyer, world.job_spec());
    world.deliver(&provider, job);
    let guardian = world.guardian.clone();
    let too_long = marketplace::ExecuteMsg::Admin(AdminMsg::Pause {
        secs: AdminMsg::MAX_PAUSE_SECS + 1,
    });
    assert_eq!(
        code(&world.market(&guardian, &too_long).unwrap_err()),
        "kit.pause_too_long"
    );
    let pause = |secs| escrow::ExecuteMsg::Admin(AdminMsg::Pause { secs });
    let peers = world.peers.clone();
    for contract in [
        &peers.marketplace,
        &peers.escrow,
        &peers.registry,
        &peers.staking,
        &peers.dao,
    ] {
        world.send(&guardian, contract, &pause(1_000), &[]).unwrap();
    }
    // The way out is open: dispute with its bond, decision, withdrawal, unbonding, a vote.
    world.dispute(&buyer.address, job).unwrap();
    world.resolve(job, 5_000).unwrap();
    world
        .withdraw(&buyer.address, cw20::Denom::Native(USDC.into()))
        .unwrap();
    world.unbond(&provider.owner, Uint128::new(STAKE)).unwrap();
    world.pass(1_000);
    assert_eq!(
        code(&world.send(&guardian, &peers.escrow, &pause(1_000), &[]).unwrap_err()),
        "kit.pause_again"
    );
    world.deposit(&buyer.address, 1, USDC).unwrap();
    world.check();
}
