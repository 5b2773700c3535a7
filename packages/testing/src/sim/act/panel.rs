//! Committees: the next right thing, with liars, copies and silence among the seats, and votes out of turn.

use cosmwasm_std::Addr;
use joule_types::{
    marketplace::{ExecuteMsg, PanelPhase, SeatResponse},
    JobId,
};

use super::{pick, Action, Cast, Done, Stage};
use crate::{sim::model::Seat, Run};

/// The result that liars agree on.
pub(super) fn lie() -> Run {
    Run::of(b"a lie")
}

/// What a seat does, of its byte of a conduct: mostly its duty.
fn run(conduct: u8) -> Option<Run> {
    match conduct % 16 {
        0..8 => Some(Run::right()),
        8..11 => Some(lie()),
        11 => Some(Run::of(&[conduct])),
        12 => Some(Run::right().withheld()),
        13 => Some(Run::unfetchable()),
        _ => None,
    }
}

impl Stage {
    pub(super) fn act_panel(&mut self, action: Action) -> Done {
        match action {
            Action::Panel { job, conduct } => {
                let judged = |(id, job): (u64, &crate::sim::model::Job)| {
                    let open = job
                        .panel
                        .as_ref()
                        .is_some_and(|panel| panel.phase != PanelPhase::Closed);
                    open.then_some(id)
                };
                let id = pick(self.model.open_jobs().filter_map(judged), job);
                id.map_or(Ok(()), |id| self.advance_panel(id, conduct))
            }
            Action::Trial {
                buyer,
                joule,
                conduct,
                honest,
            } => self.trial(buyer, joule, conduct, honest),
            Action::Ballot {
                job,
                verb,
                seat,
                rung,
                who,
                run,
            } => self.ballot(job, verb, seat, rung, who, run),
            _ => Ok(()),
        }
    }

    /// A job from its post to a ruling, or as far as it comes.
    fn trial(&mut self, buyer: u8, joule: bool, conduct: u64, honest: bool) -> Done {
        let first = self.model.jobs.len();
        self.act(Action::Rally { provider: 1 })?;
        self.post(buyer % 2, joule, 600_000, 300 + u16::from(buyer), 255, false, true)?;
        let id = self.model.jobs.len() as u64;
        let agent = self.model.jobs.get(&id).filter(|_| self.model.jobs.len() > first);
        let agent = agent.and_then(|job| Some((job.attempt.as_ref()?.operator.clone(), job.attempts)));
        let Some((agent, attempt)) = agent else { return Ok(()) };
        self.verb(&agent, id, 2, attempt)?;
        self.verb(&agent, id, 3, attempt)?;
        for phase in 0..24u32 {
            let open = self.model.jobs.get(&id).and_then(|job| job.panel.as_ref());
            if open.is_none_or(|panel| panel.phase == PanelPhase::Closed) {
                break;
            }
            // One seat in eight strays from its duty if they are honest; as it comes if they are not.
            let stray = if honest {
                1 << 56 | 14 << (8 * (phase % 7))
            } else {
                conduct.rotate_left(phase * 5)
            };
            self.advance_panel(id, stray)?;
        }
        Ok(())
    }

    /// One phase further, by whoever has to; now and then by its deadline.
    pub(super) fn advance_panel(&mut self, id: u64, conduct: u64) -> Done {
        let Some(panel) = self.model.jobs.get(&id).and_then(|job| job.panel.clone()) else {
            return Ok(());
        };
        let (keeper, job) = (self.cast.who(Cast::KEEPER as u8), JobId(id));
        let bytes = conduct.to_be_bytes();
        if bytes[0].is_multiple_of(16) {
            let deadline = self.model.jobs.get(&id).map_or(0, |job| job.deadline);
            self.pass_to(deadline + 1);
            return self.market(&keeper, ExecuteMsg::Timeout { job });
        }
        match panel.phase {
            PanelPhase::Sealing => {
                while self.world.backend.app.block_info().height < panel.seal_from {
                    self.world.backend.app.update_block(cw_multi_test::next_block);
                }
                self.market(&keeper, ExecuteMsg::Seal { job })
            }
            PanelPhase::AwaitBeacon => {
                self.post_round(panel.seal.0)?;
                self.market(&keeper, ExecuteMsg::Draw { job })
            }
            PanelPhase::Commit | PanelPhase::Standby => {
                let standby = panel.phase == PanelPhase::Standby;
                let mut silent = false;
                for (number, seat) in panel.present().iter().enumerate() {
                    if seat.standby != standby {
                        continue;
                    }
                    match run(bytes[1 + number % 7].wrapping_add(bytes[0].wrapping_mul(number as u8))) {
                        Some(run) => self.vote(id, number, seat, &run, false)?,
                        None => silent = true,
                    }
                }
                let open = self.model.jobs.get(&id).filter(|_| silent).map(|job| job.deadline);
                let Some(deadline) = open.filter(|at| *at > 0) else {
                    return Ok(());
                };
                self.pass_to(deadline + 1);
                self.market(&keeper, ExecuteMsg::Timeout { job })
            }
            PanelPhase::Reveal => {
                for (number, seat) in panel.present().iter().enumerate() {
                    let sealed = self.sealed(id, number);
                    let hides = bytes[1 + number % 7].is_multiple_of(19);
                    if let Some(run) = sealed.filter(|_| seat.vote.is_none() && !hides) {
                        self.vote(id, number, seat, &run, true)?;
                    }
                }
                let all = self.model.jobs.get(&id).and_then(|job| job.panel.as_ref());
                let all = all.is_some_and(|panel| panel.votes().0 == panel.votes().1);
                if !all {
                    self.pass_to(panel.until + 1);
                }
                self.market(&keeper, ExecuteMsg::Tally { job })
            }
            PanelPhase::Closed => Ok(()),
        }
    }

