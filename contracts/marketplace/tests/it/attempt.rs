//! `Decline`, `Start`, `SubmitResult`, `Accept`.

use super::support::*;
use cosmwasm_std::{HexBinary, Uint128};
use joule_types::{marketplace::*, registry::Outcome, JobId, OfferId};
use joule_work::job::{FailReason, JobState};

fn decline(attempt: u32) -> ExecuteMsg {
    ExecuteMsg::Decline {
        job: JobId(1),
        attempt,
        reason: "input not found".into(),
    }
}

fn start(attempt: u32) -> ExecuteMsg {
    ExecuteMsg::Start { job: JobId(1), attempt }
}

#[test]
fn a_decline_is_free_and_the_next_provider_is_asked() {
    let mut market = Market::with_offers(2);
    let job = market.post(spec());
    let response = market.exec("operator1", decline(1)).unwrap();
    assert_eq!(event::<JobDeclined>(&response).reason, "input not found");
    assert_eq!(event::<JobAssigned>(&response).offer, OfferId(2), "in the same message");
    assert!(market.told.slashes.is_empty());
    assert_eq!(
        market.told.outcomes,
        [(1, 1, None), (1, 0, Some(Outcome::Neutral {})), (2, 1, None)]
    );
    // Late words of the replaced attempt change nothing.
    for msg in [start(1), decline(1), result_msg(job, 1)] {
        assert_eq!(code(market.exec("operator1", msg)), "mkt.stale_attempt");
    }
    // Whoever declined is not asked again: nobody is left, so the job waits.
    let response = market.exec("owner2", decline(2)).unwrap();
    assert_eq!(event::<JobQueued>(&response).reason, "declined");
    assert_eq!(market.job(job).state, JobState::Queued);
    assert_eq!(code(market.exec("operator2", start(2))), "mkt.job_not_open");
    let told: RankResponse = market.query(QueryMsg::Rank {
        requirements: wish(),
        buyer: None,
        limit: None,
        hints: vec![],
    });
    assert_eq!(told.offers.len(), 2, "for other jobs both are there");
    assert_eq!(
        code(market.exec(
            "x",
            ExecuteMsg::Assign {
                job,
                hints: vec![OfferId(1)]
            }
        )),
        "mkt.insufficient_compute"
    );
}

/// Declining costs the buyer no attempt, eight times; after that it does, so that no job is handed round for ever.
#[test]
fn eight_declines_use_up_no_attempt() {
    let mut market = Market::with_offers(14);
    let job = market.post(spec());
    for attempt in 1..=11 {
        assert_eq!(market.job(job).state, JobState::Assigned, "attempt {attempt}");
        let operator = market.operator(job);
        market.exec_as(&operator, &[], decline(attempt)).unwrap();
    }
    let ended = market.job(job);
    assert_eq!((ended.state, ended.attempts), (JobState::Failed, 11));
    assert_eq!(ended.fail_reason, Some(FailReason::AttemptsExhausted));
    assert_eq!(market.told.settled.last().unwrap().gross, 0);
}

/// The free way out closes with the time to start: after it the keeper's timeout cannot be outrun.
#[test]
fn start_and_decline_end_with_the_time_to_start() {
    for late in [false, true] {
        for msg in [start(1), decline(1)] {
            let (mut market, _) = Market::job_in(JobState::Assigned);
            market.now = START + 300 + u64::from(late);
            let answer = market.exec("operator1", msg);
            if late {
                assert_eq!(code(answer), "mkt.too_late");
            } else {
                answer.unwrap();
            }
        }
    }
}

#[test]
fn a_start_opens_the_time_to_run() {
    let (mut market, job) = Market::job_in(JobState::Assigned);
    market.now += 100;
    let response = market.exec("owner1", start(1)).unwrap();
    assert_eq!(event::<JobStarted>(&response).deadline_at, START + 100 + 3_600);
    let running = market.job(job);
    assert_eq!(
        (running.state, running.attempt.unwrap().started_at),
        (JobState::Running, Some(START + 100))
    );
    assert_eq!(code(market.exec("owner1", start(1))), "mkt.job_not_open");
    assert_eq!(
        code(market.exec("owner1", decline(1))),
        "mkt.job_not_open",
        "no free way out after the start"
    );
    let reason = "x".repeat(281);
    let long = ExecuteMsg::Decline {
        job,
        attempt: 1,
        reason,
    };
    assert_eq!(code(market.exec("owner1", long)), "mkt.text_too_long");
}

#[test]
fn a_result_frees_the_node_and_opens_the_window() {
    let (mut market, job) = Market::job_in(JobState::Running);
    market.now = START + 3_600;
    let response = market.exec("operator1", result_msg(job, 1)).unwrap();
    let submitted: ResultSubmitted = event(&response);
    assert_eq!(submitted.accept_by, START + 3_600 + 86_400);
    assert_eq!(submitted.result_root, "07".repeat(32));
    assert_eq!(market.told.outcomes.last(), Some(&(1, 0, None)), "free for other work");
    let stored = market.job(job).result.unwrap();
    assert_eq!(
        (stored.trace_root, stored.submitted_at),
        (HexBinary::from(vec![8; 32]), START + 3_600)
    );
    assert_eq!(
        code(market.exec("operator1", result_msg(job, 1))),
        "mkt.already_claimed"
    );
}

