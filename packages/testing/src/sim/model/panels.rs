//! Committees: phases and their deadlines, who may vote, what the votes come to, and whose the money is then.

use cosmwasm_std::{Addr, Event};
use joule_types::marketplace::{CommitteeTerms, ExecuteMsg, PanelOpened, PanelPhase, PanelSealed, SeatDrawn};

use super::{
    edges::times,
    votes::{differs_in_sight, is_blank, roots},
    Call, Job, Model,
};
use crate::audit::events_of;

/// Seats and equal votes that decide, of each rung.
const LADDER: [(usize, usize); 3] = [(3, 3), (7, 5), (21, 11)];

/// A seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// Who is paid and slashed.
    pub owner: Addr,
    /// Who votes beside the owner.
    pub operator: Addr,
    /// A standby.
    pub standby: bool,
    /// Sealed vote.
    pub sealed: Option<Vec<u8>>,
    /// Both roots of the revealed vote.
    pub vote: Option<(Vec<u8>, Vec<u8>)>,
}

/// A committee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panel {
    /// Rung.
    pub rung: usize,
    /// Phase.
    pub phase: PanelPhase,
    /// Last second of the phase.
    pub until: u64,
    /// Last second of all.
    pub judge_by: u64,
    /// Height from which the rung can be sealed.
    pub seal_from: u64,
    /// Sealed round and epoch.
    pub seal: (u64, u64),
    /// Seals of the rung after the first.
    pub reseals: u8,
    /// Seats of all rungs.
    pub seats: Vec<Vec<Seat>>,
    /// What was delivered.
    pub delivered: (Vec<u8>, Vec<u8>),
}

impl Panel {
    /// The seats of the present rung.
    #[must_use]
    pub fn present(&self) -> &[Seat] {
        self.seats.get(self.rung).map_or(&[], Vec::as_slice)
    }

    /// Votes sealed and revealed on the present rung.
    #[must_use]
    pub fn votes(&self) -> (usize, usize) {
        let sealed = self.present().iter().filter(|seat| seat.sealed.is_some()).count();
        (sealed, self.present().iter().filter(|seat| seat.vote.is_some()).count())
    }

    /// The vote that decides the present rung, if there is one.
    fn agreed(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        let agree = LADDER.get(self.rung)?.1;
        let votes: Vec<_> = self.present().iter().filter_map(|seat| seat.vote.as_ref()).collect();
        let enough = |vote: &&&(Vec<u8>, Vec<u8>)| votes.iter().filter(|other| *other == *vote).count() >= agree;
        votes.iter().find(enough).map(|vote| (*vote).clone())
    }
}

fn terms(job: &Job) -> Result<CommitteeTerms, String> {
    job.terms
        .committee
        .clone()
        .ok_or("a committee that nobody asked for".into())
}

impl Model {
    fn panel(&mut self, id: u64) -> Result<&mut Panel, String> {
        let panel = self.job(id)?.panel.as_mut();
        panel.ok_or_else(|| format!("job {id} has no committee"))
    }

    /// Begins a phase.
    fn enter(&mut self, id: u64, phase: PanelPhase, until: u64) -> Result<(), String> {
        let panel = self.panel(id)?;
        (panel.phase, panel.until) = (phase, until);
        let deadline = until.min(panel.judge_by);
        self.job(id)?.deadline = deadline;
        Ok(())
    }

    pub(super) fn open_panel(
        &mut self,
        id: u64,
        delivered: (Vec<u8>, Vec<u8>),
        events: &[Event],
        now: u64,
    ) -> Result<(), String> {
        let height = self.height;
        let job = self.job(id)?;
        let terms = terms(job)?;
        let longest = times(&terms, job.spec.requirements.max_secs).1;
        let lost = self.lost(&terms, now);
        let judge_by = now + longest + lost;
        let job = self.job(id)?;
        job.panel = Some(Panel {
            rung: 0,
            phase: PanelPhase::Sealing,
            until: now,
            judge_by,
            seal_from: height + 2,
            seal: (0, 0),
            reseals: 0,
            seats: vec![],
            delivered,
        });
        let said = events_of::<PanelOpened>(events);
        let said = said.first().map(|event| (event.seal_from, event.judge_by));
        if said != Some((height + 2, judge_by)) {
            return Err(format!("a committee opened with {said:?} at height {height}"));
        }
        self.enter(id, PanelPhase::Sealing, now + terms.beacon_secs + lost)
    }

