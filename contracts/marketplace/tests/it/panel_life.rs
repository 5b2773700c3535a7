//! A committee from the delivery to its ruling.

use super::support::*;
use joule_types::{marketplace::*, registry::Outcome, staking::IncidentKind, JobId};
use joule_work::{
    committee::{Durations, RUNGS},
    job::{FailReason, JobState},
};

fn longest() -> u64 {
    let durations = Durations {
        beacon: 600,
        commit: 7_200,
        reveal: 600,
        reseals: 3,
    };
    durations.longest()
}

#[test]
fn a_delivery_opens_a_committee_and_frees_the_node() {
    let mut market = Market::with_offers(1);
    market.add_validators(12);
    let job = market.post(judged_spec());
    let reclaim = market.told.holds[&4].terms.reclaim_at;
    assert!(
        reclaim > START + 86_400 + 3 * (300 + 3_600 + longest()),
        "past every attempt"
    );
    let response = market.deliver_run(job, &run(1));
    let opened: PanelOpened = event(&response);
    assert_eq!((opened.seal_from, opened.judge_by), (1_002, START + longest()));
    assert_eq!(market.told.outcomes.last(), Some(&(1, 0, None)), "free for other work");
    let found = market.job(job);
    assert_eq!(
        (found.state, found.next_deadline_at),
        (JobState::Verifying, Some(START + 600))
    );
    assert_eq!(found.terms.committee, Some(committee_terms()));
    let panel = market.panel(job);
    assert_eq!((panel.rung, panel.phase, panel.attempt), (0, PanelPhase::Sealing, 1));
    assert_eq!(
        (panel.round, panel.epoch, panel.randomness, panel.ruling),
        (None, None, None, None)
    );
    assert_eq!(
        code(market.exec("operator1", delivery(job, 1, &run(1)))),
        "mkt.already_claimed"
    );
}

#[test]
fn three_equal_votes_pay_the_provider_and_the_voters() {
    let (mut market, job) = Market::judged();
    let sealed: PanelSealed = event(&market.seal(job));
    assert_eq!(
        (sealed.epoch, sealed.round),
        (START / EPOCH - 1, CLOCK.round_at(START) + 10)
    );
    assert_eq!(
        market.told.rounds,
        [sealed.round],
        "the registry knows that it is waited for"
    );
    assert_eq!(market.job(job).next_deadline_at, Some(START + 600));
    market.post_round(job);
    let drawn = market.try_draw(job).unwrap();
    let seat: SeatDrawn = event(&drawn);
    assert_eq!((seat.seat, seat.standby, seat.commit_by), (0, false, START + 7_200));
    let seats = market.seats(job);
    assert_eq!(
        seats.iter().map(|seat| seat.standby).collect::<Vec<_>>(),
        [false, false, false, true, true]
    );
    let open: joule_types::Page<OpenSeat, JobId> = market.query(QueryMsg::SeatsOf {
        owner: seats[1].owner.to_string(),
        start_after: None,
        limit: None,
    });
    let place = OpenSeat {
        job,
        attempt: 1,
        rung: 0,
        seat: 1,
    };
    assert_eq!(open.items, [place]);
    for seat in &seats[..3] {
        let committed = market.commit(job, seat, &run(1)).unwrap();
        assert_eq!(event::<VoteCommitted>(&committed).owner, seat.owner);
    }
    let panel = market.panel(job);
    assert_eq!(
        (panel.phase, panel.phase_until),
        (PanelPhase::Reveal, START + 600),
        "at once"
    );
    for seat in &seats[..3] {
        let revealed: VoteRevealed = event(&market.reveal(job, seat, &run(1)).unwrap());
        assert!(revealed.accept);
    }
    let response = market.tally(job).unwrap();
    let completed: JobCompleted = event(&response);
    assert!(!completed.accepted);
    let closed: PanelClosed = event(&response);
    assert_eq!(
        (closed.ruling.as_str(), closed.paid, closed.each.u128()),
        ("upheld", 3, 1_800_000)
    );

    let found = market.job(job);
    let settlement = found.settlement.unwrap();
    assert_eq!(found.state, JobState::Completed);
    assert_eq!(
        (settlement.gross.u128(), settlement.validators.u128()),
        (3_600_000, 5_400_000)
    );
    let settled = market.told.settled.last().unwrap();
    assert_eq!(
        (settled.gross, settled.payee.clone()),
        (3_600_000, Some(a("payout1").into()))
    );
    let paid: Vec<_> = seats[..3]
        .iter()
        .map(|seat| (4, seat.owner.to_string(), 1_800_000))
        .collect();
    assert_eq!(market.told.paid, paid);
    let judged = Outcome::Success {
        reputation: true,
        judged: true,
    };
    assert_eq!(market.told.outcomes.last(), Some(&(1, 0, Some(judged))));
    assert_eq!(market.verdicts(job, 1), [3, 0, 0, 2]);
    assert!(market.told.slashes.is_empty() && market.told.penalties.is_empty());
    let tips: Vec<u128> = market.told.tips.iter().map(|(_, _, tip)| *tip).collect();
    assert_eq!(tips, [10, 10, 10], "seal, draw, tally");
}

