//! `CreateOffer`, `UpdateOffer`, `CloseOffer`.

use super::support::*;
use cosmwasm_std::{Order, Uint128};
use joule_marketplace::state;
use joule_types::{marketplace::*, registry::NodeState, AdminMsg, JobId, NodeId, OfferId, Page, ProviderId};
use joule_work::{
    job::JobState,
    kind::{Class, ResourceKind},
    price::PriceUnit,
};

fn create(terms: OfferTerms) -> ExecuteMsg {
    ExecuteMsg::CreateOffer { terms }
}

fn update(terms: OfferTerms) -> ExecuteMsg {
    ExecuteMsg::UpdateOffer {
        offer: OfferId(1),
        terms,
    }
}

const CLOSE: ExecuteMsg = ExecuteMsg::CloseOffer { offer: OfferId(1) };

#[test]
fn an_offer_opens_with_its_deposit_from_the_owner() {
    let mut market = Market::new();
    market.nodes.insert(1, node(1));
    let response = market.exec("operator1", create(terms(1))).unwrap();
    let opened: OfferOpened = event(&response);
    assert_eq!(
        (opened.offer, opened.node, opened.provider),
        (OfferId(1), NodeId(1), ProviderId(1))
    );
    // 4000 x 1/2 + 2500 x 1/6 + 1500 x 0.99 + 1000 x 1/2 of 10000
    assert_eq!(opened.booked, 2_000 + 416 + 1_485 + 500);
    let offer = market.offer(1);
    assert_eq!(
        (offer.owner, offer.version, offer.booked, offer.open),
        (a("owner1"), 1, opened.booked, true)
    );
    let hold = &market.told.holds[&offer.deposit.u64()];
    assert_eq!(
        (hold.payer.as_str(), hold.amount.amount.u128()),
        (a("owner1").as_str(), 1_000_000)
    );
    assert_eq!(hold.amount.denom, joule());

    market.exec("operator1", CLOSE).unwrap();
    assert!(!market.told.holds[&offer.deposit.u64()].open, "the deposit goes back");
    assert!(!market.offer(1).open);
    assert_eq!(code(market.exec("operator1", CLOSE)), "mkt.offer_not_found");
    assert_eq!(code(market.exec("operator1", update(terms(1)))), "mkt.offer_not_found");
    assert!(
        market.exec("owner1", create(terms(1))).is_ok(),
        "the node can be offered again"
    );
    assert_eq!(market.offer(2).version, 1, "under a new id");
}

#[test]
fn only_the_provider_of_the_node_offers_it() {
    let mut market = Market::with_offers(1);
    market.nodes.insert(2, node(2));
    for sender in ["owner1", "operator1", "payout2", "stranger"] {
        assert_eq!(code(market.exec(sender, create(terms(2)))), "mkt.not_your_node");
    }
    assert_eq!(code(market.exec("owner1", create(terms(9)))), "mkt.not_your_node");
    assert_eq!(code(market.exec("owner2", update(terms(1)))), "mkt.not_your_node");
    assert_eq!(code(market.exec("owner2", CLOSE)), "mkt.not_your_node");
}

#[test]
fn a_node_must_have_passed_its_admission() {
    for state in NodeState::ALL {
        let mut market = Market::new();
        let mut candidate = node(1);
        candidate.state = state;
        market.nodes.insert(1, candidate);
        let answer = market.exec("owner1", create(terms(1)));
        match state {
            NodeState::Pending | NodeState::Rejected | NodeState::Slashed => {
                assert_eq!(code(answer), "mkt.provider_offline");
            }
            _ => assert!(answer.is_ok(), "{state:?}"),
        }
    }
}

