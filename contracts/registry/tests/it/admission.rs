//! `RequestChallenge`, `SolveChallenge`, `ExpireChallenge`.

use cosmwasm_std::Uint64;
use joule_beacon::LocalBeacon;
use joule_types::registry::*;
use joule_types::{NodeId, Page, ProviderId};
use joule_work::{beacon, ticket};

use crate::suite::*;

const NODE: NodeId = NodeId(1);
const ALICE: ProviderId = ProviderId(1);

fn request(node: NodeId) -> ExecuteMsg {
    ExecuteMsg::RequestChallenge { node }
}

fn expire(node: NodeId) -> ExecuteMsg {
    ExecuteMsg::ExpireChallenge { node }
}

fn solve(nonce: Uint64) -> ExecuteMsg {
    ExecuteMsg::SolveChallenge { node: NODE, nonce }
}

fn pending() -> Suite {
    let mut suite = Suite::new();
    suite.register("alice");
    suite.add_node("alice");
    suite
}

fn open(suite: &mut Suite) -> Option<ChallengeResponse> {
    suite.query(QueryMsg::Challenge { node: NODE })
}

#[test]
fn a_solved_challenge_admits_and_measures_nothing() {
    let mut suite = pending();
    let (asked_at, round) = (suite.now(), suite.round() + 2);
    let response = suite.exec("alice-op", request(NODE)).unwrap();
    let target = Uint64::new(ticket::difficulty_target(4).unwrap());
    // 2 s until it is due, 30 s to post it and 30 s to solve it, at the latest.
    let deadline_at = asked_at + 62;
    assert_eq!(
        event::<ChallengeOpened>(&response),
        ChallengeOpened {
            node: NODE,
            round,
            target,
            deadline_at,
        }
    );
    let waiting = ChallengeResponse {
        round,
        seed: None,
        target,
        opened_at: asked_at,
        deadline_at,
    };
    assert_eq!(open(&mut suite), Some(waiting.clone()));
    let wanted: Page<u64, u64> = suite.query(QueryMsg::WantedRounds {
        start_after: None,
        limit: None,
    });
    assert_eq!(wanted.items, [round]);

    suite.wait(2);
    assert!(event::<RoundPosted>(&suite.run("keeper", post_msg(round))).wanted);
    let (block, contract) = (&suite.env.block, suite.env.contract.address.as_str());
    let drawn = beacon::randomness(&LocalBeacon::new().sign(round));
    let seed = beacon::admission_seed(&block.chain_id, contract, round, &drawn, 1, 1);
    let ready = ChallengeResponse {
        seed: Some(seed.into()),
        deadline_at: asked_at + 32,
        ..waiting
    };
    assert_eq!(open(&mut suite), Some(ready));

    suite.wait(7);
    let nonce = suite.solution(NODE);
    let response = suite.exec("alice-op", solve(nonce)).unwrap();
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
    assert_eq!(open(&mut suite), None);

    refused(suite.exec("alice", solve(nonce)), "reg.no_challenge");
    refused(suite.exec("alice", request(NODE)), "reg.already_admitted");
}

#[test]
fn a_challenge_waits_for_its_round() {
    let mut suite = pending();
    suite.exec("alice", request(NODE)).unwrap();
    let round = open(&mut suite).unwrap().round;
    for late in [0, 2, 32] {
        suite.go_to(suite.now().max(GENESIS + round - 1 - 2 + late));
        let error = suite.exec("alice", solve(Uint64::zero())).unwrap_err();
        let due = GENESIS + round - 1;
        let text =
            format!("reg.no_round: round {round}, due at second {due}, was not posted yet; post it with `PostRound`");
        assert_eq!(error.to_string(), text);
        refused(suite.exec("keeper", expire(NODE)), "reg.too_early");
        refused(suite.exec("alice", request(NODE)), "reg.challenge_open");
    }
}

#[test]
fn a_ticket_above_the_target_may_be_tried_again() {
    let mut suite = pending();
    suite.challenge("alice", NODE);
    let wrong = suite.first_ticket(NODE, false);
    refused(suite.exec("alice", solve(wrong)), "reg.invalid_proof");
    suite.solve("alice", NODE);
}

/// However late within its time the round is posted, the provider has all of its seconds from there.
#[test]
fn the_deadline_is_the_last_second_and_counts_from_the_posting() {
    for posted_late in [0, 1, 30] {
        for (late, expected) in [(0, None), (1, Some("reg.too_late"))] {
            let mut suite = pending();
            suite.exec("alice", request(NODE)).unwrap();
            let round = open(&mut suite).unwrap().round;
            suite.wait(2 + posted_late);
            suite.run("keeper", post_msg(round));
            let deadline = open(&mut suite).unwrap().deadline_at;
            assert_eq!(deadline, suite.now() + 30);
            let nonce = suite.solution(NODE);
            suite.go_to(deadline + late);
            let solved = suite.exec("alice", solve(nonce));
            match expected {
                None => assert_eq!(event::<NodeAdmitted>(&solved.unwrap()).took_secs, 30),
                Some(code) => refused(solved, code),
            }
        }
    }
}

