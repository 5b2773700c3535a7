//! Seats that stay empty, standbys, votes that are not revealed, and the end of the time to judge.

use super::support::*;
use joule_types::{marketplace::*, staking::IncidentKind, JobId};
use joule_work::job::{FailReason, JobState};

/// A drawn first rung of which the first `votes` seats have committed the right run.
fn committed(votes: usize) -> (Market, JobId) {
    let (mut market, job) = Market::judged();
    market.sit(job);
    for seat in &market.primaries(job)[..votes] {
        market.commit(job, seat, &run(1)).unwrap();
    }
    (market, job)
}

fn reveal_all(market: &mut Market, job: JobId) {
    for seat in market.seats(job) {
        if seat.sealed.is_some() && seat.vote.is_none() {
            market.reveal(job, &seat, &run(1)).unwrap();
        }
    }
}

fn phase(market: &Market, job: JobId) -> PanelPhase {
    market.panel(job).phase
}

#[test]
fn a_no_show_is_replaced_by_a_standby() {
    let (mut market, job) = committed(2);
    let standbys = market.standbys(job);
    assert_eq!(
        code(market.commit(job, &standbys[0], &run(1))),
        "mkt.wrong_phase",
        "not yet"
    );
    let phased: PanelPhased = event(&market.pass(job));
    assert_eq!((phased.phase.as_str(), phased.until), ("standby", market.now + 7_200));
    let late = market.primaries(job)[2].clone();
    assert_eq!(
        code(market.commit(job, &late, &run(1))),
        "mkt.wrong_phase",
        "its time is over"
    );
    // First come, first served: the second standby takes the seat, the first one is not needed.
    market.commit(job, &standbys[1], &run(1)).unwrap();
    assert_eq!(phase(&market, job), PanelPhase::Reveal);
    assert_eq!(code(market.commit(job, &standbys[0], &run(1))), "mkt.wrong_phase");
    reveal_all(&mut market, job);
    market.tally(job).unwrap();
    assert_eq!(market.job(job).state, JobState::Completed);
    assert_eq!(market.verdicts(job, 1), [3, 0, 1, 1]);
    let penalty = &market.told.penalties[0];
    assert_eq!((penalty.pool.clone(), penalty.fraction_bps), (late.owner.into(), 100));
    assert_eq!(
        (penalty.incident.kind, penalty.incident.attempt),
        (IncidentKind::NoShow, (1 << 16) | 2)
    );
    assert_eq!(market.told.penalties.len(), 1);
}

#[test]
fn two_no_shows_are_replaced_by_two_standbys() {
    let (mut market, job) = committed(1);
    market.pass(job);
    for standby in market.standbys(job) {
        assert_eq!(phase(&market, job), PanelPhase::Standby);
        market.commit(job, &standby, &run(1)).unwrap();
    }
    reveal_all(&mut market, job);
    market.tally(job).unwrap();
    assert_eq!(market.verdicts(job, 1), [3, 0, 2, 0]);
}

/// Two votes are not three: the next rung decides.
#[test]
fn an_empty_seat_that_nobody_takes_escalates() {
    let (mut market, job) = committed(2);
    market.pass(job);
    assert_eq!(phase(&market, job), PanelPhase::Standby);
    market.pass(job);
    assert_eq!(phase(&market, job), PanelPhase::Reveal);
    reveal_all(&mut market, job);
    event::<PanelEscalated>(&market.tally(job).unwrap());
    market.rung(job, 0, &run(1), &run(1));
    assert_eq!(
        market.verdicts(job, 1),
        [2 + 7, 0, 0, 3 + 2],
        "with two votes of three it may not have been its fault"
    );
}

/// A draw may find no standbys: then empty seats go straight to the reveals.
#[test]
fn without_standbys_the_reveals_follow() {
    let (mut market, job) = trial(12, &run(1));
    market.validators.truncate(3);
    market.sit(job);
    assert_eq!(market.seats(job).len(), 3);
    for seat in &market.primaries(job)[..2] {
        market.commit(job, seat, &run(1)).unwrap();
    }
    let phased: PanelPhased = event(&market.pass(job));
    assert_eq!(phased.phase, "reveal");
}

