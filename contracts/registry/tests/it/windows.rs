//! `CommitWindow`, `RevealWindow`, with real tickets.

use cosmwasm_std::{Binary, Uint64};
use joule_types::registry::*;
use joule_types::{NodeId, ProviderId, WindowId};
use joule_work::ticket;

use crate::suite::*;

const NODE: NodeId = NodeId(1);
const ALICE: ProviderId = ProviderId(1);
const UNITS: u64 = 2_000;

fn commit_of(suite: &mut Suite, window: WindowId) -> CommitResponse {
    let found: Option<CommitResponse> = suite.query(QueryMsg::Commit { window, node: NODE });
    found.unwrap()
}

/// An admitted node of alice and an open window.
fn opened() -> (Suite, WindowResponse) {
    let mut suite = Suite::new();
    suite.admitted("alice");
    let window = suite.open_window();
    (suite, window)
}

#[test]
fn an_honest_list_is_accepted_and_counted() {
    let (mut suite, window) = opened();
    let claim = Suite::work(&window, NODE, "alice-op", UNITS);
    suite.wait(10);
    let response = suite.exec("alice-op", commit_msg(window.window, NODE, &claim)).unwrap();
    assert_eq!(
        event::<WindowCommitted>(&response),
        WindowCommitted {
            window: window.window,
            node: NODE,
            bound: Uint64::new(claim.bound),
        }
    );
    assert_eq!(
        commit_of(&mut suite, window.window),
        CommitResponse {
            bound: Uint64::new(claim.bound),
            list_hash: Binary::from(ticket::list_digest(&claim.ids)),
            state: CommitState::Committed,
        }
    );
    let reveal = reveal_msg(window.window, NODE, &claim.ids);
    refused(suite.exec("alice-op", reveal.clone()), "reg.too_early");
    suite.go_to(window.closes_at + 1);
    let response = suite.exec("alice-op", reveal.clone()).unwrap();

    let measured = ticket::hash_rate(ticket::lower_bound(64, claim.bound).unwrap(), 10);
    assert!(
        (UNITS / 20..=UNITS / 10).contains(&measured),
        "{measured} of {UNITS} in 10 s is no lower bound"
    );
    let units = Uint64::new(ticket::estimate(64, claim.bound).unwrap() as u64);
    assert_eq!(
        event::<WindowAccepted>(&response),
        WindowAccepted {
            window: window.window,
            node: NODE,
            units,
            measured,
            hash_rate: measured,
            reputation: 101_000,
        }
    );
    assert!(response.messages.is_empty());
    let verified = suite.node(NODE).verified;
    assert_eq!(
        (verified.hash_rate, verified.windows, verified.proved_at),
        (measured, 1, suite.now())
    );
    assert_eq!(
        (verified.gemm_gflops, verified.memory_bytes, verified.bandwidth),
        (0, 0, 0)
    );
    assert_eq!(suite.provider(ALICE).counters.windows, 1);
    assert_eq!(commit_of(&mut suite, window.window).state, CommitState::Accepted);
    refused(suite.exec("alice-op", reveal), "reg.not_committed");
}

#[test]
fn later_windows_move_the_power_a_quarter_of_the_way() {
    let (mut suite, window) = opened();
    suite.go_to(window.opened_at + 100);
    let first = event::<WindowAccepted>(&suite.prove("alice", NODE, 4_000));
    suite.go_to(window.opened_at + 200);
    let second = event::<WindowAccepted>(&suite.prove("alice", NODE, 400));
    assert!(second.measured < first.measured / 4);
    assert_eq!(second.hash_rate, ticket::smooth(first.hash_rate, second.measured));
    assert!(second.hash_rate < first.hash_rate);
}

#[test]
fn ten_windows_and_the_stake_make_level_two() {
    use joule_work::trust::TrustLevel;
    let mut suite = Suite::new();
    suite.admitted("alice");
    let mut next = suite.now();
    for done in 1..=10 {
        suite.go_to(next);
        next += 100;
        suite.prove("alice", NODE, 200);
        let expected = if done < 10 {
            TrustLevel::Basic
        } else {
            TrustLevel::Verified
        };
        assert_eq!(suite.provider(ALICE).standing.trust, expected, "after {done}");
    }
    assert_eq!(suite.provider(ALICE).standing.reputation, 110_000);
}

