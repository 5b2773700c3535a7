use crate::support::*;
use cosmwasm_std::{Order, Uint128};
use joule_staking::state::{AWARDS, COHORTS, ENTRIES};
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
fn awards_mature_like_stake_and_are_paid_with_it_in_one_transfer() {
    let mut bench = Bench::new();
    bench.bond("ann", 1_000).unwrap();
    bench.bond("bob", 100).unwrap();
    bench.unbond("bob", 50).unwrap();
    bench.slash_for("ann", 500, Some(("bob", 30)));
    bench.slash_for("ann", 500, Some(("bob", 5)));
    bench.slash_for("ann", 500, Some(("cat", 7)));
    bench.jump(1);
    bench.slash_for("ann", 500, Some(("bob", 2)));
    assert_eq!(bench.due("bob").maturing.u128(), 37);
    bench.jump(UNBONDING - 2);
    for name in ["bob", "cat"] {
        assert!(matches!(bench.claim(name), Err(StakingError::NothingToClaim { .. })));
    }
    bench.jump(1);
    assert_eq!(to_token(&bench.claim("cat").unwrap()), transfer("cat", 7));
    assert_eq!(bench.claimable("bob"), (50, 35));
    assert_eq!(bench.due("bob").maturing.u128(), 2);
    let response = bench.claim("bob").unwrap();
    assert_eq!(to_token(&response), transfer("bob", 85));
    let told: StakeClaimed = event(&response);
    assert_eq!((told.matured.u128(), told.awarded.u128()), (50, 35));
    assert!(bench.claim("bob").is_err());
    bench.jump(DAY);
    assert_eq!(to_token(&bench.claim("bob").unwrap()), transfer("bob", 2));
    assert!(AWARDS.is_empty(&bench.deps.storage));
}

/// Who posts to himself and lets the time run out gets his own stake as an award, as often as he likes: it takes as
/// long to leave as what he unbonds.
#[test]
fn no_slash_brings_stake_out_before_the_unbonding_time() {
    let mut bench = Bench::new();
    bench.bond("ann", 1_000_000).unwrap();
    let start = bench.now();
    for hour in (0..24 * 40).step_by(6) {
        bench.slash_for("ann", 500, Some(("ann's buyer", u128::MAX)));
        let out = match bench.claim("ann's buyer") {
            Ok(response) => event::<StakeClaimed>(&response).awarded.u128(),
            Err(_) => 0,
        };
        assert_eq!(out > 0, hour >= 21 * 24 && hour % 24 == 0, "hour {hour}");
        let due = bench.due("ann's buyer");
        assert!(bench.now() >= start + UNBONDING || due.awarded.is_zero());
        bench.jump(6 * 3_600);
    }
    let unmatured = AWARDS.keys(&bench.deps.storage, None, None, Order::Ascending).count();
    assert!(unmatured <= 22, "{unmatured} days of awards");
}

#[test]
fn thirty_awards_are_paid_a_call() {
    let mut bench = Bench::new();
    bench.bond("ann", 1_000_000).unwrap();
    for _ in 0..45 {
        bench.slash_for("ann", 1, Some(("bob", 2)));
        bench.jump(DAY);
    }
    bench.jump(UNBONDING);
    for (due, paid) in [(60, 60), (30, 30)] {
        assert_eq!(bench.claimable("bob"), (0, due));
        assert_eq!(to_token(&bench.claim("bob").unwrap()), transfer("bob", paid));
    }
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
