//! New code for a live market: the dao migrates every contract while holds are open, jobs are in every state and stake unbonds.

mod live;
mod older;

use std::collections::BTreeMap;

use cosmwasm_std::{Binary, CosmosMsg, WasmMsg};
use cw_multi_test::Executor;
use joule_rollout::{
    deploy, propose, upgrade, verify, ChainOps, ContractRecord, Deployment, Plan, Proposal, RolloutError, ONE_JOULE,
};
use joule_testing::{code, Backend, World};
use joule_types::{
    dao::{ExecuteMsg, ProposalState, Vote},
    Peer, ProposalId,
};
use older::{newest, older};

/// A market of the earlier version on a chain where the newest codes can be stored.
fn aged() -> World {
    let mut world = World::on(Backend::with_codes(older), |plan| {
        // Nothing runs out while the stage is set.
        plan.marketplace.accept_secs = 1_800;
        plan.marketplace.arbiter_secs = 1_800;
    });
    world.backend.set_codes(newest);
    let deployer = world.backend.deployer();
    world.give_joule(&cosmwasm_std::Addr::unchecked(deployer), 1_000 * ONE_JOULE);
    world
}

/// The deployment file of the world's market.
fn file(world: &World) -> Deployment {
    let record = |peer: Peer| ContractRecord {
        address: world.peers.get(peer).to_string(),
        code_id: 0,
        checksum: String::new(),
    };
    let contracts: BTreeMap<_, _> = Peer::ALL.map(|peer| (peer.name().to_string(), record(peer))).into();
    let blank = Deployment {
        chain_id: world.backend.chain_id(),
        deployer: world.backend.deployer(),
        contracts,
    };
    blank.refreshed(&world.backend).unwrap()
}

fn of(msgs: Vec<CosmosMsg>) -> Proposal {
    Proposal {
        title: "New code".into(),
        description: "For every contract".into(),
        msgs,
    }
}

/// Opens the proposal and votes for it.
fn proposed(world: &mut World, msgs: Vec<CosmosMsg>) -> ProposalId {
    let deployment = file(world);
    let open = propose(&mut world.backend, &deployment, of(msgs)).unwrap();
    let (dao, voter) = (world.peers.dao.clone(), world.voter.clone());
    let yes = ExecuteMsg::Vote {
        proposal: open.proposal,
        vote: Vote::Yes,
    };
    world.send(&voter, &dao, &yes, &[]).unwrap();
    open.proposal
}

fn execute(world: &mut World, proposal: ProposalId) -> anyhow::Result<cw_multi_test::AppResponse> {
    let (dao, anyone) = (world.peers.dao.clone(), world.account("anyone"));
    world.send(&anyone, &dao, &ExecuteMsg::Execute { proposal }, &[])
}

/// All contracts at the newest code.
fn migrations(world: &mut World) -> Vec<CosmosMsg> {
    let deployment = file(world);
    upgrade(&mut world.backend, &deployment, true).unwrap().msgs
}

fn migrate(contract: &impl ToString, new_code_id: u64) -> CosmosMsg {
    WasmMsg::Migrate {
        contract_addr: contract.to_string(),
        new_code_id,
        msg: Binary::from(b"{}"),
    }
    .into()
}

#[test]
fn an_upgrade_goes_from_the_codes_to_the_file() {
    let mut backend = Backend::with_codes(older);
    let mut plan = Plan::local(&backend.deployer());
    plan.genesis_stake = vec![joule_types::staking::GenesisStake {
        owner: backend.deployer(),
        amount: plan.power_floor,
    }];
    plan.token.balances = vec![joule_rollout::InitialBalance {
        address: backend.deployer(),
        amount: (100 * ONE_JOULE).into(),
    }];
    let old = deploy(&mut backend, &plan, None).unwrap();
    assert_eq!(
        upgrade(&mut backend, &old, true).unwrap().changes,
        [],
        "nothing is newer"
    );

    backend.set_codes(newest);
    let error = deploy(&mut backend, &plan, Some(&old)).unwrap_err();
    assert!(
        matches!(&error, RolloutError::Differs(list) if list.len() == 6),
        "{error}"
    );

    let height = backend.app.block_info().height;
    let shown = upgrade(&mut backend, &old, false).unwrap();
    assert_eq!((shown.changes.len(), shown.msgs.len()), (6, 0), "no code is stored");
    let ready = upgrade(&mut backend, &old, true).unwrap();
    let order: Vec<_> = ready.changes.iter().map(|change| change.peer.name()).collect();
    assert_eq!(order, ["token", "staking", "escrow", "registry", "marketplace", "dao"]);
    assert_eq!(
        upgrade(&mut backend, &old, false).unwrap(),
        ready,
        "found by their checksums"
    );
    assert_eq!(backend.app.block_info().height, height, "nothing but codes");

    let open = propose(&mut backend, &old, of(ready.msgs.clone())).unwrap();
    let height = backend.app.block_info().height;
    let again = propose(&mut backend, &old, of(ready.msgs.clone())).unwrap();
    assert_eq!((open.proposal, open.state), (again.proposal, ProposalState::Open));
    assert_eq!(backend.app.block_info().height, height, "it is open already");
    let poor = propose(&mut backend, &old, of(ready.msgs[..1].to_vec()))
        .unwrap_err()
        .to_string();
    assert!(
        poor.starts_with("roll.deposit: ") && poor.contains(" has 0 micro-JOULE"),
        "{poor}"
    );

    let dao = cosmwasm_std::Addr::unchecked(&old.contracts["dao"].address);
    let deployer = cosmwasm_std::Addr::unchecked(backend.deployer());
    let proposal = open.proposal;
    let yes = ExecuteMsg::Vote {
        proposal,
        vote: Vote::Yes,
    };
    backend
        .app
        .execute_contract(deployer.clone(), dao.clone(), &yes, &[])
        .unwrap();
    backend
        .app
        .update_block(|block| block.time = block.time.plus_seconds(30));
    let run = ExecuteMsg::Execute { proposal };
    backend.app.execute_contract(deployer, dao, &run, &[]).unwrap();

    assert!(verify(&backend, &old, &plan).is_err(), "the file names the old codes");
    assert_eq!(
        upgrade(&mut backend, &old, true).unwrap().changes,
        [],
        "all run the newest"
    );
    let fresh = old.refreshed(&backend).unwrap();
    verify(&backend, &fresh, &plan).unwrap();
    let height = backend.app.block_info().height;
    assert_eq!(
        deploy(&mut backend, &plan, Some(&fresh)).unwrap(),
        fresh,
        "no second market"
    );
    assert_eq!(backend.app.block_info().height, height);
}

