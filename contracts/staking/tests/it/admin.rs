use crate::support::*;
use cosmwasm_std::{from_json, Empty, Uint128};
use cw20::Cw20ReceiveMsg;
use joule_kit::KitError;
use joule_staking::contract::{migrate, NAME};
use joule_staking::StakingError;
use joule_types::staking::{ExecuteMsg, GenesisStake, InstantiateMsg, Params, ParamsUpdate, QueryMsg};
use joule_types::{AdminMsg, AdminResponse, ParamsUpdated, Peer, Phase, Role};

fn all_messages() -> Vec<ExecuteMsg> {
    vec![
        ExecuteMsg::Receive(Cw20ReceiveMsg {
            sender: addr("ann").into(),
            amount: Uint128::new(100),
            msg: b"{\"bond\":{}}".into(),
        }),
        ExecuteMsg::Unbond { amount: Uint128::one() },
        ExecuteMsg::Claim {},
        ExecuteMsg::Enrol { operator: None },
        ExecuteMsg::Retire {},
        slash_msg(1, "ann", 500, None),
        ExecuteMsg::Penalize {
            penalties: vec![penalty(1, "ann", 500)],
        },
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
            Err(StakingError::Kit(KitError::Unauthorized { .. } | KitError::NotSetup))
        );
        assert_eq!(refused, !open, "{msg:?}: {outcome:?}");
    }
}

#[test]
fn before_the_launch_nothing_works() {
    for msg in all_messages() {
        let launch = msg == ExecuteMsg::Admin(AdminMsg::Launch {});
        for sender in [addr("ann"), peer(Peer::Token), peer(Peer::Dao), addr("guardian")] {
            let error = Bench::setup(&[]).send(&sender, msg.clone()).unwrap_err();
            match error {
                StakingError::Kit(KitError::Setup) if !launch => {}
                StakingError::Kit(KitError::Unauthorized { .. }) if launch => {}
                other => panic!("{msg:?} by {sender}: {other}"),
            }
        }
    }
}

#[test]
fn coins_are_refused_everywhere() {
    for msg in all_messages() {
        let mut bench = match msg {
            ExecuteMsg::Admin(AdminMsg::Launch {}) => Bench::setup(&[]),
            _ => Bench::new(),
        };
        let sender = match msg.required_role() {
            Role::Peer(one) => peer(one),
            Role::Owner | Role::Guardian | Role::Slasher => peer(Peer::Dao),
            Role::Deployer => addr("deployer"),
            _ => addr("ann"),
        };
        let outcome = bench.send_coins(&sender, msg.clone());
        assert!(
            matches!(outcome, Err(StakingError::Kit(KitError::UnexpectedFunds { .. }))),
            "{msg:?}: {outcome:?}"
        );
    }
}

#[test]
fn launch_needs_tokens_behind_the_genesis_stake() {
    let mut bench = Bench::setup(&[("ann", 500), ("bob", 300)]);
    let launch = ExecuteMsg::Admin(AdminMsg::Launch {});
    bench.token_says(799);
    assert_eq!(
        bench.send(&addr("deployer"), launch.clone()),
        Err(StakingError::Unbacked {
            held: Uint128::new(799),
            staked: Uint128::new(800)
        })
    );
    bench.token_says(800);
    bench.send(&addr("deployer"), launch.clone()).unwrap();
    let phase = bench.ask::<AdminResponse>(QueryMsg::Admin {}).unwrap().phase;
    assert_eq!(phase, Phase::Live);
    assert_eq!(bench.send(&addr("deployer"), launch), Err(KitError::NotSetup.into()));
    assert_eq!((bench.stake("ann").0, bench.stake("bob").0), (500, 300));
    let told = bench.conservation();
    assert_eq!((told.deposited.u128(), told.held.u128()), (800, 800));
    bench.unbond("ann", 500).unwrap();
    bench.jump(UNBONDING);
    assert_eq!(to_token(&bench.claim("ann").unwrap()), transfer("ann", 500));
}

