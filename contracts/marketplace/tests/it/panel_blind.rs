//! What could not be fetched: votes that say so, results that were not served, and jobs that cannot be judged.

use super::support::*;
use cosmwasm_std::{Binary, HexBinary};
use joule_types::{marketplace::*, registry::Outcome, staking::IncidentKind, JobId};
use joule_work::{committee::WITHHELD, job::JobState};

fn fines(market: &Market) -> Vec<(IncidentKind, u16)> {
    let penalties = market.told.penalties.iter();
    penalties.map(|one| (one.incident.kind, one.fraction_bps)).collect()
}

/// A provider or buyer that serves a majority alone does not get the others slashed as liars.
#[test]
fn who_was_not_served_is_no_liar() {
    for blind in [withheld(), unfetchable()] {
        let (mut market, job) = trial(33, &run(1));
        market.rung(job, 1, &blind, &run(1));
        market.rung(job, 2, &blind, &run(1));
        assert_eq!(market.job(job).state, JobState::Completed);
        assert_eq!(market.verdicts(job, 1), [2 + 5, 0, 1 + 2, 2 + 2]);
        assert_eq!(fines(&market), [(IncidentKind::NoShow, 100); 3]);
        assert_eq!(market.told.paid.len(), 7, "a vote that saw nothing earns nothing");
    }
}

/// Nor is who was served although a majority was not.
#[test]
fn who_alone_was_served_is_no_liar() {
    for blind in [withheld(), unfetchable()] {
        let (mut market, job) = trial(33, &run(1));
        market.rung(job, 1, &run(1), &blind);
        market.rung(job, 2, &run(1), &blind);
        assert_ne!(market.job(job).state, JobState::Completed);
        assert_eq!(market.verdicts(job, 1), [2 + 5, 0, 1 + 2, 2 + 2]);
        assert_eq!(fines(&market), [(IncidentKind::NoShow, 100); 3]);
    }
}

/// "Not served" is no excuse for a trace that is wrong.
#[test]
fn a_wrong_trace_is_a_lie_whatever_was_served() {
    let mut lie = run(2);
    lie.vote.result_root = WITHHELD;
    let (mut market, job) = trial(33, &run(1));
    market.rung(job, 1, &lie, &run(1));
    market.rung(job, 0, &run(1), &run(1));
    assert_eq!(fines(&market), [(IncidentKind::WrongVote, 1_000)]);
}

/// Nobody can be shown to be at fault: the voters are paid, the quote is halved, nobody is slashed.
#[test]
fn a_job_that_nobody_could_fetch_is_divided() {
    let (mut market, job) = Market::judged();
    let response = market.rung(job, 0, &run(1), &unfetchable());
    let closed: PanelClosed = event(&response);
    assert_eq!(
        (closed.ruling.as_str(), closed.paid, closed.each.u128()),
        ("unjudged", 3, 1_800_000)
    );
    let resolved: JobResolved = event(&response);
    assert_eq!(
        (
            resolved.provider_bps,
            resolved.gross.u128(),
            resolved.arbiter_fee.u128()
        ),
        (5_000, 1_800_000, 0)
    );
    assert!(resolved.by_silence);
    let found = market.job(job);
    let settlement = found.settlement.unwrap();
    assert_eq!((found.state, found.fail_reason), (JobState::Resolved, None));
    assert_eq!(
        (
            settlement.gross.u128(),
            settlement.provider_bps,
            settlement.arbiter.u128()
        ),
        (1_800_000, Some(5_000), 0)
    );
    assert_eq!(settlement.validators.u128(), 5_400_000);
    let settled = market.told.settled.last().unwrap();
    assert_eq!(
        (settled.gross, settled.payee.clone(), settled.awards.len()),
        (1_800_000, Some(a("payout1").into()), 0)
    );
    assert_eq!(market.told.outcomes.last(), Some(&(1, 0, Some(Outcome::Neutral {}))));
    assert!(market.told.slashes.is_empty() && market.told.penalties.is_empty());
    assert_eq!(market.panel(job).ruling, Some(PanelRuling::Unjudged));
    assert_eq!(market.verdicts(job, 1), [3, 0, 0, 2]);
    assert_eq!(code(market.tally(job)), "mkt.wrong_phase");
    assert_eq!(
        code(market.exec("keeper", ExecuteMsg::Timeout { job })),
        "mkt.job_final"
    );
}

