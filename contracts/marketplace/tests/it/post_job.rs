use super::support::*;
use cosmwasm_std::{coin, HexBinary, Uint128};
use joule_types::{marketplace::*, registry::NodeState, JobId, OfferId};
use joule_work::{
    job::JobState,
    kind::{Class, ResourceKind},
    trust::TrustLevel,
};

#[test]
fn a_job_that_fits_an_offer_is_assigned_at_once() {
    let mut market = Market::with_offers(2);
    market.nodes.get_mut(&2).unwrap().standing.reputation = 900_000;
    market
        .exec(
            "x",
            ExecuteMsg::Refresh {
                offers: vec![OfferId(2)],
            },
        )
        .unwrap();
    market.told = Default::default();
    market.queries.set(0);
    let response = market.exec("buyer", post_msg(spec())).unwrap();
    assert_eq!(market.queries.get(), 1, "one query for all candidates");
    let assigned: JobAssigned = event(&response);
    assert_eq!(
        (assigned.offer, assigned.attempt, assigned.quote.u128()),
        (OfferId(2), 1, 3_600_000)
    );
    assert!(assigned.exhaustive);

    let job = market.job(JobId(1));
    assert_eq!((job.state, job.version, job.attempts), (JobState::Assigned, 2, 1));
    assert_eq!(job.next_deadline_at, Some(START + 300));
    assert_eq!(job.attempt.as_ref().unwrap().operator, a("operator2"));
    assert_eq!(job.terms.fees.discount_bps, 0, "the discount is for JOULE");
    let hold = &market.told.holds[&job.hold.u64()];
    assert_eq!(
        (hold.payer.as_str(), hold.amount.amount.u128()),
        (a("buyer").as_str(), 5_000_100)
    );
    assert_eq!(hold.terms.tips.u128(), 100);
    // Past the last deadline that three attempts, the window and the arbiter can have.
    assert!(hold.terms.reclaim_at > START + 86_400 + 3 * (300 + 3_600) + 86_400 + 3 * 86_400);
    assert_eq!(market.told.outcomes, [(2, 1, None)]);
    // The hold opens before the registry hears of the load.
    assert_eq!(response.messages.len(), 2);
}

#[test]
fn coins_attached_go_to_the_hold() {
    let mut market = Market::with_offers(1);
    market
        .exec_as(&a("buyer"), &[uusdc(5_000_100)], post_msg(spec()))
        .unwrap();
    let hold = market
        .told
        .holds
        .values()
        .find(|hold| hold.payer == a("buyer").as_str())
        .unwrap();
    assert_eq!(hold.funds, [uusdc(5_000_100)]);
    for funds in [vec![coin(1, "uatom")], vec![uusdc(1), coin(1, "uatom")]] {
        let answer = market.exec_as(&a("buyer"), &funds, post_msg(spec()));
        assert_eq!(
            code(answer),
            if funds.len() == 1 {
                "mkt.wrong_funds"
            } else {
                "kit.one_coin"
            }
        );
    }
    let mut paid_in_joule = spec();
    paid_in_joule.requirements.denom = joule();
    let answer = market.exec_as(&a("buyer"), &[uusdc(1)], post_msg(paid_in_joule));
    assert_eq!(code(answer), "mkt.wrong_funds");
}

#[test]
fn deals_in_joule_have_the_discount() {
    let mut market = Market::new();
    let mut terms = terms(1);
    terms.denom = joule();
    market.add_offer(node(1), terms);
    let mut spec = spec();
    spec.requirements.denom = joule();
    let job = market.post(spec);
    assert_eq!(market.job(job).terms.fees.discount_bps, 1_000);
    assert_eq!(market.job(job).state, JobState::Assigned);
}

