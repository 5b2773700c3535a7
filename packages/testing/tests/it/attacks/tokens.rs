//! Tokens that are not what they seem.

use cosmwasm_std::{to_json_binary, Addr, Binary, Uint128};
use cw20::{Cw20ReceiveMsg, Denom};
use joule_testing::{
    adversaries::{ExecuteMsg as Token, Vice},
    code, World, USDC,
};
use joule_types::{
    dao,
    escrow::{self, EscrowHook},
    registry::{self, RegistryHook},
    staking::{self, StakingHook},
};

fn deposit() -> Binary {
    to_json_binary(&EscrowHook::Deposit { owner: None }).unwrap()
}

fn claim(contract: &Addr, sender: &Addr, msg: Binary) -> Token {
    Token::Claim {
        contract: contract.to_string(),
        sender: sender.to_string(),
        amount: Uint128::new(1_000_000_000),
        msg,
    }
}

/// The token is who calls, and it must be the one of the market or on the list; whom it names as sender counts only then.
#[test]
fn v20_a_token_nobody_listed_deposits_nothing() {
    let mut world = World::new();
    let eve = world.account("eve");
    let token = world.hostile_token(Vice::Lies, &[&eve]);
    let peers = world.peers.clone();
    let hooks = [
        (&peers.escrow, deposit(), "esc.denom_not_listed"),
        (
            &peers.staking,
            to_json_binary(&StakingHook::Bond {}).unwrap(),
            "kit.unauthorized",
        ),
        (
            &peers.registry,
            to_json_binary(&RegistryHook::Register {
                operator: None,
                payout: None,
                referrer: None,
            })
            .unwrap(),
            "kit.unauthorized",
        ),
        (
            &peers.dao,
            to_json_binary(&dao::DaoHook::Donate {}).unwrap(),
            "kit.unauthorized",
        ),
    ];
    for (contract, msg, refusal) in hooks {
        let error = world.send(&eve, &token, &claim(contract, &eve, msg), &[]).unwrap_err();
        assert_eq!(code(&error), refusal);
    }
    // Nor does the hook itself, called by an account that says it is a token.
    let forged = Cw20ReceiveMsg {
        sender: eve.to_string(),
        amount: Uint128::new(1_000_000),
        msg: deposit(),
    };
    let direct = escrow::ExecuteMsg::Receive(forged.clone());
    assert_eq!(
        code(&world.send(&eve, &peers.escrow, &direct, &[]).unwrap_err()),
        "esc.denom_not_listed"
    );
    let direct = staking::ExecuteMsg::Receive(forged.clone());
    assert_eq!(
        code(&world.send(&eve, &peers.staking, &direct, &[]).unwrap_err()),
        "kit.unauthorized"
    );
    let direct = registry::ExecuteMsg::Receive(forged);
    assert_eq!(code(&world.registry(&eve, &direct).unwrap_err()), "kit.unauthorized");
    world.check();
}

/// A hook that a contract does not know is an error, not a donation.
#[test]
fn v20_an_unknown_hook_returns_the_tokens() {
    let mut world = World::new();
    let eve = world.account("eve");
    world.give_joule(&eve, 1_000_000u128);
    for contract in [
        world.peers.escrow.clone(),
        world.peers.staking.clone(),
        world.peers.registry.clone(),
    ] {
        assert!(world.send_joule(&eve, &contract, 1_000_000u128, &"nonsense").is_err());
    }
    assert_eq!(world.joule_of(&eve).u128(), 1_000_000);
}

/// A market with a listed token of which eve has a million and `other` a deposit of 500,000.
fn listed(vice: Vice) -> (World, Addr, Addr, Addr) {
    let mut world = World::new();
    let (eve, other) = (world.account("eve"), world.account("other"));
    let token = world.hostile_token(Vice::None, &[&eve, &other]);
    world.list_token(&token);
    let escrow = world.peers.escrow.to_string();
    let send = Token::Send {
        contract: escrow,
        amount: Uint128::new(500_000),
        msg: deposit(),
    };
    world.send(&other, &token, &send, &[]).unwrap();
    world.send(&eve, &token, &send, &[]).unwrap();
    world.send(&eve, &token, &Token::Become(vice), &[]).unwrap();
    (world, token, eve, other)
}

fn others_are_whole(world: &mut World) {
    let provider = world.provider("turbine", 400_000);
    let buyer = world.buyer("ada", 5_000_000);
    let job = world.post(&buyer, world.job_spec());
    world.deliver(&provider, job);
    world.accept(&buyer, job).unwrap();
    world.withdraw(&buyer.address, Denom::Native(USDC.into())).unwrap();
    let payout = provider.payout.clone();
    world.withdraw(&payout, Denom::Native(USDC.into())).unwrap();
    assert_eq!(world.coins_of(&payout, USDC).u128(), 368_000);
}

/// The ledger is the truth: a token that reports what did not happen fills its own ledger and no other one.
#[test]
fn v21_a_lying_token_steals_only_itself() {
    let (mut world, token, eve, _) = listed(Vice::Lies);
    let escrow = world.peers.escrow.clone();
    world.send(&eve, &token, &claim(&escrow, &eve, deposit()), &[]).unwrap();
    let denom = Denom::Cw20(token.clone());
    assert_eq!(world.balance(&eve, denom.clone()).total().u128(), 1_000_500_000);
    assert!(world.balance(&eve, Denom::Native(USDC.into())).total().is_zero());
    assert!(world.balance(&eve, world.joule()).total().is_zero());
    others_are_whole(&mut world);
}

