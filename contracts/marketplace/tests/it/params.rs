//! `instantiate`, `UpdateParams`, `Admin`, `migrate`, and the codes of errors.

use super::support::*;
use cosmwasm_std::{
    testing::mock_env, testing::MockApi, testing::MockQuerier, DepsMut, Empty, QuerierWrapper, Uint128,
};
use joule_marketplace::{contract, state};
use joule_types::{marketplace::*, AdminMsg, AdminResponse, ParamsUpdated, Phase};
use std::collections::BTreeSet;

#[test]
fn what_was_instantiated_is_what_is_told() {
    let market = Market::in_setup();
    assert_eq!(market.query::<Params>(QueryMsg::Params {}), params());
    let told: IndexResponse = market.query(QueryMsg::Index {});
    assert_eq!((told.serving, told.filling, told.params), (1, None, index_params()));
    let told: AdminResponse = market.query(QueryMsg::Admin {});
    assert_eq!((told.phase, told.guardian), (Phase::Setup, Some(a("guardian"))));
}

#[test]
fn parameters_have_bounds_from_the_start_and_later() {
    type Change = fn(&mut Params);
    let cases: [(&str, Change); 42] = [
        ("work.bps_out_of_range", |p| p.fees.fee_bps = 2_001),
        ("dispute_bps", |p| p.dispute_bps = 1_001),
        ("start_secs", |p| p.start_secs = 59),
        ("start_secs", |p| p.start_secs = 86_401),
        ("accept_secs", |p| p.accept_secs = 59),
        ("arbiter_secs", |p| p.arbiter_secs = 59),
        ("max_attempts", |p| p.max_attempts = 0),
        ("max_attempts", |p| p.max_attempts = 11),
        ("timeout_slash_bps", |p| p.timeout_slash_bps = 5_001),
        ("max_offers", |p| p.max_offers = 0),
        ("max_job_secs", |p| p.max_job_secs = 59),
        ("max_queue_secs", |p| p.max_queue_secs = 365 * 86_400 + 1),
        ("capacity_plan", |p| p.capacity_plan = [2_000, 3_000, 5_001]),
        ("denoms", |p| p.denoms.clear()),
        ("denoms", |p| p.denoms.push(p.denoms[0].clone())),
        ("denoms", |p| p.denoms = vec![p.denoms[0].clone(); 17]),
        ("denoms.denom length", |p| {
            p.denoms[0].denom = cw20::Denom::Native("u".into())
        }),
        ("kit.invalid_address", |p| {
            p.denoms[0].denom = cw20::Denom::Cw20(cosmwasm_std::Addr::unchecked("TOKEN"));
        }),
        ("work.not_rising", |p| p.denoms[0].deal_caps[0] = None),
        ("kit.invalid_address", |p| p.arbiter = "nobody".into()),
        ("kit.invalid_address", |p| {
            p.arbiter = a("arbiter").as_str().to_uppercase()
        }),
        ("kit.own_address", |p| p.arbiter = a("escrow").into()),
        ("kit.own_address", |p| p.arbiter = a("marketplace").into()),
        ("arbiter_secs", |p| p.arbiter_secs = 60 * 86_400 + 1),
        ("verify_bps", |p| p.committee.verify_bps = 10_001),
        ("min_validators", |p| p.committee.min_validators = 2),
        ("min_validators", |p| p.committee.min_validators = 65_537),
        ("committee.max_secs", |p| p.committee.max_secs = 59),
        ("committee.max_secs", |p| p.committee.max_secs = 365 * 86_400 + 1),
        ("seal_ahead", |p| p.committee.seal_ahead = 0),
        ("seal_ahead", |p| p.committee.seal_ahead = 101),
        ("beacon_secs", |p| p.committee.beacon_secs = 59),
        ("beacon_secs", |p| p.committee.beacon_secs = 86_401),
        ("commit_secs", |p| p.committee.commit_secs = 59),
        ("commit_secs", |p| p.committee.commit_secs = 86_401),
        ("reveal_secs", |p| p.committee.reveal_secs = 59),
        ("reveal_secs", |p| p.committee.reveal_secs = 86_401),
        ("max_reseals", |p| p.committee.max_reseals = 11),
        ("wrong_result_bps", |p| p.committee.wrong_result_bps = 5_001),
        ("wrong_vote_bps", |p| p.committee.wrong_vote_bps = 5_001),
        ("no_show_bps", |p| p.committee.no_show_bps = 5_001),
        ("min_validators", |p| p.committee.min_validators = 0),
    ];
    for (wanted, change) in cases {
        let mut changed = params();
        change(&mut changed);
        let check = |answer: Result<cosmwasm_std::Response, joule_marketplace::MarketplaceError>| {
            let error = answer.unwrap_err().to_string();
            let named = format!("mkt.invalid_params: {wanted} is ");
            assert!(
                error.starts_with(wanted) || error.starts_with(&named),
                "{wanted}: {error}"
            );
        };
        check(Market::in_setup().instantiate(changed.clone(), index_params()));
        check(Market::new().exec("dao", ExecuteMsg::UpdateParams { update: whole(changed) }));
    }
    let mut dao = params();
    dao.arbiter = a("dao").into();
    assert!(
        Market::in_setup().instantiate(dao, index_params()).is_ok(),
        "the dao may decide itself"
    );
}

