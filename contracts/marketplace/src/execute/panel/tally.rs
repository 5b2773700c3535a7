//! `Tally`: what the votes of a rung say.

use joule_types::marketplace::PanelPhase;
use joule_work::committee::{rule, Ruling, Vote};

use super::Court;
use crate::{error::Res, state::RESULTS, MarketplaceError};

impl Court<'_> {
    /// Counts the votes once nothing more can be revealed.
    ///
    /// # Errors
    /// [`MarketplaceError::WrongPhase`], [`MarketplaceError::TooEarly`]; [`MarketplaceError::TooLate`] when the whole time
    /// to judge is over.
    pub fn tally(&mut self) -> Res<()> {
        if self.panel.phase != PanelPhase::Reveal {
            return Err(self.wrong_phase("tally"));
        }
        let (job, now) = (self.job.id, self.now());
        if now > self.panel.judge_by {
            return Err(MarketplaceError::TooLate {
                job,
                what: "the time to judge",
                deadline: self.panel.judge_by,
                now,
            });
        }
        if self.panel.revealed < self.panel.committed && now <= self.panel.phase_until {
            return Err(self.job.too_early("second", self.panel.phase_until, now));
        }

        self.count()
    }

    /// Rules by the revealed votes of the present rung.
    pub(super) fn count(&mut self) -> Res<()> {
        let delivered = self.delivered()?;
        let seats = self.seats(self.panel.rung)?;
        let votes: Vec<Vote> = seats.into_iter().filter_map(|seat| seat.vote).collect();
        match rule(self.rung()?, &delivered, &votes) {
            Ruling::Upheld => self.uphold(&delivered),
            Ruling::Overturned(found) => self.overturn(&found),
            Ruling::Unjudged => self.divide(),
            Ruling::Escalated => self.escalate(),
        }
    }

    /// What the provider delivered.
    pub(super) fn delivered(&self) -> Res<Vote> {
        let result = RESULTS.load(self.deps.storage, self.job.id.u64())?;
        Ok(Vote {
            result_root: result.result_root.to_array()?,
            trace_root: result.trace_root.to_array()?,
        })
    }
}