/// Payouts are pulled, each by its owner: a token that does not move stops its own withdrawals and nothing else.
#[test]
fn v21_a_blocking_token_stops_only_its_withdrawals() {
    let (mut world, token, _, other) = listed(Vice::Blocks);
    let denom = Denom::Cw20(token.clone());
    assert!(world.withdraw(&other, denom.clone()).is_err());
    assert_eq!(
        world.balance(&other, denom.clone()).total().u128(),
        500_000,
        "and what failed took nothing"
    );
    others_are_whole(&mut world);
    world.send(&other, &token, &Token::Become(Vice::None), &[]).unwrap();
    world.withdraw(&other, denom).unwrap();
}

/// A token that keeps a part of each transfer leaves a hole in its own denomination, found by who withdraws last.
#[test]
fn v21_a_fee_taking_token_is_short_of_itself_only() {
    let (mut world, token, eve, other) = listed(Vice::TakesFee);
    let send = Token::Send {
        contract: world.peers.escrow.to_string(),
        amount: Uint128::new(500_000),
        msg: deposit(),
    };
    world.send(&eve, &token, &send, &[]).unwrap();
    let denom = Denom::Cw20(token.clone());
    // Booked 1,500,000, there are 1,450,000.
    world.withdraw(&other, denom.clone()).unwrap();
    assert!(world.withdraw(&eve, denom).is_err());
    others_are_whole(&mut world);
}

/// Effects come before messages: while a withdrawal pays, the balance is gone already, and a second one finds nothing.
#[test]
fn v18_a_withdrawal_entered_again_pays_once() {
    let (mut world, token, _, _) = listed(Vice::None);
    let (escrow, denom) = (world.peers.escrow.clone(), Denom::Cw20(token.clone()));
    // The token has a balance of its own, and calls back as itself while it is paid.
    let eve = world.account("eve");
    let hook = to_json_binary(&EscrowHook::Deposit {
        owner: Some(token.to_string()),
    })
    .unwrap();
    let send = Token::Send {
        contract: escrow.to_string(),
        amount: Uint128::new(100_000),
        msg: hook,
    };
    world.send(&eve, &token, &send, &[]).unwrap();
    let amount = Some(Uint128::new(100_000));
    let withdraw = to_json_binary(&escrow::ExecuteMsg::Withdraw {
        denom: denom.clone(),
        amount,
        to: None,
    })
    .unwrap();
    let vice = Vice::CallsBack {
        contract: escrow.to_string(),
        msg: withdraw.clone(),
    };
    world.send(&eve, &token, &Token::Become(vice), &[]).unwrap();
    let act = Token::Act {
        contract: escrow.to_string(),
        msg: withdraw,
    };
    let error = world.send(&eve, &token, &act, &[]).unwrap_err();
    assert_eq!(code(&error), "esc.insufficient_balance");
    assert_eq!(world.balance(&token, denom.clone()).total().u128(), 100_000);
    let held = world.conservation(denom).held.u128();
    assert_eq!(held, 1_100_000, "two deposits and its own");
}

/// Called back from inside a payout, every entry point finds books that are whole: nothing more can be done than from outside.
#[test]
fn v18_a_call_from_inside_a_payout_finds_whole_books() {
    let (mut world, token, eve, other) = listed(Vice::None);
    let denom = Denom::Cw20(token.clone());
    let peers = world.peers.clone();
    let usdc = Denom::Native(USDC.into());
    let inside: Vec<(&Addr, Binary)> = vec![
        (
            &peers.escrow,
            to_json_binary(&escrow::ExecuteMsg::Withdraw {
                denom: usdc.clone(),
                amount: None,
                to: None,
            })
            .unwrap(),
        ),
        (
            &peers.escrow,
            to_json_binary(&escrow::ExecuteMsg::Distribute { denom: usdc }).unwrap(),
        ),
        (&peers.staking, to_json_binary(&staking::ExecuteMsg::Claim {}).unwrap()),
        (
            &peers.escrow,
            to_json_binary(&escrow::ExecuteMsg::UpdateParams {
                update: escrow::ParamsUpdate { denoms: Some(vec![]) },
            })
            .unwrap(),
        ),
    ];
    for (contract, msg) in inside {
        let vice = Vice::CallsBack {
            contract: contract.to_string(),
            msg,
        };
        world.send(&eve, &token, &Token::Become(vice), &[]).unwrap();
        let before = world.digest();
        assert!(world.withdraw(&other, denom.clone()).is_err());
        assert_eq!(world.digest(), before);
    }
    // A deposit from inside is one as any other.
    let claim = to_json_binary(&escrow::ExecuteMsg::Deposit { owner: None }).unwrap();
    let vice = Vice::CallsBack {
        contract: peers.escrow.to_string(),
        msg: claim,
    };
    world.send(&eve, &token, &Token::Become(vice), &[]).unwrap();
    assert_eq!(code(&world.withdraw(&other, denom).unwrap_err()), "kit.no_funds");
    others_are_whole(&mut world);
}
