//! Rounds of the beacon: signed here, posted by anybody.

use std::{collections::BTreeMap, sync::Mutex};

use cosmwasm_std::{Addr, Binary};
use cw_multi_test::AppResponse;
use joule_beacon::LocalBeacon;
use joule_types::{
    registry::{self, ExecuteMsg, QueryMsg, RegistryHook, WindowResponse},
    work::beacon::{self, Clock},
    Page,
};

use super::World;

/// Rounds that were signed before: many worlds live at the same time of the simulator.
static SIGNED: Mutex<BTreeMap<u64, [u8; 48]>> = Mutex::new(BTreeMap::new());

/// The local beacon's signature of a round.
///
/// # Panics
/// If another thread panicked in here.
#[must_use]
pub fn signature(round: u64) -> [u8; 48] {
    if let Some(known) = SIGNED.lock().expect("nobody panics here").get(&round) {
        return *known;
    }
    let signed = LocalBeacon::new().sign(round);
    SIGNED.lock().expect("nobody panics here").insert(round, signed);
    signed
}

impl World {
    /// The beacon, as the registry tells it.
    #[must_use]
    pub fn beacon(&self) -> registry::BeaconResponse {
        self.ask(&self.peers.registry, &QueryMsg::Beacon {})
    }

    /// When rounds are due.
    #[must_use]
    pub fn clock(&self) -> Clock {
        let beacon = self.beacon().beacon;
        Clock {
            genesis: beacon.genesis,
            period: beacon.period,
        }
    }

    /// Rounds that somebody waits for.
    #[must_use]
    pub fn wanted_rounds(&self) -> Vec<u64> {
        let msg = QueryMsg::WantedRounds {
            start_after: None,
            limit: Some(100),
        };
        self.ask::<Page<u64, u64>>(&self.peers.registry, &msg).items
    }

    /// Posts a round with its right signature, by the account `keeper`.
    ///
    /// # Errors
    /// What the registry answered.
    pub fn post_round(&mut self, round: u64) -> anyhow::Result<AppResponse> {
        let keeper = self.account("keeper");
        self.post_round_by(&keeper, round, signature(round).into())
    }

    /// Posts a round with any signature.
    ///
    /// # Errors
    /// What the registry answered.
    pub fn post_round_by(&mut self, who: &Addr, round: u64, signature: Binary) -> anyhow::Result<AppResponse> {
        self.registry(who, &ExecuteMsg::PostRound { round, signature })
    }

    /// Posts every wanted round that is due, and the last one if it opens a window, as a keeper does.
    ///
    /// # Panics
    /// If the registry refuses one.
    pub fn post_due_rounds(&mut self) {
        let due = self.clock().round_at(self.now());
        let mut rounds = self.wanted_rounds();
        rounds.retain(|round| *round <= due);
        if self.opens_window(due) && !rounds.contains(&due) {
            rounds.push(due);
        }
        for round in rounds {
            self.post_round(round).unwrap();
        }
    }

    /// Waits until a round is due.
    pub fn pass_to_round(&mut self, round: u64) {
        let due = self.clock().due_at(round);
        self.pass_to(due);
    }

    /// Lets time pass up to `time`, in one block; none if that is over.
    pub fn pass_to(&mut self, time: u64) {
        let secs = time.saturating_sub(self.now());
        if secs > 0 {
            self.pass(secs);
        }
    }

    /// Whether a round opens a proof window.
    ///
    /// # Panics
    /// If windows never come.
    #[must_use]
    pub fn opens_window(&self, round: u64) -> bool {
        let every = self.registry_params().window_every_secs;
        let randomness = beacon::randomness(&signature(round));
        beacon::opens_window(&randomness, self.clock().period, every).expect("windows come")
    }

    /// Waits for the next round that opens a proof window, posts it and returns the window.
    ///
    /// # Errors
    /// What the registry answered.
    ///
    /// # Panics
    /// If no window opened.
    pub fn open_window(&mut self) -> anyhow::Result<WindowResponse> {
        let gap = self.registry_params().window_gap_secs;
        let free = |last: WindowResponse| (last.opened_at + gap).max(last.reveal_by + 1);
        let free = self.window().map_or(0, free);
        let clock = self.clock();
        let first = clock.round_at(self.now().max(free)) + 1;
        let round = (first..).find(|round| self.opens_window(*round)).unwrap_or(first);
        self.pass_to_round(round);
        self.post_round(round)?;
        let window = self.window().expect("a window is open");
        assert_eq!(window.round, round, "a trigger opens a window");
        Ok(window)
    }

    /// The latest proof window.
    #[must_use]
    pub fn window(&self) -> Option<WindowResponse> {
        self.ask(&self.peers.registry, &QueryMsg::Window { window: None })
    }

    /// Adds JOULE from the faucet to the fund that pays for rounds.
    ///
    /// # Panics
    /// If the faucet is empty.
    pub fn fund_tips(&mut self, amount: u128) {
        let (faucet, registry) = (self.faucet.clone(), self.peers.registry.clone());
        self.send_joule(&faucet, &registry, amount, &RegistryHook::FundTips {})
            .unwrap();
    }
}
