use crate::support::*;
use cosmwasm_std::{Addr, Uint128};
use cw20::Denom;
use joule_escrow::EscrowError;
use joule_kit::KitError;
use joule_types::escrow::{ExecuteMsg, HoldOpened, HoldSettled, HoldTerms, ParamsUpdate};
use joule_types::work::{fees::FeeTerms, WorkError};
use joule_types::{AdminMsg, HoldId, Money, Peer};

#[test]
fn deposits_are_taken_before_earnings() {
    let mut bench = Bench::new();
    bench.deposit("bob", &usdc(), 50).unwrap();
    bench.open(1, "bob", 50, 0).unwrap();
    bench.settle(1, Some("ann"), None, 50, vec![]).unwrap();
    bench.deposit("ann", &usdc(), 10).unwrap();
    let response = bench.open(2, "ann", 30, 4).unwrap();
    assert_eq!(
        event::<HoldOpened>(&response),
        HoldOpened {
            hold: HoldId(2),
            payer: addr("ann"),
            denom: "uusdc".into(),
            amount: Uint128::new(30),
        }
    );
    assert!(response.messages.is_empty());
    assert_eq!(bench.balance("ann", &usdc()), (0, 26));
    let hold = bench.hold(2).unwrap();
    assert_eq!((hold.open, hold.remaining.u128(), hold.tips.u128()), (true, 30, 4));
    assert_eq!(bench.conservation(&usdc()).in_holds.u128(), 30);
}

#[test]
fn coins_attached_are_deposited_for_the_payer_first() {
    let mut bench = Bench::new();
    bench.deposit("ann", &usdc(), 10).unwrap();
    let market = peer(Peer::Marketplace);
    let msg = bench.open_msg(1, "ann", usdc(), 25, bench.terms(0));
    bench.send_with(&market, &[("uusdc", 20)], msg).unwrap();
    assert_eq!(bench.balance("ann", &usdc()), (5, 0));
    assert_eq!(bench.conservation(&usdc()).deposited.u128(), 30);

    let msg = bench.open_msg(2, "ann", usdc(), 26, bench.terms(0));
    assert_eq!(
        bench.send_with(&market, &[("uusdc", 20)], msg),
        Err(EscrowError::InsufficientBalance {
            owner: addr("ann").into(),
            denom: "uusdc".into(),
            free: Uint128::new(25),
            asked: Uint128::new(26)
        })
    );
    for (denom, funds) in [(usdc(), "ufake"), (joule(), "uusdc")] {
        let msg = bench.open_msg(2, "ann", denom, 1, bench.terms(0));
        assert!(matches!(
            bench.send_with(&market, &[(funds, 20)], msg),
            Err(EscrowError::WrongCoin { .. })
        ));
    }
    let msg = bench.open_msg(2, "ann", usdc(), 1, bench.terms(0));
    assert!(matches!(
        bench.send_with(&market, &[("ufake", 1), ("uusdc", 20)], msg),
        Err(EscrowError::Kit(KitError::OneCoin { .. }))
    ));
}

#[test]
fn ids_are_used_once() {
    let mut bench = Bench::new();
    bench.deposit("ann", &usdc(), 10).unwrap();
    bench.open(1, "ann", 1, 0).unwrap();
    let exists = Err(EscrowError::HoldExists { hold: HoldId(1) });
    assert_eq!(bench.open(1, "ann", 1, 0), exists);
    bench.settle(1, None, None, 0, vec![]).unwrap();
    assert_eq!(bench.open(1, "ann", 1, 0), exists);
}

#[test]
fn terms_are_checked() {
    let mut bench = Bench::new();
    bench.deposit("ann", &usdc(), 100).unwrap();
    bench.deposit("ann", &joule(), 100).unwrap();
    let terms = bench.terms(0);
    let with = |fees: FeeTerms, tips: u128| HoldTerms {
        fees,
        tips: tips.into(),
        ..terms.clone()
    };
    let discount = FeeTerms {
        discount_bps: 1_000,
        ..fees()
    };
    let market = peer(Peer::Marketplace);
    let mut open = |denom: Denom, terms: HoldTerms| {
        let msg = ExecuteMsg::OpenHold {
            hold: HoldId(1),
            payer: addr("ann").into(),
            amount: Money::new(denom, 100u128),
            terms,
        };
        bench.send(&market, msg)
    };
    assert_eq!(
        open(usdc(), with(fees(), 101)),
        Err(EscrowError::TipsExceedHold {
            tips: Uint128::new(101),
            amount: Uint128::new(100)
        })
    );
    assert!(matches!(
        open(usdc(), with(discount, 0)),
        Err(EscrowError::DiscountNotJoule { .. })
    ));
    let high = FeeTerms {
        fee_bps: 2_001,
        ..fees()
    };
    assert!(matches!(
        open(usdc(), with(high, 0)),
        Err(EscrowError::Work(WorkError::BpsOutOfRange { .. }))
    ));
    let upper = Denom::Cw20(Addr::unchecked(peer(Peer::Token).as_str().to_uppercase()));
    for unknown in [Denom::Native("ufake".into()), upper] {
        assert!(matches!(
            open(unknown, with(fees(), 0)),
            Err(EscrowError::InsufficientBalance { .. })
        ));
    }
    open(joule(), with(discount, 100)).unwrap();
}