#[test]
fn where_nobody_can_vote_the_buyer_is_refunded_at_last_and_nobody_fined() {
    let (mut market, job) = trial(45, &run(1));
    for rung in 0..3u8 {
        assert_eq!(market.panel(job).rung, rung);
        market.sit(job);
        market.pass(job);
        assert_eq!(phase(&market, job), PanelPhase::Standby);
        market.pass(job);
    }
    let found = market.job(job);
    assert_eq!(
        (found.state, found.fail_reason),
        (JobState::Failed, Some(FailReason::Undecided))
    );
    assert_eq!(
        market.verdicts(job, 1),
        [0, 0, 0, 3 + 7 + 21 + 6],
        "or a buyer could have juries fined by not serving the inputs"
    );
    assert!(market.told.penalties.is_empty());
}

/// A vote that is not revealed is worse than none: it saw the others.
#[test]
fn a_vote_that_is_not_revealed_is_slashed_as_a_wrong_one() {
    let (mut market, job) = committed(3);
    let seats = market.primaries(job);
    for seat in &seats[..2] {
        market.reveal(job, seat, &run(1)).unwrap();
    }
    assert_eq!(code(market.tally(job)), "mkt.too_early", "it may still come");
    let response = market.pass(job);
    event::<PanelEscalated>(&response);
    assert_eq!(code(market.reveal(job, &seats[2], &run(1))), "mkt.stale_attempt");
    market.rung(job, 0, &run(1), &run(1));
    assert_eq!(market.verdicts(job, 1), [2 + 7, 1, 0, 4]);
    let penalty = &market.told.penalties[0];
    assert_eq!(
        (penalty.incident.kind, penalty.pool.clone()),
        (IncidentKind::WrongVote, seats[2].owner.to_string())
    );
}

#[test]
fn late_words_count_nothing() {
    let (mut market, job) = committed(2);
    let seats = market.primaries(job);
    market.now = market.panel(job).phase_until;
    let mut last = market.fork();
    assert!(last.commit(job, &seats[2], &run(1)).is_ok(), "the last second counts");
    market.now += 1;
    assert_eq!(code(market.commit(job, &seats[2], &run(1))), "mkt.too_late");
    last.now = last.panel(job).phase_until;
    assert!(
        last.fork().reveal(job, &seats[0], &run(1)).is_ok(),
        "the last second counts"
    );
    last.now += 1;
    assert_eq!(code(last.reveal(job, &seats[0], &run(1))), "mkt.too_late");
    // The time to reveal is over for all: what was not revealed by now is counted as it is.
    event::<PanelEscalated>(&last.tally(job).unwrap());
}

