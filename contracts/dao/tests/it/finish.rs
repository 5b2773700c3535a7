//! Execution and closing: timelock, expiry, once, deposits.

use cosmwasm_std::{from_json, CosmosMsg, WasmMsg};
use cw20::Cw20ExecuteMsg;
use joule_types::{
    dao::{ExecuteMsg, ProposalClosed, ProposalState, Vote},
    ProposalId,
};

use crate::support::{account, code, payout, powers, Dao, DEPOSIT};

fn execute(dao: &mut Dao) -> Result<cosmwasm_std::Response, joule_dao::DaoError> {
    dao.send(
        "anyone",
        ExecuteMsg::Execute {
            proposal: ProposalId(1),
        },
    )
}

fn close(dao: &mut Dao) -> Result<cosmwasm_std::Response, joule_dao::DaoError> {
    dao.send(
        "anyone",
        ExecuteMsg::Close {
            proposal: ProposalId(1),
        },
    )
}

fn voted(votes: &[(&str, Vote)]) -> Dao {
    let mut dao = Dao::new();
    dao.propose("dave").unwrap();
    for (voter, vote) in votes {
        dao.vote(voter, 1, *vote).unwrap();
    }
    dao
}

fn refunded(msg: &CosmosMsg) -> (String, String, u128) {
    let CosmosMsg::Wasm(WasmMsg::Execute { contract_addr, msg, .. }) = msg else {
        panic!("not a refund: {msg:?}")
    };
    let Cw20ExecuteMsg::Transfer { recipient, amount } = from_json(msg).unwrap() else {
        panic!("not a transfer")
    };
    (contract_addr.clone(), recipient, amount.u128())
}

#[test]
fn a_passed_proposal_runs_once_between_timelock_and_expiry() {
    let mut dao = voted(&[("alice", Vote::Yes)]);
    assert_eq!(code(&execute(&mut dao).unwrap_err()), "dao.not_passed");
    dao.pass_time(101);
    assert_eq!(code(&execute(&mut dao).unwrap_err()), "dao.timelocked");
    dao.pass_time(9);
    assert_eq!(code(&execute(&mut dao).unwrap_err()), "dao.timelocked");
    dao.pass_time(1);
    let response = execute(&mut dao).unwrap();
    assert_eq!(response.messages[0].msg, payout());
    assert_eq!(
        refunded(&response.messages[1].msg),
        (account("token").into(), account("dave").into(), DEPOSIT)
    );
    assert_eq!(dao.proposal(1).state, ProposalState::Executed);
    assert_eq!(code(&execute(&mut dao).unwrap_err()), "dao.not_passed");
    assert_eq!(code(&close(&mut dao).unwrap_err()), "dao.still_open");
}

#[test]
fn a_passed_proposal_that_nobody_executes_expires_and_gives_the_deposit_back() {
    let mut dao = voted(&[("alice", Vote::Yes)]);
    dao.pass_time(161);
    assert_eq!(dao.proposal(1).state, ProposalState::Passed);
    dao.pass_time(1);
    assert_eq!(code(&execute(&mut dao).unwrap_err()), "dao.expired");
    let response = close(&mut dao).unwrap();
    assert_eq!(refunded(&response.messages[0].msg).2, DEPOSIT);
    assert_eq!(code(&close(&mut dao).unwrap_err()), "dao.still_open");
}

#[test]
fn rejected_returns_and_vetoed_forfeits() {
    for (votes, state, forfeited) in [
        (vec![("alice", Vote::No)], "rejected", false),
        (vec![], "rejected", false),
        // 100 of 1 000 are no quorum: a small stake alone cannot burn a deposit.
        (vec![("carol", Vote::Veto)], "rejected", false),
        (vec![("alice", Vote::Yes), ("bob", Vote::Veto)], "vetoed", true),
    ] {
        let mut dao = voted(&votes);
        assert_eq!(code(&close(&mut dao).unwrap_err()), "dao.still_open");
        dao.pass_time(101);
        if state == "vetoed" {
            // 300 of 900 cast is above 33 %.
            assert_eq!(dao.proposal(1).state, ProposalState::Vetoed);
        }
        let response = close(&mut dao).unwrap();
        let event = ProposalClosed::try_from(&response.events[0]).unwrap();
        assert_eq!((event.state.as_str(), event.forfeited), (state, forfeited));
        assert_eq!(response.messages.is_empty(), forfeited);
        assert_eq!(dao.proposal(1).state, ProposalState::Closed);
        // The slot of the proposer is free again.
        let height = dao.env.block.height;
        powers(&mut dao.deps, height, &[("alice", 600)]);
        dao.propose("dave").unwrap();
        dao.propose("dave").unwrap();
    }
}
