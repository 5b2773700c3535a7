use crate::support::*;
use cosmwasm_std::Uint128;
use cw20::Denom;
use joule_escrow::EscrowError;
use joule_kit::KitError;
use joule_types::escrow::{ExecuteMsg, Withdrawn};
use joule_types::{AdminMsg, Peer};

/// Ann has 100 deposited and 46 earned.
fn earner() -> Bench {
    let mut bench = Bench::new();
    bench.deposit("ann", &usdc(), 100).unwrap();
    bench.deposit("bob", &usdc(), 50).unwrap();
    bench.open(1, "bob", 50, 0).unwrap();
    bench.settle(1, Some("ann"), None, 50, vec![]).unwrap();
    assert_eq!(bench.balance("ann", &usdc()), (100, 46));
    bench
}

#[test]
fn earnings_leave_before_deposits() {
    let mut bench = earner();
    let response = bench.withdraw("ann", &usdc(), Some(60)).unwrap();
    assert_eq!(payments(&response), [(addr("ann"), usdc(), 60)]);
    assert_eq!(
        event::<Withdrawn>(&response),
        Withdrawn {
            owner: addr("ann"),
            to: addr("ann"),
            denom: "uusdc".into(),
            amount: Uint128::new(60),
            earned: Uint128::new(46),
        }
    );
    assert_eq!(bench.balance("ann", &usdc()), (86, 0));
    let told = bench.conservation(&usdc());
    assert_eq!((told.paid.u128(), told.refunded.u128(), told.held.u128()), (46, 14, 90));
}

#[test]
fn all_of_it_leaves_when_no_amount_is_named_and_only_once() {
    let mut bench = earner();
    let response = bench.withdraw("ann", &usdc(), None).unwrap();
    assert_eq!(payments(&response), [(addr("ann"), usdc(), 146)]);
    for amount in [None, Some(0)] {
        assert_eq!(
            bench.withdraw("ann", &usdc(), amount),
            Err(EscrowError::NothingToWithdraw {
                owner: addr("ann").into(),
                denom: "uusdc".into(),
                free: Uint128::zero()
            })
        );
    }
}

#[test]
fn more_than_the_balance_and_other_denominations_are_refused() {
    let mut bench = earner();
    assert_eq!(
        bench.withdraw("ann", &usdc(), Some(147)),
        Err(EscrowError::InsufficientBalance {
            owner: addr("ann").into(),
            denom: "uusdc".into(),
            free: Uint128::new(146),
            asked: Uint128::new(147)
        })
    );
    for denom in [
        joule(),
        Denom::Native("UUSDC".into()),
        Denom::Native(peer(Peer::Token).into()),
        Denom::Cw20(cosmwasm_std::Addr::unchecked("uusdc")),
    ] {
        assert!(matches!(
            bench.withdraw("ann", &denom, None),
            Err(EscrowError::NothingToWithdraw { .. })
        ));
        assert!(matches!(
            bench.withdraw("ann", &denom, Some(1)),
            Err(EscrowError::InsufficientBalance { .. })
        ));
    }
}

#[test]
fn another_account_can_be_paid_but_no_contract_of_the_market() {
    let mut bench = earner();
    let mut to = |to: String| {
        let msg = ExecuteMsg::Withdraw {
            denom: usdc(),
            amount: Some(Uint128::one()),
            to: Some(to),
        };
        bench.send(&addr("ann"), msg)
    };
    assert_eq!(payments(&to(addr("eve").into()).unwrap()), [(addr("eve"), usdc(), 1)]);
    for own in Peer::ALL {
        assert!(matches!(
            to(peer(own).into()),
            Err(EscrowError::Kit(KitError::OwnAddress { .. }))
        ));
    }
    assert!(matches!(
        to(addr("eve").as_str().to_uppercase()),
        Err(EscrowError::Kit(KitError::InvalidAddress { .. }))
    ));
}

#[test]
fn a_pause_does_not_stop_it_and_coins_do() {
    let mut bench = earner();
    let pause = ExecuteMsg::Admin(AdminMsg::Pause { secs: 100 });
    bench.send(&addr("guardian"), pause).unwrap();
    bench.withdraw("ann", &usdc(), Some(1)).unwrap();
    let msg = ExecuteMsg::Withdraw {
        denom: usdc(),
        amount: None,
        to: None,
    };
    assert!(matches!(
        bench.send_with(&addr("ann"), &[("uusdc", 1)], msg),
        Err(EscrowError::Kit(KitError::UnexpectedFunds { .. }))
    ));
}

#[test]
fn the_dao_can_take_what_it_was_awarded() {
    let mut bench = Bench::new();
    bench.deposit("bob", &usdc(), 50).unwrap();
    bench.open(1, "bob", 50, 0).unwrap();
    bench.settle(1, None, None, 0, vec![award("dao", 7)]).unwrap();
    assert_eq!(
        payments(&bench.withdraw("dao", &usdc(), None).unwrap()),
        [(peer(Peer::Dao), usdc(), 7)]
    );
}
