//! What a committee needs next from anybody who looks.
use joule_types::marketplace::{PanelPhase, PanelResponse};
use joule_work::beacon;

/// The present, as a committee's deadlines know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Height of the latest block.
    pub height: u64,
    /// Its time, seconds.
    pub now: u64,
    /// When rounds of the beacon are due.
    pub clock: beacon::Clock,
    /// Seconds of an epoch of stake.
    pub epoch_secs: u64,
    /// Rounds between a seal and the round that it fixes.
    pub seal_ahead: u64,
}

/// A message that is possible now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Fix round and epoch.
    Seal,
    /// Draw the seats by this round, which may have to be posted first.
    Draw {
        /// Sealed round.
        round: u64,
    },
    /// Count the votes.
    Tally,
    /// A deadline has passed.
    Timeout,
}

/// Most seconds that a sealed round is due before its epoch ends; a quarter of a short epoch. As the marketplace has it.
const MARGIN: u64 = 60;

/// The next step of a panel; none while it has to wait, or is closed.
pub fn step(panel: &PanelResponse, at: &Moment) -> Option<Step> {
    let over = at.now > panel.phase_until;
    match panel.phase {
        PanelPhase::Closed => None,
        _ if at.now > panel.judge_by => Some(Step::Timeout),
        PanelPhase::Reveal if over || all_revealed(panel) => Some(Step::Tally),
        _ if over => Some(Step::Timeout),
        PanelPhase::Sealing => (at.height >= panel.seal_from && epoch_lasts(at)).then_some(Step::Seal),
        PanelPhase::AwaitBeacon => {
            let round = panel.round.filter(|round| at.clock.due_at(*round) <= at.now)?;
            Some(Step::Draw { round })
        }
        PanelPhase::Commit | PanelPhase::Standby | PanelPhase::Reveal => None,
    }
}

/// When a panel for which there is no [`step`] now may have one, if nothing happens to it before. None: at any moment.
pub fn look_at(panel: &PanelResponse, at: &Moment) -> Option<u64> {
    let next = match panel.phase {
        PanelPhase::Sealing | PanelPhase::Closed => return None,
        PanelPhase::AwaitBeacon => panel.round.map(|round| at.clock.due_at(round))?,
        PanelPhase::Commit | PanelPhase::Standby | PanelPhase::Reveal => panel.phase_until.saturating_add(1),
    };
    Some(next.min(panel.judge_by.saturating_add(1)))
}

/// Whether every vote that was committed on the present rung is revealed.
fn all_revealed(panel: &PanelResponse) -> bool {
    let mut seats = panel.seats.iter().filter(|seat| seat.rung == panel.rung);
    seats.all(|seat| seat.sealed.is_none() || seat.vote.is_some())
}

/// Whether the sealed round would be due well before the present epoch ends: else the seal is refused, since the draw might
/// fall into the next one. Where no epoch is long enough, every moment is as good.
fn epoch_lasts(at: &Moment) -> bool {
    let margin = MARGIN.min(at.epoch_secs / 4);
    let ahead = at.seal_ahead.saturating_mul(at.clock.period);
    let into = match at.now.checked_rem(at.epoch_secs) {
        Some(into) if ahead.saturating_add(margin) < at.epoch_secs => into,
        _ => return true,
    };
    let due = at.clock.due_at(at.clock.round_at(at.now).saturating_add(at.seal_ahead));
    let end = at.now.saturating_sub(into).saturating_add(at.epoch_secs);
    due.saturating_add(margin) <= end
}

#[cfg(test)]
mod tests {
    use cosmwasm_std::{Addr, HexBinary, Uint128};
    use joule_types::marketplace::{SeatResponse, VoteRoots};
    use joule_types::JobId;

    use super::*;

    /// Rounds of 3 s, epochs of 900 s; 100 s into an epoch.
    const AT: Moment = Moment {
        height: 50,
        now: 9_100,
        clock: beacon::Clock { genesis: 1, period: 3 },
        epoch_secs: 900,
        seal_ahead: 10,
    };

