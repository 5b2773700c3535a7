//! `Refresh`, `Reindex`, `UpdateIndex`, and random actions on the index against its rebuild.

use super::support::*;
use cosmwasm_std::{Order, Uint128};
use joule_marketplace::{state, MarketplaceError};
use joule_types::{marketplace::*, registry::NodeState, OfferId};
use joule_work::score::Weights;
use proptest::prelude::*;

fn refresh(offers: &[u64]) -> ExecuteMsg {
    ExecuteMsg::Refresh {
        offers: offers.iter().map(|id| OfferId(*id)).collect(),
    }
}

fn reindex(market: &mut Market, limit: u32) -> Result<IndexAdvanced, MarketplaceError> {
    market
        .exec("anyone", ExecuteMsg::Reindex { limit })
        .map(|response| event(&response))
}

fn price_only() -> IndexParams {
    IndexParams {
        weights: Weights {
            price: 10_000,
            reputation: 0,
            latency: 0,
            uptime: 0,
            power: 0,
        },
        ..index_params()
    }
}

#[test]
fn a_refresh_books_gains_and_losses() {
    let mut market = Market::with_offers(3);
    market.nodes.get_mut(&1).unwrap().standing.reputation = 500_000;
    market.nodes.get_mut(&2).unwrap().state = NodeState::Inactive;
    market.nodes.remove(&3);
    let before = market.offer(1).booked;
    let response = market.exec("anyone", refresh(&[1, 2, 3, 99])).unwrap();
    assert_eq!(event::<OffersRefreshed>(&response).changed, 3);
    assert_eq!(market.offer(1).booked, before + 1_250 - 416);
    assert_eq!((market.offer(2).booked, market.offer(3).booked), (0, 0));
    // A node that is back counts again.
    market.nodes.get_mut(&2).unwrap().state = NodeState::Active;
    market.exec("anyone", refresh(&[2])).unwrap();
    assert_eq!(market.offer(2).booked, before);
    assert_eq!(code(market.exec("x", refresh(&[1, 1]))), "mkt.invalid_list");
    assert_eq!(
        code(market.exec("x", refresh(&[1, 2, 3, 4, 5, 6, 7, 8, 9]))),
        "mkt.invalid_list"
    );
}

#[test]
fn an_epoch_serves_until_the_next_is_complete() {
    let mut market = Market::with_offers(45);
    market.checked = false;
    let old = market.offer(1).booked;
    assert_eq!(code(reindex(&mut market, 20)), "mkt.index_current");
    market
        .exec("dao", ExecuteMsg::UpdateIndex { index: price_only() })
        .unwrap();
    let told: IndexResponse = market.query(QueryMsg::Index {});
    assert_eq!((told.serving, told.filling, told.remaining), (1, Some(2), 45));
    assert_eq!(told.next_params, Some(price_only()));
    assert_eq!(
        code(market.exec("dao", ExecuteMsg::UpdateIndex { index: price_only() })),
        "mkt.index_busy"
    );

    assert_eq!(reindex(&mut market, 99).unwrap().rekeyed, 20);
    market.check();
    assert_eq!(market.offer(1).booked, old, "the old epoch serves");
    let job = market.post(spec());
    assert_eq!(market.job(job).attempt.unwrap().score, old);
    assert_eq!(reindex(&mut market, 20).unwrap().rekeyed, 20);
    let done = reindex(&mut market, 20).unwrap();
    assert_eq!((done.rekeyed, done.serving, done.filling), (5, 2, None));
    market.check();
    assert_eq!(market.offer(1).booked, 5_000);
    assert_eq!(
        code(market.exec("dao", ExecuteMsg::UpdateIndex { index: price_only() })),
        "mkt.index_busy"
    );
    let mut calls = 0;
    while reindex(&mut market, 20).is_ok() {
        calls += 1;
        market.check();
    }
    assert_eq!(calls, 3, "45 keys, 20 a call");
    assert_eq!(
        state::INDEX_PARAMS
            .keys(&market.storage, None, None, Order::Ascending)
            .count(),
        1
    );
    market
        .exec("dao", ExecuteMsg::UpdateIndex { index: index_params() })
        .unwrap();
}

#[test]
fn parameters_of_an_epoch_have_bounds() {
    type Change = fn(&mut IndexParams);
    let cases: [(&str, Change); 8] = [
        ("work.weights", |index| index.weights.price = 4_001),
        ("mkt.invalid_params", |index| index.ref_hash_rate = 0),
        ("mkt.invalid_params", |index| {
            index.ref_prices[0].price = Uint128::zero()
        }),
        ("mkt.invalid_params", |index| {
            index.ref_prices.push(index.ref_prices[0].clone())
        }),
        ("mkt.denom_not_listed", |index| {
            index.ref_prices[0].denom = cw20::Denom::Native("uatom".into())
        }),
        ("mkt.invalid_params", |index| index.latency = vec![vec![]; 9]),
        ("mkt.invalid_params", |index| index.latency = vec![vec![0; 9]]),
        ("mkt.invalid_params", |index| index.latency[0][0] = 10_001),
    ];
    for (wanted, change) in cases {
        let mut index = index_params();
        change(&mut index);
        assert_eq!(
            code(Market::new().exec("dao", ExecuteMsg::UpdateIndex { index: index.clone() })),
            wanted
        );
        assert_eq!(code(Market::in_setup().instantiate(params(), index)), wanted);
    }
}

