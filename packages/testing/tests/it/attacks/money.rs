//! Money: addresses, amounts, denominations.

use cosmwasm_std::{coin, Addr, Uint128};
use cw20::Denom;
use joule_testing::{code, World, USDC};
use joule_types::{
    escrow::{EscrowHook, ExecuteMsg},
    marketplace, registry,
    work::job::JobState,
};

fn usdc() -> Denom {
    Denom::Native(USDC.into())
}

fn escrow(world: &mut World, sender: &Addr, msg: &ExecuteMsg, amount: u128) -> anyhow::Result<()> {
    let (to, coins) = (
        world.peers.escrow.clone(),
        if amount > 0 { vec![coin(amount, USDC)] } else { vec![] },
    );
    world.send(sender, &to, msg, &coins).map(|_| ())
}

/// Every text that names an account is checked before it is stored: the upper-case twin of an address is no address here.
#[test]
fn v01_an_address_in_capitals_is_nobody() {
    let mut world = World::new();
    let buyer = world.buyer("ada", 1_000_000).address;
    let owner = world.provider("turbine", 400_000).owner;
    let twins = [
        buyer.as_str().to_uppercase(),
        format!(" {buyer}"),
        buyer.as_str().replacen("wasm", "cosmos", 1),
        buyer.as_str()[..buyer.as_str().len() - 1].to_string(),
        String::new(),
    ];
    world.give(&buyer, 10, USDC);
    for twin in twins {
        let deposit = ExecuteMsg::Deposit {
            owner: Some(twin.clone()),
        };
        assert_eq!(
            code(&escrow(&mut world, &buyer, &deposit, 1).unwrap_err()),
            "kit.invalid_address",
            "{twin}"
        );
        let withdraw = ExecuteMsg::Withdraw {
            denom: usdc(),
            amount: None,
            to: Some(twin.clone()),
        };
        assert_eq!(
            code(&escrow(&mut world, &buyer, &withdraw, 0).unwrap_err()),
            "kit.invalid_address",
            "{twin}"
        );
        let payout = registry::ExecuteMsg::UpdateProvider {
            operator: None,
            payout: Some(twin.clone()),
        };
        assert_eq!(
            code(&world.registry(&owner, &payout).unwrap_err()),
            "kit.invalid_address",
            "{twin}"
        );
    }
    world.check();
}

/// What is credited to a contract of the market would never leave it, so none of them can be a party.
#[test]
fn v02_the_market_is_no_party_of_itself() {
    let mut world = World::new();
    let buyer = world.buyer("ada", 1_000_000).address;
    let owner = world.provider("turbine", 400_000).owner;
    world.give(&buyer, 10, USDC);
    let peers = world.peers.clone();
    for peer in [
        &peers.escrow,
        &peers.registry,
        &peers.marketplace,
        &peers.staking,
        &peers.token,
    ] {
        let deposit = ExecuteMsg::Deposit {
            owner: Some(peer.to_string()),
        };
        assert_eq!(
            code(&escrow(&mut world, &buyer, &deposit, 1).unwrap_err()),
            "kit.own_address"
        );
        let withdraw = ExecuteMsg::Withdraw {
            denom: usdc(),
            amount: None,
            to: Some(peer.to_string()),
        };
        assert_eq!(
            code(&escrow(&mut world, &buyer, &withdraw, 0).unwrap_err()),
            "kit.own_address"
        );
        let payout = registry::ExecuteMsg::UpdateProvider {
            operator: None,
            payout: Some(peer.to_string()),
        };
        assert_eq!(code(&world.registry(&owner, &payout).unwrap_err()), "kit.own_address");
    }
}

/// Every open offer keeps a deposit and a node has one a denomination: a thousand offers need a thousand nodes and deposits.
#[test]
fn v05_spam_costs_its_sender() {
    let mut world = World::new();
    let provider = world.provider("turbine", 400_000);
    assert_eq!(code(&world.offer(&provider, 1).unwrap_err()), "mkt.offer_exists");
    let poor = world.registered("poor");
    let joule = world.joule();
    world.withdraw(&poor.owner, joule).unwrap();
    let mut poor = poor;
    poor.node = world.add_node(&poor, world.cpu_spec()).unwrap();
    world.admit(&poor, poor.node).unwrap();
    assert_eq!(code(&world.offer(&poor, 1).unwrap_err()), "esc.insufficient_balance");
    // A job that asks for nothing is none: its hold is its deposit.
    let buyer = world.buyer("ada", 1_000_000);
    let mut spec = world.job_spec();
    spec.requirements.budget = Uint128::zero();
    assert_eq!(
        code(&world.try_post(&buyer, spec, vec![]).unwrap_err()),
        "mkt.invalid_job"
    );
}