    fn panel(phase: PanelPhase) -> PanelResponse {
        PanelResponse {
            job: JobId(1),
            attempt: 1,
            rung: 0,
            phase,
            phase_until: 9_500,
            judge_by: 99_000,
            seal_from: 50,
            round: None,
            epoch: None,
            reseals: 0,
            randomness: None,
            ruling: None,
            seats: vec![],
        }
    }

    fn seat(rung: u8, sealed: bool, revealed: bool) -> SeatResponse {
        let root = || HexBinary::from([1; 32]);
        SeatResponse {
            rung,
            seat: 0,
            standby: false,
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

    #[test]
    fn every_phase_that_is_over_has_a_step_and_a_closed_panel_none() {
        let late = Moment { now: 9_501, ..AT };
        for (phase, wanted) in [
            (PanelPhase::Sealing, Some(Step::Timeout)),
            (PanelPhase::AwaitBeacon, Some(Step::Timeout)),
            (PanelPhase::Commit, Some(Step::Timeout)),
            (PanelPhase::Standby, Some(Step::Timeout)),
            (PanelPhase::Reveal, Some(Step::Tally)),
            (PanelPhase::Closed, None),
        ] {
            assert_eq!(step(&panel(phase), &late), wanted, "{phase:?}");
            let end = Moment { now: 99_001, ..AT };
            let last = wanted.map(|_| Step::Timeout);
            assert_eq!(step(&panel(phase), &end), last, "{phase:?} at its very end");
        }
    }

    #[test]
    fn a_panel_is_sealed_as_soon_as_its_height_and_the_epoch_allow() {
        let sealing = panel(PanelPhase::Sealing);
        assert_eq!(step(&sealing, &AT), Some(Step::Seal));
        assert_eq!(step(&sealing, &Moment { height: 49, ..AT }), None);
        // The epoch ends at 9900, so the sealed round must be due at 9840 at the latest: ten rounds after one of 9808, not of 9811.
        let patient = PanelResponse {
            phase_until: 10_400,
            ..panel(PanelPhase::Sealing)
        };
        for (now, wanted) in [
            (9_810, Some(Step::Seal)),
            (9_811, None),
            (9_899, None),
            (9_900, Some(Step::Seal)),
        ] {
            assert_eq!(step(&patient, &Moment { now, ..AT }), wanted, "{now}");
        }
        let short = Moment { epoch_secs: 20, ..AT };
        assert_eq!(step(&sealing, &short), Some(Step::Seal), "no epoch is long enough");
    }

    #[test]
    fn a_draw_waits_for_its_round_and_a_tally_for_the_votes() {
        let drawn = PanelResponse {
            round: Some(3_035),
            ..panel(PanelPhase::AwaitBeacon)
        };
        // Round 3035 is due at 9103.
        assert_eq!(step(&drawn, &AT), None);
        assert_eq!(look_at(&drawn, &AT), Some(9_103));
        let due = Moment { now: 9_103, ..AT };
        assert_eq!(step(&drawn, &due), Some(Step::Draw { round: 3_035 }));

        let votes = |seats| PanelResponse {
            seats,
            rung: 1,
            ..panel(PanelPhase::Reveal)
        };
        let told = votes(vec![seat(0, true, false), seat(1, true, true), seat(1, false, false)]);
        assert_eq!(step(&told, &AT), Some(Step::Tally), "an earlier rung does not count");
        assert_eq!(step(&votes(vec![seat(1, true, true), seat(1, true, false)]), &AT), None);
        for phase in [PanelPhase::Commit, PanelPhase::Standby] {
            assert_eq!(step(&panel(phase), &AT), None);
            assert_eq!(look_at(&panel(phase), &AT), Some(9_501));
        }
        assert_eq!(look_at(&panel(PanelPhase::Sealing), &AT), None);
    }
}
