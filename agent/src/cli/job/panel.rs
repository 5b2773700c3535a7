//! A committee for people: where it stands, and every vote.
use cosmwasm_std::HexBinary;
use joule_types::marketplace::{
    JobResult, PanelPhase, PanelResponse, PanelRuling, SeatResponse, SeatVerdict, VoteRoots,
};
use joule_work::committee::{RUNGS, WITHHELD};

use super::super::output;

/// Digits of a root that are shown.
const SHORT: usize = 12;

/// Where it stands.
pub fn rows(panel: &PanelResponse, result: Option<&JobResult>, now: u64) -> Vec<(&'static str, String)> {
    let phase = match (panel.phase, panel.ruling) {
        (PanelPhase::Closed, Some(PanelRuling::Upheld)) => "the result was upheld".into(),
        (PanelPhase::Closed, Some(PanelRuling::Overturned)) => "the result was overturned".into(),
        (PanelPhase::Closed, Some(PanelRuling::Unjudged)) => {
            "program or input could not be fetched, the quote was divided".into()
        }
        (PanelPhase::Closed, _) => "no ruling, the buyer was refunded".into(),
        (phase, _) => format!("{}, until {}", phase_name(phase), output::when(panel.phase_until, now)),
    };
    let seats = RUNGS.get(usize::from(panel.rung)).map_or(0, |rung| rung.seats);
    let mut rows = vec![(
        "committee",
        format!("attempt {}, jury {} of {seats}: {phase}", panel.attempt, panel.rung + 1),
    )];
    if let (Some(round), Some(epoch)) = (panel.round, panel.epoch) {
        rows.push(("drawn by", format!("round {round}, stake of epoch {epoch}")));
    }
    let voted = panel.seats.iter().filter_map(|seat| seat.vote.as_ref());
    let (mut right, mut wrong) = (0, 0);
    for vote in voted {
        match result {
            Some(result) if agrees(vote, result) => right += 1,
            _ => wrong += 1,
        }
    }
    rows.push(("votes", format!("{right} for the result, {wrong} against")));
    rows
}

/// Every seat.
pub fn votes(panel: &PanelResponse, result: Option<&JobResult>) -> String {
    let rows = panel.seats.iter().map(|seat| {
        let kind = if seat.standby { "standby" } else { "seat" };
        [
            format!("{}", seat.rung + 1),
            format!("{kind} {}", seat.seat),
            seat.owner.to_string(),
            vote(seat, result),
            seat.verdict.map_or("", verdict).into(),
        ]
    });
    output::table(["jury", "seat", "validator", "vote", "outcome"], rows)
}

fn vote(seat: &SeatResponse, result: Option<&JobResult>) -> String {
    let Some(vote) = &seat.vote else {
        return if seat.sealed.is_some() { "sealed" } else { "none" }.into();
    };
    if result.is_some_and(|result| agrees(vote, result)) {
        return "for the result".into();
    }
    let zero = |root: &HexBinary| root.as_slice() == WITHHELD;
    if zero(&vote.result_root) && zero(&vote.trace_root) {
        return "nothing to judge".into();
    }
    if zero(&vote.result_root) {
        return "output withheld".into();
    }
    let root: String = vote.result_root.to_hex().chars().take(SHORT).collect();
    format!("against: {root}…")
}

fn agrees(vote: &VoteRoots, result: &JobResult) -> bool {
    (&vote.result_root, &vote.trace_root) == (&result.result_root, &result.trace_root)
}

fn phase_name(phase: PanelPhase) -> &'static str {
    match phase {
        PanelPhase::Sealing => "waits to be sealed",
        PanelPhase::AwaitBeacon => "waits for the beacon",
        PanelPhase::Commit => "votes are committed",
        PanelPhase::Standby => "standbys vote for empty seats",
        PanelPhase::Reveal => "votes are revealed",
        PanelPhase::Closed => "closed",
    }
}

fn verdict(verdict: SeatVerdict) -> &'static str {
    match verdict {
        SeatVerdict::Paid => "paid",
        SeatVerdict::Wrong => "slashed: wrong or not revealed",
        SeatVerdict::NoShow => "slashed: no vote",
        SeatVerdict::Excused => "excused",
    }
}

#[cfg(test)]
mod tests {
    use cosmwasm_std::{Addr, Uint128, Uint64};
    use joule_types::JobId;

    use super::*;

    fn seat(seat: u8, root: Option<[u8; 32]>, verdict: Option<SeatVerdict>) -> SeatResponse {
        SeatResponse {
            rung: 0,
            seat,
            standby: seat > 2,
            owner: Addr::unchecked(format!("wasm1v{seat}")),
            operator: Addr::unchecked("o"),
            weight: Uint128::one(),
            sealed: root.map(HexBinary::from),
            vote: root.map(|root| VoteRoots {
                result_root: root.into(),
                trace_root: [9; 32].into(),
            }),
            verdict,
        }
    }

    #[test]
    fn every_vote_is_told_apart() {
        let result = JobResult {
            result_root: HexBinary::from([1; 32]),
            trace_root: HexBinary::from([9; 32]),
            output_url: String::new(),
            output_size: Uint64::zero(),
            submitted_at: 1,
        };
        let panel = PanelResponse {
            job: JobId(1),
            attempt: 1,
            rung: 0,
            phase: PanelPhase::Closed,
            phase_until: 5,
            judge_by: 9,
            seal_from: 1,
            round: Some(77),
            epoch: Some(8),
            reseals: 0,
            randomness: None,
            ruling: Some(PanelRuling::Upheld),
            seats: vec![
                seat(0, Some([1; 32]), Some(SeatVerdict::Paid)),
                seat(1, Some([2; 32]), Some(SeatVerdict::Wrong)),
                seat(2, Some(WITHHELD), Some(SeatVerdict::Wrong)),
                seat(3, None, Some(SeatVerdict::Excused)),
            ],
        };
        let facts = output::facts(rows(&panel, Some(&result), 5));
        for words in ["jury 1 of 3", "upheld", "round 77", "1 for the result, 2 against"] {
            assert!(facts.contains(words), "{words}: {facts}");
        }
        let table = votes(&panel, Some(&result));
        for words in [
            "for the result",
            "against: 0202020202",
            "output withheld",
            "standby 3",
            "none",
            "paid",
        ] {
            assert!(table.contains(words), "{words}: {table}");
        }
    }
}
