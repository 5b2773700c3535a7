//! Stake: each pool has one staker, its owner, so amounts are exact and shares never round against anyone.

use std::collections::BTreeMap;

use cosmwasm_std::{Addr, Event};
use joule_types::{
    registry::Forgery,
    staking::{ExecuteMsg, Slashed},
};

use super::{compare, Call, Model};
use crate::{audit::events_of, observe::Observation};

/// What an owner has at stake.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stake {
    /// Bonded.
    pub bonded: u128,
    /// On its way out, by maturity; what was slashed to nothing stays in the list until it is claimed.
    pub leaving: BTreeMap<u64, u128>,
}

impl Model {
    pub(super) fn take_stake(&mut self, seen: &Observation) {
        for (owner, pool) in &seen.staking.pools {
            self.stakes.entry(owner.clone()).or_default().bonded = pool.bonded.u128();
        }
        for ((owner, at), pot) in &seen.staking.cohorts {
            self.stakes
                .entry(owner.clone())
                .or_default()
                .leaving
                .insert(*at, pot.amount.u128());
        }
        let ledger = &seen.staking.ledger;
        self.stake_flows = (ledger.deposited.u128(), ledger.withdrawn.u128(), ledger.burned.u128());
    }

    pub(super) fn apply_bond(&mut self, call: &Call, amount: u128) -> Result<(), String> {
        let staking = self.peers.staking.clone();
        self.carry(&self.joule.clone(), &call.sender, &staking, amount)?;
        self.stake_flows.0 += amount;
        self.stakes.entry(call.sender.clone()).or_default().bonded += amount;
        Ok(())
    }

    pub(super) fn apply_staking(
        &mut self,
        call: &Call,
        msg: &ExecuteMsg,
        events: &[Event],
        now: u64,
    ) -> Result<(), String> {
        match msg {
            ExecuteMsg::Unbond { amount } => {
                let at = self.maturity(now);
                let stake = self.stakes.entry(call.sender.clone()).or_default();
                let left = stake.bonded.checked_sub(amount.u128());
                stake.bonded = left.ok_or_else(|| format!("{amount} were unbonded of {}", stake.bonded))?;
                // A pool whose cohorts are all taken, after the unbonding time was raised, puts it to a later one.
                let full = stake.leaving.keys().filter(|matures| **matures > now).count() >= 22;
                let place = if full {
                    stake.leaving.keys().find(|matures| **matures >= at).copied()
                } else {
                    Some(at)
                };
                let place = place.ok_or("stake began to unbond into a full pool")?;
                *stake.leaving.entry(place).or_default() += amount.u128();
                Ok(())
            }
            ExecuteMsg::Claim {} => {
                let ripe: Vec<_> = self
                    .awards
                    .keys()
                    .filter(|(to, at)| *to == call.sender && *at <= now)
                    .take(30)
                    .cloned()
                    .collect();
                let awarded: u128 = ripe.iter().filter_map(|key| self.awards.remove(key)).sum();
                let stake = self.stakes.entry(call.sender.clone()).or_default();
                let due: Vec<u64> = stake
                    .leaving
                    .keys()
                    .filter(|at| **at <= now)
                    .take(30)
                    .copied()
                    .collect();
                let matured: u128 = due.iter().filter_map(|at| stake.leaving.remove(at)).sum();
                self.stake_flows.1 += matured + awarded;
                let staking = self.peers.staking.clone();
                self.carry(&self.joule.clone(), &staking, &call.sender, matured + awarded)
            }
            ExecuteMsg::UpdateParams { update } => {
                if let Some(secs) = update.unbonding_secs {
                    self.stake_rules.unbonding_secs = secs;
                }
                if let Some(least) = update.min_bond {
                    self.stake_rules.min_bond = least;
                }
                Ok(())
            }
            ExecuteMsg::Slash {
                pool,
                fraction_bps,
                repay,
                incident,
            } => {
                // Whether the incident is new is in the books; what it takes is not.
                let said = events_of::<Slashed>(events);
                let known = said.iter().any(|slash| slash.known && slash.id == incident.id);
                let repay: Vec<_> = repay
                    .iter()
                    .map(|repay| (Addr::unchecked(&repay.to), repay.up_to.u128()))
                    .collect();
                if !known {
                    self.slash(&Addr::unchecked(pool), *fraction_bps, &repay, now)?;
                }
                Ok(())
            }
            ExecuteMsg::Enrol { .. } | ExecuteMsg::Retire {} => {
                self.apply_enrolment(call, msg);
                Ok(())
            }
            ExecuteMsg::Penalize { .. } => Err("only the market penalizes in this play".into()),
            ExecuteMsg::Admin(msg) => self.apply_admin("staking", msg, now),
            ExecuteMsg::Receive(_) => Err("nobody may call the hook".into()),
        }
    }

