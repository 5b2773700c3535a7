//! Validators: who is enrolled and who votes for whom. What each weighs is checked against its pool, in every node of the tree.

use cosmwasm_std::Addr;
use joule_types::staking::ExecuteMsg;

use super::{compare, Call, Expect, Model};
use crate::observe::Observation;

impl Model {
    pub(super) fn take_validators(&mut self, seen: &Observation) {
        let books = &seen.staking.validators;
        self.epoch_secs = books.record.epoch_secs;
        for (owner, slot) in &books.slots {
            if let Some(seat) = books.seats.get(slot) {
                self.validators.insert(owner.clone(), seat.operator.now.clone());
            }
        }
    }

    /// Validators that can be drawn from the next epoch on.
    #[must_use]
    pub fn eligible(&self) -> usize {
        let least = self.stake_rules.min_validator_stake.u128();
        let enough = |owner: &&Addr| self.stakes.get(*owner).is_some_and(|stake| stake.bonded >= least);
        self.validators.keys().filter(enough).count()
    }

    fn validator_of(&self, address: &Addr) -> Option<&Addr> {
        if self.validators.contains_key(address) {
            return self.validators.keys().find(|owner| *owner == address);
        }
        let mut voted_for = self.validators.iter().filter(|(_, operator)| *operator == address);
        voted_for.next().map(|(owner, _)| owner)
    }

    pub(super) fn expect_enrol(&self, call: &Call, operator: Option<&str>, now: u64) -> Expect {
        let refused = |code: &'static str| Expect::Refused(Some(code));
        let who = &call.sender;
        let operator = operator.map_or_else(|| who.clone(), Addr::unchecked);
        let bonded = self.stakes.get(who).map_or(0, |stake| stake.bonded);
        let taken = self
            .validator_of(&operator)
            .filter(|other| *other != who && operator != *who);
        if self.is_paused("staking", now) {
            refused("kit.paused")
        } else if operator != *who && self.is_contract(operator.as_str()) {
            Expect::Refused(None)
        } else if bonded == 0 {
            refused("stk.no_pool")
        } else if bonded < self.stake_rules.min_validator_stake.u128() {
            refused("stk.below_minimum")
        } else if taken.is_some() {
            refused("stk.operator_taken")
        } else {
            Expect::Done
        }
    }

    pub(super) fn apply_enrolment(&mut self, call: &Call, msg: &ExecuteMsg) {
        let who = &call.sender;
        match msg {
            ExecuteMsg::Enrol { operator } => {
                // Whoever named the sender votes for itself again.
                for (owner, operator) in &mut self.validators {
                    if operator == who && owner != who {
                        *operator = owner.clone();
                    }
                }
                let operator = operator.as_ref().map_or_else(|| who.clone(), Addr::unchecked);
                self.validators.insert(who.clone(), operator);
            }
            _ => drop(self.validators.remove(who)),
        }
    }

    pub(super) fn compare_validators(&self, seen: &Observation, found: &mut Vec<String>) {
        let books = &seen.staking.validators;
        let operator = |slot: &u16| books.seats.get(slot).map(|seat| seat.operator.now.clone());
        let is = books
            .slots
            .iter()
            .filter_map(|(owner, slot)| Some((owner.clone(), operator(slot)?)));
        compare("validators", &is.collect(), &self.validators, found);
        compare(
            "eligible validators",
            &(books.record.eligible as usize),
            &self.eligible(),
            found,
        );
    }
}
