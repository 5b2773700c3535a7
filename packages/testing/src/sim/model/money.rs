//! Balances, holds, fees.

use std::collections::BTreeMap;

use cosmwasm_std::Addr;
use joule_types::{
    denom_key,
    escrow::{EscrowHook, ExecuteMsg},
    work::fees::FeeTerms,
};

use super::{compare, Call, Model};
use crate::observe::{DenomKey, Observation};

/// Free balance in two parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purse {
    /// Deposited or refunded.
    pub deposited: u128,
    /// Earned.
    pub earned: u128,
}

impl Purse {
    /// Both parts.
    #[must_use]
    pub const fn sum(&self) -> u128 {
        self.deposited + self.earned
    }
}

/// An open hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Who paid.
    pub payer: Addr,
    /// In what.
    pub denom: DenomKey,
    /// What is left.
    pub left: u128,
    /// Of it, for tips.
    pub tips: u128,
    /// Terms of the day.
    pub fees: FeeTerms,
    /// When anyone may refund it.
    pub reclaim_at: u64,
}

/// What went through the escrow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flows {
    /// In.
    pub deposited: u128,
    /// Earnings out.
    pub paid: u128,
    /// Deposits and refunds out.
    pub refunded: u128,
    /// Fees out.
    pub fees: u128,
}

impl Model {
    pub(super) fn take_money(&mut self, seen: &Observation) {
        for (key, balance) in &seen.escrow.balances {
            let purse = Purse {
                deposited: balance.deposited.u128(),
                earned: balance.earned.u128(),
            };
            self.free.insert(key.clone(), purse);
        }
        for (id, hold) in &seen.escrow.holds {
            let open = Hold {
                payer: hold.payer.clone(),
                denom: denom_key(&hold.denom),
                left: hold.remaining.u128(),
                tips: hold.tips.u128(),
                fees: hold.terms.fees,
                reclaim_at: hold.terms.reclaim_at,
            };
            self.holds.insert(*id, open);
        }
        for (denom, ledger) in &seen.escrow.ledgers {
            self.fees
                .insert(denom.clone(), (ledger.treasury.u128(), ledger.stakers.u128()));
            let flows = Flows {
                deposited: ledger.deposited.u128(),
                paid: ledger.paid.u128(),
                refunded: ledger.refunded.u128(),
                fees: ledger.fees.u128(),
            };
            self.flows.insert(denom.clone(), flows);
        }
    }

    /// Free balance of an account.
    #[must_use]
    pub fn purse(&self, who: &Addr, denom: &str) -> Purse {
        self.free
            .get(&(who.clone(), denom.to_string()))
            .copied()
            .unwrap_or_default()
    }

    fn change(&mut self, who: &Addr, denom: &str, deposited: u128, earned: u128) {
        let purse = self.free.entry((who.clone(), denom.to_string())).or_default();
        purse.deposited += deposited;
        purse.earned += earned;
    }

    pub(super) fn earn(&mut self, who: &Addr, denom: &str, amount: u128) {
        self.change(who, denom, 0, amount);
        *self.gains.entry(who.clone()).or_default() += amount;
    }

    /// Moves coins of an account into the escrow's books of `owner`.
    pub(super) fn deposit(&mut self, from: &Addr, owner: &Addr, denom: &str, amount: u128) -> Result<(), String> {
        let escrow = self.peers.escrow.clone();
        self.carry(denom, from, &escrow, amount)?;
        self.flows.entry(denom.to_string()).or_default().deposited += amount;
        self.change(owner, denom, amount, 0);
        if owner != from {
            *self.gains.entry(owner.clone()).or_default() += amount;
        }
        Ok(())
    }

    /// Moves coins between accounts.
    pub(super) fn carry(&mut self, denom: &str, from: &Addr, to: &Addr, amount: u128) -> Result<(), String> {
        let wallet = self.wallets.entry((denom.to_string(), from.clone())).or_default();
        let left = wallet.checked_sub(amount);
        *wallet = left.ok_or_else(|| format!("{from} paid {amount} of {denom} and had {wallet}"))?;
        *self.wallets.entry((denom.to_string(), to.clone())).or_default() += amount;
        Ok(())
    }

