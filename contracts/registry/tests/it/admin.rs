//! What the dao decides: class, partner, ban, rejection, parameters.

use cosmwasm_std::{Uint128, Uint64};
use joule_types::registry::*;
use joule_types::staking::{self, Incident, IncidentKind};
use joule_types::{NodeId, ParamsUpdated, ProviderId};
use joule_work::kind::Class;
use joule_work::trust::TrustLevel;

use crate::suite::*;

const NODE: NodeId = NodeId(1);
const ALICE: ProviderId = ProviderId(1);
const NOBODY: ProviderId = ProviderId(9);

#[test]
fn class_and_partnership_are_set_and_unset() {
    let mut suite = Suite::new();
    suite.register("alice");
    suite.set_pool("alice", 10_000 * JOULE, 0);
    let class = |provider, class| ExecuteMsg::SetClass { provider, class };
    let response = suite.exec("dao", class(ALICE, Class::Dedicated)).unwrap();
    assert_eq!(event::<ProviderUpdated>(&response).class, "Dedicated");
    let partner = |provider, partner| ExecuteMsg::SetPartner { provider, partner };
    let response = suite.exec("dao", partner(ALICE, true)).unwrap();
    assert!(event::<ProviderUpdated>(&response).partner);
    let found = suite.provider(ALICE);
    assert_eq!(
        (found.class, found.standing.trust),
        (Class::Dedicated, TrustLevel::Partner)
    );
    suite.exec("dao", partner(ALICE, false)).unwrap();
    assert_eq!(suite.provider(ALICE).standing.trust, TrustLevel::Basic);
    refused(suite.exec("dao", class(NOBODY, Class::Cloud)), "reg.invalid_provider");
    refused(suite.exec("dao", partner(NOBODY, true)), "reg.invalid_provider");
}

#[test]
fn a_ban_slashes_by_one_incident_and_may_be_repeated() {
    let mut suite = Suite::new();
    suite.admitted("alice");
    suite.beat("alice", &[NODE]);
    let slash = staking::ExecuteMsg::Slash {
        incident: Incident {
            kind: IncidentKind::Misuse,
            id: 1,
            attempt: 0,
        },
        pool: at("alice").to_string(),
        fraction_bps: 5_000,
        repay: vec![],
    };
    for _ in 0..2 {
        let response = suite.exec("dao", ExecuteMsg::Ban { provider: ALICE }).unwrap();
        assert_eq!(event::<ProviderBanned>(&response).provider, ALICE);
        // The same incident each time: staking takes from it once.
        assert_eq!(
            calls::<staking::ExecuteMsg>(&response, "staking"),
            std::slice::from_ref(&slash)
        );
    }
    let found = suite.provider(ALICE);
    assert!(found.banned);
    assert_eq!(found.standing.trust, TrustLevel::None);
    assert_eq!(suite.node(NODE).state, NodeState::Slashed);
    refused(
        suite.exec("dao", ExecuteMsg::Ban { provider: NOBODY }),
        "reg.invalid_provider",
    );
}

#[test]
fn a_rejection_is_final_and_may_be_repeated() {
    let mut suite = Suite::new();
    suite.admitted("alice");
    for _ in 0..2 {
        let response = suite.exec("dao", ExecuteMsg::RejectNode { node: NODE }).unwrap();
        assert_eq!(event::<NodeRejected>(&response).node, NODE);
        assert_eq!(suite.node(NODE).state, NodeState::Rejected);
    }
    refused(
        suite.exec("dao", ExecuteMsg::RejectNode { node: NodeId(9) }),
        "reg.node_not_found",
    );
    refused(
        suite.exec("alice", ExecuteMsg::RequestChallenge { node: NODE }),
        "reg.rejected",
    );
}

