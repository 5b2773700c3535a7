//! `ReportMissed`.

use cosmwasm_std::Uint64;
use joule_types::registry::*;
use joule_types::staking;
use joule_types::{NodeId, ProviderId, WindowId};

use crate::suite::*;

const NODE: NodeId = NodeId(1);
const ALICE: ProviderId = ProviderId(1);
const FIRST: WindowId = WindowId(1);

fn report(window: WindowId) -> ExecuteMsg {
    ExecuteMsg::ReportMissed { window, node: NODE }
}

fn load(load: u32) -> ExecuteMsg {
    ExecuteMsg::Record {
        node: NODE,
        load,
        outcome: None,
    }
}

/// An admitted node of alice that is up when the first window opens.
fn opened() -> (Suite, WindowResponse) {
    let mut suite = Suite::new();
    suite.admitted("alice");
    suite.beat("alice", &[NODE]);
    let window = suite.open_window();
    (suite, window)
}

#[test]
fn a_missed_window_costs_once_and_not_before_the_reveals_are_over() {
    let (mut suite, window) = opened();
    suite.go_to(window.reveal_by);
    refused(suite.exec("keeper", report(FIRST)), "reg.too_early");
    suite.wait(1);
    let response = suite.exec("keeper", report(FIRST)).unwrap();
    assert_eq!(
        event::<WindowMissed>(&response),
        WindowMissed {
            window: FIRST,
            node: NODE,
            reputation: 98_000
        }
    );
    assert!(response.messages.is_empty());
    refused(suite.exec("keeper", report(FIRST)), "reg.not_missed");
    let counters = suite.provider(ALICE).counters;
    assert_eq!((counters.missed, counters.forgeries), (1, 0));
    let commit: Option<CommitResponse> = suite.query(QueryMsg::Commit {
        window: FIRST,
        node: NODE,
    });
    assert_eq!(commit.unwrap().state, CommitState::Missed);
}

#[test]
fn a_withheld_list_is_a_forgery() {
    let (mut suite, window) = opened();
    let claim = Suite::work(&window, NODE, "alice-op", 500);
    suite.exec("alice", commit_msg(FIRST, NODE, &claim)).unwrap();
    // Work that came later excuses nothing that was committed.
    suite.exec("marketplace", load(1)).unwrap();
    suite.go_to(window.reveal_by + 1);
    let response = suite.exec("keeper", report(FIRST)).unwrap();
    assert_eq!(
        event::<Forgery>(&response),
        Forgery {
            window: FIRST,
            node: NODE,
            ticket: Uint64::zero(),
            slashed_bps: 3_000,
            reputation: 50_000,
            banned: false,
        }
    );
    assert_eq!(calls::<staking::ExecuteMsg>(&response, "staking").len(), 1);
    refused(suite.exec("keeper", report(FIRST)), "reg.not_missed");
    refused(suite.exec("alice", reveal_msg(FIRST, NODE, &claim.ids)), "reg.too_late");
}

#[test]
fn an_accepted_or_forged_list_is_not_missed() {
    let mut suite = Suite::new();
    suite.admitted("alice");
    suite.beat("alice", &[NODE]);
    suite.prove("alice", NODE, 500);
    suite.wait(30);
    refused(suite.exec("keeper", report(FIRST)), "reg.not_missed");
}

#[test]
fn a_node_that_was_off_line_or_not_admitted_missed_nothing() {
    // Never beat.
    let mut suite = Suite::new();
    suite.admitted("alice");
    let window = suite.open_window();
    suite.beat("alice", &[NODE]);
    suite.go_to(window.reveal_by + 1);
    assert_eq!(window.opened_at + 31, suite.now());
    // Its first beat came in the second of the opening: it counts as up.
    suite.exec("keeper", report(FIRST)).unwrap();

    for (cover_left, missed) in [(0, true), (1, false)] {
        let mut suite = Suite::new();
        suite.admitted("alice");
        suite.beat("alice", &[NODE]);
        suite.wait(60 + cover_left);
        let window = suite.open_window();
        // Back within the window: what counts is the opening.
        suite.wait(1);
        suite.beat("alice", &[NODE]);
        suite.go_to(window.reveal_by + 1);
        let result = suite.exec("keeper", report(FIRST));
        match missed {
            true => assert!(result.is_ok()),
            false => refused(result, "reg.not_missed"),
        }
    }

    // Admitted only after the opening.
    let mut suite = Suite::new();
    suite.register("alice");
    suite.add_node("alice");
    let window = suite.open_window();
    suite.wait(1);
    suite.admit("alice", NODE);
    suite.beat("alice", &[NODE]);
    suite.go_to(window.reveal_by + 1);
    refused(suite.exec("keeper", report(FIRST)), "reg.not_missed");
}

