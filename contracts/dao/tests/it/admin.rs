//! Roles, funds, launch, parameters, migration.

use cosmwasm_std::{coins, testing::message_info, Empty};
use joule_dao::contract;
use joule_types::{
    dao::{ExecuteMsg, Params, ParamsResponse, ParamsUpdate, QueryMsg, Vote},
    AdminMsg, AdminResponse, Phase, ProposalId,
};

use crate::support::{account, code, instantiate_msg, params, Dao};

#[test]
fn nothing_but_the_launch_works_in_setup() {
    let mut dao = Dao::setup();
    assert_eq!(code(&dao.propose("dave").unwrap_err()), "kit.setup");
    assert_eq!(code(&dao.vote("alice", 1, Vote::Yes).unwrap_err()), "kit.setup");
    let launch = ExecuteMsg::Admin(AdminMsg::Launch {});
    assert_eq!(
        code(&dao.send("mallory", launch.clone()).unwrap_err()),
        "kit.unauthorized"
    );
    dao.send("deployer", launch.clone()).unwrap();
    assert_eq!(code(&dao.send("deployer", launch).unwrap_err()), "kit.not_setup");
    let admin: AdminResponse = dao.ask(QueryMsg::Admin {});
    assert_eq!((admin.phase, admin.peers.dao), (Phase::Live, account("dao")));
}

#[test]
fn strangers_change_nothing() {
    let update = ExecuteMsg::UpdateParams {
        update: ParamsUpdate::default(),
    };
    let resume = ExecuteMsg::Admin(AdminMsg::Resume {});
    let pause = ExecuteMsg::Admin(AdminMsg::Pause { secs: 1 });
    let guardian = ExecuteMsg::Admin(AdminMsg::SetGuardian { guardian: None });
    for (sender, msg) in [
        ("mallory", update.clone()),
        ("guardian", update),
        ("guardian", resume),
        ("mallory", pause),
        ("guardian", guardian),
    ] {
        assert_eq!(
            code(&Dao::new().send(sender, msg).unwrap_err()),
            "kit.unauthorized",
            "{sender}"
        );
    }
}

#[test]
fn no_message_takes_coins() {
    let mut dao = Dao::new();
    for msg in [
        ExecuteMsg::Vote {
            proposal: ProposalId(1),
            vote: Vote::Yes,
        },
        ExecuteMsg::Execute {
            proposal: ProposalId(1),
        },
        ExecuteMsg::Close {
            proposal: ProposalId(1),
        },
    ] {
        let info = message_info(&account("alice"), &coins(1, "uusdc"));
        let error = contract::execute(dao.deps.as_mut(), dao.env.clone(), info, msg).unwrap_err();
        assert_eq!(code(&error), "kit.unexpected_funds");
    }
}

#[test]
fn the_guardian_pauses_once_the_dao_resumes() {
    let mut dao = Dao::new();
    let pause = |secs| ExecuteMsg::Admin(AdminMsg::Pause { secs });
    assert_eq!(code(&dao.send("guardian", pause(0)).unwrap_err()), "kit.pause_too_long");
    assert_eq!(
        code(&dao.send("guardian", pause(AdminMsg::MAX_PAUSE_SECS + 1)).unwrap_err()),
        "kit.pause_too_long"
    );
    dao.send("guardian", pause(60)).unwrap();
    dao.pass_time(119);
    assert_eq!(code(&dao.send("guardian", pause(60)).unwrap_err()), "kit.pause_again");
    dao.send("dao", ExecuteMsg::Admin(AdminMsg::Resume {})).unwrap();
    dao.send("guardian", pause(60)).unwrap();
}

#[test]
fn parameters_stay_within_bounds_and_open_proposals_keep_theirs() {
    let mut dao = Dao::new();
    dao.propose("dave").unwrap();
    let update = |update: ParamsUpdate| ExecuteMsg::UpdateParams { update };
    for bad in [
        ParamsUpdate {
            voting_secs: Some(4),
            ..Default::default()
        },
        ParamsUpdate {
            timelock_secs: Some(0),
            ..Default::default()
        },
        ParamsUpdate {
            expiry_secs: Some(366 * 24 * 3600),
            ..Default::default()
        },
        ParamsUpdate {
            quorum_bps: Some(0),
            ..Default::default()
        },
        ParamsUpdate {
            threshold_bps: Some(4_999),
            ..Default::default()
        },
        ParamsUpdate {
            threshold_bps: Some(10_000),
            ..Default::default()
        },
        ParamsUpdate {
            veto_bps: Some(10_001),
            ..Default::default()
        },
        ParamsUpdate {
            max_open: Some(0),
            ..Default::default()
        },
    ] {
        assert_eq!(
            code(&dao.send("dao", update(bad.clone())).unwrap_err()),
            "dao.invalid_params",
            "{bad:?}"
        );
    }
    dao.send(
        "dao",
        update(ParamsUpdate {
            voting_secs: Some(500),
            ..Default::default()
        }),
    )
    .unwrap();
    let found: ParamsResponse = dao.ask(QueryMsg::Params {});
    assert_eq!(
        found.params,
        Params {
            voting_secs: 500,
            ..params()
        }
    );
    assert_eq!(dao.proposal(1).params, params());
}

#[test]
fn instantiate_checks_addresses_params_and_funds() {
    let fresh = |msg, funds: &[cosmwasm_std::Coin]| {
        let mut deps = cosmwasm_std::testing::mock_dependencies();
        let info = message_info(&account("deployer"), funds);
        contract::instantiate(deps.as_mut(), cosmwasm_std::testing::mock_env(), info, msg)
    };
    let mut upper = instantiate_msg();
    upper.peers.token = upper.peers.token.to_uppercase();
    assert_eq!(code(&fresh(upper, &[]).unwrap_err()), "kit.invalid_address");
    let mut short = instantiate_msg();
    short.params.voting_secs = 4;
    assert_eq!(code(&fresh(short, &[]).unwrap_err()), "dao.invalid_params");
    assert_eq!(
        code(&fresh(instantiate_msg(), &coins(1, "x")).unwrap_err()),
        "kit.unexpected_funds"
    );
}

#[test]
fn the_same_version_does_not_migrate() {
    let mut dao = Dao::new();
    let error = contract::migrate(dao.deps.as_mut(), dao.env.clone(), Empty {}).unwrap_err();
    assert_eq!(code(&error), "kit.not_newer");
}
