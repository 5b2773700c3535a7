//! `Rank`, `ExplainMatch`, `Jobs`, `Estimate`, `Stats`.

use super::support::*;
use cosmwasm_std::Uint128;
use joule_types::{marketplace::*, registry::NodeState, JobId, OfferId, Page, ProviderId};
use joule_work::price::PriceUnit;

fn rank(market: &Market, requirements: Requirements, hints: &[u64]) -> RankResponse {
    market.query(QueryMsg::Rank {
        requirements,
        buyer: Some(a("buyer").into()),
        limit: None,
        hints: hints.iter().map(|id| OfferId(*id)).collect(),
    })
}

fn ids(answer: &RankResponse) -> Vec<u64> {
    answer.offers.iter().map(|offer| offer.offer.u64()).collect()
}

#[test]
fn a_ranking_shows_every_part_of_a_score() {
    let mut market = Market::with_offers(1);
    let mut near = wish();
    near.region = Some("us".into());
    let answer = rank(&market, near.clone(), &[]);
    assert!(answer.exhaustive && answer.certain);
    let offer = &answer.offers[0];
    assert_eq!(offer.quote.u128(), 3_600_000);
    let score = &offer.score;
    assert_eq!(
        (score.price, score.reputation, score.uptime, score.power),
        (2_000, 416, 1_485, 500)
    );
    assert_eq!(
        (score.latency, score.effective),
        (1_000, 2_000 + 416 + 1_485 + 500 + 1_000)
    );
    // The match uses the same figure.
    let mut job = spec();
    job.requirements = near;
    let job = market.post(job);
    assert_eq!(market.job(job).attempt.unwrap().score, 5_401);
}

#[test]
fn the_first_of_a_ranking_is_what_a_match_takes() {
    let mut market = Market::new();
    for id in 1..=9 {
        let mut candidate = node(id);
        candidate.standing.reputation = u32::try_from(id * id * 50_000 % 700_000).unwrap();
        candidate.region = u8::try_from(id % 3).unwrap();
        let mut offer = terms(id);
        offer.price = Uint128::new(3_000_000 + u128::from(id * 7 % 5) * 100_000);
        market.add_offer(candidate, offer);
    }
    market.nodes.get_mut(&4).unwrap().state = NodeState::Inactive;
    let mut request = spec();
    request.requirements.region = Some("eu".into());
    for _ in 0..8 {
        let first = rank(&market, request.requirements.clone(), &[]).offers[0].clone();
        assert!(first.unmet.is_empty());
        let job = market.post(request.clone());
        let attempt = market.job(job).attempt.unwrap();
        assert_eq!((attempt.offer, attempt.score), (first.offer, first.score.effective));
    }
    let rest = rank(&market, request.requirements, &[]);
    assert_eq!(ids(&rest), [4]);
    assert_eq!(rest.offers[0].unmet, [Unmet::Offline]);
}

#[test]
fn linked_offers_are_marked_for_who_asks() {
    let mut market = Market::with_offers(2);
    market.nodes.get_mut(&1).unwrap().payout = a("buyer");
    let answer = rank(&market, wish(), &[]);
    assert_eq!(ids(&answer), [2, 1], "eligible ones first");
    assert_eq!(answer.offers[1].unmet, [Unmet::Linked]);
    let nobody: RankResponse = market.query(QueryMsg::Rank {
        requirements: wish(),
        buyer: None,
        limit: Some(1),
        hints: vec![],
    });
    assert_eq!(ids(&nobody), [1]);
    assert!(nobody.certain && !nobody.exhaustive, "an equal one is left");
}

#[test]
fn an_explanation_covers_other_regions_bands_and_full_nodes() {
    let mut market = Market::with_offers(3);
    market.post(spec());
    market.nodes.get_mut(&2).unwrap().state = NodeState::Inactive;
    let mut far = wish();
    (far.region, far.only_region, far.min_units) = (Some("eu".into()), true, 100);
    let answer: RankResponse = market.query(QueryMsg::ExplainMatch {
        requirements: far,
        buyer: None,
        limit: Some(30),
    });
    assert_eq!(ids(&answer).len(), 3);
    for offer in &answer.offers {
        let mut wanted = vec![Unmet::Units, Unmet::Region];
        wanted.extend((offer.offer == OfferId(2)).then_some(Unmet::Offline));
        wanted.extend((offer.offer == OfferId(1)).then_some(Unmet::Busy));
        assert_eq!(offer.unmet, wanted);
    }
}