/// Whatever the phase, the buyer is refunded after the whole time to judge, and only what was due is held against a seat.
#[test]
fn after_the_whole_time_the_buyer_is_refunded_in_every_phase() {
    // Phase, and the verdicts when the whole time ends inside it.
    let cases: [(PanelPhase, fn(&mut Market, JobId), [usize; 4]); 5] = [
        (PanelPhase::Sealing, |_, _| {}, [0, 0, 0, 0]),
        (
            PanelPhase::AwaitBeacon,
            |market, job| drop(market.seal(job)),
            [0, 0, 0, 0],
        ),
        (PanelPhase::Commit, |market, job| drop(market.sit(job)), [0, 0, 0, 5]),
        (
            PanelPhase::Standby,
            |market, job| {
                market.sit(job);
                market.pass(job);
            },
            [0, 0, 0, 5],
        ),
        (
            PanelPhase::Reveal,
            |market, job| {
                market.sit(job);
                for seat in market.primaries(job) {
                    market.commit(job, &seat, &run(1)).unwrap();
                }
            },
            [0, 0, 0, 5],
        ),
    ];
    for (wanted, reach, verdicts) in cases {
        let (mut market, job) = Market::judged();
        let judge_by = market.panel(job).judge_by;
        reach(&mut market, job);
        assert_eq!(phase(&market, job), wanted);
        // As if the phase had begun just before the end.
        let key = joule_marketplace::state::panel_key(job, 1);
        let panels = joule_marketplace::state::PANELS;
        let mut panel = panels.load(&market.storage, &key).unwrap().unwrap();
        panel.judge_by = market.now;
        panels.save(&mut market.storage, &key, &panel);
        let progress = joule_marketplace::state::PROGRESS;
        let mut stored = progress
            .load(&market.storage, &job.u64().to_be_bytes())
            .unwrap()
            .unwrap();
        stored.next_deadline_at = panel.deadline();
        progress.save(&mut market.storage, &job.u64().to_be_bytes(), &stored);
        assert!(panel.judge_by < judge_by && panel.deadline() == market.now);

        market.now += 1;
        for msg in [
            ExecuteMsg::Seal { job },
            ExecuteMsg::Draw { job },
            ExecuteMsg::Tally { job },
        ] {
            let refused = code(market.exec("keeper", msg));
            assert!(refused == "mkt.too_late" || refused == "mkt.wrong_phase", "{refused}");
        }
        market.exec("keeper", ExecuteMsg::Timeout { job }).unwrap();
        let found = market.job(job);
        assert_eq!(
            (found.state, found.fail_reason),
            (JobState::Failed, Some(FailReason::Undecided))
        );
        assert_eq!(market.verdicts(job, 1), verdicts, "{wanted:?}");
        assert_eq!(market.told.penalties.len(), verdicts[2]);
        assert_eq!(code(market.try_seal(job)), "mkt.wrong_phase", "it is closed");
    }
}

/// A validator whose stake was slashed or unbonded away cannot vote: it has too little to lose. Its seat counts as empty. One that
/// was slashed once keeps its seats.
#[test]
fn a_seat_below_the_least_stake_is_a_no_show() {
    let (mut market, job) = committed(2);
    let poor = market.primaries(job)[2].clone();
    market.bond(&poor.owner, LEAST_STAKE / 2 - 1);
    let error = market.commit(job, &poor, &run(1)).unwrap_err().to_string();
    assert!(error.starts_with("mkt.invalid_vote: stake is 49999999"), "{error}");
    market.bond(&poor.owner, LEAST_STAKE / 2);
    assert!(market.fork().commit(job, &poor, &run(1)).is_ok());
    market.pass(job);
    let standby = market.standbys(job)[0].clone();
    market.bond(&standby.owner, 0);
    assert_eq!(code(market.commit(job, &standby, &run(1))), "mkt.invalid_vote");
}

/// Five of seven decide although two hide their votes until the time is over.
#[test]
fn hidden_votes_do_not_stop_a_majority() {
    let (mut market, job) = Market::judged();
    market.rung(job, 1, &run(2), &run(1));
    market.sit(job);
    let seats = market.primaries(job);
    for seat in &seats {
        market.commit(job, seat, &run(1)).unwrap();
    }
    for seat in &seats[2..] {
        market.reveal(job, seat, &run(1)).unwrap();
    }
    assert_eq!(code(market.tally(job)), "mkt.too_early");
    let closed: PanelClosed = event(&market.pass(job));
    assert_eq!((closed.rung, closed.paid, closed.wrong), (1, 2 + 5, 1 + 2));
    assert_eq!(market.job(job).state, JobState::Completed);
    let hidden: Vec<_> = market
        .panel(job)
        .seats
        .into_iter()
        .filter(|seat| seat.rung == 1)
        .collect();
    assert!(hidden[..2].iter().all(|seat| seat.verdict == Some(SeatVerdict::Wrong)));
}

/// Who sat may not sit again: primaries, and a standby that voted. One that was not needed may.
#[test]
fn a_standby_that_voted_is_not_drawn_again() {
    let (mut market, job) = trial(12, &run(1));
    market.sit(job);
    for (seat, found) in market.primaries(job)[..2].iter().zip([1, 2]) {
        market.commit(job, seat, &run(found)).unwrap();
    }
    market.pass(job);
    let first = market.seats(job);
    market.commit(job, &first[3], &run(1)).unwrap();
    for (seat, found) in [(0, 1), (1, 2), (3, 1)] {
        market.reveal(job, &first[seat], &run(found)).unwrap();
    }
    event::<PanelEscalated>(&market.tally(job).unwrap());
    market.sit(job);
    let second: Vec<_> = market.seats(job).into_iter().map(|seat| seat.owner).collect();
    assert_eq!(second.len(), 8, "all who are left, one of them a standby");
    for sat in &first[..4] {
        assert!(!second.contains(&sat.owner), "seat {}", sat.seat);
    }
    assert!(second.contains(&first[4].owner), "it was not needed");
}