/// No contract asks for its own balances: coins that nobody asked for change nothing, in any number of denominations.
#[test]
fn v06_junk_coins_are_ignored() {
    let mut world = World::new();
    let provider = world.provider("turbine", 400_000);
    let peers = world.peers.clone();
    for i in 0..200 {
        let name = format!("junk{i}");
        let escrow = peers.escrow.clone();
        world.backend.app.init_modules(|router, _, storage| {
            let mut coins: Vec<_> = (0..=i).map(|j| coin(1, format!("junk{j}"))).collect();
            coins.push(coin(7, name));
            router.bank.init_balance(storage, &escrow, coins).unwrap();
        });
    }
    let buyer = world.buyer("ada", 5_000_000);
    let job = world.post(&buyer, world.job_spec());
    world.deliver(&provider, job);
    world.accept(&buyer, job).unwrap();
    world.withdraw(&buyer.address, usdc()).unwrap();
    assert_eq!(
        code(
            &world
                .withdraw(&buyer.address, Denom::Native("junk0".into()))
                .unwrap_err()
        ),
        "esc.nothing_to_withdraw"
    );
    world.check();
}

/// The fee of the smallest deals does not vanish by rounding: the provider's part rounds down, the fee is what is left.
#[test]
fn v09_a_tiny_deal_pays_its_fee() {
    let mut world = World::new();
    let provider = world.provider("turbine", 1);
    let buyer = world.buyer("ada", 5_000_000);
    let mut spec = world.job_spec();
    (spec.requirements.max_secs, spec.estimated_secs) = (60, 1);
    let job = world.post(&buyer, spec);
    assert_eq!(world.quote(job).u128(), 1, "the quote rounds up");
    world.deliver(&provider, job);
    world.accept(&buyer, job).unwrap();
    assert_eq!(world.earned(&provider).u128(), 0);
    assert_eq!(world.observe().escrow.ledgers["nuusdc"].treasury.u128(), 1);
    world.check();
}

/// Many small deals yield a provider no more than one large one, and nobody a unit that was not paid.
#[test]
fn v10_cutting_a_deal_into_pieces_gains_nothing() {
    let mut world = World::new();
    let provider = world.provider("turbine", 3_601);
    let buyer = world.buyer("ada", 50_000_000);
    let mut paid = 0;
    for _ in 0..20 {
        world.beat(&provider, &[provider.node]).unwrap();
        let mut spec = world.job_spec();
        (spec.requirements.max_secs, spec.estimated_secs) = (7, 1);
        let job = world.post(&buyer, spec);
        paid += world.quote(job).u128();
        world.deliver(&provider, job);
        world.accept(&buyer, job).unwrap();
    }
    assert!(world.earned(&provider).u128() <= paid * 92 / 100);
    let free = world.balance(&buyer.address, usdc()).total().u128();
    assert_eq!(free, 50_000_000 - paid);
    world.check();
}

/// The largest amounts there are end in a refusal with a code, never in a wrapped sum or a panic.
#[test]
fn v11_v12_amounts_at_the_end_of_the_range() {
    let mut world = World::new();
    let provider = world.provider("turbine", 400_000);
    let buyer = world.buyer("ada", u128::MAX / 8);
    for (budget, deposit) in [
        (u128::MAX, 1),
        (u128::MAX, u128::MAX),
        (1 << 127, 1 << 127),
        (u128::MAX / 8, 1),
    ] {
        let mut spec = world.job_spec();
        (spec.requirements.budget, spec.crank_deposit) = (budget.into(), deposit.into());
        let refused = code(&world.try_post(&buyer, spec, vec![]).unwrap_err());
        assert!(
            ["mkt.sum_too_large", "esc.insufficient_balance"].contains(&refused.as_str()),
            "{refused}"
        );
    }
    let terms = marketplace::OfferTerms {
        price: Uint128::MAX,
        ..world.offer_terms(&provider, 1)
    };
    let operator = provider.operator.clone();
    world
        .market(
            &operator,
            &marketplace::ExecuteMsg::UpdateOffer {
                offer: provider.offer,
                terms,
            },
        )
        .unwrap();
    let mut spec = world.job_spec();
    spec.requirements.budget = Uint128::new(u128::MAX / 8 - 10_000);
    let job = world.post(&buyer, spec);
    assert_eq!(
        world.state(job),
        JobState::Queued,
        "a price beyond every budget is matched with nobody"
    );
    world.check();
}