fn update(change: fn(&mut ParamsUpdate)) -> Result<(Params, ParamsUpdated), String> {
    let mut suite = Suite::new();
    let mut update = Box::<ParamsUpdate>::default();
    change(&mut update);
    match suite.exec("dao", ExecuteMsg::UpdateParams { update }) {
        Ok(response) => Ok((suite.query(QueryMsg::Params {}), event(&response))),
        Err(error) => {
            assert_eq!(suite.query::<Params>(QueryMsg::Params {}), params());
            Err(error.to_string())
        }
    }
}

#[test]
fn every_parameter_can_be_changed_and_the_event_holds_both() {
    let (found, changed) = update(|u| {
        *u = ParamsUpdate {
            fee: Some(Uint128::new(1)),
            regions: Some(["us", "eu", "asia", "africa"].map(String::from).to_vec()),
            min_gpu_memory_mb: Some(16_384),
            max_nodes: Some(1),
            beat_secs: Some(120),
            min_uptime_bps: Some(9_000),
            uptime_period_secs: Some(2_000),
            admission_units: Some(Uint64::new(1_000)),
            admission_secs: Some(60),
            max_admission_failures: Some(5),
            window_secs: Some(20),
            reveal_secs: Some(40),
            window_gap_secs: Some(60),
            window_every_secs: Some(600),
            window_grace_secs: Some(10),
            round_tip: Some(Uint128::new(77)),
            window_k: Some(512),
            forgery_slash_bps: Some(4_000),
            misuse_slash_bps: Some(10_000),
            trust: Some(TrustThresholds {
                verified_windows: 20,
                ..params().trust
            }),
        }
    })
    .unwrap();
    let expected = Params {
        fee: Uint128::new(1),
        regions: ["us", "eu", "asia", "africa"].map(String::from).to_vec(),
        min_gpu_memory_mb: 16_384,
        max_nodes: 1,
        beat_secs: 120,
        min_uptime_bps: 9_000,
        uptime_period_secs: 2_000,
        admission_units: Uint64::new(1_000),
        admission_secs: 60,
        max_admission_failures: 5,
        window_secs: 20,
        reveal_secs: 40,
        window_gap_secs: 60,
        window_every_secs: 600,
        window_grace_secs: 10,
        round_tip: Uint128::new(77),
        window_k: 512,
        forgery_slash_bps: 4_000,
        misuse_slash_bps: 10_000,
        trust: TrustThresholds {
            verified_windows: 20,
            ..params().trust
        },
    };
    assert_eq!(found, expected);
    let read = |text: &str| cosmwasm_std::from_json::<Params>(text).unwrap();
    assert_eq!((read(&changed.old), read(&changed.new)), (params(), expected));
}

#[test]
fn an_empty_update_changes_nothing() {
    assert_eq!(update(|_| {}).unwrap().0, params());
}

