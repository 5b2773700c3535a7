use crate::support::*;
use cosmwasm_std::Uint128;
use joule_staking::StakingError;
use joule_types::staking::{QueryMsg, Unbonded, Unbonding};
use joule_types::Page;

#[test]
fn stake_moves_into_the_cohort_of_its_day_exactly() {
    let mut bench = Bench::new();
    bench.bond("ann", 100).unwrap();
    let response = bench.unbond("ann", 30).unwrap();
    let matures_at = bench.now() + UNBONDING;
    assert_eq!(
        event::<Unbonded>(&response),
        Unbonded {
            pool: addr("ann"),
            amount: Uint128::new(30),
            matures_at
        }
    );
    assert_eq!(bench.stake("ann"), (70, 30, 0));
    bench.jump(1);
    let late: Unbonded = event(&bench.unbond("ann", 10).unwrap());
    assert_eq!(late.matures_at, matures_at + DAY);
    bench.jump(DAY - 1);
    let joined: Unbonded = event(&bench.unbond("ann", 5).unwrap());
    assert_eq!(joined.matures_at, matures_at + DAY);
    let page: Page<Unbonding, u64> = bench
        .ask(QueryMsg::Unbondings {
            staker: addr("ann").into(),
            start_after: None,
            limit: None,
        })
        .unwrap();
    let shown: Vec<_> = page
        .items
        .iter()
        .map(|u| (u.matures_at - matures_at, u.amount.u128()))
        .collect();
    assert_eq!(shown, [(0, 30), (DAY, 15)]);
}

#[test]
fn amounts_are_checked() {
    let mut bench = Bench::new();
    assert_eq!(
        bench.unbond("ann", 1),
        Err(StakingError::NoPool {
            owner: addr("ann").into()
        })
    );
    bench.bond("ann", 100).unwrap();
    assert_eq!(bench.unbond("ann", 0), Err(StakingError::ZeroAmount));
    assert_eq!(
        bench.unbond("ann", 101),
        Err(StakingError::TooMuch {
            asked: Uint128::new(101),
            bonded: Uint128::new(100)
        })
    );
    assert_eq!(
        bench.unbond("ann", 91),
        Err(StakingError::BelowMinimum {
            left: Uint128::new(9),
            min: Uint128::new(MIN_BOND)
        })
    );
    bench.unbond("ann", 90).unwrap();
    bench.unbond("ann", 10).unwrap();
    assert_eq!(bench.stake("ann"), (0, 100, 0));
    assert!(matches!(bench.unbond("ann", 1), Err(StakingError::NoPool { .. })));
    assert!(matches!(bench.unbond("bob", 1), Err(StakingError::NoPool { .. })));
}

#[test]
fn a_pool_never_has_more_than_22_cohorts_under_way() {
    let mut bench = Bench::new();
    bench.bond("ann", 1_000).unwrap();
    // A constant time: a day's cohort each, the first one matures as the 23rd would open.
    bench.jump(1);
    for day in 0..60 {
        bench.unbond("ann", 1).unwrap();
        assert!(bench.stake("ann").1 <= 22, "day {day}");
        bench.jump(DAY);
    }
}

#[test]
fn a_shorter_time_fills_up_and_joins_later_cohorts_and_a_longer_one_waits() {
    let mut bench = Bench::new();
    bench.bond("ann", 1_000).unwrap();
    let start = bench.now();
    bench.set_unbonding(21);
    for _ in 0..22 {
        bench.unbond("ann", 1).unwrap();
        bench.jump(1);
    }
    // 21 of the 22 are under way; one place is left for the long time, the next one waits for a second.
    bench.set_unbonding(UNBONDING);
    let long: Unbonded = event(&bench.unbond("ann", 1).unwrap());
    assert!(long.matures_at >= bench.now() + UNBONDING);
    bench.env.block.time = bench.env.block.time.minus_seconds(1);
    bench.set_unbonding(2 * UNBONDING);
    let free_at = start + 22;
    assert_eq!(bench.unbond("ann", 1), Err(StakingError::CohortsFull { free_at }));
    // Short again while full: the stake joins the next later cohort, never an earlier one.
    bench.set_unbonding(100);
    let joined: Unbonded = event(&bench.unbond("ann", 1).unwrap());
    assert_eq!(joined.matures_at, long.matures_at);
    bench.jump(1);
    bench.set_unbonding(2 * UNBONDING);
    bench.unbond("ann", 1).unwrap();
    assert_eq!(bench.slash("ann", 10_000).slashed.u128(), 1_000 - 2);
}