fn whole(params: Params) -> Box<ParamsUpdate> {
    Box::new(ParamsUpdate {
        fees: Some(params.fees),
        arbiter: Some(params.arbiter),
        dispute_bps: Some(params.dispute_bps),
        start_secs: Some(params.start_secs),
        accept_secs: Some(params.accept_secs),
        arbiter_secs: Some(params.arbiter_secs),
        max_attempts: Some(params.max_attempts),
        timeout_slash_bps: Some(params.timeout_slash_bps),
        offer_deposit: Some(params.offer_deposit),
        max_offers: Some(params.max_offers),
        denoms: Some(params.denoms),
        max_job_secs: Some(params.max_job_secs),
        max_queue_secs: Some(params.max_queue_secs),
        capacity_plan: Some(params.capacity_plan),
        committee: Some(params.committee),
    })
}

#[test]
fn an_update_changes_what_it_names_and_every_field_can_be_named() {
    let mut new = params();
    new.fees.fee_bps = 700;
    new.arbiter = a("dao").into();
    (new.dispute_bps, new.start_secs, new.accept_secs, new.arbiter_secs) = (100, 61, 62, 63);
    (new.max_attempts, new.timeout_slash_bps, new.offer_deposit) = (4, 600, Uint128::new(5));
    (new.max_offers, new.max_job_secs, new.max_queue_secs) = (6, 64, 65);
    new.denoms.truncate(1);
    new.capacity_plan = [1_000, 1_000, 8_000];
    new.committee = CommitteeTerms {
        verify_bps: 4_000,
        min_validators: 3,
        max_secs: 65,
        seal_ahead: 100,
        beacon_secs: 66,
        commit_secs: 67,
        reveal_secs: 68,
        max_reseals: 10,
        wrong_result_bps: 1,
        wrong_vote_bps: 2,
        no_show_bps: 3,
        premium: Uint128::new(4),
    };
    let mut market = Market::new();
    let response = market
        .exec(
            "dao",
            ExecuteMsg::UpdateParams {
                update: whole(new.clone()),
            },
        )
        .unwrap();
    assert_eq!(market.query::<Params>(QueryMsg::Params {}), new);
    let event: ParamsUpdated = event(&response);
    assert_eq!(
        cosmwasm_std::from_json::<Params>(event.old.as_bytes()).unwrap(),
        params()
    );
    assert_eq!(cosmwasm_std::from_json::<Params>(event.new.as_bytes()).unwrap(), new);
    market
        .exec("dao", ExecuteMsg::UpdateParams { update: Box::default() })
        .unwrap();
    assert_eq!(
        market.query::<Params>(QueryMsg::Params {}),
        new,
        "nothing named, nothing changed"
    );
}

/// A denomination that is taken off the list opens no deal; running ones go on, and it keeps its place when it returns.
#[test]
fn an_unlisted_denomination_keeps_its_number() {
    let (mut market, job) = Market::job_in(joule_work::job::JobState::Assigned);
    let list = |market: &mut Market, denoms| {
        let update = ParamsUpdate {
            denoms: Some(denoms),
            ..Default::default()
        };
        market
            .exec(
                "dao",
                ExecuteMsg::UpdateParams {
                    update: Box::new(update),
                },
            )
            .unwrap();
    };
    list(&mut market, vec![rules(joule())]);
    assert_eq!(code(market.exec("buyer", post_msg(spec()))), "mkt.denom_not_listed");
    market.deliver_result(job);
    market.exec("buyer", ExecuteMsg::Accept { job }).unwrap();
    list(
        &mut market,
        vec![rules(cw20::Denom::Native("uother".into())), rules(usdc())],
    );
    let second = market.post(spec());
    assert_eq!(
        market.job(second).attempt.unwrap().quote.u128(),
        3_600_000,
        "its offers are found again"
    );
    assert_eq!(state::DENOMS.load(&market.storage, "nuusdc").unwrap().id, 0);
    assert_eq!(state::DENOMS.load(&market.storage, "nuother").unwrap().id, 2);
    let stats: StatsResponse = market.query(QueryMsg::Stats { denom: usdc() });
    assert_eq!(stats.posted, 2);
}

