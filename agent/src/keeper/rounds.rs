//! Rounds of the beacon that are worth posting: wanted ones, and those that open a proof window.
use std::collections::BTreeSet;

use joule_types::registry::{Params, WindowResponse};
use joule_work::beacon::{opens_window, randomness, Clock};

use super::task::Task;
use crate::beacon::BeaconSource;
use crate::chain::contracts::Market;
use crate::chain::Msg;
use crate::error::{Error, Result};

/// Wanted rounds posted at one look.
const MOST: usize = 8;

/// What is known of the beacon.
pub struct Rounds {
    source: Box<dyn BeaconSource>,
    clock: Clock,
    every_secs: u64,
    grace_secs: u64,
    gap_secs: u64,
    /// No round up to this one opens a window.
    looked: u64,
}

impl Rounds {
    /// Rounds from `source` at the times of `clock`, with the parameters of windows.
    pub fn new(source: Box<dyn BeaconSource>, clock: Clock, params: &Params) -> Self {
        Self {
            source,
            clock,
            every_secs: params.window_every_secs,
            grace_secs: params.window_grace_secs,
            gap_secs: params.window_gap_secs,
            looked: 0,
        }
    }

    /// Goes on with parameters that may be others. Rounds that opened no window are looked at again if they are.
    pub fn follow(&mut self, params: &Params) {
        let (every, grace, gap) = (
            params.window_every_secs,
            params.window_grace_secs,
            params.window_gap_secs,
        );
        if (every, grace, gap) != (self.every_secs, self.grace_secs, self.gap_secs) {
            (self.every_secs, self.grace_secs, self.gap_secs) = (every, grace, gap);
            self.looked = 0;
        }
    }

    /// When rounds are due.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// What has to go in front of a message that needs the round: nothing if it is posted, else its posting. None if the
    /// beacon has not published it yet.
    pub async fn before_use(&self, market: &Market, round: u64) -> Result<Option<Vec<Msg>>> {
        if market.registry.round(round).await?.is_some() {
            return Ok(Some(Vec::new()));
        }
        Ok(match self.signature(round).await {
            Some(signature) => Some(vec![market.registry.post_round(round, signature)?]),
            None => None,
        })
    }

    /// Rounds to post now but those in `posted`, which go with a message of their own.
    pub async fn tasks(
        &mut self,
        market: &Market,
        now: u64,
        latest: Option<&WindowResponse>,
        posted: &BTreeSet<u64>,
    ) -> Result<Vec<Task>> {
        let mut tasks = Vec::new();
        let wanted = market.registry.wanted_rounds(None).await?.items;
        let due = wanted.into_iter().filter(|round| self.clock.due_at(*round) <= now);
        let mut due: Vec<(&str, u64)> = due.take(MOST).map(|round| ("round", round)).collect();
        if let Some(round) = self.trigger(now, latest).await? {
            if market.registry.round(round).await?.is_some() {
                // No window opened with it: posting it again would not open one either.
                self.looked = round;
            } else {
                due.retain(|(_, wanted)| *wanted != round);
                due.push(("window", round));
            }
        }
        for (name, round) in due.into_iter().filter(|(_, round)| !posted.contains(round)) {
            if let Some(signature) = self.signature(round).await {
                let msg = market.registry.post_round(round, signature);
                tasks.push(Task::round(format!("{name}/{round}"), msg)?);
            }
        }
        Ok(tasks)
    }

    /// The first round that opens a window now, if there is one. It is named again until its window is there, or it is too
    /// late for it.
    async fn trigger(&mut self, now: u64, latest: Option<&WindowResponse>) -> Result<Option<u64>> {
        let free = latest.map_or(0, |window| {
            let gap = window.opened_at.saturating_add(self.gap_secs);
            gap.max(window.reveal_by.saturating_add(1))
        });
        let earliest = now.saturating_sub(self.grace_secs).max(free);
        let first = self.first_due(earliest).max(self.looked.saturating_add(1));
        for round in first..=self.clock.round_at(now) {
            let Some(signature) = self.signature(round).await else {
                return Ok(None);
            };
            let opens = opens_window(&randomness(&signature), self.clock.period, self.every_secs);
            if opens.map_err(|e| Error::internal("keep.bad_params", e, "report this"))? {
                return Ok(Some(round));
            }
            self.looked = round;
        }
        Ok(None)
    }

