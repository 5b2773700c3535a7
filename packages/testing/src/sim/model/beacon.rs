//! Rounds: which are known, who waits for which, and who is paid for them.

use std::collections::{BTreeMap, BTreeSet};

use cosmwasm_std::{Addr, Event};
use joule_types::{
    registry::{ChallengeOpened, ExecuteMsg, RoundPosted, WindowOpened},
    work::beacon::{self, Clock},
};

use super::{compare, Call, Expect, Model};
use crate::{audit::events_of, observe::Observation, signature};

/// The beacon as it should be.
#[derive(Clone, Debug)]
pub struct Beacon {
    /// When rounds are due.
    pub clock: Clock,
    /// Posted rounds.
    pub posted: BTreeSet<u64>,
    /// Rounds that somebody waits for; a committee, whose rounds are worth a tip, or not.
    pub wanted: BTreeMap<u64, bool>,
    /// Micro-JOULE for tips.
    pub fund: u128,
    /// Tips by who earned them.
    pub tips: BTreeMap<Addr, u128>,
    /// When the last window opened.
    pub window_at: Option<u64>,
    /// Parameters of the registry that matter here: tip, gap and grace, mean time between windows.
    rules: (u128, u64, u64, u64),
}

impl Beacon {
    pub(super) fn of(seen: &Observation) -> Self {
        let (registry, params) = (&seen.registry, &seen.registry.params);
        Self {
            clock: Clock {
                genesis: registry.beacon.beacon.genesis,
                period: registry.beacon.beacon.period,
            },
            posted: registry.rounds.keys().copied().collect(),
            wanted: registry.wanted.clone(),
            fund: registry.beacon.fund.u128(),
            tips: registry.tips.clone(),
            window_at: registry.windows.values().last().map(|(_, at)| *at),
            rules: (
                params.round_tip.u128(),
                // All lists of a window can be revealed before the next one opens.
                params.window_gap_secs.max(params.window_secs + params.reveal_secs + 1),
                params.window_grace_secs,
                params.window_every_secs,
            ),
        }
    }

    /// Whether a round that is posted now opens a window.
    fn opens(&self, round: u64, now: u64) -> bool {
        let (_, gap, grace, every) = self.rules;
        let due = self.clock.due_at(round);
        let randomness = beacon::randomness(&signature(round));
        let triggers = beacon::opens_window(&randomness, self.clock.period, every) == Ok(true);
        let free = self.window_at.is_none_or(|last| due >= last + gap);
        triggers && free && now <= due + grace
    }
}

impl Model {
    pub(super) fn expect_round(&self, round: u64, signed: &[u8], now: u64) -> Expect {
        let due = self.beacon.clock.round_at(now);
        if self.beacon.posted.contains(&round) {
            return Expect::Done;
        }
        if round == 0 || (round <= due && signed != signature(round)) {
            Expect::Refused(Some("reg.invalid_round"))
        } else if round > due {
            Expect::Refused(None)
        } else {
            Expect::Done
        }
    }

    pub(super) fn apply_round(&mut self, call: &Call, round: u64, events: &[Event], now: u64) -> Result<(), String> {
        let said = events_of::<RoundPosted>(events);
        let said = said.first().ok_or("a round was posted without an event")?;
        let opened = events_of::<WindowOpened>(events);
        let known = self.beacon.posted.contains(&round);
        let wanted = self.beacon.wanted.remove(&round).filter(|_| !known).unwrap_or(false);
        let opens = !known && !self.is_paused("registry", now) && self.beacon.opens(round, now);
        let due = if wanted || opens {
            self.beacon.rules.0.min(self.beacon.fund)
        } else {
            0
        };
        let is = (said.known, opened.len(), said.tip.u128());
        let should = (known, usize::from(opens), due);
        if is != should {
            return Err(format!("round {round} at {now}: {is:?}, should be {should:?}"));
        }
        if opens {
            self.beacon.window_at = Some(self.beacon.clock.due_at(round));
        }
        self.beacon.posted.insert(round);
        self.beacon.fund -= due;
        if due > 0 {
            *self.beacon.tips.entry(call.sender.clone()).or_default() += due;
            *self.gains.entry(call.sender.clone()).or_default() += due;
        }
        Ok(())
    }

    pub(super) fn want_round(&mut self, round: u64, by_committee: bool) {
        if !self.beacon.posted.contains(&round) {
            *self.beacon.wanted.entry(round).or_default() |= by_committee;
        }
    }

    pub(super) fn apply_registry(
        &mut self,
        call: &Call,
        msg: &ExecuteMsg,
        events: &[Event],
        now: u64,
    ) -> Result<(), String> {
        match msg {
            ExecuteMsg::UpdateProvider { operator, payout } => self.apply_addresses(call, operator, payout),
            ExecuteMsg::Admin(msg) => self.apply_admin("registry", msg, now),
            ExecuteMsg::PostRound { round, .. } => self.apply_round(call, *round, events, now),
            ExecuteMsg::ClaimTips {} => {
                let sum = self
                    .beacon
                    .tips
                    .remove(&call.sender)
                    .ok_or("tips of nobody were paid")?;
                let registry = self.peers.registry.clone();
                self.carry(&self.joule.clone(), &registry, &call.sender, sum)
            }
            ExecuteMsg::RequestChallenge { .. } => {
                for challenge in events_of::<ChallengeOpened>(events) {
                    let ahead = self.beacon.clock.round_at(now) + 2;
                    if challenge.round != ahead {
                        return Err(format!("a challenge waits for round {}, not {ahead}", challenge.round));
                    }
                    self.want_round(challenge.round, false);
                }
                Ok(())
            }
            _ => self.apply_slashes(events, now),
        }
    }

    pub(super) fn apply_fund(&mut self, call: &Call, amount: u128) -> Result<(), String> {
        let registry = self.peers.registry.clone();
        self.beacon.fund += amount;
        self.carry(&self.joule.clone(), &call.sender, &registry, amount)
    }

    pub(super) fn compare_beacon(&self, seen: &Observation, found: &mut Vec<String>) {
        let (is, should) = (&seen.registry, &self.beacon);
        compare("the fund of tips", &is.beacon.fund.u128(), &should.fund, found);
        compare("tips", &is.tips, &should.tips, found);
        compare("wanted rounds", &is.wanted, &should.wanted, found);
        let rounds: BTreeSet<u64> = is.rounds.keys().copied().collect();
        compare("posted rounds", &rounds, &should.posted, found);
    }
}