    pub(super) fn apply_panel(
        &mut self,
        call: &Call,
        msg: &ExecuteMsg,
        events: &[Event],
        now: u64,
    ) -> Result<(), String> {
        match msg {
            ExecuteMsg::Seal { job } => {
                self.crank(call, job.u64())?;
                self.seal(job.u64(), events, now)
            }
            ExecuteMsg::Draw { job } => {
                self.crank(call, job.u64())?;
                self.draw(job.u64(), events, now)
            }
            ExecuteMsg::Tally { job } => {
                self.crank(call, job.u64())?;
                self.count(job.u64(), events, now)
            }
            ExecuteMsg::CommitVote {
                job,
                rung,
                seat,
                sealed,
                ..
            } => {
                let id = job.u64();
                let own = self.seat(id, *rung, *seat)?;
                own.sealed = Some(sealed.to_vec());
                let panel = self.panel(id)?;
                let full = panel.votes().0 >= LADDER.get(panel.rung).map_or(0, |(seats, _)| *seats);
                let secs = terms(self.job(id)?)?.reveal_secs;
                if full {
                    self.enter(id, PanelPhase::Reveal, now + secs)?;
                }
                Ok(())
            }
            ExecuteMsg::RevealVote {
                job, rung, seat, vote, ..
            } => {
                self.seat(job.u64(), *rung, *seat)?.vote = Some(roots(vote));
                Ok(())
            }
            other => Err(format!("{other:?} is nothing for a committee")),
        }
    }

    fn crank(&mut self, call: &Call, id: u64) -> Result<(), String> {
        let tip = self.job(id)?.terms.tip.u128();
        self.tip(id * 4, &call.sender, tip);
        Ok(())
    }

    fn seat(&mut self, id: u64, rung: u8, seat: u8) -> Result<&mut Seat, String> {
        let seats = self.panel(id)?.seats.get_mut(usize::from(rung));
        let seat = seats.and_then(|seats| seats.get_mut(usize::from(seat)));
        seat.ok_or_else(|| format!("a seat of job {id} that nobody drew voted"))
    }

    fn seal(&mut self, id: u64, events: &[Event], now: u64) -> Result<(), String> {
        let terms = terms(self.job(id)?)?;
        let round = self.beacon.clock.round_at(now) + terms.seal_ahead;
        let epoch = now / self.epoch_secs - 1;
        let said = events_of::<PanelSealed>(events);
        let said = said.first().map(|event| (event.round, event.epoch));
        if said != Some((round, epoch)) {
            return Err(format!("sealed {said:?}, should be {:?}", (round, epoch)));
        }
        self.panel(id)?.seal = (round, epoch);
        self.want_round(round, true);
        self.enter(id, PanelPhase::AwaitBeacon, now + terms.beacon_secs)
    }

    /// Who was drawn is in the events, and checked against the line of stake by the audit.
    fn draw(&mut self, id: u64, events: &[Event], now: u64) -> Result<(), String> {
        let current = now / self.epoch_secs;
        let panel = self.panel(id)?;
        if panel.seal.1 + 1 != current {
            return self.reseal(id, now);
        }
        let drawn = events_of::<SeatDrawn>(events);
        if drawn.is_empty() {
            return self.abandon(id, events, now);
        }
        let seats = drawn.into_iter().map(|event| Seat {
            owner: event.owner,
            operator: event.operator,
            standby: event.standby,
            sealed: None,
            vote: None,
        });
        panel.seats.push(seats.collect());
        let job = self.job(id)?;
        let (commit, _) = times(&terms(job)?, job.spec.requirements.max_secs);
        self.enter(id, PanelPhase::Commit, now + commit)
    }

    fn reseal(&mut self, id: u64, now: u64) -> Result<(), String> {
        let terms = terms(self.job(id)?)?;
        if self.panel(id)?.reseals >= terms.max_reseals {
            return self.abandon(id, &[], now);
        }
        self.panel(id)?.reseals += 1;
        self.await_seal(id, now)
    }

    fn await_seal(&mut self, id: u64, now: u64) -> Result<(), String> {
        let (height, terms) = (self.height, terms(self.job(id)?)?);
        let lost = self.lost(&terms, now);
        let panel = self.panel(id)?;
        panel.seal_from = height + 2;
        panel.judge_by += lost;
        self.enter(id, PanelPhase::Sealing, now + terms.beacon_secs + lost)
    }

    /// What follows a phase whose time is over.
    pub(super) fn end_phase(&mut self, id: u64, events: &[Event], now: u64) -> Result<(), String> {
        let job = self.job(id)?;
        let terms = terms(job)?;
        let (commit, _) = times(&terms, job.spec.requirements.max_secs);
        let panel = self.panel(id)?;
        let standbys = panel.present().iter().any(|seat| seat.standby);
        let (sealed, _) = panel.votes();
        match panel.phase {
            _ if now > panel.judge_by => self.abandon(id, events, now),
            PanelPhase::Sealing | PanelPhase::AwaitBeacon => self.reseal(id, now),
            PanelPhase::Commit if standbys => self.enter(id, PanelPhase::Standby, now + commit),
            PanelPhase::Commit | PanelPhase::Standby if sealed > 0 => {
                self.enter(id, PanelPhase::Reveal, now + terms.reveal_secs)
            }
            PanelPhase::Commit | PanelPhase::Standby | PanelPhase::Reveal => self.count(id, events, now),
            PanelPhase::Closed => Err(format!("the committee of job {id} is over and ran out of time")),
        }
    }