/// V-25: a job keeps the terms of the day it was posted.
#[test]
fn later_parameters_do_not_touch_posted_jobs() {
    let (mut market, job) = Market::job_in(joule_work::job::JobState::Assigned);
    let before = market.job(job).terms;
    let mut new = params();
    (
        new.fees.fee_bps,
        new.dispute_bps,
        new.accept_secs,
        new.timeout_slash_bps,
    ) = (0, 1_000, 60, 5_000);
    new.denoms[0].tip = Uint128::new(99);
    market
        .exec("dao", ExecuteMsg::UpdateParams { update: whole(new) })
        .unwrap();
    assert_eq!(market.job(job).terms, before);
    market.deliver_result(job);
    assert_eq!(market.job(job).next_deadline_at, Some(START + 86_400));
    market.now = START + 86_401;
    market.exec("keeper", ExecuteMsg::Timeout { job }).unwrap();
    assert_eq!(market.told.tips[0].2, 10);
}

#[test]
fn only_newer_code_of_the_marketplace_migrates() {
    let mut market = Market::new();
    let querier = MockQuerier::<Empty>::default();
    let mut migrate = |version: &str| {
        cw2::set_contract_version(&mut market.storage, contract::NAME, version).unwrap();
        let deps = DepsMut {
            storage: &mut market.storage,
            api: &MockApi::default(),
            querier: QuerierWrapper::new(&querier),
        };
        contract::migrate(deps, mock_env(), Empty {})
    };
    assert!(migrate("0.0.1").is_ok());
    assert_eq!(code(migrate(contract::VERSION)), "kit.not_newer");
}

#[test]
fn a_pause_stops_entry_and_nothing_else() {
    let (mut market, job) = Market::job_in(joule_work::job::JobState::Assigned);
    market.nodes.insert(2, node(2));
    market
        .exec("guardian", ExecuteMsg::Admin(AdminMsg::Pause { secs: 86_400 }))
        .unwrap();
    assert_eq!(code(market.exec("buyer", post_msg(spec()))), "kit.paused");
    assert_eq!(
        code(market.exec("owner2", ExecuteMsg::CreateOffer { terms: terms(2) })),
        "kit.paused"
    );
    market.deliver_result(job);
    market
        .exec(
            "buyer",
            ExecuteMsg::Dispute {
                job,
                reason: String::new(),
            },
        )
        .unwrap();
    market
        .exec("arbiter", ExecuteMsg::Resolve { job, provider_bps: 1 })
        .unwrap();
    market
        .exec(
            "owner1",
            ExecuteMsg::CloseOffer {
                offer: joule_types::OfferId(1),
            },
        )
        .unwrap();
    market.exec("dao", ExecuteMsg::Admin(AdminMsg::Resume {})).unwrap();
    market.post(spec());
}

/// Codes are unique, and the README lists each.
#[test]
fn every_error_has_a_code_of_its_own_that_the_readme_lists() {
    let source = include_str!("../../src/error.rs");
    let codes: Vec<&str> = source
        .split("#[error(\"")
        .skip(1)
        .map(|text| text.split(':').next().unwrap())
        .collect();
    assert!(codes.len() > 25 && codes.iter().all(|code| code.starts_with("mkt.")));
    assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len(), "{codes:?}");
    let readme = include_str!("../../README.md");
    for code in codes {
        assert!(readme.contains(&format!("`{code}`")), "{code} is not in the README");
    }
}

/// V-07.
#[test]
fn no_two_storage_items_share_a_namespace() {
    let source = include_str!("../../src/state.rs");
    let names: Vec<&str> = source
        .split("::new(\"")
        .skip(1)
        .map(|text| text.split('"').next().unwrap())
        .collect();
    assert!(names.len() > 25);
    let reserved = ["control", "contract_info"];
    let all: BTreeSet<&str> = names.iter().copied().chain(reserved).collect();
    assert_eq!(all.len(), names.len() + reserved.len(), "{names:?}");
}