/// Zero is never sent: a bank refuses it, and the whole message would fail. A deal without fee, tip and refund settles.
#[test]
fn v24_zero_amounts_do_not_block_a_settlement() {
    let mut world = World::with(|plan| {
        plan.marketplace.fees.fee_bps = 0;
        plan.marketplace.dispute_bps = 0;
        plan.marketplace.offer_deposit = Uint128::zero();
    });
    let provider = world.provider("turbine", 400_000);
    let buyer = world.buyer("ada", 5_000_000);
    let mut spec = world.job_spec();
    (spec.requirements.budget, spec.crank_deposit) = (Uint128::new(400_000), Uint128::zero());
    for accepted in [true, false] {
        world.beat(&provider, &[provider.node]).unwrap();
        let job = world.post(&buyer, spec.clone());
        world.deliver(&provider, job);
        if accepted {
            world.accept(&buyer, job).unwrap();
        } else {
            world.dispute(&buyer.address, job).unwrap();
            world.resolve(job, 0).unwrap();
        }
    }
    assert_eq!(world.earned(&provider).u128(), 400_000);
    let distribute = ExecuteMsg::Distribute { denom: usdc() };
    assert_eq!(
        code(&escrow(&mut world, &buyer.address, &distribute, 0).unwrap_err()),
        "esc.nothing_to_distribute"
    );
    world.check();
}

/// What may be taken out is the account's own record; what else it has or was shown on a page plays no part.
#[test]
fn v30_the_limit_is_the_own_record() {
    let mut world = World::new();
    let rich = world.buyer("rich", 50_000_000).address;
    let poor = world.buyer("poor", 1).address;
    world.give(&poor, 50_000_000, USDC);
    let take = |amount: u128| ExecuteMsg::Withdraw {
        denom: usdc(),
        amount: Some(amount.into()),
        to: None,
    };
    assert_eq!(
        code(&escrow(&mut world, &poor, &take(2), 0).unwrap_err()),
        "esc.insufficient_balance"
    );
    escrow(&mut world, &poor, &take(1), 0).unwrap();
    escrow(&mut world, &rich, &take(50_000_000), 0).unwrap();
    world.check();
}

/// A denomination is what the list says, letter by letter.
#[test]
fn v40_a_denomination_is_exact() {
    let mut world = World::new();
    let eve = world.account("eve");
    let names = ["UUSDC", "uusdc2", "factory/x/uusdc", "ibc/uusdc", "joule"];
    let coins: Vec<_> = names.iter().map(|name| coin(10, *name)).collect();
    world
        .backend
        .app
        .init_modules(|router, _, storage| router.bank.init_balance(storage, &eve, coins).unwrap());
    for name in names {
        assert_eq!(
            code(&world.deposit(&eve, 1, name).unwrap_err()),
            "esc.denom_not_listed",
            "{name}"
        );
    }
    // A native denomination that spells the token's address is not the token.
    let token = world.peers.token.to_string();
    let spelled = token.clone();
    world.backend.app.init_modules(|router, _, storage| {
        router
            .bank
            .init_balance(storage, &eve, vec![coin(10, spelled)])
            .unwrap();
    });
    assert_eq!(
        code(&world.deposit(&eve, 1, &token).unwrap_err()),
        "esc.denom_not_listed"
    );
    let hook = EscrowHook::Deposit { owner: None };
    let escrow = world.peers.escrow.clone();
    assert!(
        world.send_joule(&eve, &escrow, 1u128, &hook).is_err(),
        "and she has no JOULE"
    );
}