#[test]
fn each_bound_holds_and_names_its_parameter() {
    type Change = fn(&mut ParamsUpdate);
    let good: [Change; 12] = [
        |u| (u.window_secs, u.window_grace_secs) = (Some(FLOOR), Some(1)),
        |u| u.window_every_secs = Some(1),
        |u| u.window_every_secs = Some(2_592_000),
        |u| u.window_grace_secs = Some(1),
        |u| u.window_grace_secs = Some(5),
        |u| u.round_tip = Some(Uint128::zero()),
        |u| u.round_tip = Some(Uint128::new(10_000_000)),
        |u| u.window_gap_secs = Some(30),
        |u| u.min_uptime_bps = Some(0),
        |u| u.min_uptime_bps = Some(10_000),
        |u| u.admission_units = Some(Uint64::new(1)),
        |u| u.misuse_slash_bps = Some(10_000),
    ];
    for change in good {
        update(change).unwrap();
    }
    let bad: [(&str, Change); 44] = [
        ("fee", |u| u.fee = Some(Uint128::zero())),
        ("fee", |u| u.fee = Some(Uint128::new(10_000_000_001))),
        ("regions", |u| u.regions = Some(vec![])),
        ("regions", |u| u.regions = Some(vec!["us".into(), "eu".into()])),
        ("regions", |u| {
            u.regions = Some(["us", "asia", "eu"].map(String::from).to_vec())
        }),
        ("regions", |u| {
            u.regions = Some(["us", "eu", "asia", "us"].map(String::from).to_vec())
        }),
        ("regions", |u| {
            u.regions = Some(["us", "eu", "asia", ""].map(String::from).to_vec())
        }),
        ("regions", |u| {
            u.regions = Some(["us", "eu", "asia", "Mars"].map(String::from).to_vec())
        }),
        ("regions", |u| {
            u.regions = Some(vec!["us".into(), "eu".into(), "asia".into(), "x".repeat(17)]);
        }),
        ("regions", |u| {
            let more = (0..6).map(|i| format!("r{i}"));
            u.regions = Some(["us", "eu", "asia"].map(String::from).into_iter().chain(more).collect());
        }),
        ("min_gpu_memory_mb", |u| u.min_gpu_memory_mb = Some(0)),
        ("min_gpu_memory_mb", |u| u.min_gpu_memory_mb = Some(1_048_577)),
        ("max_nodes", |u| u.max_nodes = Some(0)),
        ("max_nodes", |u| u.max_nodes = Some(10_001)),
        ("beat_secs", |u| u.beat_secs = Some(FLOOR - 1)),
        ("beat_secs", |u| u.beat_secs = Some(86_401)),
        ("min_uptime_bps", |u| u.min_uptime_bps = Some(10_001)),
        ("uptime_period_secs", |u| u.uptime_period_secs = Some(FLOOR - 1)),
        ("uptime_period_secs", |u| u.uptime_period_secs = Some(u64::MAX)),
        ("admission_units", |u| u.admission_units = Some(Uint64::zero())),
        ("admission_units", |u| u.admission_units = Some(Uint64::MAX)),
        ("admission_secs", |u| u.admission_secs = Some(FLOOR - 1)),
        ("admission_secs", |u| u.admission_secs = Some(86_401)),
        ("max_admission_failures", |u| u.max_admission_failures = Some(0)),
        ("max_admission_failures", |u| u.max_admission_failures = Some(101)),
        ("window_secs", |u| u.window_secs = Some(FLOOR - 1)),
        ("window_secs", |u| u.window_secs = Some(3_601)),
        ("reveal_secs", |u| u.reveal_secs = Some(FLOOR - 1)),
        ("reveal_secs", |u| u.reveal_secs = Some(86_401)),
        ("window_gap_secs", |u| u.window_gap_secs = Some(29)),
        ("window_gap_secs", |u| u.window_gap_secs = Some(2_592_001)),
        ("window_every_secs", |u| u.window_every_secs = Some(0)),
        ("window_every_secs", |u| u.window_every_secs = Some(2_592_001)),
        ("window_grace_secs", |u| u.window_grace_secs = Some(0)),
        ("window_grace_secs", |u| u.window_grace_secs = Some(6)),
        ("window_grace_secs", |u| u.window_secs = Some(8)),
        ("round_tip", |u| u.round_tip = Some(Uint128::new(10_000_001))),
        ("window_k", |u| u.window_k = Some(63)),
        ("window_k", |u| u.window_k = Some(1_024)),
        ("forgery_slash_bps", |u| u.forgery_slash_bps = Some(0)),
        ("forgery_slash_bps", |u| u.forgery_slash_bps = Some(10_001)),
        ("misuse_slash_bps", |u| u.misuse_slash_bps = Some(0)),
        ("misuse_slash_bps", |u| u.misuse_slash_bps = Some(10_001)),
        ("trust", |u| {
            u.trust = Some(TrustThresholds {
                basic_stake: Uint128::zero(),
                ..params().trust
            });
        }),
    ];
    for (field, change) in bad {
        let error = update(change).unwrap_err();
        let expected = format!("reg.invalid_params: {field}: ");
        assert!(error.starts_with(&expected), "{error}");
    }
}