#[test]
fn an_unanswered_challenge_costs_once_and_anybody_may_book_it() {
    let mut suite = pending();
    refused(suite.exec("keeper", expire(NODE)), "reg.no_challenge");
    refused(suite.exec("keeper", expire(NodeId(9))), "reg.node_not_found");
    let deadline = suite.challenge("alice", NODE).deadline_at;
    refused(suite.exec("alice", request(NODE)), "reg.challenge_open");
    suite.go_to(deadline);
    let error = suite.exec("keeper", expire(NODE)).unwrap_err().to_string();
    assert!(error.starts_with(&format!("reg.too_early: possible from second {}", deadline + 1)));
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
    let provider = suite.provider(ALICE);
    assert_eq!((provider.counters.missed, provider.standing.reputation), (1, 98_000));
}

/// Nobody posted the round in its time, or somebody did after it: the provider is not to blame.
#[test]
fn a_challenge_whose_round_was_not_posted_in_time_is_dropped_without_blame() {
    for (posted, by_keeper) in [(false, true), (false, false), (true, true), (true, false)] {
        let mut suite = pending();
        suite.exec("alice", request(NODE)).unwrap();
        let round = open(&mut suite).unwrap().round;
        suite.wait(33);
        let mut nonce = Uint64::zero();
        if posted {
            suite.run("keeper", post_msg(round));
            nonce = suite.solution(NODE);
        }
        refused(suite.exec("alice", solve(nonce)), "reg.too_late");
        suite.wait(500);
        refused(suite.exec("alice", solve(nonce)), "reg.too_late");
        let response = match by_keeper {
            true => suite.exec("keeper", expire(NODE)),
            false => suite.exec("alice", request(NODE)),
        };
        let response = response.unwrap();
        assert_eq!(
            event::<ChallengeDropped>(&response),
            ChallengeDropped { node: NODE, round }
        );
        assert!(response.events.iter().all(|e| e.ty != "joule_challenge_missed"));
        let provider = suite.provider(ALICE);
        assert_eq!((provider.counters.missed, provider.standing.reputation), (0, 100_000));
        assert_eq!(suite.node(NODE).admission_failures, 0);
        // And it may ask again.
        if by_keeper {
            refused(suite.exec("keeper", expire(NODE)), "reg.no_challenge");
            suite.admit("alice", NODE);
        } else {
            let again = open(&mut suite).unwrap();
            assert_eq!((again.round, again.seed), (suite.round() + 2, None));
        }
    }
}

#[test]
fn a_request_books_what_was_missed_and_the_seed_is_new() {
    let mut suite = pending();
    let first = suite.challenge("alice", NODE).seed;
    suite.wait(31);
    let response = suite.exec("alice", request(NODE)).unwrap();
    assert_eq!(event::<ChallengeMissed>(&response).failures, 1);
    let round = event::<ChallengeOpened>(&response).round;
    suite.wait(2);
    suite.run("keeper", post_msg(round));
    assert_ne!(open(&mut suite).unwrap().seed, first);
    assert_eq!(suite.node(NODE).admission_failures, 1);
    // Solved at last: failures no longer count.
    suite.solve("alice", NODE);
    assert_eq!(suite.node(NODE).admission_failures, 0);
}

#[test]
fn nodes_that_share_a_round_do_not_share_a_seed() {
    let mut suite = pending();
    let second = suite.add_node("alice");
    suite.exec("alice", request(second)).unwrap();
    let first = suite.challenge("alice", NODE);
    let other: Option<ChallengeResponse> = suite.query(QueryMsg::Challenge { node: second });
    let other = other.unwrap();
    assert_eq!(first.round, other.round);
    assert_ne!(first.seed, other.seed);
}

#[test]
fn the_third_failure_rejects_for_good_by_either_way() {
    for by_keeper in [true, false] {
        let mut suite = pending();
        for _ in 0..3 {
            suite.challenge("alice", NODE);
            suite.wait(31);
        }
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
    let before = suite.challenge("alice", NODE);
    suite.change(ParamsUpdate {
        admission_units: Some(Uint64::new(1 << 20)),
        admission_secs: Some(5),
        max_admission_failures: Some(1),
        ..ParamsUpdate::default()
    });
    assert_eq!(open(&mut suite), Some(before));
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
    suite.challenge("alice", NODE);
    let nonce = suite.solution(NODE);
    suite.exec("dao", ExecuteMsg::Ban { provider: ALICE }).unwrap();
    refused(suite.exec("alice", request(NODE)), "reg.banned");
    refused(suite.exec("alice", solve(nonce)), "reg.banned");
    assert_eq!(suite.node(NODE).state, NodeState::Slashed);
}

#[test]
fn a_node_of_another_is_not_proven() {
    let mut suite = pending();
    suite.register("bob");
    refused(suite.exec("bob", request(NODE)), "reg.not_your_node");
    suite.challenge("alice", NODE);
    let nonce = suite.solution(NODE);
    refused(suite.exec("bob", solve(nonce)), "reg.not_your_node");
}