    fn count(&mut self, id: u64, events: &[Event], now: u64) -> Result<(), String> {
        let panel = self.panel(id)?;
        match panel.agreed() {
            Some(found) if found == panel.delivered => {
                self.close(id, Some(&found), now)?;
                self.pay(id)
            }
            Some(found) if is_blank(&found) => {
                self.close(id, Some(&found), now)?;
                self.halve(id)
            }
            Some(found) => self.overturn(id, &found, events, now),
            None if panel.rung + 1 < LADDER.len() => {
                panel.rung += 1;
                panel.reseals = 0;
                self.await_seal(id, now)
            }
            None => self.abandon(id, events, now),
        }
    }

    fn abandon(&mut self, id: u64, _: &[Event], now: u64) -> Result<(), String> {
        self.close(id, None, now)?;
        self.fail(id)
    }

    fn overturn(&mut self, id: u64, found: &(Vec<u8>, Vec<u8>), events: &[Event], now: u64) -> Result<(), String> {
        let voters = self.close(id, Some(found), now)?;
        let job = self.job(id)?;
        let (terms, buyer) = (terms(job)?, job.buyer.clone());
        let attempt = job.attempt.clone().ok_or("a result of nobody was overturned")?;
        let delivered = self.panel(id)?.delivered.clone();
        let mut repay = vec![(buyer, attempt.repay)];
        // Who computed what was found and only did not serve it was late, and no fraud.
        let withheld = found.0.iter().all(|byte| *byte == 0) && found.1 == delivered.1;
        let bps = if withheld {
            self.job(id)?.terms.timeout_slash_bps
        } else {
            repay.extend(voters.into_iter().map(|voter| (voter, terms.premium.u128())));
            terms.wrong_result_bps
        };
        self.slash(&attempt.owner, bps, &repay, now)?;
        let job = self.job(id)?;
        let most = job.spec.requirements.budget.max(job.terms.rep_min_quote).u128();
        let first = 3 * (most * u128::from(terms.verify_bps) / 10_000);
        if job.spec.verification_budget.u128() - job.spent < first {
            return self.fail(id);
        }
        self.next_attempt(id, events, now)
    }

    /// Pays the majority and slashes who was wrong or absent; returns the majority.
    fn close(&mut self, id: u64, ruled: Option<&(Vec<u8>, Vec<u8>)>, now: u64) -> Result<Vec<Addr>, String> {
        let panel = self.panel(id)?.clone();
        let over = now > panel.until;
        let (mut voters, mut penalties) = (vec![], vec![]);
        let terms = terms(self.job(id)?)?;
        for (rung, seats) in panel.seats.iter().enumerate() {
            let past = rung < panel.rung;
            let commit_due = past
                || match panel.phase {
                    PanelPhase::Commit => over,
                    PanelPhase::Standby | PanelPhase::Reveal => true,
                    _ => false,
                };
            let reveal_due = past || (panel.phase == PanelPhase::Reveal && over);
            // Where fewer committed than decide, absence may be a party's doing.
            let sealed = seats.iter().filter(|seat| seat.sealed.is_some()).count();
            let absent = if LADDER.get(rung).is_some_and(|(_, agree)| sealed >= *agree) {
                terms.no_show_bps
            } else {
                0
            };
            for seat in seats {
                match (&seat.vote, &seat.sealed) {
                    (Some(vote), _) if ruled == Some(vote) => voters.push(seat.owner.clone()),
                    (Some(vote), _) if ruled.is_some_and(|ruled| differs_in_sight(vote, ruled)) => {
                        penalties.push((seat.owner.clone(), absent));
                    }
                    (Some(_), _) if ruled.is_some() => penalties.push((seat.owner.clone(), terms.wrong_vote_bps)),
                    (None, Some(_)) if reveal_due => penalties.push((seat.owner.clone(), terms.wrong_vote_bps)),
                    (None, None) if commit_due && !seat.standby => penalties.push((seat.owner.clone(), absent)),
                    _ => {}
                }
            }
        }
        self.pay_voters(id, &voters)?;
        for (owner, bps) in penalties.into_iter().filter(|(_, bps)| *bps > 0) {
            self.slash(&owner, bps, &[], now)?;
        }
        let panel = self.panel(id)?;
        (panel.phase, panel.until) = (PanelPhase::Closed, now);
        Ok(voters)
    }

    fn pay_voters(&mut self, id: u64, voters: &[Addr]) -> Result<(), String> {
        let count = voters.len() as u128;
        let job = self.job(id)?;
        let bps = terms(job)?.verify_bps;
        let quote = job.attempt.as_ref().ok_or("a result of nobody was judged")?.quote;
        let quote = quote.max(job.terms.rep_min_quote.u128());
        let left = job.spec.verification_budget.u128() - job.spent;
        let each = (quote * u128::from(bps) / 10_000).min(left.checked_div(count).unwrap_or(0));
        job.spent += each * count;
        for voter in voters {
            self.award(id * 4, voter, each);
        }
        Ok(())
    }
}
