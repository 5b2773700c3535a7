//! From actions to messages.

mod beacon;
mod market;
mod nodes;
mod panel;
mod rules;

use cosmwasm_std::{Addr, Coin, Uint128};
use cw20::Denom;
use joule_types::{
    escrow::{self, EscrowHook},
    marketplace, registry, staking, HoldId,
};

use super::{
    action::{Action, Leap, Part},
    call::{Call, Msg},
    stage::{coins, Cast, Stage},
};
use crate::{Provider, USDC};

type Done = Result<(), String>;

impl Stage {
    /// Does what an action says.
    ///
    /// # Errors
    /// What is broken afterwards.
    pub fn act(&mut self, action: Action) -> Done {
        match action {
            Action::Deposit { .. } | Action::Withdraw { .. } | Action::Junk { .. } => self.act_money(action),
            Action::Distribute { joule } => {
                let denom = self.denom(joule);
                self.escrow(Cast::KEEPER as u8, escrow::ExecuteMsg::Distribute { denom })
            }
            Action::Reclaim { hold } => {
                let hold = HoldId(pick(self.model.holds.keys().copied(), hold).unwrap_or(u64::from(hold)));
                self.escrow(Cast::KEEPER as u8, escrow::ExecuteMsg::Reclaim { hold })
            }
            Action::Bond { who, amount } => {
                let who = self.cast.who(who);
                self.quiet(Call::new(&who, Msg::Bond(u128::from(amount))))
            }
            Action::Unbond { who, part } => {
                let who = self.cast.who(who);
                let bonded = self.model.stakes.get(&who).map_or(0, |stake| stake.bonded);
                let amount = part.of(bonded).unwrap_or(bonded).into();
                self.quiet(Call::new(&who, Msg::Staking(staking::ExecuteMsg::Unbond { amount })))
            }
            Action::Claim { who } => {
                let who = self.cast.who(who);
                self.quiet(Call::new(&who, Msg::Staking(staking::ExecuteMsg::Claim {})))
            }
            Action::Rally { .. }
            | Action::Beat { .. }
            | Action::Switch { .. }
            | Action::Register { .. }
            | Action::Payout { .. }
            | Action::Operator { .. } => self.act_node(action),
            Action::Offer { .. } | Action::Reprice { .. } | Action::Close { .. } | Action::Refresh { .. } => {
                self.act_offer(action)
            }
            Action::Post {
                buyer,
                joule,
                budget,
                secs,
                flaw,
                attach,
                judged,
            } => self.post(buyer, joule, budget, secs, flaw, attach, judged),
            Action::Enrol { who, operator } => {
                let who = self.cast.who(who);
                let operator = operator.map(|number| self.cast.who(number).to_string());
                self.quiet(Call::new(&who, Msg::Staking(staking::ExecuteMsg::Enrol { operator })))
            }
            Action::Retire { who } => {
                let who = self.cast.who(who);
                self.quiet(Call::new(&who, Msg::Staking(staking::ExecuteMsg::Retire {})))
            }
            Action::Round { .. } | Action::Fund { .. } | Action::Tips { .. } => self.act_round(action),
            Action::Trial { .. } | Action::Panel { .. } | Action::Ballot { .. } => self.act_panel(action),
            Action::Advance { job, turn } => self.advance(job, turn),
            Action::Poke {
                job,
                verb,
                who,
                attempt,
            } => {
                let job = pick(self.model.jobs.keys().copied(), job).unwrap_or(u64::from(attempt));
                let current = self.model.jobs.get(&job).map_or(0, |job| job.attempts);
                let attempt = if attempt < 4 { current } else { u32::from(attempt) - 4 };
                let who = self.cast.who(who);
                self.verb(&who, job, verb, attempt)
            }
            Action::Prove {
                provider,
                forged,
                withheld,
            } => {
                self.act_proof(Action::Window)?;
                self.act_proof(Action::Commit { provider, forged })?;
                self.act_proof(if withheld {
                    Action::Missed { provider }
                } else {
                    Action::Reveal { provider }
                })
            }
            Action::Window
            | Action::Commit { .. }
            | Action::Reveal { .. }
            | Action::Missed { .. }
            | Action::Judge { .. } => self.act_proof(action),
            Action::Rule { which, value } => self.rule(which, value),
            Action::Index { .. }
            | Action::Reindex { .. }
            | Action::Pause { .. }
            | Action::Resume { .. }
            | Action::Govern { .. } => self.govern(action),
            Action::Intrude { who, which, victim } => self.intrude(who, which, victim),
            Action::Repeat => self.last.clone().map_or(Ok(()), |call| self.quiet(call)),
            Action::Pass(leap) => {
                self.leap(leap);
                Ok(())
            }
        }
    }

    pub(super) fn quiet(&mut self, call: Call) -> Done {
        self.send(call).map(|_| ())
    }

    fn escrow(&mut self, who: u8, msg: escrow::ExecuteMsg) -> Done {
        let who = self.cast.who(who);
        self.quiet(Call::new(&who, Msg::Escrow(msg)))
    }

