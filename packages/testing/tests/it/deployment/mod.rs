//! The deployment itself: repeatable, resumable, refused when something else is there.

mod chain;
mod compared;

use chain::{Chain, Cut};
use cosmwasm_std::{Order, Storage, Uint128};
use joule_rollout::{deploy, verify, ChainOps, Plan};
use joule_testing::Backend;
use joule_types::staking::GenesisStake;

fn plan(backend: &Backend) -> Plan {
    let mut plan = Plan::local(&backend.deployer());
    plan.genesis_stake = vec![GenesisStake {
        owner: backend.deployer(),
        amount: plan.power_floor,
    }];
    plan
}

/// Every record of the chain.
fn records(backend: &Backend) -> Vec<(Vec<u8>, Vec<u8>)> {
    backend.app.storage().range(None, None, Order::Ascending).collect()
}

#[test]
fn a_deployment_cut_off_anywhere_is_finished_by_the_next_run() {
    let mut uncut = Backend::new();
    let plan = plan(&uncut);
    let reference = deploy(&mut uncut, &plan, None).unwrap();
    let (height, whole) = (uncut.app.block_info().height, records(&uncut));
    for cut in [Cut::Before, Cut::After] {
        let mut step = 0;
        loop {
            let mut chain = Chain::dying(Backend::new(), step, cut);
            if deploy(&mut chain, &plan, None).is_ok() {
                break;
            }
            let finished = deploy(&mut chain.inner, &plan, None).unwrap();
            assert_eq!(finished, reference, "{cut:?} step {step}");
            verify(&chain.inner, &finished, &plan).unwrap();
            // Not one transaction, code or contract more than without the cut.
            assert_eq!(chain.inner.code(7).unwrap(), None, "{cut:?} step {step}");
            assert_eq!(chain.inner.app.block_info().height, height, "{cut:?} step {step}");
            assert_eq!(records(&chain.inner), whole, "{cut:?} step {step}");
            step += 1;
        }
        assert!(step > 60, "{cut:?}: every look at the chain is a step: {step}");
    }
}

#[test]
fn a_second_run_changes_nothing() {
    let mut backend = Backend::new();
    let plan = plan(&backend);
    let first = deploy(&mut backend, &plan, None).unwrap();
    let (height, whole) = (backend.app.block_info().height, records(&backend));
    for recorded in [None, Some(&first)] {
        assert_eq!(deploy(&mut backend, &plan, recorded).unwrap(), first);
    }
    assert_eq!(backend.app.block_info().height, height, "no transaction was sent");
    assert_eq!(records(&backend), whole);
}

/// The chain starts anew, the file stays: whatever it says, the market is deployed, a run that is cut off included.
#[test]
fn a_file_of_a_chain_that_was_reset_is_in_nobodys_way() {
    let mut gone = Backend::new();
    let plan = plan(&gone);
    let same = deploy(&mut gone, &plan, None).unwrap();
    let mut other = same.clone();
    for (name, record) in &mut other.contracts {
        record.address = cw_multi_test::IntoAddr::into_addr_with_prefix(name.as_str(), "wasm").into();
        record.code_id += 9;
    }
    let mut numbered = same.clone();
    numbered.contracts.get_mut("dao").unwrap().code_id = 99;
    for recorded in [&same, &other, &numbered] {
        for step in (0..90).step_by(7) {
            let mut chain = Chain::dying(Backend::new(), step, Cut::After);
            deploy(&mut chain, &plan, Some(recorded)).unwrap_err();
            assert_eq!(deploy(&mut chain.inner, &plan, Some(recorded)).unwrap(), same, "{step}");
        }
    }
}

#[test]
fn a_market_without_stake_does_not_launch() {
    let mut backend = Backend::new();
    let mut plan = plan(&backend);
    plan.genesis_stake[0].amount = plan.power_floor - Uint128::one();
    let error = deploy(&mut backend, &plan, None).unwrap_err().to_string();
    assert!(error.contains("dao.power_below_floor"), "{error}");
}

#[test]
fn another_plan_finds_the_contracts_of_the_first_and_does_not_launch_them() {
    let mut backend = Backend::new();
    let mut plan = plan(&backend);
    plan.genesis_stake[0].amount = plan.power_floor - Uint128::one();
    deploy(&mut backend, &plan, None).unwrap_err();
    // All are there and none is launched.
    let height = backend.app.block_info().height;
    plan.marketplace.max_attempts = 9;
    plan.guardian = Some(backend.deployer());
    let error = deploy(&mut backend, &plan, None).unwrap_err().to_string();
    let expected = "marketplace: params.max_attempts is 3, expected 9";
    assert!(
        error.starts_with("roll.differs: staking: guardian is none") && error.contains(expected),
        "{error}"
    );
    assert_eq!(backend.app.block_info().height, height, "nothing was sent");
}

#[test]
fn the_public_parameters_deploy_within_their_own_floors() {
    let mut backend = Backend::new();
    let mut public = Plan::public(&backend.deployer());
    public.genesis_stake = plan(&backend).genesis_stake;
    deploy(&mut backend, &public, None).unwrap();
}