/// One random thing that happens to offers, nodes or epochs.
#[derive(Clone, Debug)]
enum Act {
    Create {
        node: u64,
        joule: bool,
    },
    Update {
        offer: u64,
        price: u128,
        capacity: u16,
    },
    Close(u64),
    Facts {
        node: u64,
        reputation: u32,
        active: bool,
        region: u8,
        memory_mb: u64,
    },
    Refresh(Vec<u64>),
    Post,
    Cancel(u64),
    Timeout(u64),
    UpdateIndex,
    Reindex(u32),
    Jump(u64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => (1u64..8, any::<bool>()).prop_map(|(node, joule)| Act::Create { node, joule }),
        2 => (1u64..20, 1u128..9_000_000, 1u16..4).prop_map(|(offer, price, capacity)| Act::Update { offer, price, capacity }),
        1 => (1u64..20).prop_map(Act::Close),
        2 => (1u64..8, 0u32..900_000, any::<bool>(), 0u8..3, 1u64..99_999).prop_map(
            |(node, reputation, active, region, memory_mb)| Act::Facts { node, reputation, active, region, memory_mb }
        ),
        2 => prop::collection::vec(1u64..20, 0..4).prop_map(Act::Refresh),
        3 => Just(Act::Post),
        1 => (1u64..10).prop_map(Act::Cancel),
        2 => (1u64..10).prop_map(Act::Timeout),
        1 => Just(Act::UpdateIndex),
        3 => (1u32..6).prop_map(Act::Reindex),
        1 => (1u64..400).prop_map(Act::Jump),
    ]
}

fn carry_out(market: &mut Market, act: Act) -> Result<(), MarketplaceError> {
    match act {
        Act::Create { node, joule: in_joule } => {
            let mut offered = terms(node);
            if in_joule {
                offered.denom = joule();
            }
            market
                .exec(&format!("owner{node}"), ExecuteMsg::CreateOffer { terms: offered })
                .map(drop)
        }
        Act::Update { offer, price, capacity } => {
            let Ok(stored) = state::OFFERS.load(&market.storage, offer) else {
                return Ok(());
            };
            let terms = OfferTerms {
                price: price.into(),
                capacity,
                ..stored.terms
            };
            let msg = ExecuteMsg::UpdateOffer {
                offer: OfferId(offer),
                terms,
            };
            market.exec_as(&stored.owner, &[], msg).map(drop)
        }
        Act::Close(offer) => {
            let Ok(stored) = state::OFFERS.load(&market.storage, offer) else {
                return Ok(());
            };
            market
                .exec_as(&stored.owner, &[], ExecuteMsg::CloseOffer { offer: OfferId(offer) })
                .map(drop)
        }
        Act::Facts {
            node,
            reputation,
            active,
            region,
            memory_mb,
        } => {
            let known = market.nodes.get_mut(&node).unwrap();
            known.standing.reputation = reputation;
            known.state = if active { NodeState::Active } else { NodeState::Inactive };
            (known.region, known.hardware.memory_mb) = (region, memory_mb);
            Ok(())
        }
        Act::Refresh(offers) => market.exec("x", refresh(&offers)).map(drop),
        Act::Post => {
            let mut spec = spec();
            spec.deadline_at = market.now + 3_600;
            market.exec("buyer", post_msg(spec)).map(drop)
        }
        Act::Cancel(job) => market
            .exec(
                "buyer",
                ExecuteMsg::Cancel {
                    job: joule_types::JobId(job),
                },
            )
            .map(drop),
        Act::Timeout(job) => market
            .exec(
                "keeper",
                ExecuteMsg::Timeout {
                    job: joule_types::JobId(job),
                },
            )
            .map(drop),
        Act::UpdateIndex => market
            .exec("dao", ExecuteMsg::UpdateIndex { index: price_only() })
            .map(drop),
        Act::Reindex(limit) => reindex(market, limit).map(drop),
        Act::Jump(secs) => {
            market.now += secs;
            Ok(())
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// I-38: after every action the index equals its rebuild from entries, offers and loads (`Market::check`).
    #[test]
    fn the_index_equals_its_rebuild(acts in prop::collection::vec(act(), 1..60)) {
        let mut market = Market::new();
        for id in 1..8 {
            market.nodes.insert(id, node(id));
        }
        for act in acts {
            if let Err(error) = carry_out(&mut market, act.clone()) {
                let text = error.to_string();
                prop_assert!(text.starts_with("mkt.") || text.starts_with("kit."), "{act:?}: {text}");
                prop_assert!(!text.starts_with("kit.corrupt") && !text.starts_with("kit.std"), "{act:?}: {text}");
            }
        }
    }
}
