//! What should come of a message.

use cosmwasm_std::Addr;
use joule_types::{
    denom_key,
    escrow::{self, EscrowHook},
    marketplace::{ExecuteMsg as Market, JobSpec},
    staking,
    work::job::JobState,
    AdminMsg, Peer,
};

use super::{Call, Job, Model, Msg};
use crate::sim::call::is_over;

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
            Msg::Registry(_) | Msg::Register(..) => Either,
            Msg::Market(msg) => self.expect_market(call, msg, now),
        }
    }

    fn wallet(&self, denom: &str, who: &Addr) -> u128 {
        self.wallets
            .get(&(denom.to_string(), who.clone()))
            .copied()
            .unwrap_or(0)
    }

    fn is_contract(&self, who: &str) -> bool {
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
            M::OpenHold { .. } | M::Tip { .. } | M::Settle { .. } => refused("kit.unauthorized"),
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
                let due = stake.leaving.keys().any(|at| *at <= now) || self.awards.contains_key(&call.sender);
                if due {
                    Done
                } else {
                    refused("stk.nothing_to_claim")
                }
            }
            M::Receive(_) => refused("kit.unauthorized"),
            M::Slash { .. } | M::UpdateParams { .. } if call.sender == self.peers.dao => Either,
            M::Slash { .. } | M::UpdateParams { .. } => refused("kit.unauthorized"),
            M::Admin(msg) => self.expect_admin(call, msg),
        }
    }

    fn expect_market(&self, call: &Call, msg: &Market, now: u64) -> Expect {
        let who = &call.sender;
        let dao = *who == self.peers.dao;
        let with = |id: &joule_types::JobId, then: &dyn Fn(&Job) -> Expect| match self.jobs.get(&id.u64()) {
            Some(job) => then(job),
            None => refused("mkt.job_not_found"),
        };
        match msg {
            Market::CreateOffer { .. } if self.is_paused("marketplace", now) => refused("kit.paused"),
            Market::CreateOffer { terms } => {
                let own = self.party_of(who).map(|(id, _)| id);
                if own.is_none() || self.nodes.get(&terms.node.u64()) != own.as_ref() {
                    return refused("mkt.not_your_node");
                }
                let payer = self.party_of(who).map(|(_, party)| party.owner.clone());
                let free = payer.map_or(0, |payer| self.purse(&payer, &self.joule).sum());
                if terms.price.is_zero() || free < self.rules.offer_deposit.u128() {
                    ANY
                } else {
                    Either
                }
            }
            Market::UpdateOffer { offer, .. } | Market::CloseOffer { offer } => {
                let open = self.offers.get(&offer.u64()).filter(|offer| offer.open);
                let Some(open) = open else {
                    return refused("mkt.offer_not_found");
                };
                let own = self.party_of(who).is_some_and(|(id, _)| id == open.provider);
                match msg {
                    _ if !own => refused("mkt.not_your_node"),
                    Market::CloseOffer { .. } => Done,
                    _ => Either,
                }
            }
            Market::Refresh { .. } | Market::Reindex { .. } => Either,
            Market::PostJob { spec, .. } => self.expect_post(call, spec, now),
            Market::Assign { job, .. } => with(job, &|job| match job.state {
                JobState::Queued if now > job.deadline => refused("mkt.too_late"),
                JobState::Queued => Either,
                state if is_over(state) => refused("mkt.job_final"),
                _ => refused("mkt.job_active"),
            }),
            Market::Decline { job, attempt, .. } => {
                with(job, &|job| on_attempt(job, *attempt, who, now, JobState::Assigned))
            }
            Market::Start { job, attempt } => with(job, &|job| on_attempt(job, *attempt, who, now, JobState::Assigned)),
            Market::SubmitResult { job, attempt, .. } => with(job, &|job| {
                if *attempt == job.attempts && job.state == JobState::ResultSubmitted {
                    return refused("mkt.already_claimed");
                }
                on_attempt(job, *attempt, who, now, JobState::Running)
            }),
            Market::Accept { job } => with(job, &|job| by_buyer(job, who, &[JobState::ResultSubmitted])),
            Market::Cancel { job } => with(job, &|job| by_buyer(job, who, &[JobState::Queued, JobState::Assigned])),
            Market::Dispute { job, .. } => with(job, &|job| self.expect_dispute(job, who, now)),
            Market::Resolve { job, provider_bps } => with(job, &|job| {
                if *who != job.terms.arbiter {
                    refused("mkt.not_arbiter")
                } else if job.state != JobState::Disputed {
                    refused("mkt.job_not_open")
                } else if now > job.deadline {
                    refused("mkt.too_late")
                } else if *provider_bps > 10_000 {
                    refused("mkt.invalid_split")
                } else {
                    Done
                }
            }),
            Market::Timeout { job } => with(job, &|job| {
                if is_over(job.state) {
                    refused("mkt.job_final")
                } else if now <= job.deadline {
                    refused("mkt.too_early")
                } else {
                    Done
                }
            }),
            Market::UpdateParams { .. } | Market::UpdateIndex { .. } if dao => Either,
            Market::UpdateParams { .. } | Market::UpdateIndex { .. } => refused("kit.unauthorized"),
            Market::Admin(msg) => self.expect_admin(call, msg),
        }
    }

    fn expect_dispute(&self, job: &Job, who: &Addr, now: u64) -> Expect {
        if job.state != JobState::ResultSubmitted {
            return refused("mkt.job_not_open");
        }
        if *who != job.buyer && !job.provides(who) {
            return refused("mkt.not_party");
        }
        if now > job.deadline {
            return refused("mkt.too_late");
        }
        let quote = job.attempt.as_ref().map_or(0, |attempt| attempt.quote);
        if self.purse(who, &job.denom).sum() < quote * u128::from(job.terms.dispute_bps) / 10_000 {
            return refused("esc.insufficient_balance");
        }
        Done
    }

    fn expect_post(&self, call: &Call, spec: &JobSpec, now: u64) -> Expect {
        if self.is_paused("marketplace", now) {
            return if call.funds.is_empty() {
                refused("kit.paused")
            } else {
                ANY
            };
        }
        let wish = &spec.requirements;
        let denom = denom_key(&wish.denom);
        let sound = spec.steps > 0
            && !spec.runtime.is_empty()
            && !wish.budget.is_zero()
            && spec.verification_budget.is_zero()
            && (1..=self.rules.max_job_secs).contains(&wish.max_secs)
            && spec.estimated_secs <= wish.max_secs
            && [&spec.bundle, &spec.input]
                .iter()
                .all(|object| object.sha256.len() == 32 && !object.url.is_empty())
            && (now + 1..=now + self.rules.max_queue_secs).contains(&spec.deadline_at)
            && call.sender != self.rules.arbiter
            && self.denoms.contains_key(&denom);
        let attached = match call.funds.as_slice() {
            [] => 0,
            [coin]
                if format!("n{}", coin.denom) == denom && coin.amount.u128() <= self.wallet(&denom, &call.sender) =>
            {
                coin.amount.u128()
            }
            _ => return ANY,
        };
        let brought = (wish.budget + spec.crank_deposit).u128();
        if !sound || self.is_contract(call.sender.as_str()) {
            ANY
        } else if attached > 0 && self.is_paused("escrow", now) {
            refused("kit.paused")
        } else if attached > 0 && !self.listed.contains(&denom) {
            refused("esc.denom_not_listed")
        } else if self.purse(&call.sender, &denom).sum() + attached < brought {
            refused("esc.insufficient_balance")
        } else {
            Done
        }
    }
}

fn on_attempt(job: &Job, attempt: u32, who: &Addr, now: u64, state: JobState) -> Expect {
    if attempt != job.attempts {
        refused("mkt.stale_attempt")
    } else if job.state != state {
        refused("mkt.job_not_open")
    } else if !job.provides(who) {
        refused("mkt.not_party")
    } else if now > job.deadline {
        refused("mkt.too_late")
    } else {
        Done
    }
}

fn by_buyer(job: &Job, who: &Addr, states: &[JobState]) -> Expect {
    if *who != job.buyer {
        refused("mkt.not_buyer")
    } else if states.contains(&job.state) {
        Done
    } else {
        refused("mkt.job_not_open")
    }
}