/// One that lies against two: the next rung decides, and the first one's votes are judged by it.
#[test]
fn one_wrong_vote_escalates_and_costs_stake() {
    let (mut market, job) = Market::judged();
    let escalated: PanelEscalated = event(&market.rung(job, 1, &run(2), &run(1)));
    assert_eq!((escalated.rung, escalated.seal_from), (1, 1_004));
    let panel = market.panel(job);
    assert_eq!((panel.rung, panel.phase, panel.round), (1, PanelPhase::Sealing, None));
    assert!(
        panel.seats.iter().all(|seat| seat.verdict.is_none()),
        "nothing is ruled yet"
    );
    assert!(market.told.paid.is_empty());
    let liar = panel.seats[0].owner.to_string();
    // Five of seven.
    market.rung(job, 2, &run(2), &run(1));
    assert_eq!(market.job(job).state, JobState::Completed);
    assert_eq!(market.verdicts(job, 1), [2 + 5, 1 + 2, 0, 4]);
    assert_eq!(market.told.paid.len(), 7);
    let first = &market.told.penalties[0];
    assert_eq!(
        (first.incident.kind, first.incident.id, first.incident.attempt),
        (IncidentKind::WrongVote, 1, 1 << 16)
    );
    assert_eq!((first.pool.clone(), first.fraction_bps), (liar, 1_000));
    assert_eq!(market.told.penalties.len(), 3);
}

/// Nobody sits on two rungs of an attempt, except standbys that were not needed.
#[test]
fn every_rung_has_fresh_seats() {
    let (mut market, job) = trial(45, &run(1));
    market.rung(job, 1, &run(2), &run(1));
    market.rung(job, 3, &run(2), &run(1));
    market.sit(job);
    let seats = market.panel(job).seats;
    for rung in 0..2 {
        let earlier = seats.iter().filter(|seat| seat.rung == rung && !seat.standby);
        for seat in earlier {
            let later = seats
                .iter()
                .filter(|other| other.rung > rung && other.owner == seat.owner);
            assert_eq!(later.count(), 0, "{} sits twice", seat.owner);
        }
    }
    let drawn = |rung| seats.iter().filter(|seat| seat.rung == rung).count();
    assert_eq!([drawn(0), drawn(1), drawn(2)], [5, 9, 23]);
}

fn overturned_on(rung: usize) -> (Market, JobId) {
    let (mut market, job) = trial(45, &run(2));
    let honest = run(1);
    for (at, place) in RUNGS.iter().enumerate().take(rung + 1) {
        // Up to the last rung the liars are just too many; then they are as many as the rung bears.
        let spare = usize::from(place.seats - place.agree);
        let liars = if at < rung { spare + 1 } else { spare };
        market.rung(job, liars, &run(2), &honest);
    }
    (market, job)
}

#[test]
fn a_wrong_result_is_overturned_by_three_by_five_of_seven_and_by_eleven_of_twenty_one() {
    for (rung, majority, wrong) in [(0, 3, 0), (1, 2 + 5, 1 + 2), (2, 2 + 4 + 11, 1 + 3 + 10)] {
        let (market, job) = overturned_on(rung);
        let (incident, pool, bps, repay) = market.told.slashes.last().unwrap().clone();
        assert_eq!(
            (incident.kind, incident.id, incident.attempt),
            (IncidentKind::WrongResult, 1, 1)
        );
        assert_eq!((pool, bps), (a("owner1").into(), 3_000));
        assert_eq!(repay.len(), majority, "no rate for this denomination: the voters alone");
        assert!(repay.iter().all(|repay| repay.up_to.u128() == 1_000_000));
        let [paid, slashed, ..] = market.verdicts(job, 1);
        assert_eq!((paid, slashed), (majority, wrong), "rung {rung}");
        assert_eq!(market.told.penalties.len(), wrong);
        let each = 1_800_000.min(30_000_000 / u128::try_from(majority).unwrap());
        assert!(market.told.paid.iter().all(|(_, _, sum)| *sum == each), "rung {rung}");
        let panel = market.panel_of(job, 1);
        assert_eq!(
            (panel.phase, panel.ruling),
            (PanelPhase::Closed, Some(PanelRuling::Overturned))
        );
        assert!(market.told.outcomes.contains(&(1, 0, Some(Outcome::Fraud {}))));
    }
}

