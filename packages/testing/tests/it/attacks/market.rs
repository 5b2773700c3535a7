//! Jobs, offers, proofs.

use cosmwasm_std::{HexBinary, Uint128, Uint64};
use cw20::Denom;
use joule_rollout::ONE_JOULE;
use joule_testing::{code, Buyer, World, STAKE, USDC};
use joule_types::{
    escrow,
    marketplace::{ExecuteMsg, Object, ParamsUpdate},
    registry::{self, NodeState},
    staking::IncidentKind,
    work::{fees::FeeTerms, job::JobState, ticket},
    JobId, NodeId, OfferId,
};

fn usdc() -> Denom {
    Denom::Native(USDC.into())
}

/// One bad item in a list is passed over by whoever reads for everybody: the others still get their turn.
#[test]
fn v04_an_unknown_offer_does_not_stop_a_refresh_or_a_match() {
    let mut world = World::new();
    let provider = world.provider("turbine", 400_000);
    let keeper = world.account("keeper");
    let offers = vec![OfferId(999), provider.offer];
    world
        .market(&keeper, &ExecuteMsg::Refresh { offers: offers.clone() })
        .unwrap();
    let buyer = world.buyer("ada", 5_000_000);
    let spec = world.job_spec();
    let job = world.try_post(&buyer, spec, offers).unwrap();
    assert_eq!(world.state(job), JobState::Assigned);
}

/// What is over stays over: the second payment, cancellation or decision finds a final state.
#[test]
fn v14_nothing_final_happens_twice() {
    let mut world = World::new();
    let provider = world.provider("turbine", 400_000);
    let buyer = world.buyer("ada", 5_000_000);
    let job = world.post(&buyer, world.job_spec());
    world.deliver(&provider, job);
    world.dispute(&buyer.address, job).unwrap();
    world.resolve(job, 2_500).unwrap();
    let settled = world.digest();
    for answer in [
        world.resolve(job, 10_000),
        world.accept(&buyer, job),
        world.dispute(&buyer.address, job),
        world.cancel(&buyer, job),
        world.timeout(job),
        world.submit(&provider, job),
    ] {
        assert!(code(&answer.unwrap_err()).starts_with("mkt."));
    }
    assert_eq!(world.digest(), settled);
    // Nor does the hold pay again past the marketplace.
    world.pass(400 * 24 * 3_600);
    let (eve, to) = (world.account("eve"), world.peers.escrow.clone());
    let reclaim = escrow::ExecuteMsg::Reclaim {
        hold: world.job(job).hold,
    };
    assert_eq!(
        code(&world.send(&eve, &to, &reclaim, &[]).unwrap_err()),
        "esc.already_claimed"
    );
}

/// The same id twice in a list counts once or is refused; it never counts twice.
#[test]
fn v23_duplicates_count_once() {
    let mut world = World::new();
    let provider = world.provider("turbine", 400_000);
    let operator = provider.operator.clone();
    let beat = registry::ExecuteMsg::Beat {
        nodes: vec![provider.node, provider.node],
    };
    assert_eq!(
        code(&world.registry(&operator, &beat).unwrap_err()),
        "reg.duplicate_node"
    );
    let buyer = world.buyer("ada", 5_000_000);
    let spec = world.job_spec();
    let hints = vec![provider.offer; 8];
    match world.try_post(&buyer, spec, hints) {
        Ok(job) => assert_eq!((world.job(job).attempts, world.node(provider.node).load), (1, 1)),
        Err(error) => assert_eq!(code(&error), "mkt.invalid_list"),
    }
    world.check();
}

/// A deal keeps the terms of its day, also when its denomination is taken off every list in the middle of it.
#[test]
fn v25_a_deal_keeps_its_terms_and_its_denomination() {
    let mut world = World::new();
    let provider = world.provider("turbine", 400_000);
    let buyer = world.buyer("ada", 5_000_000);
    let job = world.post(&buyer, world.job_spec());
    world.deliver(&provider, job);
    let (dao, peers) = (world.peers.dao.clone(), world.peers.clone());
    let fees = FeeTerms {
        fee_bps: 2_000,
        ..FeeTerms::DEFAULT
    };
    let arbiter = world.account("eve").to_string();
    let update = ParamsUpdate {
        fees: Some(fees),
        arbiter: Some(arbiter),
        dispute_bps: Some(1_000),
        arbiter_secs: Some(1),
        ..Default::default()
    };
    world
        .market(
            &dao,
            &ExecuteMsg::UpdateParams {
                update: Box::new(update),
            },
        )
        .unwrap();
    let update = escrow::ParamsUpdate {
        denoms: Some(vec![world.joule()]),
    };
    world
        .send(&dao, &peers.escrow, &escrow::ExecuteMsg::UpdateParams { update }, &[])
        .unwrap();
    world.dispute(&buyer.address, job).unwrap();
    world.pass(30);
    world.resolve(job, 10_000).unwrap();
    assert_eq!(
        world.earned(&provider).u128(),
        368_000,
        "8 %, by the arbiter of the day"
    );
    assert_eq!(
        world.balance(&world.arbiter.clone(), usdc()).total().u128(),
        8_000,
        "2 % of the quote"
    );
    world.withdraw(&buyer.address, usdc()).unwrap();
    world.check();
}