#[test]
fn a_commitment_is_refused_with_the_reason() {
    let (mut suite, window) = opened();
    let claim = Suite::work(&window, NODE, "alice-op", 100);
    let msg = |node| commit_msg(window.window, node, &claim);
    suite.register("bob");
    refused(suite.exec("bob", msg(NODE)), "reg.not_your_node");
    refused(suite.exec("carol", msg(NODE)), "reg.invalid_provider");
    let pending = suite.add_node("alice");
    refused(suite.exec("alice", msg(pending)), "reg.not_admitted");
    refused(
        suite.exec("alice", commit_msg(WindowId(2), NODE, &claim)),
        "reg.window_not_found",
    );
    refused(
        suite.exec("alice", commit_msg(WindowId(0), NODE, &claim)),
        "reg.window_not_found",
    );
    for len in [0, 31, 33] {
        let msg = ExecuteMsg::CommitWindow {
            window: window.window,
            node: NODE,
            bound: Uint64::new(1),
            list_hash: Binary::from(vec![1; len]),
        };
        refused(suite.exec("alice", msg), "reg.invalid_proof");
    }
    suite.exec("alice", msg(NODE)).unwrap();
    refused(suite.exec("alice", msg(NODE)), "reg.already_committed");

    let (mut suite, window) = opened();
    suite.go_to(window.closes_at + 1);
    refused(suite.exec("alice", msg(NODE)), "reg.too_late");

    let (mut suite, _) = opened();
    suite.exec("dao", ExecuteMsg::RejectNode { node: NODE }).unwrap();
    refused(suite.exec("alice", msg(NODE)), "reg.rejected");

    let (mut suite, _) = opened();
    suite.exec("dao", ExecuteMsg::Ban { provider: ALICE }).unwrap();
    refused(suite.exec("alice", msg(NODE)), "reg.banned");
}

#[test]
fn a_list_other_than_the_committed_one_is_refused_not_slashed() {
    let (mut suite, window) = opened();
    let claim = Suite::work(&window, NODE, "alice-op", UNITS);
    suite.exec("alice", commit_msg(window.window, NODE, &claim)).unwrap();
    suite.go_to(window.closes_at + 1);
    let mut other = claim.ids.clone();
    other[63] += 1;
    let short = &claim.ids[..63];
    for ids in [other.as_slice(), short, &[]] {
        refused(
            suite.exec("alice", reveal_msg(window.window, NODE, ids)),
            "reg.invalid_proof",
        );
    }
    let odd = ExecuteMsg::RevealWindow {
        window: window.window,
        node: NODE,
        ids: Binary::from(vec![0; 511]),
    };
    refused(suite.exec("alice", odd), "reg.invalid_proof");
    // The right list is still good, up to the last second.
    suite.go_to(window.reveal_by);
    suite
        .exec("alice", reveal_msg(window.window, NODE, &claim.ids))
        .unwrap();
}

#[test]
fn a_reveal_is_refused_with_the_reason() {
    let (mut suite, window) = opened();
    let claim = Suite::work(&window, NODE, "alice-op", UNITS);
    let reveal = reveal_msg(window.window, NODE, &claim.ids);
    suite.register("bob");
    refused(suite.exec("bob", reveal.clone()), "reg.not_your_node");
    let unknown = reveal_msg(WindowId(7), NODE, &claim.ids);
    refused(suite.exec("alice", unknown), "reg.window_not_found");
    suite.go_to(window.closes_at + 1);
    refused(suite.exec("alice", reveal.clone()), "reg.not_committed");

    let (mut suite, window) = opened();
    suite.exec("alice", commit_msg(window.window, NODE, &claim)).unwrap();
    suite.go_to(window.reveal_by + 1);
    refused(suite.exec("alice", reveal), "reg.too_late");
}

#[test]
fn a_new_operator_makes_no_forgery_of_honest_work() {
    let (mut suite, window) = opened();
    let claim = Suite::work(&window, NODE, "alice-op", UNITS);
    suite.exec("alice-op", commit_msg(window.window, NODE, &claim)).unwrap();
    let msg = ExecuteMsg::UpdateProvider {
        operator: Some(at("fresh").to_string()),
        payout: None,
    };
    suite.exec("alice", msg).unwrap();
    suite.go_to(window.closes_at + 1);
    let response = suite
        .exec("fresh", reveal_msg(window.window, NODE, &claim.ids))
        .unwrap();
    event::<WindowAccepted>(&response);
}

