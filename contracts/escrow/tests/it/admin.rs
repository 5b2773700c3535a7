use crate::support::*;
use cosmwasm_std::testing::{message_info, mock_env};
use cosmwasm_std::{coins, from_json, Addr, Empty, Uint128};
use cw20::{Cw20ReceiveMsg, Denom};
use joule_escrow::contract::{migrate, NAME};
use joule_escrow::EscrowError;
use joule_kit::KitError;
use joule_types::escrow::{ExecuteMsg, Params, ParamsUpdate, QueryMsg};
use joule_types::{AdminMsg, AdminResponse, HoldId, ParamsUpdated, Peer, Phase, Role};

fn all_messages() -> Vec<ExecuteMsg> {
    let bench = Bench::new();
    vec![
        ExecuteMsg::Receive(Cw20ReceiveMsg {
            sender: addr("ann").into(),
            amount: Uint128::one(),
            msg: b"{\"deposit\":{}}".into(),
        }),
        ExecuteMsg::Deposit { owner: None },
        ExecuteMsg::Withdraw {
            denom: usdc(),
            amount: None,
            to: None,
        },
        bench.open_msg(1, "ann", usdc(), 1, bench.terms(0)),
        ExecuteMsg::Tip {
            hold: HoldId(1),
            to: addr("ann").into(),
            amount: Uint128::one(),
        },
        ExecuteMsg::Pay {
            hold: HoldId(1),
            awards: vec![],
        },
        ExecuteMsg::Settle {
            hold: HoldId(1),
            payee: None,
            referrer: None,
            gross: Uint128::zero(),
            awards: vec![],
        },
        ExecuteMsg::Reclaim { hold: HoldId(1) },
        ExecuteMsg::Distribute { denom: usdc() },
        ExecuteMsg::UpdateParams {
            update: ParamsUpdate::default(),
        },
        ExecuteMsg::Admin(AdminMsg::Launch {}),
        ExecuteMsg::Admin(AdminMsg::Pause { secs: 1 }),
        ExecuteMsg::Admin(AdminMsg::Resume {}),
        ExecuteMsg::Admin(AdminMsg::SetGuardian { guardian: None }),
    ]
}

#[test]
fn a_stranger_sends_only_what_anyone_may() {
    for msg in all_messages() {
        let mut bench = Bench::new();
        let open = matches!(msg.required_role(), Role::Anyone | Role::Party);
        let outcome = bench.send(&addr("eve"), msg.clone());
        let refused = matches!(
            outcome,
            Err(EscrowError::Kit(KitError::Unauthorized { .. } | KitError::NotSetup))
        );
        assert_eq!(refused, !open, "{msg:?}: {outcome:?}");
    }
}

#[test]
fn before_the_launch_nothing_works() {
    for msg in all_messages() {
        let launch = msg == ExecuteMsg::Admin(AdminMsg::Launch {});
        for sender in [addr("ann"), peer(Peer::Marketplace), peer(Peer::Dao), addr("guardian")] {
            let error = Bench::setup().send(&sender, msg.clone()).unwrap_err();
            match error {
                EscrowError::Kit(KitError::Setup) if !launch => {}
                EscrowError::Kit(KitError::Unauthorized { .. }) if launch => {}
                other => panic!("{msg:?} by {sender}: {other}"),
            }
        }
    }
}

#[test]
fn coins_are_refused_where_none_are_taken() {
    for msg in all_messages() {
        if matches!(msg, ExecuteMsg::Deposit { .. } | ExecuteMsg::OpenHold { .. }) {
            continue;
        }
        let mut bench = match msg {
            ExecuteMsg::Admin(AdminMsg::Launch {}) => Bench::setup(),
            _ => Bench::new(),
        };
        let sender = match msg.required_role() {
            Role::Peer(one) => peer(one),
            Role::Owner | Role::Guardian => peer(Peer::Dao),
            Role::Deployer => addr("deployer"),
            _ => addr("ann"),
        };
        let outcome = bench.send_with(&sender, &[("uusdc", 1)], msg.clone());
        assert!(
            matches!(outcome, Err(EscrowError::Kit(KitError::UnexpectedFunds { .. }))),
            "{msg:?}: {outcome:?}"
        );
    }
}