    pub(super) fn gift(&mut self, from: &Addr, denom: &str, to: &Addr, amount: u128) -> Result<(), String> {
        self.carry(denom, from, to, amount)?;
        if from != to {
            *self.gains.entry(to.clone()).or_default() += amount;
        }
        let kept = [
            &self.peers.escrow,
            &self.peers.staking,
            &self.peers.registry,
            &self.peers.marketplace,
            &self.peers.token,
        ];
        if kept.contains(&to) {
            *self.donated.entry((denom.to_string(), to.clone())).or_default() += amount;
        }
        Ok(())
    }

    /// Opens a hold: deposits go first, so that earnings stay earnings.
    pub(super) fn hold(&mut self, id: u64, hold: Hold) -> Result<(), String> {
        let purse = self.free.entry((hold.payer.clone(), hold.denom.clone())).or_default();
        let from_deposits = hold.left.min(purse.deposited);
        purse.deposited -= from_deposits;
        let rest = hold.left - from_deposits;
        let earned = purse.earned.checked_sub(rest);
        purse.earned =
            earned.ok_or_else(|| format!("hold {id} of {} was opened with {purse:?} and {rest} more", hold.left))?;
        self.holds.insert(id, hold);
        Ok(())
    }

    /// Pays a tip out of a hold, as far as its budget goes.
    pub(super) fn tip(&mut self, id: u64, to: &Addr, amount: u128) {
        let Some(hold) = self.holds.get_mut(&id) else { return };
        let paid = amount.min(hold.tips);
        hold.tips -= paid;
        hold.left -= paid;
        let denom = hold.denom.clone();
        self.earn(to, &denom, paid);
    }

    /// Pays an award out of a hold that stays open, as far as it reaches.
    pub(super) fn award(&mut self, id: u64, to: &Addr, amount: u128) {
        let Some(hold) = self.holds.get_mut(&id) else { return };
        let paid = amount.min(hold.left);
        hold.left -= paid;
        hold.tips = hold.tips.min(hold.left);
        let denom = hold.denom.clone();
        self.earn(to, &denom, paid);
    }

    /// Closes a hold (DESIGN 11.1): the provider's part of the gross rounds down, the treasury takes what is left of the fee.
    pub(super) fn settle(
        &mut self,
        id: u64,
        gross: u128,
        payee: Option<&Addr>,
        referrer: Option<&Addr>,
        award: (&Addr, u128),
    ) {
        let Some(hold) = self.holds.remove(&id) else { return };
        let gross = gross.min(hold.left);
        let of = |amount: u128, bps: u16| amount * u128::from(bps) / 10_000;
        let pay = gross * (10_000 - u128::from(hold.fees.fee_bps)) / 10_000;
        let fee = gross - pay;
        let discount = of(fee, hold.fees.discount_bps);
        let kept = fee - discount;
        let stakers = of(kept, hold.fees.stakers_bps);
        let referred = referrer.map_or(0, |_| of(kept, hold.fees.referrer_bps));
        let paid_award = award.1.min(hold.left - gross);
        if let Some(payee) = payee {
            self.earn(payee, &hold.denom, pay);
        }
        if let Some(referrer) = referrer {
            self.earn(referrer, &hold.denom, referred);
        }
        self.earn(award.0, &hold.denom, paid_award);
        let fees = self.fees.entry(hold.denom.clone()).or_default();
        fees.0 += kept - stakers - referred;
        fees.1 += stakers;
        self.change(&hold.payer, &hold.denom, hold.left - gross - paid_award + discount, 0);
    }

    pub(super) fn apply_deposit(&mut self, call: &Call, amount: u128, hook: &EscrowHook) -> Result<(), String> {
        let EscrowHook::Deposit { owner } = hook;
        let owner = owner.clone().map_or_else(|| call.sender.clone(), Addr::unchecked);
        self.deposit(&call.sender, &owner, &self.joule.clone(), amount)
    }

