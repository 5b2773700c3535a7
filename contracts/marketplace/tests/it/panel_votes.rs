//! What a vote must be: sealed by its own seat, opened at its own steps.

use super::support::*;
use cosmwasm_std::{Binary, HexBinary};
use joule_types::{marketplace::*, JobId};

fn reveals() -> (Market, JobId, Vec<SeatResponse>) {
    let (mut market, job) = Market::judged();
    market.sit(job);
    let seats = market.primaries(job);
    for seat in &seats {
        market.commit(job, seat, &run(1)).unwrap();
    }
    (market, job, seats)
}

/// The reveal of seat 0 with one thing changed.
fn changed(change: impl FnOnce(&mut VoteRoots, &mut HexBinary, &mut Vec<Binary>)) -> String {
    let (mut market, job, seats) = reveals();
    let mut msg = market.reveal_msg(job, &seats[0], &run(1));
    let ExecuteMsg::RevealVote {
        vote, salt, openings, ..
    } = &mut msg
    else {
        panic!("a reveal")
    };
    change(vote, salt, openings);
    let before = market.storage.records().clone();
    let error = market.exec_as(&seats[0].operator, &[], msg).unwrap_err().to_string();
    assert_eq!(*market.storage.records(), before);
    error
}

fn invalid(field: &str, error: &str) {
    assert!(error.starts_with(&format!("mkt.invalid_vote: {field} is ")), "{error}");
}

#[test]
fn a_reveal_must_match_its_seal() {
    invalid("vote", &changed(|_, salt, _| *salt = vec![9; 32].into()));
    invalid("vote", &changed(|vote, _, _| vote.result_root = vec![9; 32].into()));
    invalid("vote", &changed(|vote, _, _| vote.trace_root = vec![9; 32].into()));
    invalid("salt", &changed(|_, salt, _| *salt = vec![9; 31].into()));
    invalid(
        "result_root",
        &changed(|vote, _, _| vote.result_root = vec![9; 33].into()),
    );
    invalid(
        "trace_root",
        &changed(|vote, _, _| vote.trace_root = HexBinary::default()),
    );
}

#[test]
fn openings_must_fit_position_and_path() {
    let drop_last = |openings: &mut Vec<Binary>| drop(openings.pop());
    invalid("openings", &changed(|_, _, openings| drop_last(openings)));
    invalid(
        "openings",
        &changed(|_, _, openings| openings.push(openings[0].clone())),
    );
    invalid("openings", &changed(|_, _, openings| openings.clear()));
    invalid("opening", &changed(|_, _, openings| openings.swap(0, 1)));
    invalid("opening", &changed(|_, _, openings| openings[2] = Binary::default()));
    let edits: [fn(&mut Vec<u8>); 6] = [
        |bytes| bytes[0] ^= 1,
        |bytes| bytes[64] ^= 1,
        |bytes| bytes.truncate(128),
        |bytes| bytes.extend([0; 32]),
        |bytes| bytes.push(0),
        |bytes| bytes.extend([0; 64 * 1024]),
    ];
    for edit in edits {
        let error = changed(|_, _, openings| {
            let mut bytes = openings[1].to_vec();
            edit(&mut bytes);
            openings[1] = bytes.into();
        });
        invalid("opening", &error);
    }
}

/// Openings of other steps than the drawn ones prove nothing, though they fit the trace.
#[test]
fn the_steps_are_drawn_for_each_validator() {
    let (market, job, seats) = reveals();
    let positions = |seat| -> Vec<u64> {
        let openings = market.openings(job, seat, &run(1));
        openings.into_iter().map(|(position, _)| position).collect()
    };
    let all: Vec<_> = seats.iter().map(positions).collect();
    assert!(all.iter().any(|other| *other != all[0]), "{all:?}");
    assert!(all.iter().all(|one| one.len() == 3 && one.is_sorted()));
    let other = (1..3).find(|place| all[*place] != all[0]).unwrap();
    let theirs = market.openings(job, &seats[other], &run(1));
    let error = changed(|_, _, openings| {
        *openings = theirs.iter().map(|(_, hashes)| hashes.concat().into()).collect();
    });
    invalid("opening", &error);
}

