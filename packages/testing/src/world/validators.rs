//! Validators: stake that judges.

use cosmwasm_std::Addr;
use cw_multi_test::AppResponse;
use joule_rollout::ONE_JOULE;
use joule_types::staking::{ExecuteMsg, QueryMsg, ValidatorResponse, ValidatorsResponse};

use super::World;

/// Stake of a validator made by [`World::validators`], micro-JOULE.
pub const VALIDATOR_STAKE: u128 = 1_000 * ONE_JOULE;

/// An enrolled validator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validator {
    /// Owner of the pool: who is paid and slashed.
    pub owner: Addr,
    /// Who votes.
    pub operator: Addr,
}

impl World {
    /// `n` validators with a stake of [`VALIDATOR_STAKE`] each, after an epoch has closed over them: they can be drawn.
    ///
    /// # Panics
    /// If a step is refused.
    pub fn validators(&mut self, n: usize) -> Vec<Validator> {
        let all = (0..n)
            .map(|i| self.validator(&format!("validator-{i}"), VALIDATOR_STAKE))
            .collect();
        self.pass_epoch();
        all
    }

    /// A validator with an operator of its own; it counts from the next epoch on.
    ///
    /// # Panics
    /// If a step is refused.
    pub fn validator(&mut self, name: &str, stake: u128) -> Validator {
        let validator = Validator {
            owner: self.account(name),
            operator: self.account(&format!("{name}-agent")),
        };
        self.give_joule(&validator.owner, stake);
        self.bond(&validator.owner, stake).unwrap();
        self.enrol(&validator.owner, Some(&validator.operator)).unwrap();
        validator
    }

    /// Enrols the pool of an owner.
    ///
    /// # Errors
    /// What staking answered.
    pub fn enrol(&mut self, owner: &Addr, operator: Option<&Addr>) -> anyhow::Result<AppResponse> {
        let operator = operator.map(ToString::to_string);
        self.staking(owner, &ExecuteMsg::Enrol { operator })
    }

    /// Gives the slot of a pool back.
    ///
    /// # Errors
    /// What staking answered.
    pub fn retire(&mut self, owner: &Addr) -> anyhow::Result<AppResponse> {
        self.staking(owner, &ExecuteMsg::Retire {})
    }

    /// Sends a message to staking.
    ///
    /// # Errors
    /// What staking answered.
    pub fn staking(&mut self, sender: &Addr, msg: &ExecuteMsg) -> anyhow::Result<AppResponse> {
        let staking = self.peers.staking.clone();
        self.send(sender, &staking, msg, &[])
    }

    /// Epoch, number and weight of the validators.
    #[must_use]
    pub fn validator_set(&self) -> ValidatorsResponse {
        self.ask(&self.peers.staking, &QueryMsg::Validators {})
    }

    /// The validator of an owner or operator.
    #[must_use]
    pub fn validator_of(&self, address: &Addr) -> Option<ValidatorResponse> {
        let address = address.to_string();
        self.ask(&self.peers.staking, &QueryMsg::ValidatorOf { address })
    }

    /// Lets time pass up to the first second of the next epoch.
    pub fn pass_epoch(&mut self) {
        let set = self.validator_set();
        self.pass_to((set.epoch + 1) * set.epoch_secs);
    }
}
