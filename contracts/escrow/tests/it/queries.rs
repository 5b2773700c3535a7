use crate::support::*;
use cw20::Denom;
use joule_escrow::EscrowError;
use joule_types::escrow::{BalanceResponse, ExecuteMsg, HoldResponse, ParamsUpdate, QueryMsg};
use joule_types::{denom_key, HoldId, Page, Peer};

#[test]
fn pages_of_open_holds_follow_one_another_and_skip_closed_ones() {
    let mut bench = Bench::new();
    bench.deposit("ann", &usdc(), 1_000).unwrap();
    for hold in 1..=25 {
        bench.open(hold, "ann", 1, 0).unwrap();
    }
    for hold in [1, 10, 25] {
        bench.settle(hold, None, None, 0, vec![]).unwrap();
    }
    let (mut seen, mut after) = (vec![], None);
    loop {
        let page: Page<HoldResponse, HoldId> = bench
            .ask(QueryMsg::Holds {
                start_after: after,
                limit: Some(11),
            })
            .unwrap();
        assert!(page.items.len() <= 11 && page.items.iter().all(|hold| hold.open));
        seen.extend(page.items.into_iter().map(|hold| hold.hold.u64()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let expected: Vec<u64> = (1..=25).filter(|id| ![1, 10, 25].contains(id)).collect();
    assert_eq!(seen, expected);
}

#[test]
fn balances_are_paged_by_denomination_and_only_of_the_owner() {
    let mut bench = Bench::new();
    let denoms: Vec<Denom> = (0..15)
        .map(|i| Denom::Native(format!("denom{i:02}")))
        .chain([joule()])
        .collect();
    let update = ParamsUpdate {
        denoms: Some(denoms.clone()),
    };
    bench
        .send(&peer(Peer::Dao), ExecuteMsg::UpdateParams { update })
        .unwrap();
    for denom in &denoms {
        bench.deposit("ann", denom, 1).unwrap();
        bench.deposit("bob", denom, 2).unwrap();
    }
    bench.withdraw("ann", &denoms[3], None).unwrap();
    let (mut seen, mut after) = (vec![], None);
    loop {
        let page: Page<BalanceResponse, String> = bench
            .ask(QueryMsg::Balances {
                owner: addr("ann").into(),
                start_after: after,
                limit: Some(4),
            })
            .unwrap();
        seen.extend(page.items.into_iter().map(|item| (item.denom, item.deposited.u128())));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let mut expected: Vec<_> = denoms
        .into_iter()
        .enumerate()
        .filter(|(i, _)| *i != 3)
        .map(|(_, denom)| (denom, 1))
        .collect();
    expected.sort_by_key(|(denom, _)| denom_key(denom));
    assert_eq!(seen, expected);
}

#[test]
fn unknown_things_are_empty_or_named() {
    let bench = Bench::new();
    assert_eq!(bench.hold(9), Err(EscrowError::HoldNotFound { hold: HoldId(9) }));
    let fake = Denom::Native("ufake".into());
    assert_eq!(bench.balance("ann", &fake), (0, 0));
    assert_eq!(bench.fees(&fake), (0, 0));
    assert!(bench.conservation(&fake).held.is_zero());
    let upper = QueryMsg::Balance {
        owner: addr("ann").as_str().to_uppercase(),
        denom: usdc(),
    };
    assert!(bench.ask::<BalanceResponse>(upper).is_err());
}
