use crate::support::*;
use cosmwasm_std::Uint128;
use joule_escrow::EscrowError;
use joule_kit::KitError;
use joule_types::escrow::{ExecuteMsg, TipPaid};
use joule_types::{HoldId, Peer};

#[test]
fn tips_stop_at_the_budget() {
    let mut bench = Bench::new();
    bench.deposit("ann", &usdc(), 100).unwrap();
    bench.open(1, "ann", 100, 10).unwrap();
    for (asked, paid) in [(4u128, 4u128), (0, 0), (9, 6), (1, 0)] {
        let response = bench.tip(1, "cat", asked).unwrap();
        assert_eq!(
            event::<TipPaid>(&response),
            TipPaid {
                hold: HoldId(1),
                to: addr("cat"),
                denom: "uusdc".into(),
                amount: Uint128::new(paid)
            }
        );
    }
    assert_eq!(bench.balance("cat", &usdc()), (0, 10));
    let hold = bench.hold(1).unwrap();
    assert_eq!((hold.remaining.u128(), hold.tips.u128()), (90, 0));
    assert_eq!(bench.conservation(&usdc()).in_holds.u128(), 90);
}

#[test]
fn a_closed_or_unknown_hold_pays_nothing_and_does_not_fail() {
    let mut bench = Bench::new();
    bench.deposit("ann", &usdc(), 100).unwrap();
    bench.open(1, "ann", 100, 10).unwrap();
    bench.settle(1, None, None, 0, vec![]).unwrap();
    for hold in [1, 2] {
        let response = bench.tip(hold, "cat", 5).unwrap();
        assert_eq!(event::<TipPaid>(&response).amount, Uint128::zero());
    }
    assert_eq!(bench.balance("cat", &usdc()), (0, 0));
    assert_eq!(bench.balance("ann", &usdc()), (100, 0));
}

#[test]
fn a_contract_that_cannot_withdraw_gets_no_tip() {
    let mut bench = Bench::new();
    let msg = ExecuteMsg::Tip {
        hold: HoldId(1),
        to: peer(Peer::Escrow).into(),
        amount: Uint128::one(),
    };
    assert!(matches!(
        bench.send(&peer(Peer::Marketplace), msg),
        Err(EscrowError::Kit(KitError::OwnAddress { .. }))
    ));
}
