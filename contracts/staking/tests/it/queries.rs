use crate::support::*;
use joule_staking::state::POOLS;
use joule_types::staking::{handle, PoolResponse, QueryMsg, Unbonding};
use joule_types::Page;

#[test]
fn peers_read_the_same_record_raw() {
    let mut bench = Bench::new();
    bench.bond("ann", 100).unwrap();
    bench.slash("ann", 500);
    let raw = handle::POOLS.load(&bench.deps.storage, &addr("ann")).unwrap();
    assert_eq!(raw, POOLS.load(&bench.deps.storage, &addr("ann")).unwrap());
    assert_eq!((raw.bonded.u128(), raw.slash_epoch), (95, 1));
    assert_eq!(&*handle::POOLS.key(&addr("ann")), &*POOLS.key(&addr("ann")));
}

#[test]
fn pools_are_paged_by_owner() {
    let mut bench = Bench::new();
    let mut owners: Vec<_> = (0..65).map(|i| format!("owner{i}")).collect();
    for owner in &owners {
        bench.bond(owner, 100).unwrap();
    }
    owners.sort_by_key(|owner| addr(owner));
    let (mut seen, mut after) = (vec![], None);
    loop {
        let page: Page<PoolResponse, String> = bench
            .ask(QueryMsg::Pools {
                start_after: after,
                limit: Some(100),
            })
            .unwrap();
        assert!(page.items.len() <= 30);
        seen.extend(page.items.into_iter().map(|pool| pool.owner));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, owners.iter().map(|owner| addr(owner)).collect::<Vec<_>>());
}

#[test]
fn unbondings_are_paged_by_maturity_and_only_of_the_staker() {
    let mut bench = Bench::new();
    bench.bond("ann", 1_000).unwrap();
    bench.bond("bob", 1_000).unwrap();
    for day in 0..25 {
        bench.unbond("ann", 2 + day).unwrap();
        bench.unbond("bob", 1).unwrap();
        bench.jump(DAY);
    }
    let (mut seen, mut after) = (vec![], None);
    loop {
        let page: Page<Unbonding, u64> = bench
            .ask(QueryMsg::Unbondings {
                staker: addr("ann").into(),
                start_after: after,
                limit: Some(10),
            })
            .unwrap();
        seen.extend(page.items.into_iter().map(|item| item.amount.u128()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, (2..27).collect::<Vec<_>>());
}
