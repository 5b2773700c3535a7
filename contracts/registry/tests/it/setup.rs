//! Instantiation, launch, roles, funds, migration.

use cosmwasm_std::testing::{message_info, mock_env};
use cosmwasm_std::{coins, Binary, Empty, Uint128, Uint64};
use joule_registry::contract;
use joule_registry::state::PARAMS;
use joule_types::registry::*;
use joule_types::{AdminMsg, NodeId, Peer, Phase, ProviderId, Role, WindowId};
use joule_work::kind::Class;

use crate::suite::*;

/// Every message once; a new variant does not compile until it is listed.
fn all() -> Vec<ExecuteMsg> {
    let (node, provider, window) = (NodeId(1), ProviderId(1), WindowId(1));
    let hook = RegistryHook::Register {
        operator: None,
        payout: None,
        referrer: None,
    };
    let messages = vec![
        Suite::register_msg("someone", FEE, &hook),
        ExecuteMsg::UpdateProvider {
            operator: None,
            payout: None,
        },
        ExecuteMsg::AddNode { spec: cpu() },
        ExecuteMsg::UpdateNode {
            node,
            update: NodeUpdate::default(),
        },
        ExecuteMsg::SetAvailable { node, available: false },
        ExecuteMsg::Beat { nodes: vec![node] },
        ExecuteMsg::RequestChallenge { node },
        ExecuteMsg::SolveChallenge {
            node,
            nonce: Uint64::zero(),
        },
        ExecuteMsg::ExpireChallenge { node },
        post_msg(1),
        ExecuteMsg::WantRound { round: 1 },
        ExecuteMsg::ClaimTips {},
        ExecuteMsg::CommitWindow {
            window,
            node,
            bound: Uint64::zero(),
            list_hash: Binary::from([0u8; 32]),
        },
        reveal_msg(window, node, &[]),
        ExecuteMsg::ReportMissed { window, node },
        ExecuteMsg::JudgeUptime { node },
        ExecuteMsg::Record {
            node,
            load: 0,
            outcome: None,
        },
        ExecuteMsg::SetClass {
            provider,
            class: Class::Cloud,
        },
        ExecuteMsg::SetPartner {
            provider,
            partner: true,
        },
        ExecuteMsg::Ban { provider },
        ExecuteMsg::RejectNode { node },
        ExecuteMsg::UpdateParams { update: Box::default() },
        ExecuteMsg::Admin(AdminMsg::Pause { secs: 1 }),
        ExecuteMsg::Admin(AdminMsg::Resume {}),
        ExecuteMsg::Admin(AdminMsg::SetGuardian { guardian: None }),
    ];
    for msg in &messages {
        match msg {
            ExecuteMsg::Receive(_)
            | ExecuteMsg::UpdateProvider { .. }
            | ExecuteMsg::AddNode { .. }
            | ExecuteMsg::UpdateNode { .. }
            | ExecuteMsg::SetAvailable { .. }
            | ExecuteMsg::Beat { .. }
            | ExecuteMsg::RequestChallenge { .. }
            | ExecuteMsg::SolveChallenge { .. }
            | ExecuteMsg::ExpireChallenge { .. }
            | ExecuteMsg::PostRound { .. }
            | ExecuteMsg::WantRound { .. }
            | ExecuteMsg::ClaimTips {}
            | ExecuteMsg::CommitWindow { .. }
            | ExecuteMsg::RevealWindow { .. }
            | ExecuteMsg::ReportMissed { .. }
            | ExecuteMsg::JudgeUptime { .. }
            | ExecuteMsg::Record { .. }
            | ExecuteMsg::SetClass { .. }
            | ExecuteMsg::SetPartner { .. }
            | ExecuteMsg::Ban { .. }
            | ExecuteMsg::RejectNode { .. }
            | ExecuteMsg::UpdateParams { .. }
            | ExecuteMsg::Admin(_) => {}
        }
    }
    assert_eq!(messages.len(), 25);
    messages
}

#[test]
fn nothing_but_launch_works_before_launch() {
    for msg in all() {
        for sender in ["deployer", "dao", "token", "marketplace", "guardian"] {
            refused(Suite::in_setup(params()).exec(sender, msg.clone()), "kit.setup");
        }
    }
    let mut suite = Suite::in_setup(params());
    refused(
        suite.exec("dao", ExecuteMsg::Admin(AdminMsg::Launch {})),
        "kit.unauthorized",
    );
    suite.exec("deployer", ExecuteMsg::Admin(AdminMsg::Launch {})).unwrap();
    refused(
        suite.exec("deployer", ExecuteMsg::Admin(AdminMsg::Launch {})),
        "kit.not_setup",
    );
    let admin: joule_types::AdminResponse = suite.query(QueryMsg::Admin {});
    assert_eq!((admin.phase, admin.deployer), (Phase::Live, at("deployer")));
}