/// A validator that did not run the job knows the provider's roots, but no step behind them.
#[test]
fn roots_alone_are_no_vote() {
    let (mut market, job, seats) = reveals();
    let mut lazy = run(9);
    lazy.vote = run(1).vote;
    invalid(
        "opening",
        &market.reveal(job, &seats[0], &lazy).unwrap_err().to_string(),
    );
}

/// A copied seal opens for nobody but its author.
#[test]
fn a_copied_seal_opens_for_nobody_else() {
    let (mut market, job) = Market::judged();
    market.sit(job);
    let seats = market.primaries(job);
    let copied = market.sealed(job, &seats[0], &run(1).vote);
    market.commit(job, &seats[0], &run(1)).unwrap();
    let mut copy = market.commit_msg(job, &seats[1], &run(1));
    let ExecuteMsg::CommitVote { sealed, .. } = &mut copy else {
        panic!("a commit")
    };
    *sealed = copied.into();
    market.exec_as(&seats[1].operator, &[], copy).unwrap();
    market.commit(job, &seats[2], &run(1)).unwrap();
    let ExecuteMsg::RevealVote {
        vote, salt, openings, ..
    } = market.reveal_msg(job, &seats[0], &run(1))
    else {
        panic!("a reveal")
    };
    market.reveal(job, &seats[0], &run(1)).unwrap();
    let theirs = ExecuteMsg::RevealVote {
        job,
        attempt: 1,
        rung: 0,
        seat: 1,
        vote,
        salt,
        openings,
    };
    let error = market.exec_as(&seats[1].operator, &[], theirs).unwrap_err().to_string();
    invalid("vote", &error);
}

#[test]
fn owner_and_operator_of_the_seat_vote_and_nobody_else() {
    let (mut market, job) = Market::judged();
    market.sit(job);
    let seats = market.primaries(job);
    let msg = market.commit_msg(job, &seats[0], &run(1));
    for stranger in ["buyer", "owner1", "stranger", "dao"] {
        assert_eq!(code(market.exec(stranger, msg.clone())), "mkt.not_seated");
    }
    let other = seats[1].operator.clone();
    assert_eq!(code(market.exec_as(&other, &[], msg.clone())), "mkt.not_seated");
    assert!(market.fork().exec_as(&seats[0].owner, &[], msg.clone()).is_ok());
    market.exec_as(&seats[0].operator, &[], msg.clone()).unwrap();
    assert_eq!(code(market.exec_as(&seats[0].owner, &[], msg)), "mkt.already_claimed");
    for seat in &seats[1..] {
        market.commit(job, seat, &run(1)).unwrap();
    }
    let msg = market.reveal_msg(job, &seats[0], &run(1));
    assert_eq!(code(market.exec_as(&other, &[], msg.clone())), "mkt.not_seated");
    market.exec_as(&seats[0].owner, &[], msg.clone()).unwrap();
    assert_eq!(
        code(market.exec_as(&seats[0].operator, &[], msg)),
        "mkt.already_claimed"
    );
    assert_eq!(code(market.commit(job, &seats[1], &run(1))), "mkt.wrong_phase");
}

#[test]
fn a_wrong_place_is_refused() {
    let (mut market, job) = Market::judged();
    market.sit(job);
    let seat = market.primaries(job)[0].clone();
    let commit = |attempt, rung, seat, len| ExecuteMsg::CommitVote {
        job,
        attempt,
        rung,
        seat,
        sealed: vec![1; len].into(),
    };
    for (msg, wanted) in [
        (commit(0, 0, 0, 32), "mkt.stale_attempt"),
        (commit(2, 0, 0, 32), "mkt.stale_attempt"),
        (commit(1, 1, 0, 32), "mkt.stale_attempt"),
        (commit(1, 0, 1, 32), "mkt.not_seated"),
        (commit(1, 0, 5, 32), "mkt.not_seated"),
        (commit(1, 0, 0, 31), "mkt.invalid_vote"),
        (commit(1, 0, 0, 33), "mkt.invalid_vote"),
    ] {
        assert_eq!(code(market.exec_as(&seat.operator, &[], msg)), wanted);
    }
    let (mut plain, _) = Market::job_in(joule_work::job::JobState::ResultSubmitted);
    assert_eq!(code(plain.exec("keeper", commit(1, 0, 0, 32))), "mkt.no_panel");
    assert_eq!(code(plain.try_seal(JobId(1))), "mkt.no_panel");
    assert_eq!(code(plain.try_seal(JobId(2))), "mkt.job_not_found");
}
