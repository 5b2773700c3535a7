//! One seat: commit, reveal, and help the committee on when nobody else does. Each call brings it on as far as it gets.
use std::sync::Arc;
use std::time::Instant;

use joule_types::marketplace::{PanelPhase, PanelResponse, SeatResponse};

use super::context::{commit_tag, reveal_tag, Context};
use super::judge::{judge, panel_of};
use super::Fault;
use crate::chain::contracts::{Reveal, Seat};
use crate::error::{Error, Exit, Result};
use crate::journal::Ballot;

/// Seconds after a deadline of a committee before a member of it sends what a keeper would have sent.
const PATIENCE: u64 = 10;

/// What a seat may do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// Vote.
    Commit,
    /// Reveal the vote.
    Reveal,
    /// Wait: another's turn, or everything is done.
    Wait,
}

/// A seat of this validator.
pub struct Work {
    cx: Arc<Context>,
    seat: Seat,
}

impl Work {
    pub fn new(cx: Arc<Context>, seat: Seat) -> Self {
        Self { cx, seat }
    }

    /// Brings the seat on.
    pub async fn go(self) -> Result<()> {
        let (cx, seat) = (&self.cx, self.seat);
        let panel = cx.market.marketplace.panel(seat.job, Some(seat.attempt)).await?;
        let Some(panel) = panel else { return Ok(()) };
        let Some(own) = own(&panel, seat) else { return Ok(()) };
        cx.phase_ends(seat, panel.phase_until);
        match turn(&panel, own) {
            Turn::Commit => self.commit(&panel).await?,
            Turn::Reveal => self.reveal(own).await?,
            Turn::Wait => {}
        }
        self.help(&panel).await
    }

    /// Votes: what is in the journal, or after running the job.
    async fn commit(&self, panel: &PanelResponse) -> Result<()> {
        let (cx, seat) = (&self.cx, self.seat);
        if cx.fault_in(seat) == Some(Fault::Silent) {
            return Ok(());
        }
        let reveal = match cx.journal(move |j| j.ballot(seat)).await? {
            Some(ballot) => ballot.reveal()?,
            None if cx.is_draining() => return Ok(()),
            None => match self.judge(panel).await? {
                Some(reveal) => reveal,
                None => return Ok(()),
            },
        };
        let sealed = panel_of(cx, seat).seal(&cx.owner, &reveal.vote, &reveal.salt);
        let msg = cx.market.marketplace.commit_vote(seat, sealed)?;
        cx.sender.submit_once(&commit_tag(seat), vec![msg]).await?;
        cx.stats.committed.inc();
        tracing::info!(%seat, "vote committed");
        Ok(())
    }

    /// Runs the job when it is its turn, and puts the vote down. Only this waits for a turn: a vote that is in the journal is
    /// committed and revealed whatever runs.
    async fn judge(&self, panel: &PanelResponse) -> Result<Option<Reveal>> {
        let (cx, seat) = (&self.cx, self.seat);
        let job = cx.market.marketplace.job(seat.job).await?;
        if job.attempts != seat.attempt || cx.clock.left(panel.phase_until).is_zero() {
            return Ok(None);
        }
        let began = Instant::now();
        let reveal = judge(cx, seat, panel, &job).await?.map_err(|why| {
            Error::refused(
                "verify.cannot_judge",
                format!("seat {seat}: {why}"),
                "trying again while there is time",
            )
        })?;
        let ballot = Ballot::new(seat, &reveal);
        cx.journal(move |j| j.record_ballot(&ballot)).await?;
        cx.stats.judge_seconds.observe(began.elapsed().as_secs_f64());
        let root = hex::encode(reveal.vote.result_root);
        tracing::info!(%seat, root, "found");
        if cx.fault_in(seat) == Some(Fault::DieBeforeCommit) {
            tracing::warn!(%seat, "dying, as --fault asked for");
            std::process::abort();
        }
        Ok(Some(reveal))
    }

    /// Reveals the vote of the journal; there is no other that fits the seal.
    async fn reveal(&self, own: &SeatResponse) -> Result<()> {
        let (cx, seat) = (&self.cx, self.seat);
        if cx.fault_in(seat) == Some(Fault::Unrevealed) {
            return Ok(());
        }
        let next = "only the journal that the vote was committed from can reveal it";
        let lost = |what: &str| Error::local("verify.vote_lost", format!("seat {seat}: {what}"), next);
        let Some(ballot) = cx.journal(move |j| j.ballot(seat)).await? else {
            return Err(lost("it was committed, and this journal has no vote for it"));
        };
        let reveal = ballot.reveal()?;
        let sealed = panel_of(cx, seat).seal(&cx.owner, &reveal.vote, &reveal.salt);
        if own.sealed.as_ref().is_some_and(|known| known.as_slice() != sealed) {
            return Err(lost("another vote than that of this journal was committed"));
        }
        let msg = cx.market.marketplace.reveal_vote(seat, &reveal)?;
        cx.sender.submit_once(&reveal_tag(seat), vec![msg]).await?;
        cx.stats.revealed.inc();
        tracing::info!(%seat, "vote revealed");
        Ok(())
    }

    /// Carries out a deadline that nobody carried out for a while: the pay of this seat hangs on it.
    async fn help(&self, panel: &PanelResponse) -> Result<()> {
        let (cx, job) = (&self.cx, self.seat.job);
        let late = cx.clock.block() > panel.phase_until.saturating_add(PATIENCE);
        let msg = match panel.phase {
            PanelPhase::Closed => return Ok(()),
            _ if !late || panel.attempt != self.seat.attempt => return Ok(()),
            PanelPhase::Reveal => cx.market.marketplace.tally(job)?,
            _ => cx.market.marketplace.timeout(job)?,
        };
        match cx.sender.submit(vec![msg]).await {
            Err(error) if error.exit() == Exit::Refused => {
                tracing::debug!(%job, %error, "somebody was faster");
                Ok(())
            }
            sent => sent.map(drop),
        }
    }
}

