use crate::support::*;
use cosmwasm_std::Uint128;
use joule_staking::state::{COHORTS, ENTRIES};
use joule_staking::StakingError;
use joule_types::staking::StakeClaimed;

#[test]
fn matured_stake_is_paid_once_from_its_second_on() {
    let mut bench = Bench::new();
    bench.bond("ann", 100).unwrap();
    bench.unbond("ann", 40).unwrap();
    let none = Err(StakingError::NothingToClaim {
        address: addr("ann").into(),
    });
    assert_eq!(bench.claim("ann"), none);
    bench.jump(UNBONDING - 1);
    assert_eq!(bench.claimable("ann"), (0, 0));
    assert_eq!(bench.claim("ann"), none);
    bench.jump(1);
    assert_eq!(bench.claimable("ann"), (40, 0));
    assert_eq!(bench.stake("ann"), (60, 0, 0));
    let response = bench.claim("ann").unwrap();
    assert_eq!(to_token(&response), transfer("ann", 40));
    assert_eq!(
        event::<StakeClaimed>(&response),
        StakeClaimed {
            to: addr("ann"),
            matured: Uint128::new(40),
            awarded: Uint128::zero()
        }
    );
    assert_eq!(bench.claim("ann"), none);
    assert_eq!(
        bench.claim("bob").unwrap_err().to_string().split(':').next(),
        Some("stk.nothing_to_claim")
    );
    assert!(COHORTS.is_empty(&bench.deps.storage) && ENTRIES.is_empty(&bench.deps.storage));
    let told = bench.conservation();
    assert_eq!((told.withdrawn.u128(), told.held.u128()), (40, 60));
}

#[test]
fn thirty_entries_are_paid_a_call() {
    let mut bench = Bench::new();
    bench.bond("ann", 1_000).unwrap();
    for _ in 0..45 {
        bench.unbond("ann", 2).unwrap();
        bench.jump(DAY);
    }
    bench.jump(UNBONDING);
    for (due, paid) in [(60, 60), (30, 30)] {
        assert_eq!(bench.claimable("ann"), (due, 0));
        assert_eq!(to_token(&bench.claim("ann").unwrap()), transfer("ann", paid));
    }
    assert!(bench.claim("ann").is_err());
}

#[test]
fn awards_are_paid_with_matured_stake_in_one_transfer() {
    let mut bench = Bench::new();
    bench.bond("ann", 1_000).unwrap();
    bench.bond("bob", 100).unwrap();
    bench.unbond("bob", 50).unwrap();
    bench.slash_for("ann", 500, Some(("bob", 30)));
    bench.slash_for("ann", 500, Some(("bob", 5)));
    bench.slash_for("ann", 500, Some(("cat", 7)));
    assert_eq!(to_token(&bench.claim("cat").unwrap()), transfer("cat", 7));
    bench.jump(UNBONDING);
    assert_eq!(bench.claimable("bob"), (50, 35));
    let response = bench.claim("bob").unwrap();
    assert_eq!(to_token(&response), transfer("bob", 85));
    let told: StakeClaimed = event(&response);
    assert_eq!((told.matured.u128(), told.awarded.u128()), (50, 35));
    assert!(bench.claim("bob").is_err());
}

#[test]
fn entries_that_a_slash_made_worthless_are_cleared_without_a_transfer() {
    let mut bench = Bench::new();
    bench.bond("ann", 100).unwrap();
    bench.unbond("ann", 100).unwrap();
    bench.slash("ann", 10_000);
    bench.jump(UNBONDING);
    assert_eq!(bench.claimable("ann"), (0, 0));
    assert_eq!(to_token(&bench.claim("ann").unwrap()), None);
    assert!(COHORTS.is_empty(&bench.deps.storage) && ENTRIES.is_empty(&bench.deps.storage));
    assert!(bench.claim("ann").is_err());
}

#[test]
fn a_cohort_slashed_to_nothing_takes_new_stake_without_the_old_claims() {
    let mut bench = Bench::new();
    bench.bond("ann", 100).unwrap();
    bench.unbond("ann", 100).unwrap();
    bench.slash("ann", 10_000);
    bench.bond("ann", 60).unwrap();
    bench.unbond("ann", 60).unwrap();
    bench.jump(UNBONDING);
    assert_eq!(to_token(&bench.claim("ann").unwrap()), transfer("ann", 60));
    assert_eq!(bench.conservation().held, Uint128::zero());
}
