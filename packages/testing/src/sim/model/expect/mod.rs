//! What should come of a message.

mod market;

use cosmwasm_std::Addr;
use joule_types::{
    denom_key,
    escrow::{self, EscrowHook},
    marketplace::ExecuteMsg as Market,
    registry::ExecuteMsg as Registry,
    staking, AdminMsg, Peer,
};

use super::{Call, Model, Msg};

/// What should come of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// It is carried out.
    Done,
    /// It is refused with this code; any, where several reasons hold and their order is the contract's affair.
    Refused(Option<&'static str>),
    /// It depends on what the model does not follow: who is on line, how offers rank.
    Either,
}

use Expect::{Done, Either};

const ANY: Expect = Expect::Refused(None);

fn refused(code: &'static str) -> Expect {
    Expect::Refused(Some(code))
}

impl Model {
    /// What should come of a message sent at `now`.
    #[must_use]
    pub fn expect(&self, call: &Call, now: u64) -> Expect {
        let takes_funds = matches!(
            call.msg,
            Msg::Escrow(escrow::ExecuteMsg::Deposit { .. }) | Msg::Market(Market::PostJob { .. })
        );
        if !call.funds.is_empty() && !takes_funds {
            return ANY;
        }
        match &call.msg {
            Msg::Escrow(msg) => self.expect_escrow(call, msg, now),
            Msg::Deposit(amount, EscrowHook::Deposit { owner }) => {
                self.expect_deposit(call, *amount, owner.as_deref(), now)
            }
            Msg::Staking(msg) => self.expect_staking(call, msg, now),
            Msg::Bond(amount) => self.expect_bond(call, *amount, now),
            Msg::Transfer(to, amount) => self.expect_carry(call, &self.joule, to, *amount),
            Msg::Bank(to, coin) => self.expect_carry(call, &format!("n{}", coin.denom), to, coin.amount.u128()),
            Msg::Fund(amount) => self.expect_carry(call, &self.joule, &self.peers.registry, *amount),
            Msg::Registry(msg) => self.expect_registry(call, msg, now),
            Msg::Register(..) => Either,
            Msg::Market(msg) => self.expect_market(call, msg, now),
        }
    }

    fn wallet(&self, denom: &str, who: &Addr) -> u128 {
        self.wallets
            .get(&(denom.to_string(), who.clone()))
            .copied()
            .unwrap_or(0)
    }

    pub(super) fn is_contract(&self, who: &str) -> bool {
        Peer::ALL.iter().any(|peer| self.peers.get(*peer).as_str() == who)
    }

    fn expect_carry(&self, call: &Call, denom: &str, _: &Addr, amount: u128) -> Expect {
        if amount == 0 {
            return Either;
        }
        if amount > self.wallet(denom, &call.sender) {
            ANY
        } else {
            Done
        }
    }

    fn expect_deposit(&self, call: &Call, amount: u128, owner: Option<&str>, now: u64) -> Expect {
        let owner = owner.unwrap_or(call.sender.as_str());
        if amount == 0 || amount > self.wallet(&self.joule, &call.sender) || self.is_contract(owner) {
            ANY
        } else if self.is_paused("escrow", now) {
            refused("kit.paused")
        } else if !self.listed.contains(&self.joule) {
            refused("esc.denom_not_listed")
        } else {
            Done
        }
    }

    fn expect_registry(&self, call: &Call, msg: &Registry, now: u64) -> Expect {
        match msg {
            Registry::PostRound { round, signature } => self.expect_round(*round, signature, now),
            Registry::ClaimTips {} if self.beacon.tips.contains_key(&call.sender) => Done,
            Registry::ClaimTips {} => refused("reg.nothing_to_claim"),
            Registry::WantRound { .. } => refused("kit.unauthorized"),
            _ => Either,
        }
    }

    fn expect_admin(&self, call: &Call, msg: &AdminMsg) -> Expect {
        match msg {
            AdminMsg::Launch {} => refused("kit.not_setup"),
            _ if call.sender == self.peers.dao => Either,
            // The guardian pauses, now and then.
            AdminMsg::Pause { .. } => Either,
            _ => refused("kit.unauthorized"),
        }
    }

