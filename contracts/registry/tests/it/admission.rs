//! `RequestChallenge`, `SolveChallenge`, `ExpireChallenge`.

use cosmwasm_std::{HexBinary, Uint64};
use joule_types::registry::*;
use joule_types::NodeId;
use joule_work::ticket;

use crate::suite::*;

const NODE: NodeId = NodeId(1);

fn request(node: NodeId) -> ExecuteMsg {
    ExecuteMsg::RequestChallenge { node }
}

fn expire(node: NodeId) -> ExecuteMsg {
    ExecuteMsg::ExpireChallenge { node }
}

fn pending() -> Suite {
    let mut suite = Suite::new();
    suite.register("alice");
    suite.add_node("alice");
    suite
}

fn open(suite: &mut Suite) -> ChallengeResponse {
    let open: Option<ChallengeResponse> = suite.query(QueryMsg::Challenge { node: NODE });
    open.unwrap()
}

#[test]
fn a_solved_challenge_admits_and_measures_nothing() {
    let mut suite = pending();
    let response = suite.exec("alice-op", request(NODE)).unwrap();
    let challenge = open(&mut suite);
    let block = &suite.env.block;
    let contract = suite.env.contract.address.as_str();
    let seed = ticket::admission_seed(&block.chain_id, contract, block.height, block.time.nanos(), 1, 1);
    assert_eq!(challenge.seed.as_slice(), seed);
    assert_eq!(challenge.target.u64(), ticket::difficulty_target(4).unwrap());
    assert_eq!(
        event::<ChallengeOpened>(&response),
        ChallengeOpened {
            node: NODE,
            seed: HexBinary::from(seed).to_hex(),
            target: challenge.target,
            deadline_at: suite.now() + 30,
        }
    );
    let nonce = suite.solution(NODE);
    suite.wait(7);
    let msg = ExecuteMsg::SolveChallenge { node: NODE, nonce };
    let response = suite.exec("alice-op", msg.clone()).unwrap();
    assert_eq!(
        event::<NodeAdmitted>(&response),
        NodeAdmitted {
            node: NODE,
            nonce,
            took_secs: 7
        }
    );
    let node = suite.node(NODE);
    assert_eq!(node.state, NodeState::Verified);
    assert_eq!((node.verified.hash_rate, node.verified.proved_at), (0, suite.now()));
    assert_eq!(
        suite.query::<Option<ChallengeResponse>>(QueryMsg::Challenge { node: NODE }),
        None
    );

    refused(suite.exec("alice", msg), "reg.no_challenge");
    refused(suite.exec("alice", request(NODE)), "reg.already_admitted");
}

#[test]
fn a_ticket_above_the_target_may_be_tried_again() {
    let mut suite = pending();
    suite.exec("alice", request(NODE)).unwrap();
    let wrong = suite.first_ticket(NODE, false);
    let solve = |nonce| ExecuteMsg::SolveChallenge { node: NODE, nonce };
    refused(suite.exec("alice", solve(wrong)), "reg.invalid_proof");
    let nonce = suite.solution(NODE);
    suite.exec("alice", solve(nonce)).unwrap();
}

#[test]
fn the_deadline_is_the_last_second() {
    for (late, expected) in [(0, None), (1, Some("reg.too_late"))] {
        let mut suite = pending();
        suite.exec("alice", request(NODE)).unwrap();
        let deadline = open(&mut suite).deadline_at;
        suite.go_to(deadline + late);
        let nonce = suite.solution(NODE);
        let solved = suite.exec("alice", ExecuteMsg::SolveChallenge { node: NODE, nonce });
        match expected {
            None => assert!(solved.is_ok()),
            Some(code) => refused(solved, code),
        }
    }
}

#[test]
fn an_unanswered_challenge_costs_once_and_anybody_may_book_it() {
    let mut suite = pending();
    refused(suite.exec("keeper", expire(NODE)), "reg.no_challenge");
    refused(suite.exec("keeper", expire(NodeId(9))), "reg.node_not_found");
    suite.exec("alice", request(NODE)).unwrap();
    refused(suite.exec("alice", request(NODE)), "reg.challenge_open");
    suite.wait(30);
    refused(suite.exec("keeper", expire(NODE)), "reg.too_early");
    refused(suite.exec("alice", request(NODE)), "reg.challenge_open");
    suite.wait(1);
    let response = suite.exec("keeper", expire(NODE)).unwrap();
    assert_eq!(
        event::<ChallengeMissed>(&response),
        ChallengeMissed {
            node: NODE,
            reputation: 98_000,
            failures: 1,
            rejected: false,
        }
    );
    refused(suite.exec("keeper", expire(NODE)), "reg.no_challenge");
    let provider = suite.provider(joule_types::ProviderId(1));
    assert_eq!((provider.counters.missed, provider.standing.reputation), (1, 98_000));
}