/// Nothing was run, so there is nothing to open; the seal counts all the same.
#[test]
fn a_vote_that_nothing_could_be_fetched_opens_nothing() {
    let (mut market, job) = Market::judged();
    market.sit(job);
    let seats = market.primaries(job);
    for seat in &seats {
        market.commit(job, seat, &unfetchable()).unwrap();
    }
    let with = |change: fn(&mut VoteRoots, &mut Vec<Binary>)| {
        let mut msg = market.reveal_msg(job, &seats[0], &unfetchable());
        if let ExecuteMsg::RevealVote { vote, openings, .. } = &mut msg {
            change(vote, openings);
        }
        let error = market.fork().exec_as(&seats[0].operator, &[], msg).unwrap_err();
        error.to_string().split(" is ").next().unwrap().to_string()
    };
    assert_eq!(
        with(|_, openings| openings.push(Binary::default())),
        "mkt.invalid_vote: openings"
    );
    assert_eq!(
        with(|vote, _| vote.trace_root = HexBinary::from([1; 32])),
        "mkt.invalid_vote: vote"
    );
    let revealed: VoteRevealed = event(&market.reveal(job, &seats[0], &unfetchable()).unwrap());
    assert!(!revealed.accept);
}

/// Otherwise votes for what could not be fetched would uphold it.
#[test]
fn a_result_cannot_pretend_to_be_withheld() {
    let mut market = Market::with_offers(1);
    market.add_validators(12);
    let job = market.post(judged_spec());
    market.start(job);
    let mut no_trace = run(1);
    no_trace.vote.trace_root = [0; 32];
    for (root, wrong) in [
        ("result_root", withheld()),
        ("trace_root", no_trace),
        ("result_root", unfetchable()),
    ] {
        let error = market.exec("operator1", delivery(job, 1, &wrong)).unwrap_err();
        let error = error.to_string();
        assert!(
            error.starts_with(&format!("mkt.invalid_result: {root} is zero")),
            "{error}"
        );
    }
}

fn in_joule(found: &Run) -> (Market, JobId) {
    let mut market = Market::new();
    for id in 1..=2 {
        let mut offer = terms(id);
        offer.denom = joule();
        market.add_offer(node(id), offer);
    }
    market.add_validators(12);
    let mut spec = judged_spec();
    spec.requirements.denom = joule();
    let job = market.post(spec);
    market.deliver_run(job, &run(1));
    market.rung(job, 0, found, found);
    (market, job)
}

/// A right result that is not served is late, not a fraud: as a timeout for provider and buyer, without a premium.
#[test]
fn an_output_that_was_not_served_is_a_timeout() {
    let (market, job) = in_joule(&withheld());
    assert_eq!(market.panel_of(job, 1).ruling, Some(PanelRuling::Overturned));
    assert_eq!(market.verdicts(job, 1), [3, 0, 0, 2]);
    let (incident, pool, bps, repay) = market.told.slashes.last().unwrap().clone();
    assert_eq!(
        (incident.kind, incident.id, incident.attempt),
        (IncidentKind::Timeout, 1, 1)
    );
    assert_eq!((pool, bps), (a("owner1").into(), 500));
    let repaid: Vec<_> = repay.into_iter().map(|one| (one.to, one.up_to.u128())).collect();
    assert_eq!(repaid, [(a("buyer").into(), 3_600_000)], "no premium for the voters");
    assert!(market.told.outcomes.contains(&(1, 0, Some(Outcome::Failure {}))));
    assert_eq!(market.told.paid.len(), 3);
    let found = market.job(job);
    assert_eq!((found.state, found.attempts), (JobState::Assigned, 2));
    assert_eq!(market.told.slashes.len(), 1);
}

/// With another trace it is one.
#[test]
fn a_wrong_trace_without_an_output_is_a_fraud() {
    let mut lie = run(2);
    lie.vote.result_root = WITHHELD;
    let (market, _) = in_joule(&lie);
    let (incident, _, bps, repay) = market.told.slashes.last().unwrap().clone();
    assert_eq!(
        (incident.kind, bps, repay.len()),
        (IncidentKind::WrongResult, 3_000, 1 + 3)
    );
    assert!(market.told.outcomes.contains(&(1, 0, Some(Outcome::Fraud {}))));
}
