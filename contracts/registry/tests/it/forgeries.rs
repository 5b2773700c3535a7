//! `RevealWindow` of lists that match their digest and are wrong.

use cosmwasm_std::{Response, Uint64};
use joule_types::registry::*;
use joule_types::staking::{self, Incident, IncidentKind};
use joule_types::{NodeId, ProviderId};
use joule_work::ticket::{self, Claim};

use crate::suite::*;

const NODE: NodeId = NodeId(1);
const ALICE: ProviderId = ProviderId(1);
const UNITS: u64 = 2_000;

/// An admitted node of alice and an open window.
fn opened() -> (Suite, WindowResponse) {
    let mut suite = Suite::new();
    suite.admitted("alice");
    let window = suite.open_window();
    (suite, window)
}

/// Commits to a list, waits for the window to close and reveals it.
fn forge(suite: &mut Suite, window: &WindowResponse, claim: &Claim) -> Response {
    suite.exec("alice", commit_msg(window.window, NODE, claim)).unwrap();
    suite.go_to(window.closes_at + 1);
    suite
        .exec("alice", reveal_msg(window.window, NODE, &claim.ids))
        .unwrap()
}

fn state_of(suite: &mut Suite, window: &WindowResponse) -> CommitState {
    let found: Option<CommitResponse> = suite.query(QueryMsg::Commit {
        window: window.window,
        node: NODE,
    });
    found.unwrap().state
}

/// The ticket at fault, and what it costs.
#[test]
fn forged_lists_are_found_and_slashed() {
    let (suite, window) = opened();
    drop(suite);
    let honest = Suite::work(&window, NODE, "alice-op", UNITS);
    let bound = honest.bound;
    let above = |seed: &[u8; 32], from: u64| (from..).find(|x| ticket::value(seed, *x) > bound).unwrap();
    let window_seed: [u8; 32] = window.seed.as_slice().try_into().unwrap();
    let seed = ticket::node_seed(&window_seed, 1, 0, at("alice-op").as_str());

    // One id that was never worked for.
    let bogus_id = above(&seed, 1 << 40);
    let mut bogus = honest.clone();
    bogus.ids[63] = bogus_id;
    bogus.ids.sort_unstable();
    // A bound below the largest value.
    let boasting = Claim {
        bound: bound - 1,
        ..honest.clone()
    };
    let largest = *honest
        .ids
        .iter()
        .find(|id| ticket::value(&seed, **id) == bound)
        .unwrap();
    // The same id twice.
    let mut twice = honest.clone();
    twice.ids[1] = twice.ids[0];
    // Not in order.
    let mut unsorted = honest.clone();
    unsorted.ids.swap(10, 11);
    // Fewer and more than k.
    let mut short = honest.clone();
    short.ids.pop();
    let mut long = honest.clone();
    long.ids.push(u64::MAX);
    // Work of another node, operator or window.
    let others = Suite::work(&window, NodeId(2), "alice-op", UNITS);
    let shared = Suite::work(&window, NODE, "bob-op", UNITS);
    let first_above = |claim: &Claim| {
        *claim
            .ids
            .iter()
            .find(|id| ticket::value(&seed, **id) > claim.bound)
            .unwrap()
    };

    for (name, claim, ticket) in [
        ("bogus", &bogus, bogus_id),
        ("boasting", &boasting, largest),
        ("twice", &twice, twice.ids[1]),
        ("unsorted", &unsorted, unsorted.ids[11]),
        ("short", &short, 0),
        ("long", &long, 0),
        ("another node's", &others, first_above(&others)),
        ("another operator's", &shared, first_above(&shared)),
    ] {
        let (mut suite, window) = opened();
        let response = forge(&mut suite, &window, claim);
        assert_eq!(
            event::<Forgery>(&response),
            Forgery {
                window: window.window,
                node: NODE,
                ticket: Uint64::new(ticket),
                slashed_bps: 3_000,
                reputation: 50_000,
                banned: false,
            },
            "{name}"
        );
        let slash = staking::ExecuteMsg::Slash {
            incident: Incident {
                kind: IncidentKind::Forgery,
                id: window.window.u64(),
                attempt: NODE.u64(),
            },
            pool: at("alice").to_string(),
            fraction_bps: 3_000,
            repay: vec![],
        };
        assert_eq!(calls::<staking::ExecuteMsg>(&response, "staking"), [slash], "{name}");
        assert_eq!(state_of(&mut suite, &window), CommitState::Forged);
        let node = suite.node(NODE);
        assert_eq!((node.verified.hash_rate, node.verified.windows), (0, 0), "{name}");
        assert_eq!(suite.provider(ALICE).counters.forgeries, 1);
        let again = reveal_msg(window.window, NODE, &claim.ids);
        refused(suite.exec("alice", again), "reg.not_committed");
    }
}

#[test]
fn a_list_of_an_earlier_window_is_a_forgery_in_the_next() {
    let (mut suite, first) = opened();
    let replayed = Suite::work(&first, NODE, "alice-op", UNITS);
    suite.exec("alice", commit_msg(first.window, NODE, &replayed)).unwrap();
    suite.go_to(first.closes_at + 1);
    suite
        .exec("alice", reveal_msg(first.window, NODE, &replayed.ids))
        .unwrap();
    suite.go_to(first.opened_at + 100);
    let second = suite.open_window();
    let response = forge(&mut suite, &second, &replayed);
    assert_eq!(event::<Forgery>(&response).reputation, 50_500);
}

#[test]
fn the_second_forgery_takes_all_and_bans() {
    let (mut suite, first) = opened();
    let bogus = Claim {
        ids: (0..64).collect(),
        bound: 1,
    };
    forge(&mut suite, &first, &bogus);
    // The slash came through; the node proves again and forges again.
    suite.set_pool("alice", 700 * JOULE, 1);
    assert_eq!(suite.node(NODE).state, NodeState::Slashed);
    suite.go_to(first.opened_at + 100);
    let second = suite.open_window();
    let response = forge(&mut suite, &second, &bogus);
    let forgery: Forgery = event(&response);
    assert_eq!(
        (forgery.slashed_bps, forgery.banned, forgery.reputation),
        (10_000, true, 25_000)
    );
    match calls::<staking::ExecuteMsg>(&response, "staking").remove(0) {
        staking::ExecuteMsg::Slash {
            fraction_bps, incident, ..
        } => assert_eq!((fraction_bps, incident.id), (10_000, 2)),
        other => panic!("{other:?}"),
    }
    let provider = suite.provider(ALICE);
    assert!(provider.banned);
    assert_eq!(provider.standing.trust, joule_work::trust::TrustLevel::None);
    refused(
        suite.exec("alice", ExecuteMsg::Beat { nodes: vec![NODE] }),
        "reg.banned",
    );
}

#[test]
fn the_slash_is_the_one_of_the_day_the_window_opened() {
    let (mut suite, window) = opened();
    let update = Box::new(ParamsUpdate {
        forgery_slash_bps: Some(1),
        ..ParamsUpdate::default()
    });
    suite.exec("dao", ExecuteMsg::UpdateParams { update }).unwrap();
    let bogus = Claim {
        ids: (0..64).collect(),
        bound: 1,
    };
    let response = forge(&mut suite, &window, &bogus);
    assert_eq!(event::<Forgery>(&response).slashed_bps, 3_000);
}