#[test]
fn only_the_marketplace_opens_tips_and_settles() {
    let mut bench = Bench::new();
    bench.deposit("ann", &usdc(), 10).unwrap();
    let open = bench.open_msg(1, "ann", usdc(), 1, bench.terms(0));
    let tip = ExecuteMsg::Tip {
        hold: HoldId(1),
        to: addr("ann").into(),
        amount: Uint128::one(),
    };
    let settle = ExecuteMsg::Settle {
        hold: HoldId(1),
        payee: None,
        referrer: None,
        gross: Uint128::zero(),
        awards: vec![],
    };
    for sender in [
        addr("ann"),
        peer(Peer::Dao),
        peer(Peer::Registry),
        peer(Peer::Escrow),
        addr("guardian"),
    ] {
        for msg in [open.clone(), tip.clone(), settle.clone()] {
            assert!(matches!(
                bench.send(&sender, msg),
                Err(EscrowError::Kit(KitError::Unauthorized { .. }))
            ));
        }
    }
}

/// A party of a running deal must be able to bond its dispute when the list has changed since; new coins stay out.
#[test]
fn a_denomination_off_the_list_still_moves_into_holds_and_does_not_enter_with_one() {
    let mut bench = Bench::new();
    bench.deposit("ann", &usdc(), 10).unwrap();
    let update = ParamsUpdate {
        denoms: Some(vec![joule()]),
    };
    bench
        .send(&peer(Peer::Dao), ExecuteMsg::UpdateParams { update })
        .unwrap();
    bench.open(1, "ann", 4, 0).unwrap();
    let msg = bench.open_msg(2, "ann", usdc(), 4, bench.terms(0));
    assert!(matches!(
        bench.send_with(&peer(Peer::Marketplace), &[("uusdc", 1)], msg),
        Err(EscrowError::DenomNotListed { .. })
    ));
    bench.settle(1, None, None, 0, vec![]).unwrap();
}

/// Coins attached to a hold are a deposit, which a pause stops.
#[test]
fn a_pause_stops_coins_that_come_with_a_hold() {
    let mut bench = Bench::new();
    let pause = ExecuteMsg::Admin(AdminMsg::Pause { secs: 100 });
    bench.send(&addr("guardian"), pause).unwrap();
    let msg = bench.open_msg(1, "ann", usdc(), 4, bench.terms(0));
    assert!(matches!(
        bench.send_with(&peer(Peer::Marketplace), &[("uusdc", 4)], msg),
        Err(EscrowError::Kit(KitError::Paused { .. }))
    ));
}

#[test]
fn a_pause_lets_disputes_open_holds_and_everything_close() {
    let mut bench = Bench::new();
    bench.deposit("ann", &usdc(), 10).unwrap();
    let pause = ExecuteMsg::Admin(AdminMsg::Pause { secs: 100 });
    bench.send(&addr("guardian"), pause).unwrap();
    bench.open(1, "ann", 10, 5).unwrap();
    bench.tip(1, "cat", 1).unwrap();
    bench.settle(1, Some("bob"), None, 9, vec![]).unwrap();
}

#[test]
fn reclaim_refunds_the_payer_from_its_second_on() {
    let mut bench = Bench::new();
    bench.deposit("ann", &usdc(), 10).unwrap();
    bench.open(1, "ann", 10, 4).unwrap();
    bench.tip(1, "cat", 3).unwrap();
    let reclaim = |hold| ExecuteMsg::Reclaim { hold: HoldId(hold) };
    let reclaim_at = bench.now() + RECLAIM_AFTER;
    bench.jump(RECLAIM_AFTER - 1);
    assert_eq!(
        bench.send(&addr("eve"), reclaim(1)),
        Err(EscrowError::TooEarly {
            hold: HoldId(1),
            reclaim_at
        })
    );
    bench.jump(1);
    let response = bench.send(&addr("eve"), reclaim(1)).unwrap();
    let settled: HoldSettled = event(&response);
    assert_eq!((settled.closed_before, settled.refunded.u128()), (false, 7));
    assert_eq!(bench.balance("ann", &usdc()), (7, 0));
    assert_eq!(
        bench.send(&addr("eve"), reclaim(1)),
        Err(EscrowError::AlreadyClaimed { hold: HoldId(1) })
    );
    assert_eq!(
        bench.send(&addr("eve"), reclaim(2)),
        Err(EscrowError::HoldNotFound { hold: HoldId(2) })
    );
    // The marketplace wakes up: its settlement finds the hold closed and does not fail.
    let late = bench.settle(1, Some("bob"), None, 10, vec![]).unwrap();
    assert!(event::<HoldSettled>(&late).closed_before);
    assert_eq!(bench.balance("bob", &usdc()), (0, 0));
}