#[test]
fn a_request_books_what_was_missed_and_the_seed_is_new() {
    let mut suite = pending();
    suite.exec("alice", request(NODE)).unwrap();
    let first = open(&mut suite).seed;
    suite.wait(31);
    let response = suite.exec("alice", request(NODE)).unwrap();
    assert_eq!(event::<ChallengeMissed>(&response).failures, 1);
    event::<ChallengeOpened>(&response);
    assert_ne!(open(&mut suite).seed, first);
    assert_eq!(suite.node(NODE).admission_failures, 1);
    // Solved at last: failures no longer count.
    let nonce = suite.solution(NODE);
    suite
        .exec("alice", ExecuteMsg::SolveChallenge { node: NODE, nonce })
        .unwrap();
    assert_eq!(suite.node(NODE).admission_failures, 0);
}

#[test]
fn the_third_failure_rejects_for_good_by_either_way() {
    for by_keeper in [true, false] {
        let mut suite = pending();
        suite.exec("alice", request(NODE)).unwrap();
        for _ in 0..2 {
            suite.wait(31);
            suite.exec("alice", request(NODE)).unwrap();
        }
        suite.wait(31);
        let response = match by_keeper {
            true => suite.exec("keeper", expire(NODE)),
            false => suite.exec("alice", request(NODE)),
        };
        let response = response.unwrap();
        assert_eq!(
            event::<ChallengeMissed>(&response),
            ChallengeMissed {
                node: NODE,
                reputation: 94_119,
                failures: 3,
                rejected: true,
            }
        );
        assert!(response.events.iter().all(|e| e.ty != "joule_challenge_opened"));
        assert_eq!(suite.node(NODE).state, NodeState::Rejected);
        refused(suite.exec("alice", request(NODE)), "reg.rejected");
        refused(suite.exec("keeper", expire(NODE)), "reg.no_challenge");
    }
}

#[test]
fn a_challenge_keeps_the_terms_it_began_with() {
    let mut suite = pending();
    suite.exec("alice", request(NODE)).unwrap();
    let before = open(&mut suite);
    let update = Box::new(ParamsUpdate {
        admission_units: Some(Uint64::new(1 << 20)),
        admission_secs: Some(5),
        max_admission_failures: Some(1),
        ..ParamsUpdate::default()
    });
    suite.exec("dao", ExecuteMsg::UpdateParams { update }).unwrap();
    assert_eq!(open(&mut suite), before);
    suite.wait(31);
    let response = suite.exec("keeper", expire(NODE)).unwrap();
    assert!(!event::<ChallengeMissed>(&response).rejected);
}

#[test]
fn a_slashed_node_proves_again_and_a_slash_in_between_counts() {
    let mut suite = Suite::new();
    suite.admitted("alice");
    suite.beat("alice", &[NODE]);
    assert_eq!(suite.node(NODE).state, NodeState::Active);
    suite.set_pool("alice", 950 * JOULE, 1);
    assert_eq!(suite.node(NODE).state, NodeState::Slashed);
    suite.admit("alice", NODE);
    assert_eq!(suite.node(NODE).state, NodeState::Active);
    refused(suite.exec("alice", request(NODE)), "reg.already_admitted");
    suite.set_pool("alice", 900 * JOULE, 2);
    assert_eq!(suite.node(NODE).state, NodeState::Slashed);
}

#[test]
fn a_banned_provider_is_not_admitted() {
    let mut suite = pending();
    suite.exec("alice", request(NODE)).unwrap();
    let nonce = suite.solution(NODE);
    let provider = joule_types::ProviderId(1);
    suite.exec("dao", ExecuteMsg::Ban { provider }).unwrap();
    refused(suite.exec("alice", request(NODE)), "reg.banned");
    let solve = ExecuteMsg::SolveChallenge { node: NODE, nonce };
    refused(suite.exec("alice", solve), "reg.banned");
    assert_eq!(suite.node(NODE).state, NodeState::Slashed);
}

#[test]
fn a_node_of_another_is_not_proven() {
    let mut suite = pending();
    suite.register("bob");
    refused(suite.exec("bob", request(NODE)), "reg.not_your_node");
    suite.exec("alice", request(NODE)).unwrap();
    let nonce = suite.solution(NODE);
    let solve = ExecuteMsg::SolveChallenge { node: NODE, nonce };
    refused(suite.exec("bob", solve), "reg.not_your_node");
}