    /// The maturity of what unbonds now: not before the time is over, on the next of the days, of which 21 make up the
    /// time.
    #[must_use]
    pub fn maturity(&self, now: u64) -> u64 {
        let secs = self.stake_rules.unbonding_secs;
        let day = secs.div_ceil(21).max(1);
        (now + secs).div_ceil(day) * day
    }

    /// Takes a fraction, each part rounded up; each of `repay` gets its part in turn, for later, the rest burns.
    pub(super) fn slash(&mut self, owner: &Addr, bps: u16, repay: &[(Addr, u128)], now: u64) -> Result<(), String> {
        let Some(stake) = self.stakes.get_mut(owner) else {
            return Ok(());
        };
        let mut taken = 0;
        let live = stake
            .leaving
            .iter_mut()
            .filter(|(at, _)| **at > now)
            .map(|(_, sum)| sum);
        for part in live.chain([&mut stake.bonded]) {
            let cut = (*part * u128::from(bps)).div_ceil(10_000);
            *part -= cut;
            taken += cut;
        }
        let market = joule_types::Peer::ALL.map(|peer| self.peers.get(peer).clone());
        let (mut rest, mut repaid, matures_at) = (taken, 0, self.maturity(now));
        for (to, up_to) in repay {
            let part = rest.min(*up_to);
            rest -= part;
            if part > 0 && !market.contains(to) {
                *self.awards.entry((to.clone(), matures_at)).or_default() += part;
                *self.gains.entry(to.clone()).or_default() += part;
                repaid += part;
            }
        }
        let burned = taken - repaid;
        self.stake_flows.2 += burned;
        let vault = self
            .wallets
            .entry((self.joule.clone(), self.peers.staking.clone()))
            .or_default();
        *vault = vault.checked_sub(burned).ok_or("more burned than there is")?;
        Ok(())
    }

    /// Slashes that the registry ordered: the fraction is in its own event, what was taken is computed here.
    pub(super) fn apply_slashes(&mut self, events: &[Event], now: u64) -> Result<(), String> {
        let forgeries = events_of::<Forgery>(events);
        for slash in events_of::<Slashed>(events).iter().filter(|slash| !slash.known) {
            let forged = forgeries.first().map(|forgery| forgery.slashed_bps);
            // Without a forgery it is a ban, whose fraction is the registry's parameter in this world.
            let bps = forged.unwrap_or(5_000);
            self.slash(&slash.pool, bps, &[], now)?;
        }
        Ok(())
    }

    pub(super) fn compare_stake(&self, seen: &Observation, found: &mut Vec<String>) {
        let mut is = BTreeMap::<Addr, Stake>::new();
        for (owner, pool) in seen.staking.pools.iter().filter(|(_, pool)| !pool.bonded.is_zero()) {
            is.entry(owner.clone()).or_default().bonded = pool.bonded.u128();
        }
        for ((owner, at), pot) in &seen.staking.cohorts {
            is.entry(owner.clone())
                .or_default()
                .leaving
                .insert(*at, pot.amount.u128());
        }
        let some = self.stakes.iter().filter(|(_, stake)| **stake != Stake::default());
        compare(
            "stakes",
            &is,
            &some.map(|(owner, stake)| (owner.clone(), stake.clone())).collect(),
            found,
        );
        compare("awards", &seen.staking.awards, &self.awards, found);
        let ledger = &seen.staking.ledger;
        let flows = (ledger.deposited.u128(), ledger.withdrawn.u128(), ledger.burned.u128());
        compare("flows of staking", &flows, &self.stake_flows, found);
    }
}
