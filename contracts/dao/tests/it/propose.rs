//! Proposals: deposit, limits, floor, pause, shape.

use joule_types::{
    dao::{DaoHook, ExecuteMsg, ProposalOpened, ProposalState},
    AdminMsg,
};

use crate::support::{account, code, payout, powers, proposal, Dao, DEPOSIT};

#[test]
fn a_proposal_fixes_height_total_and_times() {
    let mut dao = Dao::new();
    let response = dao.propose("dave").unwrap();
    let event = ProposalOpened::try_from(&response.events[0]).unwrap();
    let found = dao.proposal(1);
    assert_eq!((event.proposal.u64(), event.proposer), (1, account("dave")));
    assert_eq!(found.state, ProposalState::Open);
    assert_eq!(found.start_height, dao.env.block.height);
    assert_eq!(found.total_power.u128(), 1_000);
    assert_eq!(found.voting_ends_at, found.opened_at + 100);
    assert_eq!(found.executable_at, found.opened_at + 111);
    assert_eq!(found.expires_at, found.opened_at + 161);
    assert_eq!(found.msgs, vec![payout()]);
}

#[test]
fn refusals() {
    let long = |title: usize, description: usize, msgs: usize| DaoHook::Propose {
        title: "t".repeat(title),
        description: "d".repeat(description),
        msgs: vec![payout(); msgs],
    };
    for (what, amount, hook, expected) in [
        ("one unit short", DEPOSIT - 1, proposal(), "dao.wrong_deposit"),
        ("one unit over", DEPOSIT + 1, proposal(), "dao.wrong_deposit"),
        ("no title", DEPOSIT, long(0, 1, 1), "dao.invalid_proposal"),
        ("title too long", DEPOSIT, long(101, 1, 1), "dao.invalid_proposal"),
        (
            "description too long",
            DEPOSIT,
            long(1, 4_001, 1),
            "dao.invalid_proposal",
        ),
        ("no message", DEPOSIT, long(1, 1, 0), "dao.invalid_proposal"),
        ("21 messages", DEPOSIT, long(1, 1, 21), "dao.invalid_proposal"),
    ] {
        let error = Dao::new().hook("dave", amount, &hook).unwrap_err();
        assert_eq!(code(&error), expected, "{what}");
    }
    Dao::new().hook("dave", DEPOSIT, &long(100, 4_000, 20)).unwrap();
}

#[test]
fn only_the_token_brings_proposals() {
    let mut dao = Dao::new();
    let msg = cw20::Cw20ReceiveMsg {
        sender: account("dave").to_string(),
        amount: DEPOSIT.into(),
        msg: cosmwasm_std::to_json_binary(&proposal()).unwrap(),
    };
    let error = dao.send("dave", ExecuteMsg::Receive(msg)).unwrap_err();
    assert_eq!(code(&error), "kit.unauthorized");
}

#[test]
fn open_proposals_are_limited_per_proposer() {
    let mut dao = Dao::new();
    dao.propose("dave").unwrap();
    dao.propose("dave").unwrap();
    assert_eq!(code(&dao.propose("dave").unwrap_err()), "dao.too_many_open");
    dao.propose("erin").unwrap();
}

#[test]
fn an_empty_dao_belongs_to_nobody() {
    let mut dao = Dao::new();
    let height = dao.env.block.height;
    powers(&mut dao.deps, height, &[("mallory", 499)]);
    assert_eq!(code(&dao.propose("mallory").unwrap_err()), "dao.power_below_floor");
    let mut unlaunched = Dao::setup();
    powers(&mut unlaunched.deps, height, &[("mallory", 499)]);
    let error = unlaunched
        .send("deployer", ExecuteMsg::Admin(AdminMsg::Launch {}))
        .unwrap_err();
    assert_eq!(code(&error), "dao.power_below_floor");
}

#[test]
fn a_pause_stops_proposals_but_not_donations() {
    let mut dao = Dao::new();
    dao.send("guardian", ExecuteMsg::Admin(AdminMsg::Pause { secs: 60 }))
        .unwrap();
    assert_eq!(code(&dao.propose("dave").unwrap_err()), "kit.paused");
    dao.hook("dave", 7, &DaoHook::Donate {}).unwrap();
    dao.pass_time(60);
    let height = dao.env.block.height;
    powers(&mut dao.deps, height, &[("alice", 600)]);
    dao.propose("dave").unwrap();
}