#[test]
fn terms_have_bounds() {
    let cases: Vec<(&str, fn(&mut OfferTerms))> = vec![
        ("price", |t| t.price = Uint128::zero()),
        ("unit", |t| t.unit = PriceUnit::Task),
        ("min_secs", |t| t.min_secs = 3_601),
        ("max_secs", |t| t.max_secs = 86_399),
        ("max_secs", |t| t.max_secs = 3_650 * 86_400 + 1),
        ("capacity", |t| t.capacity = 0),
        ("capacity", |t| t.capacity = 17),
        ("sla_bps", |t| t.sla_bps = 10_001),
    ];
    for (field, change) in cases {
        let mut market = Market::with_offers(1);
        let mut changed = terms(1);
        change(&mut changed);
        let wanted = format!("mkt.invalid_offer: {field} is ");
        let error = market.exec("owner1", update(changed.clone())).unwrap_err().to_string();
        assert!(error.starts_with(&wanted), "{error}");
        market.exec("owner1", CLOSE).unwrap();
        let error = market.exec("owner1", create(changed)).unwrap_err().to_string();
        assert!(error.starts_with(&wanted), "{error}");
    }
    let mut market = Market::with_offers(1);
    for change in [
        |t: &mut OfferTerms| t.node = NodeId(2),
        |t: &mut OfferTerms| t.denom = joule(),
    ] {
        let mut changed = terms(1);
        change(&mut changed);
        assert_eq!(code(market.exec("owner1", update(changed))), "mkt.invalid_offer");
    }
    let mut other = terms(1);
    other.denom = cw20::Denom::Native("uatom".into());
    assert_eq!(code(market.exec("owner1", create(other))), "mkt.denom_not_listed");
}

