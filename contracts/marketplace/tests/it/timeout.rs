use super::support::*;
use cosmwasm_std::Uint128;
use joule_types::{
    marketplace::*,
    registry::Outcome,
    staking::{IncidentKind, Repay},
    JobId, OfferId,
};
use joule_work::job::{FailReason, JobState};

const TIMEOUT: ExecuteMsg = ExecuteMsg::Timeout { job: JobId(1) };

#[test]
fn not_before_the_last_second_has_passed() {
    let resting = [
        JobState::Queued,
        JobState::Assigned,
        JobState::Running,
        JobState::ResultSubmitted,
        JobState::Disputed,
    ];
    for state in resting {
        let (mut market, job) = Market::job_in(state);
        market.now = market.job(job).next_deadline_at.unwrap();
        assert_eq!(code(market.exec("keeper", TIMEOUT)), "mkt.too_early", "{state}");
        market.now += 1;
        market.exec("keeper", TIMEOUT).unwrap();
        assert_ne!(market.job(job).state, state);
        assert_eq!(
            market.told.tips,
            [(market.job(job).hold.u64(), a("keeper").to_string(), 10)],
            "one tip"
        );
    }
    for state in [JobState::Completed, JobState::Failed, JobState::Resolved] {
        let (mut market, _) = Market::job_in(state);
        market.now += 10_000_000;
        assert_eq!(code(market.exec("keeper", TIMEOUT)), "mkt.job_final");
    }
    assert_eq!(code(Market::new().exec("keeper", TIMEOUT)), "mkt.job_not_found");
}

#[test]
fn a_provider_that_is_late_is_slashed_and_replaced() {
    for started in [false, true] {
        let mut market = Market::with_offers(2);
        let job = market.post(spec());
        if started {
            market.start(job);
        }
        market.now = market.job(job).next_deadline_at.unwrap() + 1;
        let response = market.exec("keeper", TIMEOUT).unwrap();
        let timed_out: AttemptTimedOut = event(&response);
        assert_eq!(
            (timed_out.attempt, timed_out.started, timed_out.slash_bps),
            (1, started, 500)
        );
        assert_eq!(event::<JobAssigned>(&response).offer, OfferId(2));
        let (incident, pool, bps, repay) = market.told.slashes.last().unwrap();
        assert_eq!(
            (incident.kind, incident.id, incident.attempt),
            (IncidentKind::Timeout, 1, 1)
        );
        assert_eq!((pool.as_str(), *bps), (a("owner1").as_str(), 500));
        assert_eq!(*repay, [], "no rate for this denomination: nothing is repaid");
        let outcomes = &market.told.outcomes[1..];
        assert_eq!(outcomes, [(1, 0, Some(Outcome::Failure {})), (2, 1, None)]);
        assert_eq!(code(market.exec("operator1", result_msg(job, 1))), "mkt.stale_attempt");
        market.deliver_result(job);
        market.exec("buyer", ExecuteMsg::Accept { job }).unwrap();
        assert_eq!(market.told.settled.last().unwrap().payee, Some(a("payout2").into()));
    }
}

/// DESIGN 11.4.
#[test]
fn the_slash_repays_the_buyer_at_most_the_quote() {
    let late = |market: &mut Market, spec: JobSpec| {
        let job = market.post(spec);
        market.now = market.job(job).next_deadline_at.unwrap() + 1;
        market.exec("keeper", TIMEOUT).unwrap();
        market.told.slashes.last().unwrap().3.clone()
    };
    let to_buyer = |up_to: u128| {
        vec![Repay {
            to: a("buyer").into(),
            up_to: up_to.into(),
        }]
    };
    let mut market = Market::new();
    let mut terms_in_joule = terms(1);
    terms_in_joule.denom = joule();
    market.add_offer(node(1), terms_in_joule);
    let mut in_joule = spec();
    in_joule.requirements.denom = joule();
    assert_eq!(late(&mut market, in_joule), to_buyer(3_600_000));

    let mut market = Market::with_offers(1);
    let mut rated = params().denoms;
    rated[0].joule_per_million = Some(Uint128::new(2_500_000));
    let update = ParamsUpdate {
        denoms: Some(rated),
        ..Default::default()
    };
    market
        .exec(
            "dao",
            ExecuteMsg::UpdateParams {
                update: Box::new(update),
            },
        )
        .unwrap();
    assert_eq!(late(&mut market, spec()), to_buyer(9_000_000));
}

#[test]
fn without_a_rate_of_slashing_nobody_is_slashed() {
    let mut market = Market::with_offers(1);
    let update = ParamsUpdate {
        timeout_slash_bps: Some(0),
        ..Default::default()
    };
    market
        .exec(
            "dao",
            ExecuteMsg::UpdateParams {
                update: Box::new(update),
            },
        )
        .unwrap();
    let job = market.post(spec());
    market.now = START + 301;
    market.exec("keeper", TIMEOUT).unwrap();
    assert!(market.told.slashes.is_empty());
    assert_eq!(market.job(job).state, JobState::Queued);
}

#[test]
fn each_attempt_is_slashed_once_and_the_last_one_ends_the_job() {
    let mut market = Market::with_offers(4);
    let job = market.post(spec());
    for attempt in 1..=3u64 {
        market.now = market.job(job).next_deadline_at.unwrap() + 1;
        market.exec("keeper", TIMEOUT).unwrap();
        assert_eq!(market.told.slashes.last().unwrap().0.attempt, attempt);
    }
    assert_eq!(market.job(job).fail_reason, Some(FailReason::AttemptsExhausted));
    assert_eq!(market.told.tips.len(), 3);
    assert_eq!(code(market.exec("keeper", TIMEOUT)), "mkt.job_final");
}

#[test]
fn a_job_in_the_queue_expires_and_is_refunded() {
    let (mut market, job) = Market::job_in(JobState::Queued);
    market.now = START + 86_401;
    market.exec("keeper", TIMEOUT).unwrap();
    assert_eq!(market.job(job).fail_reason, Some(FailReason::Expired));
    let settled = market.told.settled.last().unwrap();
    assert_eq!((settled.gross, &settled.payee), (0, &None));
    let stats: StatsResponse = market.query(QueryMsg::Stats { denom: usdc() });
    assert_eq!((stats.failed, stats.success_bps), (1, 0));
}

/// An attempt that ends after the job's deadline has no successor.
#[test]
fn no_new_attempt_after_the_deadline() {
    let mut market = Market::with_offers(2);
    let mut urgent = spec();
    urgent.deadline_at = START + 200;
    let job = market.post(urgent);
    market.now = START + 301;
    market.exec("keeper", TIMEOUT).unwrap();
    let ended = market.job(job);
    assert_eq!(
        (ended.state, ended.fail_reason),
        (JobState::Failed, Some(FailReason::Expired))
    );
    assert_eq!(market.told.slashes.len(), 1, "the provider was late all the same");
}

#[test]
fn the_silence_of_the_buyer_pays() {
    let (mut market, job) = Market::job_in(JobState::ResultSubmitted);
    market.now = START + 86_401;
    let response = market.exec("operator1", TIMEOUT).unwrap();
    assert!(!event::<JobCompleted>(&response).accepted);
    assert_eq!(market.told.settled.last().unwrap().gross, 3_600_000);
    assert_eq!(market.job(job).state, JobState::Completed);
}
