//! Votes: power at the start height, once, in time.

use joule_types::{
    dao::{Ballot, QueryMsg, Vote, Voted},
    Page, ProposalId,
};

use crate::support::{account, code, powers, Dao};

#[test]
fn a_vote_counts_the_power_at_the_start_and_later_stake_changes_nothing() {
    let mut dao = Dao::new();
    dao.propose("dave").unwrap();
    let start = dao.env.block.height;
    dao.pass_time(10);
    powers(&mut dao.deps, start, &[("alice", 600), ("bob", 300), ("carol", 100)]);
    let response = dao.vote("alice", 1, Vote::Yes).unwrap();
    assert_eq!(Voted::try_from(&response.events[0]).unwrap().power.u128(), 600);
    // Staking would answer zero for any height after the start: bob's vote can only have been counted at the start.
    dao.vote("bob", 1, Vote::Veto).unwrap();
    dao.vote("carol", 1, Vote::Abstain).unwrap();
    let tally = dao.proposal(1).tally;
    assert_eq!(
        [tally.yes, tally.no, tally.abstain, tally.veto].map(|p| p.u128()),
        [600, 0, 100, 300]
    );
    let recount = dao.ask::<Page<Ballot, String>>(QueryMsg::Ballots {
        proposal: ProposalId(1),
        start_after: None,
        limit: None,
    });
    assert_eq!(recount.items.iter().map(|b| b.power.u128()).sum::<u128>(), 1_000);
}

#[test]
fn refusals() {
    let mut dao = Dao::new();
    dao.propose("dave").unwrap();
    dao.vote("alice", 1, Vote::Yes).unwrap();
    assert_eq!(code(&dao.vote("alice", 1, Vote::No).unwrap_err()), "dao.already_voted");
    assert_eq!(code(&dao.vote("mallory", 1, Vote::No).unwrap_err()), "dao.no_power");
    assert_eq!(
        code(&dao.vote("bob", 2, Vote::No).unwrap_err()),
        "dao.proposal_not_found"
    );
    dao.pass_time(100);
    dao.vote("bob", 1, Vote::No).unwrap();
    dao.pass_time(1);
    assert_eq!(code(&dao.vote("carol", 1, Vote::No).unwrap_err()), "dao.not_open");
}

#[test]
fn ballots_page_without_gap_or_repeat() {
    let mut dao = Dao::new();
    dao.propose("dave").unwrap();
    for voter in ["alice", "bob", "carol"] {
        dao.vote(voter, 1, Vote::Yes).unwrap();
    }
    let (mut seen, mut after) = (vec![], None);
    loop {
        let msg = QueryMsg::Ballots {
            proposal: ProposalId(1),
            start_after: after,
            limit: Some(2),
        };
        let page: Page<Ballot, String> = dao.ask(msg);
        seen.extend(page.items.into_iter().map(|b| b.voter));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let mut expected = ["alice", "bob", "carol"].map(account).to_vec();
    expected.sort();
    assert_eq!(seen, expected);
    let one: Option<Ballot> = dao.ask(QueryMsg::Ballot {
        proposal: ProposalId(1),
        voter: account("alice").to_string(),
    });
    assert_eq!(one.unwrap().vote, Vote::Yes);
}
