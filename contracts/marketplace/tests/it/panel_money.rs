//! What committees cost, and what is left.

use super::support::*;
use cosmwasm_std::Uint128;
use joule_types::{marketplace::*, staking::Repay, JobId};
use joule_work::job::{FailReason, JobState};

fn with_budget(verification_budget: u128, delivered: &Run) -> (Market, JobId) {
    let mut market = Market::with_offers(4);
    market.add_validators(45);
    let mut spec = judged_spec();
    spec.verification_budget = verification_budget.into();
    let job = market.post(spec);
    market.deliver_run(job, delivered);
    (market, job)
}

/// 30 USDC pay four juries of 5.4; a first jury may cost 7.5.
#[test]
fn each_judged_attempt_uses_up_its_part() {
    let (mut market, job) = with_budget(12_900_000, &run(2));
    market.rung(job, 0, &run(1), &run(1));
    assert_eq!(market.job(job).state, JobState::Assigned, "7.5 are left");
    market.deliver_run(job, &run(2));
    market.rung(job, 0, &run(1), &run(1));
    let found = market.job(job);
    assert_eq!(
        (found.state, found.fail_reason),
        (JobState::Failed, Some(FailReason::BudgetSpent))
    );
    assert_eq!(market.told.slashes.len(), 2, "the provider is slashed all the same");
    assert_eq!(
        market.told.paid.iter().map(|(_, _, sum)| sum).sum::<u128>(),
        6 * 1_800_000
    );
    let settled = market.told.settled.last().unwrap();
    assert_eq!((settled.gross, settled.payee.clone()), (0, None), "the rest goes back");
}

#[test]
fn a_budget_that_does_not_reach_is_shared_equally() {
    let (mut market, job) = with_budget(7_500_000, &run(1));
    market.rung(job, 1, &run(2), &run(1));
    let response = market.rung(job, 0, &run(1), &run(1));
    let closed: PanelClosed = event(&response);
    assert_eq!((closed.paid, closed.each.u128()), (9, 833_333), "floor of 7.5 by nine");
    assert_eq!(market.job(job).settlement.unwrap().validators.u128(), 9 * 833_333);
    let hold = &market.told.holds[&market.job(job).hold.u64()];
    assert_eq!(hold.paid, 9 * 833_333);
}

#[test]
fn every_attempt_overturned_ends_the_job() {
    let (mut market, job) = with_budget(30_000_000, &run(2));
    for attempt in 1..=3 {
        market.rung(job, 0, &run(1), &run(1));
        if attempt < 3 {
            market.deliver_run(job, &run(2));
        }
    }
    let found = market.job(job);
    assert_eq!(
        (found.attempts, found.fail_reason),
        (3, Some(FailReason::AttemptsExhausted))
    );
    let slashed: Vec<_> = market.told.slashes.iter().map(|slash| slash.0.attempt).collect();
    assert_eq!(slashed, [1, 2, 3]);
}

/// DESIGN 4.4: the buyer first, then the voters, the rest burns.
#[test]
fn a_slash_repays_the_buyer_before_the_voters() {
    let mut market = Market::new();
    let mut in_joule = terms(1);
    in_joule.denom = joule();
    market.add_offer(node(1), in_joule);
    market.add_validators(12);
    let mut spec = judged_spec();
    spec.requirements.denom = joule();
    let job = market.post(spec);
    market.deliver_run(job, &run(2));
    market.rung(job, 0, &run(1), &run(1));
    let repay = market.told.slashes.last().unwrap().3.clone();
    let to = |to: &str, up_to: u128| Repay {
        to: to.into(),
        up_to: up_to.into(),
    };
    assert_eq!(repay[0], to(a("buyer").as_str(), 3_600_000));
    let voters = market.panel_of(job, 1).seats;
    for (repay, seat) in repay[1..].iter().zip(&voters) {
        assert_eq!(*repay, to(seat.owner.as_str(), 1_000_000));
    }
    assert_eq!(repay.len(), 4);
    assert_eq!(market.job(job).state, JobState::Queued, "nobody else offers");
}