/// An offer that the caller names is shown with its reasons, whatever they are.
#[test]
fn hints_are_explained() {
    let mut market = Market::with_offers(2);
    let mut other = terms(1);
    other.denom = joule();
    market.exec("owner1", ExecuteMsg::CreateOffer { terms: other }).unwrap();
    let mut gpu = node(4);
    gpu.kind = joule_work::kind::ResourceKind::Gpu;
    market.add_offer(gpu, terms(4));
    market
        .exec("owner2", ExecuteMsg::CloseOffer { offer: OfferId(2) })
        .unwrap();
    let answer = rank(&market, wish(), &[2, 3, 4, 99]);
    assert_eq!(
        ids(&answer),
        [1, 3, 4, 2],
        "eligible first, then by score; unknown ones are left out"
    );
    let reasons: Vec<_> = answer.offers.iter().map(|offer| offer.unmet.clone()).collect();
    assert_eq!(reasons[0], []);
    assert_eq!(reasons[1], [Unmet::Denom]);
    assert_eq!(reasons[2], [Unmet::Kind]);
    assert_eq!(reasons[3], [Unmet::OfferClosed]);
}

#[test]
fn a_request_that_cannot_be_is_refused() {
    let market = Market::with_offers(1);
    let ask = |change: fn(&mut Requirements)| {
        let mut requirements = wish();
        change(&mut requirements);
        code(market.try_query(QueryMsg::ExplainMatch {
            requirements,
            buyer: None,
            limit: None,
        }))
    };
    assert_eq!(ask(|wish| wish.units = 0), "mkt.invalid_job");
    assert_eq!(
        ask(|wish| wish.denom = cw20::Denom::Native("uatom".into())),
        "mkt.denom_not_listed"
    );
    let requirements = wish();
    let buyer = Some("NOBODY".into());
    let answer = market.try_query(QueryMsg::Rank {
        requirements,
        buyer,
        limit: None,
        hints: vec![],
    });
    assert_eq!(code(answer), "kit.invalid_address");
}

#[test]
fn jobs_by_filter_and_page() {
    let mut market = Market::with_offers(2);
    for buyer in ["buyer", "other", "buyer", "buyer", "other"] {
        market.exec(buyer, post_msg(spec())).unwrap();
    }
    market.exec("buyer", ExecuteMsg::Cancel { job: JobId(4) }).unwrap();
    let walk = |filter: JobFilter| {
        let (mut seen, mut start_after) = (vec![], None);
        loop {
            let page: Page<JobResponse, JobId> = market.query(QueryMsg::Jobs {
                filter: filter.clone(),
                start_after,
                limit: Some(2),
            });
            seen.extend(page.items.iter().map(|item| item.job.u64()));
            start_after = page.next;
            if start_after.is_none() {
                return seen;
            }
        }
    };
    assert_eq!(walk(JobFilter::All {}), [1, 2, 3, 4, 5]);
    assert_eq!(
        walk(JobFilter::Buyer {
            buyer: a("buyer").into()
        }),
        [1, 3, 4]
    );
    assert_eq!(walk(JobFilter::Queued {}), [3, 5]);
    assert_eq!(walk(JobFilter::Open {}), [1, 2, 3, 5]);
    assert_eq!(
        walk(JobFilter::Provider {
            provider: ProviderId(2)
        }),
        [2]
    );
    assert_eq!(
        walk(JobFilter::Provider {
            provider: ProviderId(9)
        }),
        [0u64; 0]
    );
    let filter = JobFilter::Buyer { buyer: "Nobody".into() };
    let answer = market.try_query(QueryMsg::Jobs {
        filter,
        start_after: None,
        limit: None,
    });
    assert_eq!(code(answer), "kit.invalid_address");
    let page: Page<JobResponse, JobId> = market.query(QueryMsg::Jobs {
        filter: JobFilter::All {},
        start_after: None,
        limit: Some(500),
    });
    assert_eq!((page.items.len(), page.next), (5, None));
}

