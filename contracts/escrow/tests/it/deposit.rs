use crate::support::*;
use cosmwasm_std::{Addr, Uint128};
use cw20::Denom;
use joule_escrow::EscrowError;
use joule_kit::KitError;
use joule_types::escrow::{Deposited, EscrowHook, ExecuteMsg, ParamsUpdate};
use joule_types::{AdminMsg, Peer};

#[test]
fn native_coins_credit_the_sender_or_the_owner_named() {
    let mut bench = Bench::new();
    let response = bench.deposit("ann", &usdc(), 70).unwrap();
    assert_eq!(
        event::<Deposited>(&response),
        Deposited {
            owner: addr("ann"),
            denom: "uusdc".into(),
            amount: Uint128::new(70)
        }
    );
    let gift = ExecuteMsg::Deposit {
        owner: Some(addr("bob").into()),
    };
    bench.send_with(&addr("ann"), &[("uusdc", 5)], gift).unwrap();
    assert_eq!(bench.balance("ann", &usdc()), (70, 0));
    assert_eq!(bench.balance("bob", &usdc()), (5, 0));
    let told = bench.conservation(&usdc());
    assert_eq!((told.deposited.u128(), told.held.u128()), (75, 75));
}

#[test]
fn a_listed_token_credits_and_names_itself() {
    let mut bench = Bench::new();
    let response = bench.deposit("ann", &joule(), 9).unwrap();
    assert_eq!(event::<Deposited>(&response).denom, peer(Peer::Token).to_string());
    let gift = EscrowHook::Deposit {
        owner: Some(addr("bob").into()),
    };
    bench.receive(&peer(Peer::Token), "ann", 4, &gift).unwrap();
    assert_eq!(bench.balance("ann", &joule()), (9, 0));
    assert_eq!(bench.balance("bob", &joule()), (4, 0));
    // A native denom that spells the token's address is another denomination.
    let twin = Denom::Native(peer(Peer::Token).into());
    assert_eq!(bench.balance("ann", &twin), (0, 0));
}

#[test]
fn what_is_not_exactly_one_listed_coin_is_refused() {
    let mut bench = Bench::new();
    let mut send = |funds: &[(&str, u128)]| {
        bench
            .send_with(&addr("ann"), funds, ExecuteMsg::Deposit { owner: None })
            .unwrap_err()
    };
    assert_eq!(send(&[]), KitError::NoFunds.into());
    assert_eq!(send(&[("uusdc", 0)]), KitError::NoFunds.into());
    assert!(matches!(
        send(&[("uusdc", 1), ("ufake", 1)]),
        EscrowError::Kit(KitError::OneCoin { .. })
    ));
    for denom in ["ufake", "UUSDC", "uusdc "] {
        assert_eq!(send(&[(denom, 1)]), EscrowError::DenomNotListed { denom: denom.into() });
    }
}

#[test]
fn a_fake_token_a_bad_hook_and_a_bad_owner_are_refused() {
    let mut bench = Bench::new();
    let hook = EscrowHook::Deposit { owner: None };
    let fake = addr("fake token");
    assert_eq!(
        bench.receive(&fake, "ann", 5, &hook),
        Err(EscrowError::DenomNotListed {
            denom: fake.to_string()
        })
    );
    let token = peer(Peer::Token);
    assert_eq!(bench.receive(&token, "ann", 0, &hook), Err(KitError::NoFunds.into()));
    for text in ["{\"bond\":{}}", "{}", "", "{\"deposit\":{\"owner\":7}}"] {
        let outcome = bench.receive_raw(&token, "ann", 5, text.as_bytes().into());
        assert!(matches!(outcome, Err(EscrowError::Kit(KitError::Std(_)))), "{text}");
    }
    for owner in [addr("ann").as_str().to_uppercase(), "ann".into(), String::new()] {
        let hook = EscrowHook::Deposit { owner: Some(owner) };
        assert!(matches!(
            bench.receive(&token, "ann", 5, &hook),
            Err(EscrowError::Kit(KitError::InvalidAddress { .. }))
        ));
    }
    for owner in Peer::ALL {
        let msg = ExecuteMsg::Deposit {
            owner: Some(peer(owner).into()),
        };
        assert!(matches!(
            bench.send_with(&addr("ann"), &[("uusdc", 1)], msg),
            Err(EscrowError::Kit(KitError::OwnAddress { .. }))
        ));
    }
}

#[test]
fn a_pause_stops_deposits_until_it_ends() {
    let mut bench = Bench::new();
    let pause = ExecuteMsg::Admin(AdminMsg::Pause { secs: 100 });
    bench.send(&addr("guardian"), pause).unwrap();
    let until = bench.now() + 100;
    bench.jump(99);
    for denom in [usdc(), joule()] {
        assert_eq!(bench.deposit("ann", &denom, 1), Err(KitError::Paused { until }.into()));
    }
    bench.jump(1);
    for denom in [usdc(), joule()] {
        bench.deposit("ann", &denom, 1).unwrap();
    }
}

#[test]
fn a_denomination_taken_off_the_list_leaves_but_does_not_enter() {
    let mut bench = Bench::new();
    bench.deposit("ann", &joule(), 10).unwrap();
    let update = ParamsUpdate {
        denoms: Some(vec![usdc()]),
    };
    bench
        .send(&peer(Peer::Dao), ExecuteMsg::UpdateParams { update })
        .unwrap();
    assert!(matches!(
        bench.deposit("ann", &joule(), 1),
        Err(EscrowError::DenomNotListed { .. })
    ));
    let paid = payments(&bench.withdraw("ann", &joule(), None).unwrap());
    assert_eq!(paid, [(addr("ann"), joule(), 10)]);
}

#[test]
fn nothing_enters_before_the_launch() {
    let mut bench = Bench::setup();
    assert_eq!(bench.deposit("ann", &usdc(), 1), Err(KitError::Setup.into()));
    assert_eq!(bench.balance("ann", &Denom::Cw20(Addr::unchecked("nobody"))), (0, 0));
}