#[test]
fn instantiation_checks_its_message() {
    let stake = |owner: String, amount: u128| GenesisStake {
        owner,
        amount: amount.into(),
    };
    let ann = || addr("ann").to_string();
    let many: Vec<_> = (0..51).map(|i| stake(addr(&format!("o{i}")).into(), 100)).collect();
    let refused = |genesis: Vec<GenesisStake>| {
        let msg = InstantiateMsg {
            genesis,
            ..instantiation(&[])
        };
        Bench::bare().instantiate(msg).unwrap_err()
    };
    assert!(matches!(refused(many.clone()), StakingError::InvalidGenesis { .. }));
    assert!(matches!(
        refused(vec![stake(ann(), 100), stake(ann(), 100)]),
        StakingError::InvalidGenesis { .. }
    ));
    assert!(matches!(
        refused(vec![stake(ann(), MIN_BOND - 1)]),
        StakingError::BelowMinimum { .. }
    ));
    assert!(matches!(
        refused(vec![stake(ann().to_uppercase(), 100)]),
        StakingError::Kit(KitError::InvalidAddress { .. })
    ));
    assert!(matches!(
        refused(vec![stake(peer(Peer::Dao).into(), 100)]),
        StakingError::Kit(KitError::OwnAddress { .. })
    ));
    let fifty = InstantiateMsg {
        genesis: many[1..].to_vec(),
        ..instantiation(&[])
    };
    let response = Bench::bare().instantiate(fifty).unwrap();
    assert_eq!(response.events.len(), 50);
    for (unbonding_secs, min_bond, min_stake, epoch_secs) in [
        (9, 1, 1, 1),
        (366 * DAY, 1, 1, 1),
        (10, 0, 1, 1),
        (10, 1, 0, 1),
        (10, 1, 1, 0),
        (10, 1, 1, 8 * DAY),
    ] {
        let msg = InstantiateMsg {
            params: Params {
                unbonding_secs,
                min_bond: Uint128::new(min_bond),
                min_validator_stake: Uint128::new(min_stake),
            },
            epoch_secs,
            ..instantiation(&[])
        };
        assert!(matches!(
            Bench::bare().instantiate(msg),
            Err(StakingError::InvalidParams { .. })
        ));
    }
}

#[test]
fn the_dao_changes_parameters_for_later_unbondings_only() {
    let mut bench = Bench::new();
    bench.bond("ann", 100).unwrap();
    bench.unbond("ann", 20).unwrap();
    let matures_at = bench.now() + UNBONDING;
    let dao = peer(Peer::Dao);
    let update = |unbonding_secs, min_bond: Option<u128>| ExecuteMsg::UpdateParams {
        update: ParamsUpdate {
            unbonding_secs,
            min_bond: min_bond.map(Uint128::new),
            min_validator_stake: None,
        },
    };
    let told: ParamsUpdated = event(&bench.send(&dao, update(Some(10), Some(50))).unwrap());
    let parse = |text: &str| from_json::<Params>(text.as_bytes()).unwrap();
    assert_eq!(parse(&told.old).unbonding_secs, UNBONDING);
    assert_eq!(
        parse(&told.new),
        Params {
            unbonding_secs: 10,
            min_bond: Uint128::new(50),
            min_validator_stake: Uint128::new(MIN_STAKE),
        }
    );
    assert!(matches!(
        bench.send(&dao, update(Some(9), None)),
        Err(StakingError::InvalidParams { .. })
    ));
    bench.send(&dao, update(None, None)).unwrap();
    assert_eq!(bench.ask::<Params>(QueryMsg::Params {}).unwrap(), parse(&told.new));
    assert!(matches!(
        bench.unbond("ann", 31),
        Err(StakingError::BelowMinimum { .. })
    ));
    bench.unbond("ann", 30).unwrap();
    bench.jump(10);
    assert_eq!(bench.claimable("ann"), (30, 0));
    bench.jump(matures_at - bench.now());
    assert_eq!(bench.claimable("ann"), (50, 0));
}

#[test]
fn only_newer_code_of_staking_migrates_and_stake_stays() {
    let mut bench = Bench::new();
    bench.bond("ann", 100).unwrap();
    let env = bench.env.clone();
    assert!(matches!(
        migrate(bench.deps.as_mut(), env.clone(), Empty {}),
        Err(StakingError::Kit(KitError::NotNewer { .. }))
    ));
    joule_kit::version::init(&mut bench.deps.storage, NAME, "0.0.1").unwrap();
    migrate(bench.deps.as_mut(), env, Empty {}).unwrap();
    assert_eq!(bench.stake("ann"), (100, 0, 0));
}

/// Codes and events are what others build on: each code is used once and the README names it.
#[test]
fn the_readme_names_every_code_and_event() {
    let (errors, readme) = (include_str!("../../src/error.rs"), include_str!("../../README.md"));
    let codes: Vec<&str> = errors
        .split("#[error(\"")
        .skip(1)
        .filter_map(|text| text.split(':').next())
        .filter(|code| code.starts_with("stk."))
        .collect();
    let unique: std::collections::BTreeSet<_> = codes.iter().collect();
    assert!(codes.len() > 5 && unique.len() == codes.len());
    for name in codes
        .iter()
        .chain(joule_types::staking::EVENTS)
        .chain(joule_types::ADMIN_EVENTS)
    {
        assert!(readme.contains(&format!("`{name}`")), "{name}");
    }
}