/// Each requirement alone keeps the job in the queue, and the reason is said; `ExplainMatch` names the requirement.
#[test]
fn every_requirement_excludes() {
    type Change = fn(&mut JobSpec, &mut joule_types::registry::Candidate, &mut OfferTerms);
    let cases: Vec<(Unmet, &str, Change)> = vec![
        (Unmet::Budget, "budget", |spec, _, _| {
            spec.requirements.budget = Uint128::new(3_599_999)
        }),
        (Unmet::Duration, "no_offer", |_, _, terms| {
            terms.min_secs = 3_600 - 1 + 1
        }),
        (Unmet::Memory, "no_offer", |spec, _, _| {
            spec.requirements.min_memory_mb = 16_385
        }),
        (Unmet::Units, "no_offer", |spec, _, _| spec.requirements.min_units = 9),
        (Unmet::Tier, "no_offer", |spec, _, _| {
            spec.requirements.min_tier = Some(joule_work::kind::Tier::Consumer)
        }),
        (Unmet::HashRate, "no_offer", |spec, _, _| {
            spec.requirements.min_hash_rate = 1_000_001
        }),
        (Unmet::Reputation, "no_offer", |spec, _, _| {
            spec.requirements.min_reputation = 100_001
        }),
        (Unmet::Trust, "no_offer", |spec, _, _| {
            spec.requirements.min_trust = TrustLevel::Trusted
        }),
        (Unmet::Uptime, "no_offer", |spec, _, _| {
            spec.requirements.min_uptime_bps = 9_901
        }),
        (Unmet::Region, "no_offer", |spec, _, _| {
            spec.requirements.region = Some("eu".into());
            spec.requirements.only_region = true;
        }),
        (Unmet::Class, "no_offer", |_, node, _| node.class = Class::Dedicated),
        (Unmet::DealCap, "no_offer", |spec, node, terms| {
            node.standing.trust = TrustLevel::Basic;
            terms.price = Uint128::new(10_000_001);
            spec.requirements.budget = Uint128::new(20_000_000);
        }),
        (Unmet::Trust, "no_offer", |spec, _, _| {
            spec.requirements.enterprise = true
        }),
        (Unmet::Offline, "no_offer", |_, node, _| {
            node.state = NodeState::Inactive
        }),
        (Unmet::Offline, "no_offer", |_, node, _| node.available = false),
        (Unmet::Linked, "no_offer", |_, node, _| node.owner = a("buyer")),
        (Unmet::Linked, "no_offer", |_, node, _| node.operator = a("buyer")),
        (Unmet::Linked, "no_offer", |_, node, _| node.payout = a("buyer")),
        (Unmet::Linked, "no_offer", |_, node, _| node.referrer = Some(a("buyer"))),
        (Unmet::Linked, "no_offer", |_, node, _| node.payout = a("arbiter")),
    ];
    for (unmet, reason, change) in cases {
        let mut market = Market::new();
        let (mut spec, mut candidate, mut terms) = (spec(), node(1), terms(1));
        change(&mut spec, &mut candidate, &mut terms);
        if unmet == Unmet::Duration {
            spec.requirements.max_secs = 3_599;
        }
        market.add_offer(candidate, terms);
        let response = market.exec("buyer", post_msg(spec.clone())).unwrap();
        assert_eq!(event::<JobQueued>(&response).reason, reason, "{unmet:?}");
        let job = market.job(JobId(1));
        assert_eq!(
            (job.state, job.next_deadline_at),
            (JobState::Queued, Some(spec.deadline_at))
        );

        let told: RankResponse = market.query(QueryMsg::ExplainMatch {
            requirements: spec.requirements.clone(),
            buyer: Some(a("buyer").into()),
            limit: None,
        });
        assert_eq!(told.offers[0].unmet, [unmet]);
        // And nothing else stands in the way.
        let ranked: RankResponse = market.query(QueryMsg::Rank {
            requirements: spec.requirements,
            buyer: Some(a("buyer").into()),
            limit: None,
            hints: vec![OfferId(1)],
        });
        assert!(ranked.offers.iter().all(|offer| !offer.unmet.is_empty()));
    }
}

#[test]
fn an_exhaustive_scan_leaves_no_gap() {
    let mut market = Market::with_offers(1);
    let mut strict = spec();
    strict.requirements.max_gap = Some(0);
    let job = market.post(strict);
    assert_eq!(market.job(job).state, JobState::Assigned);
}