#[test]
fn rejected_and_banned_nodes_are_left_alone() {
    let (mut suite, window) = opened();
    suite.exec("dao", ExecuteMsg::RejectNode { node: NODE }).unwrap();
    suite.go_to(window.reveal_by + 1);
    refused(suite.exec("keeper", report(FIRST)), "reg.not_missed");
    let (mut suite, window) = opened();
    suite.exec("dao", ExecuteMsg::Ban { provider: ALICE }).unwrap();
    suite.go_to(window.reveal_by + 1);
    refused(suite.exec("keeper", report(FIRST)), "reg.not_missed");
}

#[test]
fn work_at_the_opening_exempts_and_other_work_does_not() {
    // Busy across the opening, idle again before the report, and busy with something else by then.
    let mut suite = Suite::new();
    suite.admitted("alice");
    suite.beat("alice", &[NODE]);
    suite.exec("marketplace", load(1)).unwrap();
    suite.wait(1);
    let window = suite.open_window();
    for step in [0, 2, 0, 1] {
        suite.wait(1);
        suite.exec("marketplace", load(step)).unwrap();
    }
    suite.go_to(window.reveal_by + 1);
    refused(suite.exec("keeper", report(FIRST)), "reg.not_missed");

    // Still busy with what it had.
    let mut suite = Suite::new();
    suite.admitted("alice");
    suite.beat("alice", &[NODE]);
    suite.exec("marketplace", load(1)).unwrap();
    suite.wait(1);
    let window = suite.open_window();
    suite.go_to(window.reveal_by + 1);
    refused(suite.exec("keeper", report(FIRST)), "reg.not_missed");

    // Done before, and busy after.
    let mut suite = Suite::new();
    suite.admitted("alice");
    suite.beat("alice", &[NODE]);
    suite.exec("marketplace", load(1)).unwrap();
    suite.wait(1);
    suite.exec("marketplace", load(0)).unwrap();
    suite.wait(1);
    let window = suite.open_window();
    suite.wait(1);
    suite.exec("marketplace", load(1)).unwrap();
    suite.go_to(window.reveal_by + 1);
    suite.exec("keeper", report(FIRST)).unwrap();
}

#[test]
fn a_report_is_possible_until_the_next_but_one_window_opens() {
    for (later, possible) in [(1, true), (2, false)] {
        let (mut suite, window) = opened();
        for n in 1..=later {
            suite.go_to(window.opened_at + 100 * n);
            suite.open_window();
        }
        let result = suite.exec("keeper", report(FIRST));
        match possible {
            true => assert!(result.is_ok()),
            false => refused(result, "reg.not_missed"),
        }
    }
}

/// What was committed is owed: a forger does not get away because nobody looked for two windows.
#[test]
fn a_withheld_list_can_be_reported_however_many_windows_opened() {
    let (mut suite, window) = opened();
    let claim = Suite::work(&window, NODE, "alice-op", 500);
    suite.run("alice", commit_msg(FIRST, NODE, &claim));
    for n in 1..=3 {
        suite.go_to(window.opened_at + 100 * n);
        suite.open_window();
    }
    let response = suite.exec("keeper", report(FIRST)).unwrap();
    assert_eq!(event::<Forgery>(&response).slashed_bps, 3_000);
    assert_eq!(calls::<staking::ExecuteMsg>(&response, "staking").len(), 1);
    refused(suite.exec("keeper", report(FIRST)), "reg.not_missed");
}

#[test]
fn unknown_windows_and_nodes_are_named() {
    let (mut suite, window) = opened();
    suite.go_to(window.reveal_by + 1);
    refused(suite.exec("keeper", report(WindowId(2))), "reg.window_not_found");
    let msg = ExecuteMsg::ReportMissed {
        window: FIRST,
        node: NodeId(9),
    };
    refused(suite.exec("keeper", msg), "reg.node_not_found");
}

#[test]
fn proving_again_after_a_slash_does_not_excuse_a_missed_window() {
    let (mut suite, window) = opened();
    suite.set_pool("alice", 900 * JOULE, 1);
    suite.wait(1);
    suite.admit("alice", NODE);
    suite.go_to(window.reveal_by + 1);
    suite.exec("keeper", report(FIRST)).unwrap();
}

/// The round of a window is posted up to the grace after it opened; by then its spell of work may be over.
#[test]
fn work_that_ended_before_the_window_was_known_exempts() {
    let mut suite = Suite::new();
    suite.admitted("alice");
    suite.beat("alice", &[NODE]);
    suite.exec("marketplace", load(1)).unwrap();
    suite.wait(2);
    let opened_in = suite.round();
    suite.wait(1);
    suite.exec("marketplace", load(0)).unwrap();
    suite.wait(1);
    suite.set_every(1);
    suite.run("keeper", post_msg(opened_in));
    suite.set_every(SELDOM);
    let window: Option<WindowResponse> = suite.query(QueryMsg::Window { window: None });
    let window = window.unwrap();
    assert_eq!(window.opened_at + 2, suite.now());
    // Other work later does not make it forget.
    for step in [1, 0, 1, 0] {
        suite.wait(6);
        suite.exec("marketplace", load(step)).unwrap();
    }
    suite.go_to(window.reveal_by + 1);
    refused(suite.exec("keeper", report(FIRST)), "reg.not_missed");
}