#[test]
fn results_in_time_and_in_shape_only() {
    let (mut market, job) = Market::job_in(JobState::Running);
    let changed = |change: fn(&mut HexBinary, &mut HexBinary, &mut String, &mut u64)| {
        let (mut result_root, mut trace_root) = (HexBinary::from(vec![7; 32]), HexBinary::from(vec![8; 32]));
        let (mut output_url, mut size) = (String::from("x"), 1);
        change(&mut result_root, &mut trace_root, &mut output_url, &mut size);
        ExecuteMsg::SubmitResult {
            job,
            attempt: 1,
            result_root,
            trace_root,
            output_url,
            output_size: size.into(),
        }
    };
    let bad = [
        changed(|root, _, _, _| *root = HexBinary::from(vec![7; 31])),
        changed(|_, root, _, _| *root = HexBinary::default()),
        changed(|_, _, url, _| url.clear()),
        changed(|_, _, url, _| *url = "x".repeat(257)),
        changed(|_, _, _, size| *size = 1_000_001),
    ];
    for msg in bad {
        assert_eq!(code(market.exec("operator1", msg)), "mkt.invalid_result");
    }
    market.now = START + 3_601;
    assert_eq!(code(market.exec("operator1", result_msg(job, 1))), "mkt.too_late");
}

#[test]
fn an_accepted_result_is_paid_with_the_fee_terms_of_its_hold() {
    let mut market = Market::new();
    let mut candidate = node(1);
    candidate.referrer = Some(a("friend"));
    market.add_offer(candidate, terms(1));
    let job = market.post(spec());
    market.deliver_result(job);
    let response = market.exec("buyer", ExecuteMsg::Accept { job }).unwrap();
    let completed: JobCompleted = event(&response);
    assert_eq!((completed.quote.u128(), completed.accepted), (3_600_000, true));
    let settled = market.told.settled.last().unwrap();
    assert_eq!(settled.payee, Some(a("payout1").into()));
    assert_eq!(settled.referrer, Some(a("friend").into()));
    assert_eq!((settled.gross, settled.awards.len()), (3_600_000, 0));
    assert_eq!(
        market.told.outcomes.last(),
        Some(&(
            1,
            0,
            Some(Outcome::Success {
                reputation: true,
                judged: false
            })
        ))
    );
    let ended = market.job(job);
    assert_eq!(
        (ended.state, ended.settlement.unwrap().gross.u128()),
        (JobState::Completed, 3_600_000)
    );
    let stats: StatsResponse = market.query(QueryMsg::Stats { denom: usdc() });
    assert_eq!(
        (stats.posted, stats.paid_jobs, stats.buyers, stats.providers),
        (1, 1, 1, 1)
    );
    assert_eq!((stats.volume.u128(), stats.earned.u128()), (3_600_000, 3_312_000));
    assert_eq!(
        (stats.success_bps, stats.reference_price.unwrap().u128()),
        (10_000, 3_600_000)
    );
}

/// DESIGN 11.7: once for buyer and provider a day, and only for a quote that is worth it.
#[test]
fn reputation_rises_once_a_day_for_a_pair() {
    let mut market = Market::with_offers(1);
    let mut outcomes = vec![];
    for (day, buyer) in [(0, "buyer"), (0, "buyer"), (0, "other"), (1, "buyer")] {
        market.now = START + day * 86_400;
        let mut spec = spec();
        spec.deadline_at = market.now + 1_000;
        let response = market.exec(buyer, post_msg(spec)).unwrap();
        let job = event::<JobPosted>(&response).job;
        market.deliver_result(job);
        market.exec(buyer, ExecuteMsg::Accept { job }).unwrap();
        outcomes.push(market.told.outcomes.last().unwrap().2);
    }
    let raised = |reputation| {
        Some(Outcome::Success {
            reputation,
            judged: false,
        })
    };
    assert_eq!(outcomes, [raised(true), raised(false), raised(true), raised(true)]);

    let mut cheap = terms(1);
    cheap.price = Uint128::new(499_999);
    market
        .exec(
            "owner1",
            ExecuteMsg::UpdateOffer {
                offer: OfferId(1),
                terms: cheap,
            },
        )
        .unwrap();
    let mut last = spec();
    last.deadline_at = market.now + 86_400;
    let response = market.exec("third", post_msg(last)).unwrap();
    let job = event::<JobPosted>(&response).job;
    market.deliver_result(job);
    market.exec("third", ExecuteMsg::Accept { job }).unwrap();
    assert_eq!(market.told.outcomes.last().unwrap().2, raised(false));
}
