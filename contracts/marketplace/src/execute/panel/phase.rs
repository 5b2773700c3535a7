//! What follows a phase whose time is over, and what takes a rung back to its seal.

use joule_types::marketplace::{PanelEscalated, PanelPhase, PanelResealed};
use joule_work::job::FailReason;

use super::{seal::edge_loss, Court, SEAL_BLOCKS};
use crate::{error::Res, state::OPEN_SEATS};

impl Court<'_> {
    /// Ends the present phase; after the whole time to judge, the committee.
    pub(super) fn end_phase(&mut self) -> Res<()> {
        if self.now() > self.panel.judge_by {
            return self.abandon(FailReason::Undecided);
        }
        let times = self.durations()?;
        let standbys = self.panel.seats_of(self.panel.rung) > self.rung()?.seats;
        match self.panel.phase {
            PanelPhase::Sealing | PanelPhase::AwaitBeacon => self.reseal(),
            PanelPhase::Commit if standbys => {
                self.enter(PanelPhase::Standby, times.commit);
                Ok(())
            }
            PanelPhase::Commit | PanelPhase::Standby if self.panel.committed > 0 => {
                self.enter(PanelPhase::Reveal, times.reveal);
                Ok(())
            }
            // With no vote at all there is nothing to reveal.
            PanelPhase::Commit | PanelPhase::Standby | PanelPhase::Reveal => self.count(),
            PanelPhase::Closed => Err(self.wrong_phase("timeout")),
        }
    }

    /// Takes the rung back to sealing, or gives up after too many seals.
    pub(super) fn reseal(&mut self) -> Res<()> {
        if self.panel.reseals >= self.terms()?.max_reseals {
            return self.abandon(FailReason::Undecided);
        }
        self.panel.reseals = self.panel.reseals.saturating_add(1);
        self.await_seal()?;
        self.out.say(PanelResealed {
            job: self.job.id,
            rung: self.panel.rung,
            reseals: self.panel.reseals,
        });
        Ok(())
    }

    /// The next rung, or the end without a ruling after the last one.
    pub(super) fn escalate(&mut self) -> Res<()> {
        if !self.has_next_rung() {
            return self.abandon(FailReason::Undecided);
        }
        for seat in self.seats(self.panel.rung)? {
            OPEN_SEATS.remove(self.deps.storage, (&seat.owner, self.job.id.u64()));
        }
        self.panel.rung = self.panel.rung.saturating_add(1);
        (self.panel.reseals, self.panel.committed, self.panel.revealed) = (0, 0, 0);
        self.panel.randomness = None;
        self.await_seal()?;
        self.out.say(PanelEscalated {
            job: self.job.id,
            attempt: self.attempt,
            rung: self.panel.rung,
            seal_from: self.panel.seal_from,
        });
        Ok(())
    }

    fn await_seal(&mut self) -> Res<()> {
        let secs = self.durations()?.beacon;
        let lost = edge_loss(self.deps.as_ref(), self.control, self.terms()?, self.now())?;
        let secs = secs.saturating_add(lost);
        // What an epoch's end takes is not taken from the time to judge.
        self.panel.judge_by = self.panel.judge_by.saturating_add(lost);
        self.panel.seal = (0, 0);
        self.panel.seal_from = self.env.block.height.saturating_add(SEAL_BLOCKS);
        self.enter(PanelPhase::Sealing, secs);
        Ok(())
    }
}
