//! `Receive` with `Register`, and `UpdateProvider`.

use cosmwasm_std::{to_json_binary, Uint128};
use cw20::{Cw20ExecuteMsg, Cw20ReceiveMsg};
use joule_types::registry::*;
use joule_types::ProviderId;
use joule_work::kind::Class;
use joule_work::trust::TrustLevel;

use crate::suite::*;

fn hook(operator: Option<&str>, payout: Option<&str>, referrer: Option<&str>) -> RegistryHook {
    let text = |name: Option<&str>| name.map(|name| at(name).to_string());
    RegistryHook::Register {
        operator: text(operator),
        payout: text(payout),
        referrer: text(referrer),
    }
}

fn bonded(owner: &str) -> Suite {
    let mut suite = Suite::new();
    suite.set_pool(owner, 100 * JOULE, 0);
    suite
}

#[test]
fn a_provider_registers_and_the_fee_goes_to_the_dao_by_transfer() {
    let mut suite = bonded("alice");
    let hook = hook(Some("hot"), Some("purse"), Some("friend"));
    let response = suite.exec("token", Suite::register_msg("alice", FEE, &hook)).unwrap();

    let transfer = Cw20ExecuteMsg::Transfer {
        recipient: at("dao").to_string(),
        amount: Uint128::new(FEE),
    };
    assert_eq!(calls::<Cw20ExecuteMsg>(&response, "token"), [transfer]);
    assert_eq!(
        event::<ProviderRegistered>(&response),
        ProviderRegistered {
            provider: ProviderId(1),
            owner: at("alice"),
            operator: at("hot"),
            payout: at("purse"),
            referrer: Some(at("friend")),
            fee: Uint128::new(FEE),
        }
    );
    let provider = suite.provider(ProviderId(1));
    assert_eq!(provider.class, Class::Community);
    assert_eq!(provider.registered_at, suite.now());
    assert_eq!(provider.counters, Counters::default());
    assert_eq!(
        provider.standing,
        Standing {
            reputation: 100_000,
            success_bps: 10_000,
            trust: TrustLevel::Basic,
            stake: Uint128::new(100 * JOULE),
            under_review: false,
        }
    );
    for address in ["alice", "hot"] {
        let msg = QueryMsg::ProviderOf {
            address: at(address).to_string(),
        };
        assert_eq!(suite.query::<Option<ProviderResponse>>(msg), Some(provider.clone()));
    }
    let msg = QueryMsg::ProviderOf {
        address: at("purse").to_string(),
    };
    assert_eq!(suite.query::<Option<ProviderResponse>>(msg), None);
}

#[test]
fn operator_and_payout_default_to_the_owner() {
    let mut suite = bonded("alice");
    let msg = Suite::register_msg("alice", FEE, &hook(None, None, None));
    suite.exec("token", msg).unwrap();
    let provider = suite.provider(ProviderId(1));
    assert_eq!((provider.operator, provider.payout), (at("alice"), at("alice")));
}

#[test]
fn registration_is_refused_with_the_reason() {
    let register = |hook: &RegistryHook, fee: u128| {
        let mut suite = bonded("alice");
        suite.register("bob");
        suite.exec("token", Suite::register_msg("alice", fee, hook))
    };
    let plain = hook(None, None, None);
    refused(register(&plain, FEE - 1), "reg.wrong_fee");
    refused(register(&plain, FEE + 1), "reg.wrong_fee");
    refused(register(&hook(Some("bob"), None, None), FEE), "reg.address_taken");
    refused(register(&hook(Some("bob-op"), None, None), FEE), "reg.address_taken");
    for own in ["alice", "hot", "purse"] {
        let hook = hook(Some("hot"), Some("purse"), Some(own));
        refused(register(&hook, FEE), "reg.invalid_provider");
    }
    for peer in ["dao", "token", "marketplace", "escrow", "staking"] {
        refused(register(&hook(Some(peer), None, None), FEE), "kit.own_address");
        refused(register(&hook(None, Some(peer), None), FEE), "kit.own_address");
        refused(register(&hook(None, None, Some(peer)), FEE), "kit.own_address");
    }
    let loud = RegistryHook::Register {
        operator: Some(at("hot").to_string().to_uppercase()),
        payout: None,
        referrer: None,
    };
    refused(register(&loud, FEE), "kit.invalid_address");

    let mut suite = Suite::new();
    let msg = || Suite::register_msg("alice", FEE, &plain);
    refused(suite.exec("token", msg()), "reg.stake_too_low");
    suite.set_pool("alice", 100 * JOULE - 1, 0);
    refused(suite.exec("token", msg()), "reg.stake_too_low");
    suite.set_pool("dao", 100 * JOULE, 0);
    refused(
        suite.exec("token", Suite::register_msg("dao", FEE, &plain)),
        "kit.own_address",
    );
    assert!(suite
        .try_query(QueryMsg::Provider {
            provider: ProviderId(1)
        })
        .is_err());
}

#[test]
fn an_owner_registers_once_and_ids_count_on() {
    let mut suite = Suite::new();
    assert_eq!(suite.register("alice"), ProviderId(1));
    let msg = Suite::register_msg("alice", FEE, &hook(None, None, None));
    refused(suite.exec("token", msg), "reg.address_taken");
    assert_eq!(suite.register("bob"), ProviderId(2));
}

