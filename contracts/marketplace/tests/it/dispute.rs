//! `Dispute` and `Resolve`.

use super::support::*;
use cosmwasm_std::Uint128;
use joule_types::{marketplace::*, registry::Outcome, JobId};
use joule_work::job::JobState;

const JOB: JobId = JobId(1);

fn dispute() -> ExecuteMsg {
    ExecuteMsg::Dispute {
        job: JOB,
        reason: "the picture is empty".into(),
    }
}

fn resolve(provider_bps: u16) -> ExecuteMsg {
    ExecuteMsg::Resolve { job: JOB, provider_bps }
}

#[test]
fn either_party_disputes_with_a_bond_inside_the_window() {
    for opener in ["buyer", "owner1", "operator1"] {
        let (mut market, job) = Market::job_in(JobState::ResultSubmitted);
        market.now = START + 86_400;
        let response = market.exec(opener, dispute()).unwrap();
        let opened: JobDisputed = event(&response);
        assert_eq!((opened.bond.u128(), opened.deadline_at), (72_000, START + 4 * 86_400));
        let stored = market.job(job).dispute.unwrap();
        assert_eq!((stored.opened_by, stored.by_buyer), (a(opener), opener == "buyer"));
        let bond = &market.told.holds[&stored.bond.u64()];
        assert_eq!(
            (bond.payer.as_str(), bond.amount.amount.u128()),
            (a(opener).as_str(), 72_000)
        );
        assert_eq!(code(market.exec(opener, dispute())), "mkt.job_not_open");
        assert_eq!(
            code(market.exec("buyer", ExecuteMsg::Accept { job })),
            "mkt.job_not_open"
        );
    }
    let (mut market, _) = Market::job_in(JobState::ResultSubmitted);
    for stranger in ["payout1", "arbiter", "dao", "x"] {
        assert_eq!(code(market.exec(stranger, dispute())), "mkt.not_party");
    }
    market.now = START + 86_401;
    assert_eq!(code(market.exec("buyer", dispute())), "mkt.too_late");
    let long = ExecuteMsg::Dispute {
        job: JOB,
        reason: "x".repeat(281),
    };
    assert_eq!(code(market.exec("buyer", long)), "mkt.text_too_long");
}

/// DESIGN 11.5 through both holds; the quote is 3 600 000 and the bond 72 000.
#[test]
fn the_arbiter_splits_and_the_losing_side_pays_the_fee() {
    let success = Outcome::Success {
        reputation: false,
        judged: false,
    };
    let cases = [
        // opener, provider_bps, gross, arbiter from the hold, arbiter from the bond, outcome
        ("buyer", 0, 0, 0, 0, Outcome::Failure {}),
        ("buyer", 2_500, 900_000 - 72_000, 72_000, 0, Outcome::Failure {}),
        ("buyer", 5_000, 1_800_000 - 36_000, 36_000, 36_000, success),
        ("buyer", 10_000, 3_600_000, 0, 72_000, success),
        ("operator1", 2_500, 900_000, 0, 72_000, Outcome::Failure {}),
        ("operator1", 5_000, 1_800_000, 36_000, 36_000, success),
        ("operator1", 7_500, 2_700_000, 72_000, 0, success),
    ];
    for (opener, bps, gross, from_hold, from_bond, outcome) in cases {
        let (mut market, job) = Market::job_in(JobState::ResultSubmitted);
        market.exec(opener, dispute()).unwrap();
        let response = market.exec("arbiter", resolve(bps)).unwrap();
        let resolved: JobResolved = event(&response);
        assert_eq!(
            (resolved.gross.u128(), resolved.by_silence),
            (gross, false),
            "{opener} {bps}"
        );
        assert_eq!(resolved.arbiter_fee.u128(), from_hold + from_bond);
        let [of_job, of_bond] = market.told.settled.last_chunk::<2>().unwrap();
        let sum = |awards: &[(String, u128)]| awards.iter().map(|(to, sum)| (to.clone(), *sum)).collect::<Vec<_>>();
        let award = |sum: u128| {
            if sum == 0 {
                vec![]
            } else {
                vec![(a("arbiter").to_string(), sum)]
            }
        };
        assert_eq!(
            (of_job.gross, sum(&of_job.awards)),
            (gross, award(from_hold)),
            "{opener} {bps}"
        );
        assert_eq!(
            (of_bond.gross, sum(&of_bond.awards)),
            (0, award(from_bond)),
            "{opener} {bps}"
        );
        assert_eq!(market.told.outcomes.last().unwrap().2, Some(outcome));
        let ended = market.job(job);
        let settlement = ended.settlement.unwrap();
        assert_eq!((ended.state, settlement.provider_bps), (JobState::Resolved, Some(bps)));
        assert_eq!(settlement.arbiter.u128(), from_hold);
        let stats: StatsResponse = market.query(QueryMsg::Stats { denom: usdc() });
        assert_eq!(
            (stats.paid_jobs, stats.providers),
            (1, u64::from(gross > 0)),
            "who got nothing did not earn"
        );
        assert_eq!(stats.reference_price, None, "a split is no price");
    }
}

#[test]
fn only_the_arbiter_of_the_day_the_job_was_posted() {
    let (mut market, job) = Market::job_in(JobState::Disputed);
    let update = ParamsUpdate {
        arbiter: Some(a("newcomer").into()),
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
    for stranger in ["newcomer", "dao", "buyer", "operator1"] {
        assert_eq!(code(market.exec(stranger, resolve(5_000))), "mkt.not_arbiter");
    }
    assert_eq!(code(market.exec("arbiter", resolve(10_001))), "mkt.invalid_split");
    market.now = market.job(job).next_deadline_at.unwrap() + 1;
    assert_eq!(code(market.exec("arbiter", resolve(5_000))), "mkt.too_late");
    market.now -= 1;
    market.exec("arbiter", resolve(5_000)).unwrap();
    assert_eq!(code(market.exec("arbiter", resolve(5_000))), "mkt.job_not_open");
}

#[test]
fn the_silence_of_the_arbiter_is_half_and_half() {
    let (mut market, job) = Market::job_in(JobState::Disputed);
    market.now = market.job(job).next_deadline_at.unwrap() + 1;
    let response = market.exec("keeper", ExecuteMsg::Timeout { job }).unwrap();
    let resolved: JobResolved = event(&response);
    assert_eq!(
        (resolved.gross.u128(), resolved.arbiter_fee.u128(), resolved.by_silence),
        (1_800_000, 0, true)
    );
    let [of_job, of_bond] = market.told.settled.last_chunk::<2>().unwrap();
    assert_eq!(
        (of_job.gross, of_job.awards.len(), of_bond.awards.len()),
        (1_800_000, 0, 0)
    );
}

/// A quote so small that two percent of it are nothing: no bond, and everything else as usual.
#[test]
fn a_bond_of_nothing_needs_no_hold() {
    let mut market = Market::new();
    let mut cheap = terms(1);
    cheap.price = Uint128::new(49);
    market.add_offer(node(1), cheap);
    let job = market.post(spec());
    market.deliver_result(job);
    let holds = market.told.holds.len();
    market.exec("buyer", dispute()).unwrap();
    assert_eq!(market.told.holds.len(), holds);
    market.exec("arbiter", resolve(1_000)).unwrap();
    let settled = market.told.settled.last().unwrap();
    assert_eq!((settled.hold, settled.gross), (market.job(job).hold.u64(), 4));
}
