use crate::support::*;
use cosmwasm_std::Uint128;
use joule_escrow::EscrowError;
use joule_kit::KitError;
use joule_types::escrow::{Award, ExecuteMsg, HoldSettled, HoldTerms};
use joule_types::work::fees::FeeTerms;
use joule_types::{HoldId, Peer};

fn funded(amount: u128) -> Bench {
    let mut bench = Bench::new();
    bench.deposit("ann", &usdc(), amount).unwrap();
    bench.open(1, "ann", amount, 0).unwrap();
    bench
}

#[test]
fn the_provider_gets_92_percent_and_the_fee_is_divided() {
    // (referrer, treasury, stakers, referrer's part) of a fee of 800.
    for (referrer, treasury, stakers, part) in [(None, 600, 200, 0), (Some("ref"), 560, 200, 40)] {
        let mut bench = funded(10_000);
        let response = bench.settle(1, Some("bob"), referrer, 10_000, vec![]).unwrap();
        assert!(response.messages.is_empty(), "payouts are pulled");
        assert_eq!(bench.balance("bob", &usdc()), (0, 9_200));
        assert_eq!(bench.balance("ref", &usdc()), (0, part));
        assert_eq!(bench.balance("ann", &usdc()), (0, 0));
        assert_eq!(bench.fees(&usdc()), (treasury, stakers));
        let event: HoldSettled = event(&response);
        assert_eq!(
            event,
            HoldSettled {
                hold: HoldId(1),
                closed_before: false,
                denom: "uusdc".into(),
                payee: Some(addr("bob")),
                gross: Uint128::new(10_000),
                provider: Uint128::new(9_200),
                discount: Uint128::zero(),
                stakers: Uint128::new(stakers),
                referrer: Uint128::new(part),
                treasury: Uint128::new(treasury),
                awards: Uint128::zero(),
                refunded: Uint128::zero(),
            }
        );
    }
}

#[test]
fn the_rest_goes_back_as_a_deposit() {
    let mut bench = funded(10_000);
    bench
        .settle(1, Some("bob"), None, 5_000, vec![award("arb", 200), award("kim", 10)])
        .unwrap();
    assert_eq!(bench.balance("bob", &usdc()), (0, 4_600));
    assert_eq!(bench.balance("arb", &usdc()), (0, 200));
    assert_eq!(bench.balance("kim", &usdc()), (0, 10));
    assert_eq!(bench.balance("ann", &usdc()), (4_790, 0));
    let hold = bench.hold(1).unwrap();
    assert_eq!((hold.open, hold.remaining.u128()), (false, 0));
    assert_eq!(bench.conservation(&usdc()).in_holds, Uint128::zero());
}

#[test]
fn sums_beyond_the_hold_are_cut_gross_first_then_awards_in_order() {
    for (gross, awards, bob, arb, kim) in [
        (200u128, [50u128, 50], 92u128, 0u128, 0u128),
        (60, [30, 30], 55, 30, 10),
        (0, [u128::MAX, 1], 0, 100, 0),
    ] {
        let mut bench = funded(100);
        bench
            .settle(
                1,
                Some("bob"),
                None,
                gross,
                vec![award("arb", awards[0]), award("kim", awards[1])],
            )
            .unwrap();
        let earned = |who| bench.balance(who, &usdc()).1;
        assert_eq!((earned("bob"), earned("arb"), earned("kim")), (bob, arb, kim));
        assert_eq!(bench.balance("ann", &usdc()), (0, 0));
        let told = bench.conservation(&usdc());
        assert_eq!(told.held, told.deposited);
    }
}

#[test]
fn one_party_may_have_several_parts() {
    let mut bench = funded(1_000);
    bench
        .settle(
            1,
            Some("ann"),
            Some("ann"),
            500,
            vec![award("ann", 100), award("ann", 50)],
        )
        .unwrap();
    // 460 as the provider, 2 as the referrer of a fee of 40, 150 awarded, 350 refunded.
    assert_eq!(bench.balance("ann", &usdc()), (350, 612));
}

#[test]
fn terms_of_the_day_hold_and_the_discount_goes_to_the_payer() {
    let mut bench = Bench::new();
    bench.deposit("ann", &joule(), 10_000).unwrap();
    let fees = FeeTerms {
        discount_bps: 1_000,
        ..FeeTerms::DEFAULT
    };
    let terms = HoldTerms { fees, ..bench.terms(0) };
    let msg = bench.open_msg(1, "ann", joule(), 10_000, terms);
    bench.send(&peer(Peer::Marketplace), msg).unwrap();
    let response = bench.settle(1, Some("bob"), None, 10_000, vec![]).unwrap();
    let event: HoldSettled = event(&response);
    assert_eq!((event.discount.u128(), event.refunded.u128()), (80, 80));
    assert_eq!(bench.balance("ann", &joule()), (80, 0));
    assert_eq!(bench.balance("bob", &joule()), (0, 9_200));
    assert_eq!(bench.fees(&joule()), (540, 180));
}

#[test]
fn a_second_settlement_changes_nothing_and_does_not_fail() {
    let mut bench = funded(1_000);
    bench.settle(1, Some("bob"), None, 1_000, vec![]).unwrap();
    let before = bench.deps.storage.records().clone();
    for hold in [1, 7] {
        let response = bench
            .settle(hold, Some("eve"), Some("eve"), 1_000, vec![award("eve", 1_000)])
            .unwrap();
        let event: HoldSettled = event(&response);
        assert!(event.closed_before && event.provider.is_zero() && event.refunded.is_zero());
        assert_eq!(event.denom, if hold == 1 { "uusdc" } else { "" });
    }
    assert_eq!(&before, bench.deps.storage.records());
}

#[test]
fn malformed_settlements_are_refused() {
    let mut bench = funded(1_000);
    assert_eq!(
        bench.settle(1, None, None, 1, vec![]),
        Err(EscrowError::NoPayee {
            hold: HoldId(1),
            gross: Uint128::one()
        })
    );
    let five = vec![award("arb", 1); 5];
    assert_eq!(
        bench.settle(1, None, None, 0, five),
        Err(EscrowError::TooManyAwards { count: 5, max: 4 })
    );
    let settle = |payee: Option<String>, referrer: Option<String>, to: String| ExecuteMsg::Settle {
        hold: HoldId(1),
        payee,
        referrer,
        gross: Uint128::one(),
        awards: vec![Award {
            to,
            amount: Uint128::one(),
        }],
    };
    let good = || addr("bob").to_string();
    for bad in [
        addr("bob").as_str().to_uppercase(),
        "bob".into(),
        peer(Peer::Escrow).into(),
        peer(Peer::Marketplace).into(),
    ] {
        for msg in [
            settle(Some(bad.clone()), None, good()),
            settle(Some(good()), Some(bad.clone()), good()),
            settle(Some(good()), None, bad.clone()),
        ] {
            assert!(matches!(
                bench.send(&peer(Peer::Marketplace), msg),
                Err(EscrowError::Kit(
                    KitError::InvalidAddress { .. } | KitError::OwnAddress { .. }
                ))
            ));
        }
    }
    bench
        .settle(1, Some("bob"), None, 1_000, vec![award("arb", 1); 4])
        .unwrap();
}

#[test]
fn an_empty_hold_settles() {
    let mut bench = Bench::new();
    bench.open(1, "ann", 0, 0).unwrap();
    bench
        .settle(1, Some("bob"), Some("ref"), 5, vec![award("arb", 5)])
        .unwrap();
    assert!(!bench.hold(1).unwrap().open);
    assert_eq!(bench.balance("bob", &usdc()), (0, 0));
}
