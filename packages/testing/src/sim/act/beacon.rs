//! Rounds, right and wrong ones.

use joule_types::registry;

use super::{pick, Action, Call, Cast, Done, Msg, Stage};
use crate::signature;

impl Stage {
    pub(super) fn act_round(&mut self, action: Action) -> Done {
        match action {
            Action::Round { which, by, flaw } => {
                let clock = self.model.beacon.clock;
                let due = clock.round_at(self.world.now());
                let wanted = pick(self.model.beacon.wanted.keys().copied(), which);
                let known = pick(self.model.beacon.posted.iter().copied(), which);
                let round = match flaw % 8 {
                    0 => due + u64::from(which) % 3 + 1,
                    1 => known.unwrap_or(due),
                    2 => due.saturating_sub(u64::from(which)),
                    3 if which == 0 => 0,
                    _ => wanted.unwrap_or(due),
                };
                let mut signed = signature(round).to_vec();
                match flaw {
                    250.. => signed[usize::from(flaw % 48)] ^= 1,
                    245..250 => signed = signature(round + 1).to_vec(),
                    240..245 => drop(signed.pop()),
                    _ => {}
                }
                let who = self.cast.who(by);
                let signature = signed.into();
                self.registry(&who, registry::ExecuteMsg::PostRound { round, signature })
            }
            Action::Fund { who, amount } => {
                let who = self.cast.who(who);
                self.quiet(Call::new(&who, Msg::Fund(u128::from(amount))))
            }
            Action::Tips { who } => {
                let who = pick(self.model.beacon.tips.keys().cloned(), who).unwrap_or_else(|| self.cast.who(who));
                self.registry(&who, registry::ExecuteMsg::ClaimTips {})
            }
            _ => Ok(()),
        }
    }

    /// Waits for a round and posts it, by the keeper.
    pub(super) fn post_round(&mut self, round: u64) -> Done {
        let keeper = self.cast.who(Cast::KEEPER as u8);
        self.pass_to(self.model.beacon.clock.due_at(round));
        let signature = signature(round).into();
        self.registry(&keeper, registry::ExecuteMsg::PostRound { round, signature })
    }

    /// Posts the next round that opens a window.
    pub(super) fn open_window(&mut self) -> Done {
        let first = self.model.beacon.clock.round_at(self.world.now());
        let round = (first..).find(|round| self.world.opens_window(*round)).unwrap_or(first);
        self.post_round(round)
    }
}