    pub(super) fn market(&mut self, who: &Addr, msg: marketplace::ExecuteMsg) -> Done {
        self.quiet(Call::new(who, Msg::Market(msg)))
    }

    fn registry(&mut self, who: &Addr, msg: registry::ExecuteMsg) -> Done {
        self.quiet(Call::new(who, Msg::Registry(msg)))
    }

    pub(super) fn denom(&self, joule: bool) -> Denom {
        if joule {
            self.world.joule()
        } else {
            Denom::Native(USDC.into())
        }
    }

    fn provider(&self, number: u8) -> Provider {
        let providers = &self.cast.providers;
        let mut provider = providers[usize::from(number) % providers.len()].clone();
        if let Some(party) = self.model.parties.get(&provider.id.u64()) {
            provider.operator = party.operator.clone();
            provider.payout = party.payout.clone();
        }
        provider
    }

    fn act_money(&mut self, action: Action) -> Done {
        match action {
            Action::Deposit { who, joule, amount, to } => {
                let sender = self.cast.who(who);
                let owner = to.map(|to| self.cast.who(to).to_string());
                if joule {
                    let hook = EscrowHook::Deposit { owner };
                    return self.quiet(Call::new(&sender, Msg::Deposit(u128::from(amount), hook)));
                }
                let mut call = Call::new(&sender, Msg::Escrow(escrow::ExecuteMsg::Deposit { owner }));
                // Now and then coins that nobody takes, two kinds of them, or none.
                call.funds = match amount % 16 {
                    0 => vec![],
                    1 => vec![Coin::new(1u128, "ujunk")],
                    2 => vec![Coin::new(1u128, "ujunk"), Coin::new(1u128, USDC)],
                    _ => vec![Coin::new(u128::from(amount), USDC)],
                };
                self.quiet(call)
            }
            Action::Withdraw { who, joule, part, to } => {
                let sender = self.cast.who(who);
                let denom = self.denom(joule);
                let free = self.model.purse(&sender, &joule_types::denom_key(&denom)).sum();
                let amount = part.of(free).map(Uint128::new);
                let to = to.map(|to| self.cast.who(to).to_string());
                let msg = escrow::ExecuteMsg::Withdraw { denom, amount, to };
                self.quiet(Call::new(&sender, Msg::Escrow(msg)))
            }
            Action::Junk { who, to, kind, amount } => {
                let sender = self.cast.who(who);
                let peers = self.world.peers.clone();
                let all = [
                    peers.escrow,
                    peers.staking,
                    peers.registry,
                    peers.marketplace,
                    peers.dao,
                ];
                let to = all[usize::from(to) % all.len()].clone();
                let amount = u128::from(amount % 500);
                match kind % 3 {
                    0 => self.quiet(coins(&sender, &to, amount, "ujunk")),
                    1 => self.quiet(coins(&sender, &to, amount, USDC)),
                    _ => self.quiet(Call::new(&sender, Msg::Transfer(to, amount))),
                }
            }
            _ => Ok(()),
        }
    }

    pub(super) fn pass_to(&mut self, time: u64) {
        let secs = time.saturating_sub(self.world.now());
        if secs > 0 {
            self.world.pass(secs);
        }
    }

    fn leap(&mut self, leap: Leap) {
        match leap {
            Leap::Stay => self.same_block = true,
            Leap::Secs(secs) => self.world.pass(u64::from(secs)),
            Leap::Minutes(minutes) => self.world.pass(u64::from(minutes) * 60),
            Leap::Epoch(first) => {
                let secs = self.model.epoch_secs;
                let next = (self.world.now() / secs + 1) * secs;
                self.pass_to(next - u64::from(!first));
            }
            Leap::HalfDay => self.world.pass(12 * 3_600),
            Leap::Deadline(job, off) => {
                let deadlines: Vec<u64> = self.model.open_jobs().map(|(_, job)| job.deadline).collect();
                if let Some(deadline) = pick(deadlines.into_iter(), job) {
                    self.pass_to(deadline.saturating_add_signed(off.into()));
                }
            }
            Leap::Reclaim(hold) => {
                let times: Vec<u64> = self.model.holds.values().map(|hold| hold.reclaim_at).collect();
                // The deposits of offers can be reclaimed after ten years: not in one sequence.
                let soon = times.into_iter().filter(|at| *at < self.world.now() + 100 * 24 * 3_600);
                if let Some(at) = pick(soon.collect::<Vec<_>>().into_iter(), hold) {
                    self.pass_to(at);
                }
            }
        }
    }
}

impl Part {
    /// So much of `whole`; none for all of it without saying how much.
    fn of(self, whole: u128) -> Option<u128> {
        match self {
            Part::None => Some(0),
            Part::Unit => Some(1),
            Part::Some(share) => Some(whole * u128::from(share) / 1_000),
            Part::All => None,
            Part::TooMuch => Some(whole + 1),
        }
    }
}

/// One of several, by any number.
fn pick<T>(all: impl Iterator<Item = T>, number: u8) -> Option<T> {
    let mut all: Vec<T> = all.collect();
    let place = usize::from(number).checked_rem(all.len())?;
    Some(all.swap_remove(place))
}