/// The seat in its panel.
pub fn own(panel: &PanelResponse, seat: Seat) -> Option<&SeatResponse> {
    panel
        .seats
        .iter()
        .find(|known| (known.rung, known.seat) == (seat.rung, seat.seat))
}

/// Whether nothing can be done with the vote of this seat any more.
pub fn is_settled(panel: &PanelResponse, seat: Seat) -> bool {
    let voted = |own: &SeatResponse| own.vote.is_some() || own.sealed.is_none() && panel.phase == PanelPhase::Reveal;
    panel.phase == PanelPhase::Closed || panel.rung > seat.rung || own(panel, seat).is_some_and(voted)
}

/// What a settled seat owed and did not give: a commitment or a reveal.
pub fn missed(own: &SeatResponse) -> Option<&'static str> {
    match (&own.sealed, &own.vote) {
        (_, Some(_)) => None,
        (Some(_), None) => Some("reveal"),
        // A standby that was not needed owes nothing.
        (None, None) => (!own.standby).then_some("commit"),
    }
}

/// Whose turn it is.
fn turn(panel: &PanelResponse, own: &SeatResponse) -> Turn {
    if own.rung != panel.rung {
        return Turn::Wait;
    }
    match (panel.phase, &own.sealed, &own.vote) {
        (PanelPhase::Commit, None, _) if !own.standby => Turn::Commit,
        // The phase ends as soon as no seat is empty.
        (PanelPhase::Standby, None, _) if own.standby => Turn::Commit,
        (PanelPhase::Reveal, Some(_), None) => Turn::Reveal,
        _ => Turn::Wait,
    }
}

#[cfg(test)]
mod tests {
    use cosmwasm_std::{Addr, HexBinary, Uint128};
    use joule_types::marketplace::VoteRoots;
    use joule_types::JobId;

    use super::*;

    fn seat(standby: bool, sealed: bool, revealed: bool) -> SeatResponse {
        let root = || HexBinary::from([1; 32]);
        SeatResponse {
            rung: 0,
            seat: 2,
            standby,
            owner: Addr::unchecked("o"),
            operator: Addr::unchecked("o"),
            weight: Uint128::one(),
            sealed: sealed.then(root),
            vote: revealed.then(|| VoteRoots {
                result_root: root(),
                trace_root: root(),
            }),
            verdict: None,
        }
    }

    fn panel(phase: PanelPhase, rung: u8, seats: Vec<SeatResponse>) -> PanelResponse {
        PanelResponse {
            job: JobId(1),
            attempt: 1,
            rung,
            phase,
            phase_until: 100,
            judge_by: 1_000,
            seal_from: 5,
            round: Some(3),
            epoch: Some(4),
            reseals: 0,
            randomness: None,
            ruling: None,
            seats,
        }
    }

    #[test]
    fn a_seat_acts_in_its_own_phase_only() {
        use PanelPhase as P;
        let (empty, sealed, revealed) = (
            seat(false, false, false),
            seat(false, true, false),
            seat(false, true, true),
        );
        let standby = seat(true, false, false);
        for (phase, seat, wanted) in [
            (P::Sealing, &empty, Turn::Wait),
            (P::AwaitBeacon, &empty, Turn::Wait),
            (P::Commit, &empty, Turn::Commit),
            (P::Commit, &sealed, Turn::Wait),
            (P::Commit, &standby, Turn::Wait),
            (P::Standby, &standby, Turn::Commit),
            (P::Standby, &empty, Turn::Wait),
            (P::Standby, &seat(true, true, false), Turn::Wait),
            (P::Reveal, &sealed, Turn::Reveal),
            (P::Reveal, &empty, Turn::Wait),
            (P::Reveal, &revealed, Turn::Wait),
            (P::Closed, &sealed, Turn::Wait),
        ] {
            assert_eq!(turn(&panel(phase, 0, vec![]), seat), wanted, "{phase:?}");
            assert_eq!(turn(&panel(phase, 1, vec![]), seat), Turn::Wait, "the rung is over");
        }
    }

    #[test]
    fn a_settled_seat_has_missed_what_it_did_not_give() {
        for (known, wanted) in [
            (seat(false, false, false), Some("commit")),
            (seat(true, false, false), None),
            (seat(false, true, false), Some("reveal")),
            (seat(true, true, false), Some("reveal")),
            (seat(false, true, true), None),
        ] {
            assert_eq!(missed(&known), wanted, "{known:?}");
        }
    }

    #[test]
    fn a_vote_is_settled_by_what_the_chain_says_and_not_before() {
        use PanelPhase as P;
        let at = Seat {
            job: JobId(1),
            attempt: 1,
            rung: 0,
            seat: 2,
        };
        for (phase, rung, known, settled) in [
            (P::Commit, 0, seat(false, false, false), false),
            (P::Commit, 0, seat(false, true, false), false),
            (P::Standby, 0, seat(false, false, false), false),
            (P::Reveal, 0, seat(false, true, false), false),
            (P::Reveal, 0, seat(false, false, false), true),
            (P::Reveal, 0, seat(false, true, true), true),
            (P::Sealing, 1, seat(false, true, false), true),
            (P::Closed, 0, seat(false, true, false), true),
        ] {
            assert_eq!(
                is_settled(&panel(phase, rung, vec![known]), at),
                settled,
                "{phase:?} {rung}"
            );
        }
        assert!(
            !is_settled(&panel(P::Commit, 0, vec![]), at),
            "not listed is not settled"
        );
    }
}