#[test]
fn only_the_dao_migrates() {
    let mut world = aged();
    let (msgs, before) = (migrations(&mut world), world.digest());
    let guardian = world.guardian.clone();
    let deployer = cosmwasm_std::Addr::unchecked(world.backend.deployer());
    for sender in [guardian, deployer, world.voter.clone(), world.peers.marketplace.clone()] {
        for msg in &msgs {
            let refused = world.backend.app.execute(sender.clone(), msg.clone()).unwrap_err();
            assert!(
                format!("{refused:#}").contains("Only admin can migrate contract"),
                "{refused:#}"
            );
        }
    }
    assert_eq!(world.digest(), before);
}

#[test]
fn another_contracts_code_and_an_older_one_are_refused_and_the_whole_proposal_with_them() {
    let mut world = aged();
    let msgs = migrations(&mut world);
    let peers = world.peers.clone();
    let newest_of = |peer: Peer| {
        let at = peers.get(peer).to_string();
        let code_id = msgs.iter().find_map(|msg| match msg {
            CosmosMsg::Wasm(WasmMsg::Migrate {
                contract_addr,
                new_code_id,
                ..
            }) if *contract_addr == at => Some(*new_code_id),
            _ => None,
        });
        code_id.unwrap()
    };
    let before = file(&world);
    for (at, peer) in Peer::ALL.into_iter().enumerate() {
        let contract = peers.get(peer);
        let other = Peer::ALL[(at + 1) % Peer::ALL.len()];
        let same = before.contracts[peer.name()].code_id;
        for (code_id, refusal) in [(newest_of(other), "kit.wrong_contract"), (same, "kit.not_newer")] {
            // A good migration first: it is undone with the bad one.
            let good = migrate(&peers.escrow, newest_of(Peer::Escrow));
            let list = if peer == Peer::Escrow { vec![] } else { vec![good] };
            let list = list.into_iter().chain([migrate(contract, code_id)]).collect();
            let proposal = proposed(&mut world, list);
            world.pass(30);
            let refused = execute(&mut world, proposal).unwrap_err();
            assert_eq!(code(&refused), refusal, "{peer}: {refused:#}");
            assert_eq!(file(&world), before, "{peer}");
            // Its deposit comes back once it has expired.
            world.pass(601);
            let (dao, anyone) = (world.peers.dao.clone(), world.account("anyone"));
            world.send(&anyone, &dao, &ExecuteMsg::Close { proposal }, &[]).unwrap();
        }
    }
    let proposal = proposed(&mut world, msgs.clone());
    world.pass(30);
    execute(&mut world, proposal).unwrap();
    assert_eq!(code(&execute(&mut world, proposal).unwrap_err()), "dao.not_passed");
    // The same list again: nothing is newer than itself.
    let proposal = proposed(&mut world, msgs);
    world.pass(30);
    assert_eq!(code(&execute(&mut world, proposal).unwrap_err()), "kit.not_newer");
    // Nor is there a way back.
    let back = before.contracts["escrow"].code_id;
    let escrow = world.peers.escrow.clone();
    let proposal = proposed(&mut world, vec![migrate(&escrow, back)]);
    world.pass(30);
    assert_eq!(code(&execute(&mut world, proposal).unwrap_err()), "kit.not_newer");
    world.check();
}
