//! The deployment itself: repeatable, resumable, refused when something else is there.

use cosmwasm_std::{Binary, Uint128};
use joule_rollout::{deploy, verify, ChainOps, CodeRef, ContractInfo, Plan, RolloutError};
use joule_testing::Backend;
use joule_types::{staking::GenesisStake, Peer};

fn plan(backend: &Backend) -> Plan {
    let mut plan = Plan::local(&backend.deployer());
    plan.genesis_stake = vec![GenesisStake {
        owner: backend.deployer(),
        amount: plan.power_floor,
    }];
    plan
}

/// A chain that stops answering after a number of changes, as a deployer whose machine dies.
struct Dying {
    inner: Backend,
    left: u32,
}

impl Dying {
    fn live(&mut self) -> Result<&mut Backend, RolloutError> {
        self.left = self.left.checked_sub(1).ok_or_else(|| RolloutError::Backend {
            step: "any".into(),
            reason: "connection lost".into(),
        })?;
        Ok(&mut self.inner)
    }
}

impl ChainOps for Dying {
    fn chain_id(&self) -> String {
        self.inner.chain_id()
    }
    fn deployer(&self) -> String {
        self.inner.deployer()
    }
    fn store(&mut self, peer: Peer) -> Result<CodeRef, RolloutError> {
        self.inner.store(peer)
    }
    fn predict(&self, code: &CodeRef, salt: &[u8]) -> Result<String, RolloutError> {
        self.inner.predict(code, salt)
    }
    fn contract(&self, address: &str) -> Result<Option<ContractInfo>, RolloutError> {
        self.inner.contract(address)
    }
    fn instantiate2(
        &mut self,
        code: &CodeRef,
        msg: Binary,
        label: &str,
        admin: &str,
        salt: &[u8],
    ) -> Result<String, RolloutError> {
        self.live()?.instantiate2(code, msg, label, admin, salt)
    }
    fn execute(&mut self, msgs: Vec<(String, Binary)>) -> Result<(), RolloutError> {
        self.live()?.execute(msgs)
    }
    fn query(&self, contract: &str, msg: Binary) -> Result<Binary, RolloutError> {
        self.inner.query(contract, msg)
    }
}

#[test]
fn a_deployment_cut_off_anywhere_is_finished_by_the_next_run() {
    let reference = {
        let mut backend = Backend::new();
        let plan = plan(&backend);
        deploy(&mut backend, &plan).unwrap()
    };
    for left in 0..7 {
        let inner = Backend::new();
        let plan = plan(&inner);
        let mut chain = Dying { inner, left };
        assert!(deploy(&mut chain, &plan).is_err(), "died after {left} changes");
        let finished = deploy(&mut chain.inner, &plan).unwrap();
        assert_eq!(finished, reference, "after {left} changes");
        verify(&chain.inner, &finished).unwrap();
    }
}

#[test]
fn a_second_run_changes_nothing() {
    let mut backend = Backend::new();
    let plan = plan(&backend);
    let first = deploy(&mut backend, &plan).unwrap();
    let height = backend.app.block_info().height;
    assert_eq!(deploy(&mut backend, &plan).unwrap(), first);
    assert_eq!(backend.app.block_info().height, height, "no transaction was sent");
}

#[test]
fn a_market_without_stake_does_not_launch() {
    let mut backend = Backend::new();
    let mut plan = plan(&backend);
    plan.genesis_stake[0].amount = plan.power_floor - Uint128::one();
    let error = deploy(&mut backend, &plan).unwrap_err().to_string();
    assert!(error.contains("dao.power_below_floor"), "{error}");
}

#[test]
fn a_record_that_differs_from_the_chain_is_named() {
    let mut backend = Backend::new();
    let plan = plan(&backend);
    let mut deployment = deploy(&mut backend, &plan).unwrap();
    deployment.contracts.get_mut("escrow").unwrap().code_id = 77;
    let error = verify(&backend, &deployment).unwrap_err().to_string();
    assert!(error.contains("escrow: code id") && error.contains("77"), "{error}");
}

#[test]
fn the_public_parameters_deploy_within_their_own_floors() {
    let mut backend = Backend::new();
    let mut public = Plan::public(&backend.deployer());
    public.genesis_stake = plan(&backend).genesis_stake;
    deploy(&mut backend, &public).unwrap();
}