/// Nobody signs for being named as an operator. An address that registers itself was not asked, or has changed its mind:
/// it is free of the other provider, which falls back to its owner's key.
#[test]
fn an_address_that_others_named_as_operator_registers_itself() {
    let mut suite = bonded("squatter");
    let naming = hook(Some("alice"), None, None);
    suite
        .exec("token", Suite::register_msg("squatter", FEE, &naming))
        .unwrap();
    suite.set_pool("alice", 100 * JOULE, 0);
    let msg = Suite::register_msg("alice", FEE, &hook(Some("hot"), None, None));
    let response = suite.exec("token", msg).unwrap();

    let of = |suite: &mut Suite, name: &str| {
        let address = at(name).to_string();
        let found: Option<ProviderResponse> = suite.query(QueryMsg::ProviderOf { address });
        found.map(|provider| provider.provider)
    };
    assert_eq!(of(&mut suite, "alice"), Some(ProviderId(2)));
    assert_eq!(of(&mut suite, "hot"), Some(ProviderId(2)));
    assert_eq!(of(&mut suite, "squatter"), Some(ProviderId(1)));
    assert_eq!(suite.provider(ProviderId(1)).operator, at("squatter"));
    let told: ProviderUpdated = event(&response);
    assert_eq!((told.provider, told.operator), (ProviderId(1), at("squatter")));
    // The squatter can neither take the address back nor set another operator at the expense of alice.
    refused(suite.exec("squatter", update(Some("alice"), None)), "reg.address_taken");
    suite.exec("squatter", update(Some("cold"), None)).unwrap();
    assert_eq!(of(&mut suite, "alice"), Some(ProviderId(2)));
}

#[test]
fn an_unknown_hook_is_an_error() {
    let mut suite = bonded("alice");
    for text in ["{}", "{\"bond\":{}}", "null", ""] {
        let msg = ExecuteMsg::Receive(Cw20ReceiveMsg {
            sender: at("alice").to_string(),
            amount: Uint128::new(FEE),
            msg: text.as_bytes().into(),
        });
        refused(suite.exec("token", msg), "kit.std");
    }
    let msg = ExecuteMsg::Receive(Cw20ReceiveMsg {
        sender: "nobody".into(),
        amount: Uint128::new(FEE),
        msg: to_json_binary(&hook(None, None, None)).unwrap(),
    });
    refused(suite.exec("token", msg), "kit.invalid_address");
}

fn update(operator: Option<&str>, payout: Option<&str>) -> ExecuteMsg {
    ExecuteMsg::UpdateProvider {
        operator: operator.map(|name| at(name).to_string()),
        payout: payout.map(|name| at(name).to_string()),
    }
}

#[test]
fn the_owner_moves_operator_and_payout_and_the_lookup_follows() {
    let mut suite = Suite::new();
    let provider = suite.register("alice");
    let find = |suite: &mut Suite, name: &str| {
        let address = at(name).to_string();
        let found: Option<ProviderResponse> = suite.query(QueryMsg::ProviderOf { address });
        found.map(|p| p.provider)
    };
    let response = suite.exec("alice", update(Some("new"), Some("purse"))).unwrap();
    let changed: ProviderUpdated = event(&response);
    assert_eq!((changed.operator, changed.payout), (at("new"), at("purse")));
    assert_eq!(find(&mut suite, "alice-op"), None);
    assert_eq!(find(&mut suite, "new"), Some(provider));

    // Back to the owner itself and away again: the owner stays known.
    suite.exec("alice", update(Some("alice"), None)).unwrap();
    assert_eq!(find(&mut suite, "new"), None);
    suite.exec("alice", update(Some("alice"), None)).unwrap();
    suite.exec("alice", update(Some("alice-op"), None)).unwrap();
    assert_eq!(find(&mut suite, "alice"), Some(provider));
    assert_eq!(find(&mut suite, "alice-op"), Some(provider));
    assert_eq!(suite.provider(provider).payout, at("purse"));

    // The address that was given up is free for others.
    suite.set_pool("new", 100 * JOULE, 0);
    let msg = Suite::register_msg("new", FEE, &hook(None, None, None));
    suite.exec("token", msg).unwrap();
    assert_eq!(find(&mut suite, "new"), Some(ProviderId(2)));
}

#[test]
fn only_the_owner_changes_addresses_and_only_to_free_ones() {
    let mut suite = Suite::new();
    suite.register("alice");
    suite.register("bob");
    refused(suite.exec("alice-op", update(Some("new"), None)), "reg.not_owner");
    refused(suite.exec("carol", update(Some("new"), None)), "reg.invalid_provider");
    refused(suite.exec("alice", update(Some("bob"), None)), "reg.address_taken");
    refused(suite.exec("alice", update(Some("bob-op"), None)), "reg.address_taken");
    refused(suite.exec("alice", update(Some("escrow"), None)), "kit.own_address");
    refused(suite.exec("alice", update(None, Some("dao"))), "kit.own_address");
}
