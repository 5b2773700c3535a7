//! The dao governs: parameters change for later deals only; deals in flight keep their terms.

use cosmwasm_std::{to_json_binary, CosmosMsg, WasmMsg};
use joule_rollout::ONE_JOULE;
use joule_testing::{code, event, World};
use joule_types::{
    dao::{DaoHook, ExecuteMsg, ProposalOpened, ProposalResponse, QueryMsg, Vote},
    marketplace::{self, ParamsUpdate},
    work::fees::FeeTerms,
    AdminMsg, ProposalId,
};

fn to_marketplace(world: &World, msg: &marketplace::ExecuteMsg) -> CosmosMsg {
    let contract_addr = world.peers.marketplace.to_string();
    WasmMsg::Execute {
        contract_addr,
        msg: to_json_binary(msg).unwrap(),
        funds: vec![],
    }
    .into()
}

fn fee_of_seven() -> marketplace::ExecuteMsg {
    let fees = FeeTerms {
        fee_bps: 700,
        ..FeeTerms::DEFAULT
    };
    let update = ParamsUpdate {
        fees: Some(fees),
        ..Default::default()
    };
    marketplace::ExecuteMsg::UpdateParams {
        update: Box::new(update),
    }
}

fn propose(world: &mut World, msgs: Vec<CosmosMsg>) -> ProposalId {
    let proposer = world.account("proposer");
    world.give_joule(&proposer, 100 * ONE_JOULE);
    let dao = world.peers.dao.clone();
    let hook = DaoHook::Propose {
        title: "Lower fee".into(),
        description: "To 7 %".into(),
        msgs,
    };
    let response = world.send_joule(&proposer, &dao, 100 * ONE_JOULE, &hook).unwrap();
    event::<ProposalOpened>(&response).proposal
}

fn pass(world: &mut World, proposal: ProposalId) {
    let (dao, voter) = (world.peers.dao.clone(), world.voter.clone());
    world
        .send(
            &voter,
            &dao,
            &ExecuteMsg::Vote {
                proposal,
                vote: Vote::Yes,
            },
            &[],
        )
        .unwrap();
    let found: ProposalResponse = world.ask(&dao, &QueryMsg::Proposal { proposal });
    world.pass(found.executable_at.saturating_sub(world.now()));
}

#[test]
fn a_lower_fee_applies_to_the_next_deal_only() {
    let mut world = World::new();
    let provider = world.provider("turbine", 400_000);
    let buyer = world.buyer("ada", 5_000_000);
    let before = world.post(&buyer, world.job_spec());
    world.deliver(&provider, before);

    let msg = to_marketplace(&world, &fee_of_seven());
    let proposal = propose(&mut world, vec![msg]);
    pass(&mut world, proposal);
    let (dao, anyone) = (world.peers.dao.clone(), world.account("anyone"));
    world
        .send(&anyone, &dao, &ExecuteMsg::Execute { proposal }, &[])
        .unwrap();

    world.accept(&buyer, before).unwrap();
    assert_eq!(
        world.earned(&provider).u128(),
        368_000,
        "92 %, as on the day it was posted"
    );
    world.beat(&provider, &[provider.node]).unwrap();
    let after = world.post(&buyer, world.job_spec());
    world.deliver(&provider, after);
    world.accept(&buyer, after).unwrap();
    assert_eq!(world.earned(&provider).u128(), 368_000 + 372_000, "93 % from now on");
    assert_eq!(
        world.joule_of(&world.account("proposer")).u128(),
        100 * ONE_JOULE,
        "the deposit is back"
    );
    world.check();
}

#[test]
fn a_proposal_whose_message_fails_changes_nothing_and_can_be_tried_again() {
    let mut world = World::new();
    let bad = ParamsUpdate {
        max_attempts: Some(0),
        ..Default::default()
    };
    let bad = marketplace::ExecuteMsg::UpdateParams { update: Box::new(bad) };
    let msgs = vec![to_marketplace(&world, &fee_of_seven()), to_marketplace(&world, &bad)];
    let proposal = propose(&mut world, msgs);
    pass(&mut world, proposal);
    let (dao, anyone) = (world.peers.dao.clone(), world.account("anyone"));
    let run = ExecuteMsg::Execute { proposal };
    assert_eq!(
        code(&world.send(&anyone, &dao, &run, &[]).unwrap_err()),
        "mkt.invalid_params"
    );
    let market = world.peers.marketplace.clone();
    let params: marketplace::Params = world.ask(&market, &marketplace::QueryMsg::Params {});
    assert_eq!(params.fees.fee_bps, 800, "the first message was undone with the second");
    world.pass(601);
    assert_eq!(code(&world.send(&anyone, &dao, &run, &[]).unwrap_err()), "dao.expired");
    world.send(&anyone, &dao, &ExecuteMsg::Close { proposal }, &[]).unwrap();
    assert_eq!(world.joule_of(&world.account("proposer")).u128(), 100 * ONE_JOULE);
}

#[test]
fn a_pause_stops_entry_and_leaves_exits_open() {
    let mut world = World::new();
    let provider = world.provider("turbine", 400_000);
    let buyer = world.buyer("ada", 5_000_000);
    let job = world.post(&buyer, world.job_spec());
    let guardian = world.guardian.clone();
    let peers = world.peers.clone();
    for contract in [
        &peers.marketplace,
        &peers.escrow,
        &peers.registry,
        &peers.staking,
        &peers.dao,
    ] {
        let pause = marketplace::ExecuteMsg::Admin(AdminMsg::Pause { secs: 600 });
        world.send(&guardian, contract, &pause, &[]).unwrap();
    }
    assert_eq!(
        code(&world.try_post(&buyer, world.job_spec(), vec![]).unwrap_err()),
        "kit.paused"
    );
    let owner = provider.owner.clone();
    assert_eq!(code(&world.bond(&owner, 1_000_000u128).unwrap_err()), "kit.paused");
    world.deliver(&provider, job);
    world.accept(&buyer, job).unwrap();
    let payout = provider.payout.clone();
    world
        .withdraw(&payout, cw20::Denom::Native(joule_testing::USDC.into()))
        .unwrap();
    world.unbond(&owner, 1_000_000u128).unwrap();
    world.check();
}