    /// A vote of a seat, by the key that votes for it.
    fn vote(&mut self, id: u64, number: usize, seat: &Seat, run: &Run, reveal: bool) -> Done {
        let operator = seat.operator.clone();
        self.vote_by(&operator, id, number, seat, run, reveal)
    }

    fn vote_by(&mut self, who: &Addr, id: u64, number: usize, seat: &Seat, run: &Run, reveal: bool) -> Done {
        let rung = self
            .model
            .jobs
            .get(&id)
            .and_then(|job| job.panel.as_ref())
            .map_or(0, |panel| panel.rung);
        let place = SeatResponse {
            rung: u8::try_from(rung).unwrap_or(0),
            seat: u8::try_from(number).unwrap_or(0),
            standby: seat.standby,
            owner: seat.owner.clone(),
            operator: seat.operator.clone(),
            weight: Default::default(),
            sealed: None,
            vote: None,
            verdict: None,
        };
        if !reveal {
            let msg = self.world.commit_msg(JobId(id), &place, run);
            if let ExecuteMsg::CommitVote { attempt, .. } = &msg {
                self.runs.insert((id, *attempt, place.rung, place.seat), run.clone());
            }
            return self.market(who, msg);
        }
        if self.world.panel(JobId(id)).randomness.is_none() {
            return Ok(());
        }
        let msg = self.world.reveal_msg(JobId(id), &place, run);
        self.market(who, msg)
    }

    /// What a seat of the present rung sealed.
    fn sealed(&self, id: u64, number: usize) -> Option<Run> {
        let job = self.model.jobs.get(&id)?;
        let rung = u8::try_from(job.panel.as_ref()?.rung).ok()?;
        let number = u8::try_from(number).ok()?;
        self.runs.get(&(id, job.attempts, rung, number)).cloned()
    }

    fn ballot(&mut self, job: u8, verb: u8, seat: u8, rung: u8, who: Option<u8>, conduct: u8) -> Done {
        let judged = |(id, job): (&u64, &crate::sim::model::Job)| job.panel.as_ref().map(|_| *id);
        let Some(id) = pick(self.model.jobs.iter().filter_map(judged), job) else {
            return Ok(());
        };
        let Some(panel) = self.model.jobs.get(&id).and_then(|job| job.panel.clone()) else {
            return Ok(());
        };
        // Mostly a seat of the present rung, of any other now and then.
        let number = usize::from(seat);
        let seats = if rung == 0 {
            panel.seats.first().map_or(&[][..], Vec::as_slice)
        } else {
            panel.present()
        };
        let Some(own) = seats.get(number).cloned() else {
            return Ok(());
        };
        let who = who.map_or_else(|| own.owner.clone(), |who| self.cast.who(who));
        let run = run(conduct).unwrap_or_else(lie);
        match verb % 4 {
            0 => self.vote_by(&who, id, number, &own, &run, false),
            1 => self.vote_by(&who, id, number, &own, &run, true),
            2 => {
                let run = self.sealed(id, number).unwrap_or(run);
                self.vote_by(&who, id, number, &own, &run, true)
            }
            _ => {
                let verb = 8 + conduct % 4;
                self.verb(&who, id, verb, 1)
            }
        }
    }
}