    fn expect_escrow(&self, call: &Call, msg: &escrow::ExecuteMsg, now: u64) -> Expect {
        use escrow::ExecuteMsg as M;
        match msg {
            M::Deposit { owner } => {
                let owner = owner.as_deref().unwrap_or(call.sender.as_str());
                let [coin] = call.funds.as_slice() else { return ANY };
                let denom = format!("n{}", coin.denom);
                if coin.amount.is_zero()
                    || coin.amount.u128() > self.wallet(&denom, &call.sender)
                    || self.is_contract(owner)
                {
                    ANY
                } else if self.is_paused("escrow", now) {
                    refused("kit.paused")
                } else if !self.listed.contains(&denom) {
                    refused("esc.denom_not_listed")
                } else {
                    Done
                }
            }
            M::Withdraw { denom, amount, to } => {
                let free = self.purse(&call.sender, &denom_key(denom)).sum();
                let asked = amount.map_or(free, |amount| amount.u128());
                if to.as_deref().is_some_and(|to| self.is_contract(to)) {
                    ANY
                } else if asked == 0 {
                    refused("esc.nothing_to_withdraw")
                } else if asked > free {
                    refused("esc.insufficient_balance")
                } else {
                    Done
                }
            }
            M::Reclaim { hold } => match self.holds.get(&hold.u64()) {
                Some(open) if now >= open.reclaim_at => Done,
                Some(_) => refused("esc.too_early"),
                None => ANY,
            },
            M::Distribute { denom } => match self.fees.get(&denom_key(denom)) {
                Some((treasury, _)) if *treasury > 0 => Done,
                _ => refused("esc.nothing_to_distribute"),
            },
            M::Receive(_) => ANY,
            M::OpenHold { .. } | M::Tip { .. } | M::Pay { .. } | M::Settle { .. } => refused("kit.unauthorized"),
            M::UpdateParams { .. } if call.sender == self.peers.dao => Either,
            M::UpdateParams { .. } => refused("kit.unauthorized"),
            M::Admin(msg) => self.expect_admin(call, msg),
        }
    }

    fn expect_bond(&self, call: &Call, amount: u128, now: u64) -> Expect {
        let bonded = self.stakes.get(&call.sender).map_or(0, |stake| stake.bonded);
        if amount == 0 || amount > self.wallet(&self.joule, &call.sender) || self.is_contract(call.sender.as_str()) {
            ANY
        } else if self.is_paused("staking", now) {
            refused("kit.paused")
        } else if bonded + amount < self.stake_rules.min_bond.u128() {
            refused("stk.below_minimum")
        } else {
            Done
        }
    }

    fn expect_staking(&self, call: &Call, msg: &staking::ExecuteMsg, now: u64) -> Expect {
        use staking::ExecuteMsg as M;
        let stake = self.stakes.get(&call.sender).cloned().unwrap_or_default();
        match msg {
            M::Unbond { amount } => {
                let amount = amount.u128();
                let rest = stake.bonded.checked_sub(amount);
                let running = stake.leaving.keys().filter(|at| **at > now).count();
                match rest {
                    _ if amount == 0 => refused("stk.zero_amount"),
                    _ if stake.bonded == 0 => refused("stk.no_pool"),
                    None => refused("stk.too_much"),
                    Some(rest) if rest > 0 && rest < self.stake_rules.min_bond.u128() => refused("stk.below_minimum"),
                    Some(_) if running >= 22 => Either,
                    Some(_) => Done,
                }
            }
            M::Claim {} => {
                let awarded = self.awards.keys().any(|(to, at)| *to == call.sender && *at <= now);
                let due = awarded || stake.leaving.keys().any(|at| *at <= now);
                if due {
                    Done
                } else {
                    refused("stk.nothing_to_claim")
                }
            }
            M::Receive(_) => refused("kit.unauthorized"),
            M::Enrol { operator } => self.expect_enrol(call, operator.as_deref(), now),
            M::Retire {} if self.validators.contains_key(&call.sender) => Done,
            M::Retire {} => refused("stk.not_validator"),
            M::Slash { .. } | M::Penalize { .. } | M::UpdateParams { .. } if call.sender == self.peers.dao => Either,
            M::Slash { .. } | M::Penalize { .. } | M::UpdateParams { .. } => refused("kit.unauthorized"),
            M::Admin(msg) => self.expect_admin(call, msg),
        }
    }
}