    /// The first round that is due at `time` or later.
    fn first_due(&self, time: u64) -> u64 {
        let round = self.clock.round_at(time);
        if round > 0 && self.clock.due_at(round) >= time {
            round
        } else {
            round.saturating_add(1)
        }
    }

    /// A signature, or none for now: a beacon that does not answer holds nothing else up.
    async fn signature(&self, round: u64) -> Option<Vec<u8>> {
        self.source.round(round).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "no round");
            None
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::Arc;

    use async_trait::async_trait;
    use cosmwasm_std::Binary;
    use joule_types::WindowId;

    use super::*;

    /// Publishes every round up to one, signed with its number, and counts how often it is asked.
    struct Made {
        last: u64,
        asked: Arc<AtomicU64>,
    }

    #[async_trait]
    impl BeaconSource for Made {
        async fn round(&self, round: u64) -> Result<Option<Vec<u8>>> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            Ok((round <= self.last).then(|| round.to_be_bytes().to_vec()))
        }
    }

    fn rounds(last: u64, every_secs: u64) -> (Rounds, Arc<AtomicU64>) {
        let asked = Arc::new(AtomicU64::new(0));
        let source = Made {
            last,
            asked: asked.clone(),
        };
        let rounds = Rounds {
            source: Box::new(source),
            clock: Clock {
                genesis: 100,
                period: 3,
            },
            every_secs,
            grace_secs: 30,
            gap_secs: 600,
            looked: 0,
        };
        (rounds, asked)
    }

    fn window(opened_at: u64) -> WindowResponse {
        WindowResponse {
            window: WindowId(1),
            round: 1,
            seed: Binary::new(vec![0; 32]),
            opened_at,
            closes_at: opened_at + 120,
            reveal_by: opened_at + 240,
            k: 512,
        }
    }

    #[tokio::test]
    async fn the_first_round_inside_the_grace_and_behind_the_gap_opens_a_window() {
        // Always opens, since a window is wanted every round.
        let (mut every, _) = rounds(u64::MAX, 3);
        // Round 301 is due at 1000; rounds from 970 on are not too late.
        assert_eq!(every.trigger(1_000, None).await.unwrap(), Some(291));
        assert_eq!(
            every.trigger(1_000, None).await.unwrap(),
            Some(291),
            "until it is posted"
        );
        assert_eq!(every.trigger(1_000, Some(&window(390))).await.unwrap(), Some(298));
        assert_eq!(every.trigger(1_000, Some(&window(970))).await.unwrap(), None);
        assert_eq!(every.trigger(99, None).await.unwrap(), None, "before the first round");
    }

    #[tokio::test]
    async fn windows_follow_the_parameters_of_the_day() {
        let (mut rounds, _) = rounds(u64::MAX, u64::MAX);
        assert_eq!(rounds.trigger(1_000, None).await.unwrap(), None);
        let mut params = joule_rollout::Plan::local("anybody").registry;
        (
            params.window_every_secs,
            params.window_grace_secs,
            params.window_gap_secs,
        ) = (3, 15, 600);
        rounds.follow(&params);
        assert_eq!(rounds.trigger(1_000, None).await.unwrap(), Some(296));
        rounds.looked = 300;
        rounds.follow(&params);
        assert_eq!(rounds.looked, 300, "nothing changed");
    }

    #[tokio::test]
    async fn a_round_is_asked_for_once_and_one_to_come_again() {
        let (mut never, asked) = rounds(299, u64::MAX);
        assert_eq!(never.trigger(1_000, None).await.unwrap(), None);
        // 291 to 299 are looked at; 300 is not published yet.
        assert_eq!((never.looked, asked.load(Ordering::Relaxed)), (299, 10));
        assert_eq!(never.trigger(1_000, None).await.unwrap(), None);
        assert_eq!(asked.load(Ordering::Relaxed), 11);
    }
}
