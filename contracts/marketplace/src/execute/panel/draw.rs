//! `Draw`: who sits on the rung.

use joule_types::{
    marketplace::{PanelPhase, SeatDrawn},
    registry,
    staking::{self, DrawnSeat},
};
use joule_work::{
    committee::{RUNGS, STANDBYS},
    job::FailReason,
};

use super::Court;
use crate::{
    domain::panel::{seat_number, Seat},
    error::Res,
    state::{seat_key, LINKS, OPEN_SEATS, SEATS},
    MarketplaceError,
};

impl Court<'_> {
    /// Draws the seats of the rung and its standbys by the sealed round. Nobody who is linked to a party or has sat on an
    /// earlier rung of this attempt is drawn.
    ///
    /// # Errors
    /// [`MarketplaceError::WrongPhase`], [`MarketplaceError::TooLate`], [`MarketplaceError::NoRound`].
    pub fn draw(&mut self) -> Res<()> {
        self.expect_phase(PanelPhase::AwaitBeacon, "draw")?;
        let (job, (round, epoch), peers) = (self.job.id, self.panel.seal, &self.control.peers);
        let randomness = registry::handle::randomness(&self.deps.querier, &peers.registry, round)?
            .ok_or(MarketplaceError::NoRound { job, round })?;
        let seats = self.rung()?.seats;
        let drawn = staking::handle::draw(
            &self.deps.querier,
            &peers.staking,
            epoch,
            self.bound().draw_seed(&randomness),
            seats.saturating_add(STANDBYS),
            self.excluded()?,
        )?;
        if drawn.stale {
            return self.reseal();
        }
        if drawn.seats.len() < usize::from(seats) {
            return self.abandon(FailReason::NoJury);
        }

        self.panel.randomness = Some(randomness);
        (self.panel.committed, self.panel.revealed) = (0, 0);
        let secs = self.durations()?.commit;
        self.enter(PanelPhase::Commit, secs);
        for (seat, drawn) in (0u8..).zip(drawn.seats) {
            self.seat(seat, seat >= seats, drawn)?;
        }
        Ok(())
    }

    fn excluded(&self) -> Res<Vec<String>> {
        let links = LINKS.load(self.deps.storage, (self.job.id.u64(), self.attempt))?;
        let mut excluded: Vec<String> = links.into_iter().map(Into::into).collect();
        for rung in 0..self.panel.rung {
            let sat = self.seats(rung)?.into_iter().filter(Seat::has_sat);
            excluded.extend(sat.map(|seat| seat.owner.into()));
        }
        Ok(excluded)
    }

    fn seat(&mut self, seat: u8, standby: bool, drawn: DrawnSeat) -> Res<()> {
        let (id, attempt, rung) = (self.job.id, self.attempt, self.panel.rung);
        let record = Seat {
            owner: drawn.owner,
            operator: drawn.operator,
            weight: drawn.weight.u128(),
            standby,
            sealed: None,
            vote: None,
            verdict: None,
        };
        SEATS.save(self.deps.storage, &seat_key(id, attempt, rung, seat), &record);
        let number = seat_number(attempt, rung, seat);
        OPEN_SEATS.save(self.deps.storage, (&record.owner, id.u64()), &number)?;
        if let Some(count) = self.panel.seats.get_mut(usize::from(rung)) {
            *count = seat.saturating_add(1);
        }
        self.out.say(SeatDrawn {
            job: id,
            attempt,
            rung,
            seat,
            standby,
            owner: record.owner,
            operator: record.operator,
            commit_by: self.panel.phase_until,
        });
        Ok(())
    }

    /// The seats of a rung, in order.
    pub(super) fn seats(&self, rung: u8) -> Res<Vec<Seat>> {
        let keys = (0..self.panel.seats_of(rung)).map(|seat| seat_key(self.job.id, self.attempt, rung, seat));
        let seats = keys.map(|key| SEATS.load(self.deps.storage, &key));
        Ok(seats.filter_map(Result::transpose).collect::<Result<_, _>>()?)
    }

    /// Whether a rung follows the present one.
    pub(super) fn has_next_rung(&self) -> bool {
        usize::from(self.panel.rung).saturating_add(1) < RUNGS.len()
    }
}
