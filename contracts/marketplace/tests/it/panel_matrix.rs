//! Phase x message x actor x time, and what votes cost.

use super::support::*;
use joule_types::{marketplace::*, JobId};

const PHASES: [PanelPhase; 6] = [
    PanelPhase::Sealing,
    PanelPhase::AwaitBeacon,
    PanelPhase::Commit,
    PanelPhase::Standby,
    PanelPhase::Reveal,
    PanelPhase::Closed,
];
const JOB: JobId = JobId(1);

/// A first rung in a phase: nobody has committed, or in `Reveal` all three and none revealed.
fn in_phase(phase: PanelPhase) -> Market {
    let (mut market, job) = Market::judged();
    let steps: &[fn(&mut Market, JobId)] = &[
        |market, job| {
            market.seal(job);
            market.post_round(job);
        },
        |market, job| drop(market.try_draw(job).unwrap()),
        |market, job| drop(market.pass(job)),
    ];
    let reached = match phase {
        PanelPhase::Sealing => 0,
        PanelPhase::AwaitBeacon => 1,
        PanelPhase::Commit | PanelPhase::Reveal | PanelPhase::Closed => 2,
        PanelPhase::Standby => 3,
    };
    for step in &steps[..reached] {
        step(&mut market, job);
    }
    if matches!(phase, PanelPhase::Reveal | PanelPhase::Closed) {
        for seat in market.primaries(job) {
            market.commit(job, &seat, &run(1)).unwrap();
        }
    }
    if phase == PanelPhase::Closed {
        for seat in market.primaries(job) {
            market.reveal(job, &seat, &run(1)).unwrap();
        }
        market.tally(job).unwrap();
    }
    market.height += 2;
    assert_eq!(market.panel(job).phase, phase);
    market
}

/// Messages about the seat that has something to do: the first one, in `Standby` the first standby.
fn messages(market: &Market, phase: PanelPhase) -> Vec<ExecuteMsg> {
    let mut all = vec![
        ExecuteMsg::Seal { job: JOB },
        ExecuteMsg::Draw { job: JOB },
        ExecuteMsg::Tally { job: JOB },
        ExecuteMsg::Timeout { job: JOB },
    ];
    if let Some(seat) = seat(market, phase) {
        all.push(market.commit_msg(JOB, &seat, &run(1)));
        all.push(market.reveal_msg(JOB, &seat, &run(1)));
    }
    all
}

fn seat(market: &Market, phase: PanelPhase) -> Option<SeatResponse> {
    let at = if phase == PanelPhase::Standby { 3 } else { 0 };
    market.panel(JOB).seats.get(at).cloned()
}

/// The phase after a message that is allowed, written down apart from the contract. `seated`: owner or operator of the seat.
fn expected(phase: PanelPhase, msg: &ExecuteMsg, seated: bool, late: bool) -> Option<PanelPhase> {
    use PanelPhase as P;
    match (phase, msg) {
        (P::Sealing, ExecuteMsg::Seal { .. }) if !late => Some(P::AwaitBeacon),
        (P::AwaitBeacon, ExecuteMsg::Draw { .. }) if !late => Some(P::Commit),
        (P::Commit | P::Standby, ExecuteMsg::CommitVote { .. }) if !late && seated => Some(phase),
        (P::Reveal, ExecuteMsg::RevealVote { .. }) if !late && seated => Some(phase),
        (P::Sealing | P::AwaitBeacon, ExecuteMsg::Timeout { .. }) if late => Some(P::Sealing),
        (P::Commit, ExecuteMsg::Timeout { .. }) if late => Some(P::Standby),
        // Nobody voted, or revealed: the next rung.
        (P::Standby, ExecuteMsg::Timeout { .. }) if late => Some(P::Sealing),
        (P::Reveal, ExecuteMsg::Tally { .. } | ExecuteMsg::Timeout { .. }) if late => Some(P::Sealing),
        _ => None,
    }
}

#[test]
fn every_phase_message_actor_and_time() {
    let mut allowed = 0;
    for phase in PHASES {
        for late in [false, true] {
            let mut start = in_phase(phase);
            start.now = start.panel(JOB).phase_until + u64::from(late);
            let mut actors: Vec<_> = ["buyer", "owner1", "operator1", "arbiter", "dao", "stranger"]
                .map(a)
                .to_vec();
            if let Some(seat) = seat(&start, phase) {
                let other = start.panel(JOB).seats[1].operator.clone();
                actors.extend([seat.owner, seat.operator, other]);
            }
            for msg in messages(&start, phase) {
                for (place, actor) in actors.iter().enumerate() {
                    let mut market = start.fork();
                    let answer = market.exec_as(actor, &[], msg.clone());
                    let text = format!("{actor} sends {msg:?} in {phase:?}, late {late}: {answer:?}");
                    match expected(phase, &msg, place == 6 || place == 7, late) {
                        Some(wanted) => {
                            assert!(answer.is_ok(), "{text}");
                            assert_eq!(market.panel(JOB).phase, wanted, "{text}");
                            allowed += 1;
                        }
                        None => {
                            assert!(code(answer).starts_with("mkt."), "{text}");
                            assert_eq!(market.panel(JOB), start.panel(JOB), "{text}");
                        }
                    }
                }
            }
        }
    }
    // Seal, Draw and their timeouts: 6 actors, 6, 6, 6; votes in three phases: 2 each; Commit and Standby time out and Reveal
    // is tallied or times out: 9 each.
    assert_eq!(allowed, 4 * 6 + 3 * 2 + 4 * 9);
}

/// Reads and writes of a commit and of a reveal on a rung of a market with so many validators. The last commit of a rung is
/// left out: it also writes the job.
fn vote_costs(validators: u64, rung: u8) -> [(u64, u64); 2] {
    let (mut market, job) = trial(validators, &run(1));
    market.checked = false;
    let runs = [run(1), run(2), run(3)];
    for _ in 0..rung {
        market.rung_by(job, |place| &runs[place % 3]);
    }
    market.sit(job);
    assert_eq!(market.panel(job).rung, rung);
    let seats = market.primaries(job);
    let msg = market.commit_msg(job, &seats[0], &run(1));
    market.storage.take_counts();
    market.exec_as(&seats[0].operator, &[], msg).unwrap();
    let commit = market.storage.take_counts();
    for seat in &seats[1..] {
        market.commit(job, seat, &run(1)).unwrap();
    }
    let msg = market.reveal_msg(job, &seats[0], &run(1));
    market.storage.take_counts();
    market.exec_as(&seats[0].operator, &[], msg).unwrap();
    [commit, market.storage.take_counts()]
}

/// I-47, and issue 5: a vote costs the same on a jury of 3 as on one of 21, among 12 validators as among 5 000.
#[test]
fn a_vote_costs_the_same_on_every_rung() {
    let small = vote_costs(12, 0);
    for (validators, rung) in [(45, 1), (45, 2), (5_000, 0), (5_000, 2)] {
        assert_eq!(
            vote_costs(validators, rung),
            small,
            "{validators} validators, rung {rung}"
        );
    }
    for (reads, writes) in small {
        assert!(
            reads <= 7 && writes == 2,
            "{reads} reads, {writes} writes: its seat and the panel"
        );
    }
}
