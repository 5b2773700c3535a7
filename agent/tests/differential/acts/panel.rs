//! Committees.

use joule_testing::{opening, salt, Run};
use joule_types::{
    marketplace::{ExecuteMsg, JobResponse, PanelPhase, PanelResponse, QueryMsg, SeatResponse, VoteRoots},
    work::{committee::Panel, digest::Hash},
    Peer,
};

use crate::market::Market;

impl Market {
    fn panel(&self, job: &JobResponse) -> Option<PanelResponse> {
        let query = QueryMsg::Panel {
            job: job.job,
            attempt: None,
        };
        self.ask(Peer::Marketplace, &query)
    }

    /// One phase further, by whoever has to.
    pub fn advance_panel(&mut self, judged: &JobResponse) {
        let job = judged.job;
        let Some(panel) = self.panel(judged) else { return };
        let keeper = self.cast.keeper.clone();
        if self.dice.once_in(10) && self.wait_until(panel.phase_until + 1) {
            self.tell("timeout", &keeper, Peer::Marketplace, &ExecuteMsg::Timeout { job });
            return;
        }
        match panel.phase {
            PanelPhase::Sealing => {
                self.tell("seal", &keeper, Peer::Marketplace, &ExecuteMsg::Seal { job });
            }
            PanelPhase::AwaitBeacon => {
                if let Some(round) = panel.round {
                    self.post_round(round);
                }
                self.tell("draw", &keeper, Peer::Marketplace, &ExecuteMsg::Draw { job });
            }
            PanelPhase::Commit | PanelPhase::Standby => self.commit(&panel),
            PanelPhase::Reveal => self.reveal(&panel),
            PanelPhase::Closed => {}
        }
    }

    fn commit(&mut self, panel: &PanelResponse) {
        let standby = panel.phase == PanelPhase::Standby;
        let waits = |seat: &&SeatResponse| seat.rung == panel.rung && seat.standby == standby && seat.sealed.is_none();
        let seats: Vec<SeatResponse> = panel.seats.iter().filter(waits).cloned().collect();
        for seat in seats {
            let run = match self.dice.below(8) {
                0 => continue,
                1 => Run::of(b"a lie"),
                2 => Run::right().withheld(),
                _ => Run::right(),
            };
            let place = (panel.job.u64(), panel.attempt, seat.rung, seat.seat);
            let sealed = self
                .id(panel, seat.rung)
                .seal(seat.owner.as_str(), &run.vote, &hash(salt().as_slice()));
            let msg = ExecuteMsg::CommitVote {
                job: panel.job,
                attempt: panel.attempt,
                rung: seat.rung,
                seat: seat.seat,
                sealed: sealed.into(),
            };
            let voter = self.actor(&seat.operator);
            let voter = self.mostly(voter);
            if self.tell("commit_vote", &voter, Peer::Marketplace, &msg) {
                self.runs.insert(place, run);
            }
        }
    }

    fn reveal(&mut self, panel: &PanelResponse) {
        let Some(randomness) = &panel.randomness else { return };
        let randomness = hash(randomness.as_slice());
        for seat in panel
            .seats
            .iter()
            .filter(|seat| seat.rung == panel.rung && seat.vote.is_none())
        {
            let place = (panel.job.u64(), panel.attempt, seat.rung, seat.seat);
            let Some(run) = self.runs.get(&place).cloned() else {
                continue;
            };
            if self.dice.once_in(9) {
                continue;
            }
            let steps = u64::try_from(run.steps.len()).unwrap_or(0);
            let openings = self
                .id(panel, seat.rung)
                .openings(&randomness, seat.owner.as_str(), steps);
            let msg = ExecuteMsg::RevealVote {
                job: panel.job,
                attempt: panel.attempt,
                rung: seat.rung,
                seat: seat.seat,
                vote: VoteRoots {
                    result_root: run.vote.result_root.into(),
                    trace_root: run.vote.trace_root.into(),
                },
                salt: salt(),
                openings: openings.into_iter().map(|at| opening(&run, at)).collect(),
            };
            let voter = self.actor(&seat.operator);
            self.tell("reveal_vote", &voter, Peer::Marketplace, &msg);
        }
        let keeper = self.cast.keeper.clone();
        if !self.tell(
            "tally",
            &keeper,
            Peer::Marketplace,
            &ExecuteMsg::Tally { job: panel.job },
        ) {
            self.wait_until(panel.phase_until + 1);
            self.tell(
                "tally",
                &keeper,
                Peer::Marketplace,
                &ExecuteMsg::Tally { job: panel.job },
            );
        }
    }

    fn id(&self, panel: &PanelResponse, rung: u8) -> Panel<'_> {
        Panel {
            chain_id: &self.pair.chain_id,
            contract: &self.peers.marketplace,
            job: panel.job.u64(),
            attempt: panel.attempt,
            rung,
        }
    }
}

fn hash(bytes: &[u8]) -> Hash {
    bytes.try_into().expect("32 bytes")
}