/// Who sees a slash coming and unbonds is slashed on the way out; the same incident takes nothing twice.
#[test]
fn v29_unbonding_does_not_escape_a_slash() {
    let mut world = World::new();
    let provider = world.provider("turbine", 400_000);
    let buyer = world.buyer("ada", 5_000_000);
    let job = world.post(&buyer, world.job_spec());
    world.start(&provider, job).unwrap();
    let owner = provider.owner.clone();
    // A job longer than the unbonding time would outlive the stake; here it does not.
    world.pass_deadline(job);
    world.unbond(&owner, STAKE).unwrap();
    world.timeout(job).unwrap();
    let pool = world.pool(&owner);
    assert_eq!((pool.bonded.u128(), pool.unbonding.u128()), (0, STAKE - STAKE / 20));
    let (dao, staking) = (world.peers.dao.clone(), world.peers.staking.clone());
    let incident = joule_types::staking::Incident {
        kind: IncidentKind::Misuse,
        id: 1,
        attempt: 0,
    };
    let slash = joule_types::staking::ExecuteMsg::Slash {
        incident,
        pool: owner.to_string(),
        fraction_bps: 5_000,
        repay: vec![],
    };
    for _ in 0..2 {
        world.send(&dao, &staking, &slash, &[]).unwrap();
    }
    assert_eq!(world.pool(&owner).unbonding.u128(), (STAKE - STAKE / 20) / 2);
    world.pass(300);
    world.claim(&owner).unwrap();
    assert_eq!(code(&world.claim(&owner).unwrap_err()), "stk.nothing_to_claim");
    world.check();
}

/// The deadline is the last second that counts, for both sides: no second belongs to both and none to neither.
#[test]
fn v35_every_second_around_a_deadline() {
    for (off, in_time) in [(-1i64, true), (0, true), (1, false), (12 * 3_600, false)] {
        let mut world = World::new();
        let provider = world.provider("turbine", 400_000);
        let buyer = world.buyer("ada", 5_000_000);
        let job = world.post(&buyer, world.job_spec());
        world.start(&provider, job).unwrap();
        let deadline = world.job(job).next_deadline_at.unwrap();
        world.pass(deadline.saturating_add_signed(off) - world.now());
        let start = world.snapshot();
        let submitted = world.submit(&provider, job);
        assert_eq!(submitted.is_ok(), in_time, "{off}");
        world.restore(&start);
        let timed_out = world.timeout(job);
        assert_eq!(timed_out.is_ok(), !in_time, "{off}");
        let refusal = if in_time { timed_out } else { submitted };
        let wanted = if in_time { "mkt.too_early" } else { "mkt.too_late" };
        assert_eq!(code(&refusal.unwrap_err()), wanted);
    }
}

/// A commitment is worth nothing to who copies it: the tickets of each node have a seed of their own.
#[test]
fn v36_a_copied_commitment_is_a_forgery() {
    let mut world = World::with(|plan| plan.registry.window_k = 64);
    let honest = world.provider("honest", 400_000);
    let thief = world.provider("thief", 400_000);
    let window = world.open_window().unwrap();
    let seed: [u8; 32] = window.seed.as_slice().try_into().unwrap();
    let ids = world.commit(&honest, &window, 5_000).unwrap();
    let seed = ticket::node_seed(&seed, honest.node.u64(), 0, honest.operator.as_str());
    let claim = ticket::select_k(&seed, 0..5_000, 64).unwrap().unwrap().commitment();
    let copy = registry::ExecuteMsg::CommitWindow {
        window: window.window,
        node: thief.node,
        bound: Uint64::new(claim.bound),
        list_hash: claim.digest.into(),
    };
    let operator = thief.operator.clone();
    world.registry(&operator, &copy).unwrap();
    world.pass(window.closes_at + 1 - world.now());
    world.reveal(&honest, window.window, ids.clone()).unwrap();
    world.reveal(&thief, window.window, ids).unwrap();
    assert_eq!(world.node(honest.node).state, NodeState::Active);
    assert_eq!(world.node(thief.node).state, NodeState::Slashed);
    assert_eq!(world.pool(&thief.owner).bonded.u128(), STAKE - STAKE * 3 / 10);
}

/// Numbers above 2^53 travel as text: what a browser reads is what was stored.
#[test]
fn v38_large_numbers_are_texts() {
    let mut world = World::new();
    let large = (1u128 << 53) + 1;
    let buyer = world.buyer("ada", large);
    let balance = world.balance(&buyer.address, usdc());
    assert_eq!(balance.total().u128(), large);
    let json = serde_json::to_string(&balance).unwrap();
    assert!(json.contains("\"9007199254740993\""), "{json}");
    let job = serde_json::to_string(&JobId((1 << 53) + 1)).unwrap();
    assert_eq!(job, "\"9007199254740993\"");
}