#[test]
fn launch_happens_once() {
    let mut bench = Bench::setup();
    let launch = ExecuteMsg::Admin(AdminMsg::Launch {});
    let phase = |bench: &Bench| bench.ask::<AdminResponse>(QueryMsg::Admin {}).unwrap().phase;
    assert_eq!(phase(&bench), Phase::Setup);
    bench.send(&addr("deployer"), launch.clone()).unwrap();
    assert_eq!(phase(&bench), Phase::Live);
    assert_eq!(bench.send(&addr("deployer"), launch), Err(KitError::NotSetup.into()));
}

#[test]
fn the_dao_changes_the_list_and_the_event_tells_both() {
    let mut bench = Bench::new();
    let dao = peer(Peer::Dao);
    let update = |denoms| ExecuteMsg::UpdateParams {
        update: ParamsUpdate { denoms },
    };
    let response = bench.send(&dao, update(Some(vec![joule()]))).unwrap();
    let told: ParamsUpdated = event(&response);
    let parse = |text: &str| from_json::<Params>(text.as_bytes()).unwrap().denoms;
    assert_eq!(parse(&told.old), [usdc(), joule()]);
    assert_eq!(parse(&told.new), [joule()]);
    bench.send(&dao, update(None)).unwrap();
    assert_eq!(bench.ask::<Params>(QueryMsg::Params {}).unwrap().denoms, [joule()]);
    let upper = Denom::Cw20(Addr::unchecked(peer(Peer::Token).as_str().to_uppercase()));
    for denoms in [vec![usdc(), usdc()], vec![upper], vec![Denom::Native(addr("x").into())]] {
        assert!(matches!(
            bench.send(&dao, update(Some(denoms))),
            Err(EscrowError::InvalidParams { .. })
        ));
    }
}

#[test]
fn instantiation_checks_its_message() {
    use joule_escrow::contract::instantiate;
    use joule_types::{escrow::InstantiateMsg, Peers};
    let good = InstantiateMsg {
        peers: Peers {
            registry: peer(Peer::Registry).into(),
            marketplace: peer(Peer::Marketplace).into(),
            escrow: peer(Peer::Escrow).into(),
            staking: peer(Peer::Staking).into(),
            dao: peer(Peer::Dao).into(),
            token: peer(Peer::Token).into(),
        },
        guardian: None,
        params: Params { denoms: vec![] },
    };
    let mut deps = cosmwasm_std::testing::mock_dependencies();
    let deployer = addr("deployer");
    let mut run =
        |funds: &[cosmwasm_std::Coin], msg| instantiate(deps.as_mut(), mock_env(), message_info(&deployer, funds), msg);
    let mut bad = good.clone();
    bad.peers.dao = addr("dao").as_str().to_uppercase();
    assert!(matches!(
        run(&[], bad),
        Err(EscrowError::Kit(KitError::InvalidAddress { .. }))
    ));
    let bad = InstantiateMsg {
        params: Params {
            denoms: vec![usdc(); 17],
        },
        ..good.clone()
    };
    assert!(matches!(run(&[], bad), Err(EscrowError::InvalidParams { .. })));
    assert!(matches!(
        run(&coins(1, "uusdc"), good.clone()),
        Err(EscrowError::Kit(KitError::UnexpectedFunds { .. }))
    ));
    run(&[], good).unwrap();
}

#[test]
fn only_newer_code_of_the_escrow_migrates_and_money_stays() {
    let mut bench = Bench::new();
    bench.deposit("ann", &usdc(), 9).unwrap();
    let env = bench.env.clone();
    assert!(matches!(
        migrate(bench.deps.as_mut(), env.clone(), Empty {}),
        Err(EscrowError::Kit(KitError::NotNewer { .. }))
    ));
    joule_kit::version::init(&mut bench.deps.storage, NAME, "0.0.1").unwrap();
    migrate(bench.deps.as_mut(), env, Empty {}).unwrap();
    assert_eq!(bench.balance("ann", &usdc()), (9, 0));
}

/// Codes and events are what others build on: each code is used once and the README names it.
#[test]
fn the_readme_names_every_code_and_event() {
    let (errors, readme) = (include_str!("../../src/error.rs"), include_str!("../../README.md"));
    let codes: Vec<&str> = errors
        .split("#[error(\"")
        .skip(1)
        .filter_map(|text| text.split(':').next())
        .filter(|code| code.starts_with("esc."))
        .collect();
    let unique: std::collections::BTreeSet<_> = codes.iter().collect();
    assert!(codes.len() > 5 && unique.len() == codes.len());
    for name in codes
        .iter()
        .chain(joule_types::escrow::EVENTS)
        .chain(joule_types::ADMIN_EVENTS)
    {
        assert!(readme.contains(&format!("`{name}`")), "{name}");
    }
}