/// The row of the earnings table: 730 hours at 0.60 with 80 %: 350.40 = 322.368 + 28.032.
#[test]
fn an_estimate_is_the_shared_formula() {
    let market = Market::new();
    let estimate = |price: u128, unit, units: u128, utilisation_bps| {
        market.query::<EstimateResponse>(QueryMsg::Estimate {
            price: price.into(),
            unit,
            units: units.into(),
            utilisation_bps,
        })
    };
    let month = estimate(600_000, PriceUnit::Hour, 730, 8_000);
    assert_eq!(
        (month.gross.u128(), month.net.u128(), month.fee.u128()),
        (350_400_000, 322_368_000, 28_032_000)
    );
    assert_eq!((month.staking.u128(), month.bonuses.u128()), (0, 0));
    assert_eq!(estimate(5, PriceUnit::DataPoint, 1_000, 5_000).gross.u128(), 2_500);
    assert_eq!(estimate(60, PriceUnit::Minute, 10, 10_000).gross.u128(), 600);
    let ask = |units: Uint128, utilisation_bps| {
        let (price, unit) = (Uint128::one(), PriceUnit::Hour);
        code(market.try_query(QueryMsg::Estimate {
            price,
            unit,
            units,
            utilisation_bps,
        }))
    };
    assert_eq!(ask(Uint128::one(), 10_001), "work.bps_out_of_range");
    assert_eq!(ask(Uint128::MAX, 1), "mkt.sum_too_large");
}

#[test]
fn the_reference_price_moves_by_a_sixteenth() {
    let mut market = Market::with_offers(1);
    for price in [3_600_000u128, 5_200_000 - 400_000] {
        let mut offer = terms(1);
        offer.price = price.into();
        market
            .exec(
                "owner1",
                ExecuteMsg::UpdateOffer {
                    offer: OfferId(1),
                    terms: offer,
                },
            )
            .unwrap();
        let job = market.post(spec());
        market.deliver_result(job);
        market.exec("buyer", ExecuteMsg::Accept { job }).unwrap();
    }
    let stats: StatsResponse = market.query(QueryMsg::Stats { denom: usdc() });
    assert_eq!(stats.reference_price.unwrap().u128(), 3_600_000 + 1_200_000 / 16);
    assert_eq!(
        (stats.paid_jobs, stats.mean_earned.u128()),
        (2, (3_312_000 + 4_416_000) / 2)
    );
}

/// A validator sees the seats that may have to vote, by job, and none of rungs that are over.
#[test]
fn seats_of_a_validator_are_paged_by_job() {
    let mut market = Market::with_offers(6);
    market.add_validators(12);
    // Drawn every time, whatever the round.
    market.enrol(&a("heavy"), &a("hot"), LEAST_STAKE * 1_000_000);
    let mut jobs = Vec::new();
    for _ in 0..3 {
        let job = market.post(judged_spec());
        market.deliver_run(job, &run(1));
        market.sit(job);
        jobs.push(job);
    }
    let page = |market: &Market, start_after, limit| -> Page<OpenSeat, JobId> {
        market.query(QueryMsg::SeatsOf {
            owner: a("heavy").into(),
            start_after,
            limit,
        })
    };
    let first = page(&market, None, Some(2));
    assert_eq!(first.items.iter().map(|seat| seat.job).collect::<Vec<_>>(), jobs[..2]);
    assert_eq!(first.next, Some(jobs[1]));
    let rest = page(&market, first.next, Some(2));
    assert_eq!((rest.items.len(), rest.items[0].job, rest.next), (1, jobs[2], None));
    for open in page(&market, None, None).items {
        let seat = &market.seats(open.job)[usize::from(open.seat)];
        assert_eq!((seat.owner.clone(), open.attempt, open.rung), (a("heavy"), 1, 0));
    }
    let operator: Page<OpenSeat, JobId> = market.query(QueryMsg::SeatsOf {
        owner: a("hot").into(),
        start_after: None,
        limit: None,
    });
    assert!(operator.items.is_empty(), "listed under the owner");

    // Nobody votes: the rung is over, and its seats with it.
    market.pass(jobs[0]);
    market.pass(jobs[0]);
    assert_eq!(market.panel(jobs[0]).rung, 1);
    assert_eq!(page(&market, None, None).items.len(), 2);
}