#[test]
fn one_open_offer_a_node_and_denomination_and_a_cap_a_provider() {
    let mut market = Market::with_offers(1);
    assert_eq!(code(market.exec("owner1", create(terms(1)))), "mkt.offer_exists");
    let update = ParamsUpdate {
        max_offers: Some(1),
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
    let mut other = terms(1);
    other.denom = joule();
    assert_eq!(
        code(market.exec("owner1", create(other.clone()))),
        "mkt.too_many_offers"
    );
    market.exec("owner1", CLOSE).unwrap();
    market.exec("owner1", create(other)).unwrap();
}

#[test]
fn new_terms_count_for_the_next_deal_only() {
    let mut market = Market::with_offers(1);
    let job = market.post(spec());
    let mut dear = terms(1);
    dear.price = Uint128::new(4_000_000);
    let response = market.exec("operator1", update(dear)).unwrap();
    let updated: OfferUpdated = event(&response);
    assert_eq!((updated.version, updated.price.u128()), (2, 4_000_000));
    assert_eq!(market.job(job).attempt.unwrap().quote.u128(), 3_600_000);
    market.exec("buyer", ExecuteMsg::Cancel { job }).unwrap();
    let job = market.post(spec());
    assert_eq!(market.job(job).attempt.unwrap().quote.u128(), 4_000_000);
}

/// More capacity brings a full offer back into the scan, less takes it out.
#[test]
fn capacity_may_change_while_the_node_works() {
    let mut market = Market::with_offers(1);
    market.post(spec());
    let mut two = terms(1);
    two.capacity = 2;
    market.exec("owner1", update(two)).unwrap();
    market.exec("owner1", update(terms(1))).unwrap();
    let job = market.post(spec());
    assert_eq!(market.job(job).state, JobState::Queued);
}

#[test]
fn closing_leaves_running_attempts_alone() {
    let mut market = Market::with_offers(1);
    let job = market.post(spec());
    market.exec("owner1", CLOSE).unwrap();
    assert_eq!(market.job(job).state, JobState::Assigned);
    market.deliver_result(job);
    market.exec("buyer", ExecuteMsg::Accept { job }).unwrap();
    assert_eq!(market.job(job).state, JobState::Completed);
    assert_eq!(
        state::NODES.range(&market.storage, &[], None, Order::Ascending).count(),
        0,
        "nothing is left behind"
    );
}

/// The owner can close even when the registry has forgotten the node, and in a pause.
#[test]
fn the_way_out_needs_nobody() {
    let mut market = Market::with_offers(1);
    market.nodes.clear();
    market
        .exec("guardian", ExecuteMsg::Admin(AdminMsg::Pause { secs: 100 }))
        .unwrap();
    market.nodes.insert(2, node(2));
    assert_eq!(code(market.exec("owner2", create(terms(2)))), "kit.paused");
    assert_eq!(code(market.exec("operator1", CLOSE)), "mkt.not_your_node");
    market.exec("owner1", CLOSE).unwrap();
}

#[test]
fn no_deposit_no_hold() {
    let mut market = Market::new();
    let update = ParamsUpdate {
        offer_deposit: Some(Uint128::zero()),
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
    market.add_offer(node(1), terms(1));
    market.exec("owner1", CLOSE).unwrap();
    assert!(market.told.holds.is_empty() && market.told.settled.is_empty());
}

#[test]
fn each_kind_is_sold_by_its_unit() {
    let units = [
        PriceUnit::Hour,
        PriceUnit::Minute,
        PriceUnit::Gigabyte,
        PriceUnit::Task,
        PriceUnit::DataPoint,
    ];
    for kind in ResourceKind::ALL {
        for unit in units {
            let mut market = Market::new();
            let mut candidate = node(1);
            candidate.kind = *kind;
            market.nodes.insert(1, candidate);
            let mut sold = terms(1);
            sold.unit = unit;
            assert_eq!(
                market.exec("owner1", create(sold)).is_ok(),
                kind.sells_by(unit),
                "{kind} by {unit}"
            );
        }
    }
}

#[test]
fn counted_units_are_quoted_by_the_unit() {
    let mut market = Market::new();
    let mut candidate = node(1);
    candidate.kind = ResourceKind::Network;
    let mut by_gb = terms(1);
    by_gb.unit = PriceUnit::Gigabyte;
    by_gb.price = Uint128::new(1_000);
    market.add_offer(candidate, by_gb);
    let mut transfer = spec();
    transfer.requirements.kind = ResourceKind::Network;
    transfer.requirements.units = 70;
    let job = market.post(transfer);
    assert_eq!(market.job(job).attempt.unwrap().quote.u128(), 70_000);
    market.deliver_result(job);
    market.exec("buyer", ExecuteMsg::Accept { job }).unwrap();
    let stats: StatsResponse = market.query(QueryMsg::Stats { denom: usdc() });
    assert_eq!(
        (stats.paid_jobs, stats.reference_price),
        (1, None),
        "no price per hour of what is not sold by time"
    );
}

#[test]
fn lists_follow_and_pages_concatenate() {
    let mut market = Market::with_offers(7);
    let mut other = terms(3);
    other.denom = joule();
    market.exec("owner3", create(other)).unwrap();
    market
        .exec("owner2", ExecuteMsg::CloseOffer { offer: OfferId(2) })
        .unwrap();
    let walk = |provider: Option<u64>| {
        let (mut seen, mut start_after) = (vec![], None);
        loop {
            let page: Page<OfferResponse, OfferId> = market.query(QueryMsg::Offers {
                provider: provider.map(ProviderId),
                start_after,
                limit: Some(3),
            });
            seen.extend(page.items.iter().map(|item| item.offer.u64()));
            start_after = page.next;
            if start_after.is_none() {
                return seen;
            }
        }
    };
    assert_eq!(walk(None), [1, 3, 4, 5, 6, 7, 8]);
    assert_eq!(walk(Some(3)), [3, 8]);
    assert_eq!(walk(Some(2)), [0u64; 0]);
    assert_eq!(
        code(market.try_query(QueryMsg::Offer { offer: OfferId(99) })),
        "mkt.offer_not_found"
    );
    assert_eq!(
        code(market.try_query(QueryMsg::Job { job: JobId(1) })),
        "mkt.job_not_found"
    );
}

#[test]
fn capacity_shares_follow_offers_and_classes() {
    let mut market = Market::new();
    for (id, class) in [
        (1, Class::Dedicated),
        (2, Class::Cloud),
        (3, Class::Cloud),
        (4, Class::Community),
    ] {
        let mut candidate = node(id);
        candidate.class = class;
        market.add_offer(candidate, terms(id));
    }
    let share = |market: &Market| {
        let told: CapacityShareResponse = market.query(QueryMsg::CapacityShare {});
        told.classes
            .iter()
            .map(|class| (class.offers, class.share_bps, class.plan_bps, class.sold_secs))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        share(&market),
        [(1, 2_500, 2_000, 0), (2, 5_000, 3_000, 0), (1, 2_500, 5_000, 0)]
    );
    // The dao moves a provider to another class; the count follows with the next booking.
    market.nodes.get_mut(&4).unwrap().class = Class::Cloud;
    market
        .exec(
            "x",
            ExecuteMsg::Refresh {
                offers: vec![OfferId(4)],
            },
        )
        .unwrap();
    market.exec("owner1", CLOSE).unwrap();
    assert_eq!(
        share(&market),
        [(0, 0, 2_000, 0), (3, 10_000, 3_000, 0), (0, 0, 5_000, 0)]
    );
    let job = market.post(spec());
    market.deliver_result(job);
    market.exec("buyer", ExecuteMsg::Accept { job }).unwrap();
    assert_eq!(share(&market)[1].3, 3_600);
}
