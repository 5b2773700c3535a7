//! The life of a job and where its money goes on each path.

use cosmwasm_std::{Uint128, Uint64};
use cw20::Denom;
use joule_testing::{code, event, World, STAKE, USDC};
use joule_types::{
    escrow::HoldSettled,
    marketplace::{AttemptTimedOut, ExecuteMsg, JobCompleted},
    staking::Slashed,
    work::{
        digest,
        job::{FailReason, JobState},
    },
};

fn usdc() -> Denom {
    Denom::Native(USDC.into())
}

#[test]
fn an_accepted_job_pays_92_to_8_and_returns_the_rest() {
    let mut world = World::new();
    let provider = world.provider("turbine", 400_000);
    let buyer = world.buyer("ada", 5_000_000);
    let job = world.post(&buyer, world.job_spec());
    assert_eq!(world.state(job), JobState::Assigned);
    assert_eq!(
        world.balance(&buyer.address, usdc()).total().u128(),
        5_000_000 - 1_010_000
    );

    world.deliver(&provider, job);
    let response = world.accept(&buyer, job).unwrap();

    let settled: HoldSettled = event(&response);
    assert_eq!(settled.gross.u128(), 400_000);
    assert_eq!(settled.provider.u128(), 368_000);
    assert_eq!(
        [settled.stakers.u128(), settled.referrer.u128(), settled.treasury.u128()],
        [8_000, 0, 24_000]
    );
    assert_eq!(world.earned(&provider).u128(), 368_000);
    assert_eq!(
        world.balance(&buyer.address, usdc()).total().u128(),
        5_000_000 - 400_000
    );
    assert_eq!(world.state(job), JobState::Completed);
    let standing = world.provider_record(&provider).standing;
    assert_eq!((standing.reputation, standing.success_bps), (110_000, 10_000));
    assert_eq!(world.node(provider.node).load, 0);
    world.check();

    let payout = provider.payout.clone();
    world.withdraw(&payout, usdc()).unwrap();
    world.withdraw(&buyer.address, usdc()).unwrap();
    assert_eq!(world.coins_of(&payout, USDC).u128(), 368_000);
    let c = world.conservation(usdc());
    assert_eq!(
        [c.paid, c.refunded, c.held].map(|amount| amount.u128()),
        [368_000, 4_600_000, 32_000]
    );
    world.check();
}

#[test]
fn a_silent_buyer_pays_at_the_deadline() {
    let mut world = World::new();
    let provider = world.provider("turbine", 400_000);
    let buyer = world.buyer("ada", 5_000_000);
    let job = world.post(&buyer, world.job_spec());
    world.deliver(&provider, job);
    assert_eq!(code(&world.timeout(job).unwrap_err()), "mkt.too_early");
    world.pass_deadline(job);
    let completed: JobCompleted = event(&world.timeout(job).unwrap());
    assert!(!completed.accepted);
    assert_eq!(world.earned(&provider).u128(), 368_000);
    assert_eq!(
        world.balance(&world.account("keeper"), usdc()).earned.u128(),
        1_000,
        "the keeper's tip"
    );
    world.check();
}

#[test]
fn a_silent_provider_is_slashed_and_another_finishes() {
    let mut world = World::new();
    let cheap = world.provider("cheap", 100_000);
    let steady = world.provider("steady", 400_000);
    let buyer = world.buyer("ada", 5_000_000);
    let job = world.post(&buyer, world.job_spec());
    assert_eq!(
        world.job(job).attempt.unwrap().provider,
        cheap.id,
        "the cheaper of two equals is matched"
    );
    world.start(&cheap, job).unwrap();
    world.pass_deadline(job);
    world.beat(&steady, &[steady.node]).unwrap();

    let response = world.timeout(job).unwrap();

    let timed_out: AttemptTimedOut = event(&response);
    assert_eq!(
        (timed_out.provider, timed_out.started, timed_out.slash_bps),
        (cheap.id, true, 500)
    );
    let slashed: Slashed = event(&response);
    assert_eq!(slashed.slashed.u128(), STAKE / 20);
    // A JOULE stands at a dollar in the local table: the buyer is repaid up to the quote.
    assert_eq!(
        (slashed.repaid.u128(), slashed.repaid_to),
        (100_000, Some(buyer.address.clone()))
    );
    assert_eq!(world.pool(&cheap.owner).bonded.u128(), STAKE - STAKE / 20);
    assert_eq!(
        world.job(job).attempt.unwrap().provider,
        steady.id,
        "reassigned in the same transaction"
    );
    let late = ExecuteMsg::SubmitResult {
        job,
        attempt: 1,
        result_root: digest::result_root(b"late").into(),
        trace_root: digest::result_root(b"late").into(),
        output_url: String::new(),
        output_size: Uint64::new(4),
    };
    world.start(&steady, job).unwrap();
    let operator = cheap.operator.clone();
    assert_eq!(code(&world.market(&operator, &late).unwrap_err()), "mkt.stale_attempt");

    world.submit(&steady, job).unwrap();
    world.accept(&buyer, job).unwrap();
    assert_eq!(world.earned(&steady).u128(), 368_000);
    assert_eq!(world.earned(&cheap).u128(), 0);
    assert_eq!(world.job(job).attempts, 2);
    assert_eq!(world.provider_record(&cheap).standing.success_bps, 0);
    // What a slash repays matures as stake does.
    assert_eq!(code(&world.claim(&buyer.address).unwrap_err()), "stk.nothing_to_claim");
    world.pass(230);
    world.claim(&buyer.address).unwrap();
    assert_eq!(world.joule_of(&buyer.address).u128(), 100_000);
    world.check();
}