#[test]
fn an_overturned_job_goes_on_elsewhere_with_a_fresh_committee() {
    let (mut market, job) = overturned_on(0);
    let found = market.job(job);
    assert_eq!((found.state, found.attempts), (JobState::Assigned, 2));
    assert_ne!(found.attempt.unwrap().owner, a("owner1"), "the liar is not asked again");
    assert_eq!(found.result, None, "what was proven wrong is no result");
    let none: Option<PanelResponse> = market.query(QueryMsg::Panel { job, attempt: None });
    assert_eq!(none, None, "attempt 2 has no committee yet");
    market.deliver_run(job, &run(1));
    let panel = market.panel(job);
    assert_eq!((panel.attempt, panel.rung, panel.seats.len()), (2, 0, 0));
    let first = market.panel_of(job, 1).seats[0].clone();
    let stale = market.exec_as(
        &first.owner,
        &[],
        ExecuteMsg::CommitVote {
            job,
            attempt: 1,
            rung: 0,
            seat: 0,
            sealed: vec![1; 32].into(),
        },
    );
    assert_eq!(code(stale), "mkt.stale_attempt");
    market.rung(job, 0, &run(1), &run(1));
    let settlement = market.job(job).settlement.unwrap();
    assert_eq!(settlement.validators.u128(), 6 * 1_800_000, "both juries");
}

/// No rung agrees: the buyer gets everything back, no vote is right or wrong.
#[test]
fn without_agreement_on_the_last_rung_the_buyer_is_refunded() {
    let (mut market, job) = trial(45, &run(1));
    let runs = [run(1), run(2), run(3)];
    for _ in RUNGS {
        market.rung_by(job, |place| &runs[place % 3]);
    }
    let found = market.job(job);
    assert_eq!(
        (found.state, found.fail_reason),
        (JobState::Failed, Some(FailReason::Undecided))
    );
    assert_eq!(market.panel(job).ruling, Some(PanelRuling::Abandoned));
    assert_eq!(market.verdicts(job, 1), [0, 0, 0, 37]);
    assert!(market.told.paid.is_empty() && market.told.penalties.is_empty() && market.told.slashes.is_empty());
    assert_eq!(market.told.outcomes.last(), Some(&(1, 0, Some(Outcome::Neutral {}))));
    let settled = market.told.settled.last().unwrap();
    assert_eq!((settled.gross, settled.payee.clone()), (0, None));
}

#[test]
fn committees_go_on_in_a_pause() {
    let (mut market, job) = Market::judged();
    let pause = ExecuteMsg::Admin(joule_types::AdminMsg::Pause { secs: 600_000 });
    market.exec("guardian", pause).unwrap();
    assert_eq!(code(market.exec("buyer", post_msg(judged_spec()))), "kit.paused");
    market.rung(job, 0, &run(1), &run(1));
    assert_eq!(market.job(job).state, JobState::Completed);
}

/// The buyer has no say: no acceptance, no cancel, no dispute.
#[test]
fn the_parties_have_no_say() {
    let (mut market, job) = Market::judged();
    let reason = String::new();
    for msg in [
        ExecuteMsg::Accept { job },
        ExecuteMsg::Cancel { job },
        ExecuteMsg::Dispute { job, reason },
    ] {
        assert_eq!(code(market.exec("buyer", msg)), "mkt.job_not_open");
    }
}

/// The list that a keeper reads, by page.
#[test]
fn judged_jobs_are_listed() {
    let mut market = Market::with_offers(3);
    market.add_validators(33);
    let jobs: Vec<JobId> = (0..3).map(|_| market.post(judged_spec())).collect();
    let listed = |market: &Market, start_after, limit| -> Vec<JobId> {
        let filter = JobFilter::Verifying {};
        let found: joule_types::Page<JobResponse, JobId> = market.query(QueryMsg::Jobs {
            filter,
            start_after,
            limit,
        });
        found.items.into_iter().map(|found| found.job).collect()
    };
    assert!(listed(&market, None, None).is_empty());
    for job in &jobs {
        market.deliver_run(*job, &run(1));
    }
    assert_eq!(listed(&market, None, None), jobs);
    assert_eq!(listed(&market, None, Some(2)), jobs[..2]);
    assert_eq!(listed(&market, Some(jobs[1]), None), jobs[2..]);
    market.rung(jobs[0], 0, &run(1), &run(1));
    market.rung(jobs[1], 0, &run(2), &run(2));
    assert_eq!(listed(&market, None, None), jobs[2..], "paid and overturned");
}
