//! Rounds and proof windows.

use cosmwasm_std::{Binary, Uint64};
use joule_types::{
    registry::{ExecuteMsg, Params, QueryMsg, WindowResponse},
    work::{beacon, ticket},
    Page, Peer,
};

use crate::market::Market;

impl Market {
    /// The next step of a window, or a round.
    pub fn prove(&mut self) {
        let number = usize::try_from(self.dice.below(3)).unwrap_or(0);
        let provider = &self.cast.providers[number];
        let (agent, node) = (provider.agent.clone(), provider.node);
        let window: Option<WindowResponse> = self.ask(Peer::Registry, &QueryMsg::Window { window: None });
        let open = window.filter(|window| self.pair.now <= window.reveal_by);
        let Some(window) = open else {
            return self.open_window();
        };
        let place = (window.window.u64(), node.u64());
        if self.dice.once_in(5) {
            return self.round();
        }
        if let Some(ids) = self.lists.remove(&place) {
            if self.dice.once_in(4) {
                self.wait_until(window.reveal_by + 1);
                let keeper = self.cast.keeper.clone();
                let msg = ExecuteMsg::ReportMissed {
                    window: window.window,
                    node,
                };
                self.tell("report_missed", &keeper, Peer::Registry, &msg);
                return;
            }
            self.wait_until(window.closes_at + 1);
            let msg = ExecuteMsg::RevealWindow {
                window: window.window,
                node,
                ids,
            };
            self.tell("reveal_window", &agent, Peer::Registry, &msg);
            return;
        }
        let seed: [u8; 32] = window.seed.as_slice().try_into().expect("a seed of 32 bytes");
        let seed = ticket::node_seed(&seed, node.u64(), 0, &agent.address());
        let claim = ticket::select_k(&seed, 0..200, u32::from(window.k)).expect("few tickets");
        let mut claim = claim.expect("enough tickets");
        if self.dice.once_in(4) {
            claim.bound /= 4;
        }
        let commitment = claim.commitment();
        let msg = ExecuteMsg::CommitWindow {
            window: window.window,
            node,
            bound: Uint64::new(commitment.bound),
            list_hash: Binary::from(commitment.digest),
        };
        if self.tell("commit_window", &agent, Peer::Registry, &msg) {
            let ids = ticket::pack_ids(&claim.ids).expect("few tickets");
            self.lists.insert(place, ids.into());
        }
    }

    /// Posts the next round that opens a window, if it comes soon.
    fn open_window(&mut self) {
        let known: joule_types::registry::BeaconResponse = self.ask(Peer::Registry, &QueryMsg::Beacon {});
        let params: Params = self.ask(Peer::Registry, &QueryMsg::Params {});
        let clock = beacon::Clock {
            genesis: known.beacon.genesis,
            period: known.beacon.period,
        };
        let first = clock.round_at(self.pair.now) + 1;
        let opens = |round: &u64| {
            let randomness = beacon::randomness(&joule_testing::signature(*round));
            beacon::opens_window(&randomness, clock.period, params.window_every_secs).expect("windows come")
        };
        match (first..first + 20).find(opens) {
            Some(round) => self.post_round(round),
            None => self.round(),
        }
    }

    /// A round: wanted, due, known, not due yet, forged.
    fn round(&mut self) {
        let known: joule_types::registry::BeaconResponse = self.ask(Peer::Registry, &QueryMsg::Beacon {});
        let query = QueryMsg::WantedRounds {
            start_after: None,
            limit: Some(100),
        };
        let wanted: Page<u64, u64> = self.ask(Peer::Registry, &query);
        let due = (self.pair.now - known.beacon.genesis) / known.beacon.period;
        let round = match self.dice.below(6) {
            0 => due + 1_000,
            1 => known.latest.unwrap_or(due),
            2 => 0,
            3 => due,
            _ => self.dice.pick(&wanted.items).unwrap_or(due),
        };
        let mut signed = joule_testing::signature(round).to_vec();
        match self.dice.below(8) {
            0 => signed[20] ^= 1,
            1 => signed = joule_testing::signature(round + 1).to_vec(),
            2 => drop(signed.pop()),
            _ => {}
        }
        let who = self.anyone();
        let signature = signed.into();
        self.tell(
            "post_round",
            &who,
            Peer::Registry,
            &ExecuteMsg::PostRound { round, signature },
        );
    }
}