#[test]
fn invalid_jobs_are_refused_with_the_field() {
    let cases: Vec<(&str, fn(&mut JobSpec))> = vec![
        ("runtime", |s| s.runtime = String::new()),
        ("runtime", |s| s.runtime = "x".repeat(49)),
        ("runtime", |s| s.runtime = "wasm 1".into()),
        ("bundle", |s| s.bundle.sha256 = HexBinary::from(vec![1; 31])),
        ("input", |s| s.input.url = "x".repeat(257)),
        ("input", |s| s.input.url = String::new()),
        ("steps", |s| s.steps = 0),
        ("steps", |s| s.steps = 65_537),
        ("fuel_per_step", |s| s.fuel_per_step = 0u64.into()),
        ("memory_mb", |s| s.memory_mb = 65_537),
        ("max_output", |s| s.max_output = 0u64.into()),
        ("complexity", |s| s.complexity = 0),
        ("estimated_secs", |s| s.estimated_secs = 3_601),
        ("requirements.max_secs", |s| s.requirements.max_secs = 0),
        ("requirements.max_secs", |s| s.requirements.max_secs = 86_401),
        ("requirements.units", |s| s.requirements.units = 2),
        ("requirements.units", |s| {
            s.requirements.kind = ResourceKind::Iot;
            s.requirements.units = 0;
        }),
        ("requirements.budget", |s| s.requirements.budget = Uint128::zero()),
        ("requirements.min_uptime_bps", |s| {
            s.requirements.min_uptime_bps = 10_001
        }),
        ("requirements.region", |s| s.requirements.region = Some("x".repeat(17))),
        ("region", |s| {
            s.requirements.region = Some("mars".into());
            s.requirements.only_region = true;
        }),
        ("region", |s| s.requirements.only_region = true),
        ("verification_budget", |s| s.verification_budget = Uint128::one()),
        ("deadline_at", |s| s.deadline_at = START),
        ("deadline_at", |s| s.deadline_at = START + 7 * 86_400 + 1),
    ];
    for (field, change) in cases {
        let mut market = Market::with_offers(1);
        let mut spec = spec();
        change(&mut spec);
        let error = market.exec("buyer", post_msg(spec)).unwrap_err().to_string();
        assert!(error.starts_with(&format!("mkt.invalid_job: {field} is ")), "{error}");
    }
    let mut market = Market::with_offers(1);
    let mut much = spec();
    much.crank_deposit = Uint128::MAX;
    assert_eq!(code(market.exec("buyer", post_msg(much))), "mkt.sum_too_large");
    let mut other = spec();
    other.requirements.denom = cw20::Denom::Native("uatom".into());
    assert_eq!(code(market.exec("buyer", post_msg(other))), "mkt.denom_not_listed");
    assert_eq!(code(market.exec("arbiter", post_msg(spec()))), "mkt.invalid_job");
    let hints = |hints: &[u64]| ExecuteMsg::PostJob {
        spec: Box::new(spec()),
        hints: hints.iter().map(|id| OfferId(*id)).collect(),
    };
    assert_eq!(code(market.exec("buyer", hints(&[1, 1]))), "mkt.invalid_list");
    assert_eq!(
        code(market.exec("buyer", hints(&[1, 2, 3, 4, 5, 6, 7, 8, 9]))),
        "mkt.invalid_list"
    );
    assert!(
        market.exec("buyer", hints(&[1, 2, 3, 4, 5, 6, 7, 8])).is_ok(),
        "unknown hints are passed over"
    );
}

#[test]
fn a_region_that_nobody_knows_counts_nothing() {
    let mut market = Market::with_offers(1);
    let mut far = spec();
    far.requirements.region = Some("mars".into());
    let unknown = market.post(far.clone());
    let score = |market: &Market, job| market.job(job).attempt.unwrap().score;
    let without = score(&market, unknown);
    market.exec("buyer", ExecuteMsg::Cancel { job: unknown }).unwrap();
    // The registry's list grows; the marketplace reads it again when a name is missing.
    market.regions.push("mars".into());
    far.requirements.region = Some("us".into());
    let near = market.post(far);
    assert_eq!(score(&market, near), without + 1_000, "10 % of 10000 points");
}

#[test]
fn dedicated_nodes_serve_enterprise_requests_and_win_ties() {
    let mut market = Market::new();
    for (id, class) in [(1, Class::Community), (2, Class::Dedicated)] {
        let mut candidate = node(id);
        candidate.class = class;
        candidate.standing.trust = TrustLevel::Trusted;
        market.add_offer(candidate, terms(id));
    }
    let mut enterprise = spec();
    enterprise.requirements.enterprise = true;
    let job = market.post(enterprise);
    assert_eq!(market.job(job).attempt.unwrap().offer, OfferId(2));
    let plain = market.post(spec());
    assert_eq!(market.job(plain).attempt.unwrap().offer, OfferId(1));
}

#[test]
fn higher_trust_wins_ties_then_the_older_offer() {
    let mut market = Market::new();
    for (id, trust) in [
        (1, TrustLevel::Verified),
        (2, TrustLevel::Trusted),
        (3, TrustLevel::Trusted),
    ] {
        let mut candidate = node(id);
        candidate.standing.trust = trust;
        market.add_offer(candidate, terms(id));
    }
    let order: Vec<OfferId> = (0..3)
        .map(|_| {
            let job = market.post(spec());
            market.job(job).attempt.unwrap().offer
        })
        .collect();
    assert_eq!(order, [2, 3, 1].map(OfferId));
}