/// Absence is fined on a rung where so many committed that they could decide: 5 of 7, with or without standbys.
#[test]
fn no_shows_are_fined_where_enough_others_committed() {
    for (committed, standbys, fined) in [(4, 0, 0), (5, 0, 2), (3, 2, 4), (3, 1, 0)] {
        let (mut market, job) = Market::judged();
        market.rung(job, 1, &run(2), &run(1));
        market.sit(job);
        for seat in &market.primaries(job)[..committed] {
            market.commit(job, seat, &run(1)).unwrap();
        }
        market.pass(job);
        for seat in &market.standbys(job)[..standbys] {
            market.commit(job, seat, &run(1)).unwrap();
        }
        market.pass(job);
        reveal_all(&mut market, job);
        market.tally(job).unwrap();
        if market.job(job).state == JobState::Verifying {
            market.rung(job, 0, &run(1), &run(1));
        }
        assert_eq!(market.job(job).state, JobState::Completed);
        assert_eq!(market.verdicts(job, 1)[2], fined, "{committed} and {standbys}");
        let no_shows = market.told.penalties.iter();
        let no_shows = no_shows.filter(|penalty| penalty.incident.kind == IncidentKind::NoShow);
        assert_eq!(no_shows.count(), fined);
    }
}

/// Commits of the first `primaries` seats, then of both standbys, each third with another run: no rung agrees.
fn disagree(market: &mut Market, job: JobId, primaries: usize) {
    let runs = [run(1), run(2), run(3)];
    market.sit(job);
    let mut voters = market.primaries(job);
    voters.truncate(primaries);
    for (place, seat) in voters.iter().enumerate() {
        market.commit(job, seat, &runs[place % 3]).unwrap();
    }
    market.pass(job);
    for (place, seat) in market.standbys(job).iter().enumerate() {
        market.commit(job, seat, &runs[(primaries + place) % 3]).unwrap();
        voters.push(seat.clone());
    }
    for (place, seat) in voters.iter().enumerate() {
        market.reveal(job, seat, &runs[place % 3]).unwrap();
    }
    event::<PanelEscalated>(&market.tally(job).unwrap());
}

/// 45 validators, the least number on a public chain, fill every rung with its standbys, although six are linked to the parties
/// and both standbys of each rung had to vote: 45 - 6 - 5 - 9 are 25, and the last rung has 23.
#[test]
fn forty_five_validators_fill_every_rung() {
    let mut market = Market::with_offers(1);
    let mut terms = committee_terms();
    terms.min_validators = 45;
    let update = Box::new(ParamsUpdate {
        committee: Some(terms),
        ..Default::default()
    });
    market.exec("dao", ExecuteMsg::UpdateParams { update }).unwrap();
    market.nodes.get_mut(&1).unwrap().referrer = Some(a("referrer1"));
    let mut own = node(7);
    own.operator = a("buyer");
    market.nodes.insert(7, own);
    market.add_validators(39);
    for party in ["owner1", "operator1", "payout1", "referrer1", "buyer"] {
        market.enrol(&a(party), &a(&format!("hot-{party}")), LEAST_STAKE);
    }
    assert_eq!(
        code(market.exec("buyer", post_msg(judged_spec()))),
        "mkt.too_few_validators"
    );
    market.enrol(&a("owner7"), &a("hot-owner7"), LEAST_STAKE);
    let job = market.post(judged_spec());
    market.deliver_run(job, &run(1));
    disagree(&mut market, job, 1);
    disagree(&mut market, job, 5);
    market.sit(job);
    assert_eq!(market.seats(job).len(), 23);
}