    pub(super) fn apply_escrow(&mut self, call: &Call, msg: &ExecuteMsg, now: u64) -> Result<(), String> {
        match msg {
            ExecuteMsg::Deposit { owner } => {
                let owner = owner.clone().map_or_else(|| call.sender.clone(), Addr::unchecked);
                let coin = call.funds.first().ok_or("a deposit without coins")?;
                self.deposit(&call.sender, &owner, &format!("n{}", coin.denom), coin.amount.u128())
            }
            ExecuteMsg::Withdraw { denom, amount, to } => {
                let denom = denom_key(denom);
                let to = to.clone().map_or_else(|| call.sender.clone(), Addr::unchecked);
                let purse = self.free.entry((call.sender.clone(), denom.clone())).or_default();
                let amount = amount.map_or(purse.sum(), |amount| amount.u128());
                let earned = amount.min(purse.earned);
                let deposited = amount - earned;
                purse.earned -= earned;
                let left = purse.deposited.checked_sub(deposited);
                purse.deposited = left.ok_or_else(|| format!("{amount} were withdrawn from {purse:?}"))?;
                let flows = self.flows.entry(denom.clone()).or_default();
                flows.paid += earned;
                flows.refunded += deposited;
                if to != call.sender {
                    *self.gains.entry(to.clone()).or_default() += amount;
                }
                let escrow = self.peers.escrow.clone();
                self.carry(&denom, &escrow, &to, amount)
            }
            ExecuteMsg::Reclaim { hold } => {
                let open = self
                    .holds
                    .remove(&hold.u64())
                    .ok_or("a hold that is not open was reclaimed")?;
                self.change(&open.payer, &open.denom, open.left, 0);
                Ok(())
            }
            ExecuteMsg::Distribute { denom } => {
                let denom = denom_key(denom);
                let fees = self.fees.entry(denom.clone()).or_default();
                let amount = std::mem::take(&mut fees.0);
                self.flows.entry(denom.clone()).or_default().fees += amount;
                let (escrow, dao) = (self.peers.escrow.clone(), self.peers.dao.clone());
                self.carry(&denom, &escrow, &dao, amount)
            }
            ExecuteMsg::UpdateParams { update } => {
                if let Some(denoms) = &update.denoms {
                    self.listed = denoms.iter().map(denom_key).collect();
                }
                Ok(())
            }
            ExecuteMsg::Admin(msg) => self.apply_admin("escrow", msg, now),
            other => Err(format!("nobody may send {other:?}")),
        }
    }

    pub(super) fn compare_money(&self, seen: &Observation, found: &mut Vec<String>) {
        let nonzero = |purse: &Purse| *purse != Purse::default();
        let should: BTreeMap<_, _> = self
            .free
            .iter()
            .filter(|(_, purse)| nonzero(purse))
            .map(|(k, p)| (k.clone(), *p))
            .collect();
        let is = seen.escrow.balances.iter().map(|(key, balance)| {
            (
                key.clone(),
                Purse {
                    deposited: balance.deposited.u128(),
                    earned: balance.earned.u128(),
                },
            )
        });
        compare("free balances", &is.collect(), &should, found);
        let holds = seen
            .escrow
            .holds
            .iter()
            .map(|(id, hold)| (*id, (hold.remaining.u128(), hold.tips.u128())))
            .collect();
        let should: BTreeMap<_, _> = self
            .holds
            .iter()
            .map(|(id, hold)| (*id, (hold.left, hold.tips)))
            .collect();
        compare("holds", &holds, &should, found);
        for (denom, flows) in &self.flows {
            let ledger = seen.escrow.ledgers.get(denom).cloned().unwrap_or_default();
            let is = Flows {
                deposited: ledger.deposited.u128(),
                paid: ledger.paid.u128(),
                refunded: ledger.refunded.u128(),
                fees: ledger.fees.u128(),
            };
            compare(&format!("flows of {denom}"), &is, flows, found);
            let fees = (ledger.treasury.u128(), ledger.stakers.u128());
            compare(
                &format!("fees in {denom}"),
                &fees,
                &self.fees.get(denom).copied().unwrap_or_default(),
                found,
            );
        }
        let should: BTreeMap<_, _> = self
            .wallets
            .iter()
            .filter(|(_, sum)| **sum > 0)
            .map(|(k, v)| (k.clone(), *v))
            .collect();
        compare("wallets", &seen.wallets, &should, found);
    }
}