#[test]
fn an_accepted_window_proves_a_slashed_node_again() {
    let mut suite = Suite::new();
    suite.admitted("alice");
    suite.beat("alice", &[NODE]);
    suite.set_pool("alice", 950 * JOULE, 3);
    assert_eq!(suite.node(NODE).state, NodeState::Slashed);
    suite.prove("alice", NODE, 500);
    assert_eq!(suite.node(NODE).state, NodeState::Active);
}

#[test]
fn what_was_committed_is_owed_even_after_a_ban() {
    let (mut suite, window) = opened();
    let claim = Suite::work(&window, NODE, "alice-op", UNITS);
    suite.exec("alice", commit_msg(window.window, NODE, &claim)).unwrap();
    suite.exec("dao", ExecuteMsg::Ban { provider: ALICE }).unwrap();
    suite.go_to(window.closes_at + 1);
    let response = suite
        .exec("alice", reveal_msg(window.window, NODE, &claim.ids))
        .unwrap();
    event::<WindowAccepted>(&response);
}

#[test]
fn new_hardware_after_the_commitment_gains_nothing_from_it() {
    for proves_again in [false, true] {
        let (mut suite, window) = opened();
        let claim = Suite::work(&window, NODE, "alice-op", UNITS);
        suite.exec("alice", commit_msg(window.window, NODE, &claim)).unwrap();
        let update = NodeUpdate {
            hardware: Some(Hardware {
                units: 64,
                ..cpu().hardware
            }),
            ..NodeUpdate::default()
        };
        suite
            .exec("alice", ExecuteMsg::UpdateNode { node: NODE, update })
            .unwrap();
        suite.wait(1);
        if proves_again {
            suite.admit("alice", NODE);
        }
        suite.go_to(window.closes_at + 1);
        let response = suite
            .exec("alice", reveal_msg(window.window, NODE, &claim.ids))
            .unwrap();
        let accepted: WindowAccepted = event(&response);
        assert_eq!((accepted.hash_rate, accepted.reputation), (0, 101_000));
        let node = suite.node(NODE);
        assert_eq!((node.verified.hash_rate, node.verified.windows), (0, 0));
        let expected = if proves_again {
            NodeState::Verified
        } else {
            NodeState::Pending
        };
        assert_eq!(node.state, expected);
    }
}

/// A list with a bound that any tickets satisfy is honest and takes no work: junk nodes must not earn a record with it,
/// and it proves no slashed node again.
#[test]
fn a_list_below_the_pace_of_the_admission_earns_and_proves_nothing() {
    // 3 000 units in 30 s are 1 000 in a window of 10 s.
    for (units, counts) in [(64, false), (2_000, true)] {
        let mut suite = Suite::new();
        suite.admitted("alice");
        let update = Box::new(ParamsUpdate {
            admission_units: Some(Uint64::new(3_000)),
            ..ParamsUpdate::default()
        });
        suite.exec("dao", ExecuteMsg::UpdateParams { update }).unwrap();
        suite.set_pool("alice", 700_000_000, 1);
        let accepted: WindowAccepted = event(&suite.prove("alice", NODE, units));

        let (node, alice) = (suite.node(NODE), suite.provider(ALICE));
        let earned = u32::from(counts);
        assert_eq!(accepted.reputation, 100_000 + 1_000 * earned, "{units}");
        assert_eq!(
            (alice.standing.reputation, alice.counters.windows),
            (accepted.reputation, earned)
        );
        assert_eq!(node.verified.windows, earned);
        assert_eq!(node.state == NodeState::Slashed, !counts, "{:?}", node.state);
        // What was measured counts as what it is.
        assert_eq!(node.verified.hash_rate, accepted.measured);
    }
}

#[test]
fn a_running_window_keeps_the_pace_it_asks() {
    let (mut suite, window) = opened();
    let update = Box::new(ParamsUpdate {
        admission_units: Some(Uint64::new(1 << 40)),
        ..ParamsUpdate::default()
    });
    suite.exec("dao", ExecuteMsg::UpdateParams { update }).unwrap();
    let claim = Suite::work(&window, NODE, "alice-op", UNITS);
    suite.run("alice", commit_msg(window.window, NODE, &claim));
    suite.go_to(window.closes_at + 1);
    suite.run("alice", reveal_msg(window.window, NODE, &claim.ids));
    assert_eq!(suite.provider(ALICE).counters.windows, 1);
}