#[test]
fn the_terms_of_the_day_of_the_post_rule() {
    let (mut market, job) = with_budget(30_000_000, &run(1));
    let mut terms = committee_terms();
    (terms.verify_bps, terms.no_show_bps, terms.commit_secs) = (100, 5_000, 80_000);
    let update = Box::new(ParamsUpdate {
        committee: Some(terms),
        ..Default::default()
    });
    market.exec("dao", ExecuteMsg::UpdateParams { update }).unwrap();
    let closed: PanelClosed = event(&market.rung(job, 0, &run(1), &run(1)));
    assert_eq!(closed.each.u128(), 1_800_000);
}

/// Rates of zero slash and pay nobody, and send nothing.
#[test]
fn without_rates_nothing_is_sent() {
    let mut market = Market::with_offers(4);
    market.add_validators(45);
    let mut terms = committee_terms();
    (terms.verify_bps, terms.wrong_result_bps) = (0, 0);
    (terms.wrong_vote_bps, terms.no_show_bps, terms.premium) = (0, 0, Uint128::zero());
    let update = Box::new(ParamsUpdate {
        committee: Some(terms),
        ..Default::default()
    });
    market.exec("dao", ExecuteMsg::UpdateParams { update }).unwrap();
    let mut spec = judged_spec();
    spec.verification_budget = Uint128::zero();
    let job = market.post(spec);
    market.deliver_run(job, &run(2));
    market.rung(job, 1, &run(2), &run(1));
    market.rung(job, 2, &run(2), &run(1));
    assert_eq!(market.panel_of(job, 1).ruling, Some(PanelRuling::Overturned));
    assert!(market.told.paid.is_empty() && market.told.slashes.is_empty() && market.told.penalties.is_empty());
    assert_eq!(market.job(job).attempts, 2, "nothing spent, nothing short");
}

/// Every crank of a committee is tipped once: seal, draw and tally of a rung, timeouts.
#[test]
fn cranks_are_tipped() {
    let (mut market, job) = with_budget(30_000_000, &run(1));
    market.rung(job, 1, &run(2), &run(1));
    assert_eq!(market.told.tips.len(), 3);
    market.pass(job);
    assert_eq!(market.told.tips.len(), 4);
    market.sit(job);
    market.pass(job);
    let tips = &market.told.tips;
    assert_eq!(tips.len(), 7);
    let hold = market.job(job).hold.u64();
    assert!(tips.iter().all(|tip| *tip == (hold, a("keeper").to_string(), 10)));
}

/// A job that costs next to nothing: what validators earn is a part of the least quote that counts for reputation.
fn cheap(verification_budget: u128) -> JobSpec {
    let mut spec = judged_spec();
    spec.requirements.max_secs = 1;
    spec.estimated_secs = 1;
    spec.requirements.budget = 1_000u128.into();
    spec.verification_budget = verification_budget.into();
    spec
}

#[test]
fn a_jury_is_never_free() {
    let mut market = Market::with_offers(2);
    market.add_validators(45);
    let error = market.exec("buyer", post_msg(cheap(749_999))).unwrap_err().to_string();
    assert!(
        error.starts_with("mkt.invalid_job: verification_budget is 749999"),
        "{error}"
    );
    let job = market.post(cheap(750_000));
    assert_eq!(market.job(job).attempt.unwrap().quote.u128(), 1_000);
    market.deliver_run(job, &run(2));
    let closed: PanelClosed = event(&market.rung(job, 0, &run(1), &run(1)));
    assert_eq!((closed.paid, closed.each.u128()), (3, 250_000), "half of 0.5 USDC");
    let found = market.job(job);
    assert_eq!(found.fail_reason, Some(FailReason::BudgetSpent));
    let job = market.post(cheap(1_500_000 - 1));
    market.deliver_run(job, &run(2));
    market.rung(job, 0, &run(1), &run(1));
    assert_eq!(
        market.job(job).fail_reason,
        Some(FailReason::BudgetSpent),
        "a second jury would cost as much"
    );
}