/// Role by message and sender: whoever lacks the role is told so, whoever has it gets past the dispatcher.
#[test]
fn only_the_role_of_a_message_gets_past_the_dispatcher() {
    for msg in all() {
        for sender in [
            "stranger",
            "deployer",
            "dao",
            "guardian",
            "token",
            "marketplace",
            "escrow",
            "staking",
        ] {
            let allowed = match msg.required_role() {
                Role::Anyone | Role::Party => true,
                Role::Owner => sender == "dao",
                Role::Guardian => sender == "dao" || sender == "guardian",
                Role::Peer(Peer::Token) => sender == "token",
                Role::Peer(Peer::Marketplace) => sender == "marketplace",
                other => panic!("no message asks for {other}"),
            };
            let result = Suite::new().exec(sender, msg.clone());
            let denied = matches!(&result, Err(e) if code(e) == "kit.unauthorized");
            assert_eq!(denied, !allowed, "{sender}: {msg:?}: {result:?}");
        }
    }
}

#[test]
fn party_messages_of_a_stranger_find_no_provider() {
    let mut suite = Suite::new();
    suite.admitted("alice");
    for msg in all() {
        if msg.required_role() == Role::Party {
            refused(suite.exec("stranger", msg), "reg.invalid_provider");
        }
    }
}

#[test]
fn no_message_takes_coins() {
    let mut suite = Suite::new();
    for msg in all() {
        for sender in ["dao", "token", "marketplace"] {
            refused(
                suite.exec_with(sender, &coins(1, "uusdc"), msg.clone()),
                "kit.unexpected_funds",
            );
        }
    }
}

#[test]
fn instantiation_checks_what_it_is_given() {
    let try_with = |change: fn(&mut InstantiateMsg)| {
        let mut suite = Suite::in_setup(params());
        let mut msg = init_msg(params());
        change(&mut msg);
        let info = message_info(&at("deployer"), &[]);
        contract::instantiate(suite.deps.as_mut(), mock_env(), info, msg)
    };
    refused(try_with(|m| m.min_window_secs = 0), "reg.invalid_params");
    refused(try_with(|m| m.min_window_secs = 3_601), "reg.invalid_params");
    refused(try_with(|m| m.params.window_secs = FLOOR - 1), "reg.invalid_params");
    refused(try_with(|m| m.beacon.period = 0), "reg.invalid_params");
    refused(try_with(|m| m.beacon.period = 86_401), "reg.invalid_params");
    refused(try_with(|m| m.peers.dao = "Someone".into()), "kit.invalid_address");
    refused(
        try_with(|m| m.guardian = Some(at("guardian").to_string().to_uppercase())),
        "kit.invalid_address",
    );
    let mut suite = Suite::in_setup(params());
    let info = message_info(&at("deployer"), &coins(1, "uusdc"));
    let funded = contract::instantiate(suite.deps.as_mut(), mock_env(), info, init_msg(params()));
    refused(funded, "kit.unexpected_funds");
}

#[test]
fn migration_needs_newer_code_of_the_same_contract_and_keeps_the_state() {
    let mut suite = Suite::new();
    let again = contract::migrate(suite.deps.as_mut(), mock_env(), Empty {});
    refused(again, "kit.not_newer");
    cw2::set_contract_version(suite.deps.as_mut().storage, "joule:escrow", "0.0.1").unwrap();
    refused(
        contract::migrate(suite.deps.as_mut(), mock_env(), Empty {}),
        "kit.wrong_contract",
    );
    cw2::set_contract_version(suite.deps.as_mut().storage, contract::NAME, "0.0.1").unwrap();
    contract::migrate(suite.deps.as_mut(), mock_env(), Empty {}).unwrap();
    assert_eq!(PARAMS.load(&suite.deps.storage).unwrap(), params());
    assert_eq!(
        cw2::get_contract_version(&suite.deps.storage).unwrap().version,
        contract::VERSION
    );
}

#[test]
fn a_pause_stops_registration_and_new_nodes_and_nothing_else() {
    let mut suite = Suite::new();
    let (_, node) = suite.admitted("alice");
    suite.set_pool("bob", 1_000 * JOULE, 0);
    let pause = ExecuteMsg::Admin(AdminMsg::Pause { secs: 500 });
    suite.exec("guardian", pause).unwrap();
    let hook = RegistryHook::Register {
        operator: None,
        payout: None,
        referrer: None,
    };
    let register = || Suite::register_msg("bob", FEE, &hook);
    refused(suite.exec("token", register()), "kit.paused");
    refused(suite.exec("alice", ExecuteMsg::AddNode { spec: cpu() }), "kit.paused");
    suite.beat("alice", &[node]);
    suite.run("marketplace", ExecuteMsg::WantRound { round: 1 });
    suite.run("token", Suite::register_msg("bob", JOULE, &RegistryHook::FundTips {}));
    suite.run("keeper", post_msg(1));
    suite.run("keeper", ExecuteMsg::ClaimTips {});
    suite.set_pool("alice", 900 * JOULE, 1);
    suite.admit("alice", node);
    suite
        .exec("alice", ExecuteMsg::SetAvailable { node, available: false })
        .unwrap();
    suite.wait(500);
    let response = suite.exec("token", register()).unwrap();
    assert_eq!(event::<ProviderRegistered>(&response).fee, Uint128::new(FEE));
}