#[test]
fn a_job_without_a_provider_queues_and_expires_with_a_refund() {
    let mut world = World::new();
    let buyer = world.buyer("ada", 5_000_000);
    let job = world.post(&buyer, world.job_spec());
    assert_eq!(world.state(job), JobState::Queued);
    assert_eq!(code(&world.assign(job).unwrap_err()), "mkt.insufficient_compute");
    world.pass_deadline(job);
    world.timeout(job).unwrap();
    let found = world.job(job);
    assert_eq!(
        (found.state, found.fail_reason),
        (JobState::Failed, Some(FailReason::Expired))
    );
    let tip = world.balance(&world.account("keeper"), usdc()).earned;
    assert_eq!(
        world.balance(&buyer.address, usdc()).total() + tip,
        Uint128::new(5_000_000)
    );
    world.check();
}

#[test]
fn a_queued_job_is_assigned_once_an_offer_appears() {
    let mut world = World::new();
    let buyer = world.buyer("ada", 5_000_000);
    let job = world.post(&buyer, world.job_spec());
    let provider = world.provider("turbine", 400_000);
    world.assign(job).unwrap();
    assert_eq!(world.job(job).attempt.unwrap().provider, provider.id);
    world.decline(&provider, job).unwrap();
    assert_eq!(world.state(job), JobState::Queued, "nobody else is there");
    assert_eq!(world.pool(&provider.owner).bonded.u128(), STAKE, "declining is free");
    world.cancel(&buyer, job).unwrap();
    assert_eq!(world.job(job).fail_reason, Some(FailReason::Cancelled));
    world.check();
}

#[test]
fn a_running_job_cannot_be_cancelled_nor_a_final_one_touched() {
    let mut world = World::new();
    let provider = world.provider("turbine", 400_000);
    let buyer = world.buyer("ada", 5_000_000);
    let job = world.post(&buyer, world.job_spec());
    world.start(&provider, job).unwrap();
    assert_eq!(code(&world.cancel(&buyer, job).unwrap_err()), "mkt.job_not_open");
    world.submit(&provider, job).unwrap();
    world.accept(&buyer, job).unwrap();
    for error in [
        world.accept(&buyer, job),
        world.cancel(&buyer, job),
        world.start(&provider, job),
        world.timeout(job),
    ] {
        assert!(error.is_err());
    }
    assert_eq!(world.earned(&provider).u128(), 368_000);
    world.check();
}

#[test]
fn nobody_is_matched_with_himself() {
    let mut world = World::new();
    let provider = world.provider("turbine", 400_000);
    let own = joule_testing::Buyer {
        address: provider.payout.clone(),
    };
    world.give(&own.address, 5_000_000, USDC);
    world.deposit(&own.address, 5_000_000, USDC).unwrap();
    let job = world.post(&own, world.job_spec());
    assert_eq!(world.state(job), JobState::Queued);
}

#[test]
fn a_deposit_in_the_same_message_pays_for_the_job() {
    let mut world = World::new();
    world.provider("turbine", 400_000);
    let buyer = world.account("eve");
    world.give(&buyer, 1_010_000, USDC);
    let market = world.peers.marketplace.clone();
    let msg = joule_types::marketplace::ExecuteMsg::PostJob {
        spec: Box::new(world.job_spec()),
        hints: vec![],
    };
    let coins = cosmwasm_std::coins(1_009_999, USDC);
    assert_eq!(
        code(&world.send(&buyer, &market, &msg, &coins).unwrap_err()),
        "esc.insufficient_balance"
    );
    assert_eq!(
        world.coins_of(&buyer, USDC).u128(),
        1_010_000,
        "a refused post moves nothing"
    );
    world
        .send(&buyer, &market, &msg, &cosmwasm_std::coins(1_010_000, USDC))
        .unwrap();
    world.check();
}
