use crate::support::*;
use cosmwasm_std::Uint128;
use joule_escrow::EscrowError;
use joule_kit::KitError;
use joule_types::escrow::{AwardsPaid, ExecuteMsg};
use joule_types::{HoldId, Peer};

fn paid(hold: u64, denom: &str, parties: u32, amount: u128) -> AwardsPaid {
    AwardsPaid {
        hold: HoldId(hold),
        denom: denom.into(),
        parties,
        amount: Uint128::new(amount),
    }
}

#[test]
fn awards_are_earned_in_full_and_the_hold_stays_open() {
    let mut bench = Bench::new();
    bench.deposit("ann", &usdc(), 100).unwrap();
    bench.open(1, "ann", 100, 10).unwrap();
    let response = bench
        .pay(1, vec![award("bob", 20), award("cat", 30), award("bob", 5)])
        .unwrap();
    assert_eq!(event::<AwardsPaid>(&response), paid(1, "uusdc", 3, 55));
    assert_eq!(
        (bench.balance("bob", &usdc()), bench.balance("cat", &usdc())),
        ((0, 25), (0, 30))
    );
    let hold = bench.hold(1).unwrap();
    assert_eq!((hold.open, hold.remaining.u128(), hold.tips.u128()), (true, 45, 10));
    assert_eq!(bench.conservation(&usdc()).in_holds.u128(), 45);
    assert_eq!(bench.fees(&usdc()), (0, 0), "no fee on an award");
    bench.settle(1, None, None, 0, vec![]).unwrap();
    assert_eq!(bench.balance("ann", &usdc()), (45, 0), "what was not paid goes back");
}

#[test]
fn awards_are_cut_in_order_to_what_is_left_and_the_tip_budget_with_it() {
    for (awards, got, parties, left, tips) in [
        ([80u128, 15, 0], [80u128, 15, 0], 2, 5u128, 5u128),
        ([60, 60, 60], [60, 40, 0], 2, 0, 0),
        ([0, 101, 1], [0, 100, 0], 1, 0, 0),
        ([u128::MAX, u128::MAX, 1], [100, 0, 0], 1, 0, 0),
        ([0, 0, 0], [0, 0, 0], 0, 100, 10),
    ] {
        let mut bench = Bench::new();
        bench.deposit("ann", &usdc(), 100).unwrap();
        bench.open(1, "ann", 100, 10).unwrap();
        let names = ["bob", "cat", "kim"];
        let list = names.iter().zip(awards).map(|(name, sum)| award(name, sum)).collect();
        let response = bench.pay(1, list).unwrap();
        assert_eq!(
            event::<AwardsPaid>(&response),
            paid(1, "uusdc", parties, got.iter().sum())
        );
        assert_eq!(names.map(|name| bench.balance(name, &usdc()).1), got);
        let hold = bench.hold(1).unwrap();
        assert_eq!((hold.remaining.u128(), hold.tips.u128()), (left, tips));
    }
}

#[test]
fn a_closed_or_unknown_hold_pays_nothing_and_does_not_fail() {
    let mut bench = Bench::new();
    bench.deposit("ann", &usdc(), 100).unwrap();
    bench.open(1, "ann", 100, 10).unwrap();
    bench.settle(1, None, None, 0, vec![]).unwrap();
    for hold in [1, 2] {
        let response = bench.pay(hold, vec![award("bob", 5)]).unwrap();
        assert_eq!(event::<AwardsPaid>(&response), paid(hold, "", 0, 0));
    }
    assert_eq!(bench.balance("bob", &usdc()), (0, 0));
}

#[test]
fn forty_awards_and_no_more() {
    let mut bench = Bench::new();
    bench.deposit("ann", &usdc(), 100).unwrap();
    bench.open(1, "ann", 100, 10).unwrap();
    let awards = |count| (0..count).map(|at| award(&format!("val{at}"), 2)).collect::<Vec<_>>();
    let refused = bench.pay(1, awards(41));
    assert_eq!(refused, Err(EscrowError::TooManyAwards { count: 41, max: 40 }));
    bench.pay(1, awards(40)).unwrap();
    assert_eq!(bench.hold(1).unwrap().remaining.u128(), 20);
}

#[test]
fn a_contract_that_cannot_withdraw_gets_no_award() {
    let mut bench = Bench::new();
    let mut awards = vec![award("bob", 1), award("bob", 1)];
    awards[1].to = peer(Peer::Staking).into();
    let outcome = bench.pay(1, awards);
    assert!(matches!(outcome, Err(EscrowError::Kit(KitError::OwnAddress { .. }))));
}

#[test]
fn only_the_marketplace_pays() {
    let mut bench = Bench::new();
    for name in ["ann", "registry", "staking", "dao", "escrow", "token"] {
        let msg = ExecuteMsg::Pay {
            hold: HoldId(1),
            awards: vec![],
        };
        let outcome = bench.send(&addr(name), msg);
        assert!(
            matches!(outcome, Err(EscrowError::Kit(KitError::Unauthorized { .. }))),
            "{name}"
        );
    }
}