/// Every text has a longest length, so that nobody stores at others' expense or builds a message nobody can read.
#[test]
fn v39_long_texts_are_refused() {
    let mut world = World::new();
    let provider = world.provider("turbine", 400_000);
    let buyer = world.buyer("ada", 5_000_000);
    let long = "x".repeat(100_000);
    let object = |url: &str| Object {
        sha256: HexBinary::from([1; 32]),
        size: Uint64::one(),
        url: url.into(),
    };
    let mut specs = vec![world.job_spec(), world.job_spec(), world.job_spec(), world.job_spec()];
    specs[0].runtime.clone_from(&long);
    specs[1].bundle = object(&long);
    specs[2].input = object(&long);
    specs[3].requirements.region = Some(long.clone());
    for spec in specs {
        assert_eq!(
            code(&world.try_post(&buyer, spec, vec![]).unwrap_err()),
            "mkt.invalid_job"
        );
    }
    let spec = world.job_spec();
    assert_eq!(
        code(&world.try_post(&buyer, spec, vec![OfferId(1); 9]).unwrap_err()),
        "mkt.invalid_list"
    );
    let job = world.post(&buyer, world.job_spec());
    let operator = provider.operator.clone();
    let decline = ExecuteMsg::Decline {
        job,
        attempt: 1,
        reason: long.clone(),
    };
    assert_eq!(
        code(&world.market(&operator, &decline).unwrap_err()),
        "mkt.text_too_long"
    );
    let mut node = world.cpu_spec();
    node.hardware.model = long.clone();
    assert_eq!(code(&world.add_node(&provider, node).unwrap_err()), "reg.invalid_node");
    let mut node = world.cpu_spec();
    node.endpoint = Some(format!("https://{long}"));
    assert_eq!(code(&world.add_node(&provider, node).unwrap_err()), "reg.invalid_node");
    let beat = registry::ExecuteMsg::Beat {
        nodes: (0..65).map(NodeId).collect(),
    };
    assert_eq!(code(&world.registry(&operator, &beat).unwrap_err()), "reg.too_many");
    // Nested input is an error of the parser, not a crash.
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let market = world.peers.marketplace.clone();
    let msg = cosmwasm_std::WasmMsg::Execute {
        contract_addr: market.into(),
        msg: deep.into_bytes().into(),
        funds: vec![],
    };
    assert!(world.send_all(&operator, vec![msg.into()]).is_err());
}

/// Buyer, provider, payout, referrer and arbiter of one deal are different accounts.
#[test]
fn v44_nobody_deals_with_himself() {
    let mut world = World::new();
    let provider = world.provider("turbine", 400_000);
    for who in [&provider.owner, &provider.operator, &provider.payout] {
        let own = Buyer { address: who.clone() };
        world.give(who, 5_000_000, USDC);
        world.deposit(who, 5_000_000, USDC).unwrap();
        let spec = world.job_spec();
        let job = world.try_post(&own, spec, vec![provider.offer]).unwrap();
        assert_eq!(world.state(job), JobState::Queued);
        assert_eq!(code(&world.assign(job).unwrap_err()), "mkt.insufficient_compute");
    }
    let arbiter = world.arbiter.clone();
    world.give(&arbiter, 5_000_000, USDC);
    world.deposit(&arbiter, 5_000_000, USDC).unwrap();
    let spec = world.job_spec();
    assert_eq!(
        code(&world.try_post(&Buyer { address: arbiter }, spec, vec![]).unwrap_err()),
        "mkt.invalid_job"
    );
}

/// Reputation cannot be farmed with cheap jobs: below the least quote none, above it once a buyer, provider and day; and each job pays its
/// fee.
#[test]
fn v46_cheap_jobs_buy_no_reputation() {
    let mut world = World::new();
    let provider = world.provider("turbine", 400_000);
    let buyer = world.buyer("ada", 50_000_000);
    let standing = |world: &World| world.provider_record(&provider).standing.reputation;
    let run = |world: &mut World, secs: u64| {
        world.beat(&provider, &[provider.node]).unwrap();
        let mut spec = world.job_spec();
        (spec.requirements.max_secs, spec.estimated_secs) = (secs, 1);
        let job = world.post(&buyer, spec);
        world.deliver(&provider, job);
        world.accept(&buyer, job).unwrap();
    };
    // 60 s of 400,000 an hour are 6,667: less than the least quote of 10,000.
    for _ in 0..5 {
        run(&mut world, 60);
    }
    assert_eq!(standing(&world), 100_000);
    for _ in 0..5 {
        run(&mut world, 3_600);
    }
    assert_eq!(standing(&world), 110_000, "once a day");
    // A bad mark needs a dispute, whose bond the buyer loses if the arbiter does not agree.
    world.beat(&provider, &[provider.node]).unwrap();
    let job = world.post(&buyer, world.job_spec());
    world.deliver(&provider, job);
    world.dispute(&buyer.address, job).unwrap();
    world.resolve(job, 10_000).unwrap();
    assert_eq!(standing(&world), 110_000);
    assert_eq!(
        world.balance(&world.arbiter.clone(), usdc()).total(),
        Uint128::new(8_000)
    );
    assert_eq!(world.pool(&provider.owner).bonded.u128(), 10_000 * ONE_JOULE);
}
