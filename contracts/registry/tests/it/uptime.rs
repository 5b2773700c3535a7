//! `JudgeUptime`.

use joule_types::registry::*;
use joule_types::{NodeId, ProviderId};

use crate::suite::*;

const NODE: NodeId = NodeId(1);
const JUDGE: ExecuteMsg = ExecuteMsg::JudgeUptime { node: NODE };

/// An admitted node of alice; periods of 1 000 s, beats cover 60 s, 95 % are required.
fn up() -> (Suite, u64) {
    let mut suite = Suite::new();
    suite.admitted("alice");
    suite.beat("alice", &[NODE]);
    let start = suite.now();
    (suite, start)
}

/// Beats every 50 s up to a second.
fn beat_until(suite: &mut Suite, end: u64) {
    while suite.now() + 50 <= end {
        suite.wait(50);
        suite.beat("alice", &[NODE]);
    }
    suite.go_to(end);
}

fn switch(suite: &mut Suite, available: bool) {
    suite
        .exec("alice", ExecuteMsg::SetAvailable { node: NODE, available })
        .unwrap();
}

fn reputation(suite: &mut Suite) -> u32 {
    suite.provider(ProviderId(1)).standing.reputation
}

#[test]
fn a_full_period_is_judged_once() {
    let (mut suite, start) = up();
    beat_until(&mut suite, start + 999);
    refused(suite.exec("keeper", JUDGE), "reg.too_early");
    suite.wait(1);
    let response = suite.exec("keeper", JUDGE).unwrap();
    assert_eq!(
        event::<UptimeJudged>(&response),
        UptimeJudged {
            node: NODE,
            uptime_bps: 10_000,
            passed: true
        }
    );
    refused(suite.exec("keeper", JUDGE), "reg.too_early");
    assert_eq!(suite.node(NODE).uptime_bps, 10_000);
    suite.go_to(start + 2_000);
    // The last beat covered 10 s of the second period.
    let response = suite.exec("keeper", JUDGE).unwrap();
    assert_eq!(event::<UptimeJudged>(&response).uptime_bps, 100);
}

#[test]
fn the_running_period_counts_outages_and_starts_anew_with_a_judgement() {
    let (mut suite, start) = up();
    suite.wait(160);
    suite.beat("alice", &[NODE]);
    suite.wait(40);
    // 100 of 200 s.
    assert_eq!(suite.node(NODE).uptime_bps, 5_000);
    suite.beat("alice", &[NODE]);
    beat_until(&mut suite, start + 1_000);
    assert_eq!(suite.node(NODE).uptime_bps, 9_000);
    suite.exec("keeper", JUDGE).unwrap();
    // The last beat at 1 000 covers 60 s of the new period.
    suite.go_to(start + 1_120);
    assert_eq!(suite.node(NODE).uptime_bps, 5_000);
}

#[test]
fn the_limit_is_exact_and_below_it_the_node_is_switched_off() {
    for (secs_off, passed) in [(50, true), (51, false)] {
        let (mut suite, start) = up();
        suite.wait(60 + secs_off);
        suite.beat("alice", &[NODE]);
        beat_until(&mut suite, start + 1_000);
        let response = suite.exec("keeper", JUDGE).unwrap();
        let judged: UptimeJudged = event(&response);
        let expected = 10_000 - 10 * secs_off as u16;
        assert_eq!((judged.uptime_bps, judged.passed), (expected, passed));
        let node = suite.node(NODE);
        assert_eq!(node.available, passed);
        assert_eq!(reputation(&mut suite), if passed { 100_000 } else { 98_000 });
    }
}

#[test]
fn only_the_last_of_several_full_periods_is_judged() {
    let (mut suite, start) = up();
    suite.go_to(start + 2_000);
    suite.beat("alice", &[NODE]);
    beat_until(&mut suite, start + 3_400);
    let response = suite.exec("keeper", JUDGE).unwrap();
    assert!(event::<UptimeJudged>(&response).passed);
    // The running period began at 3 000.
    refused(suite.exec("keeper", JUDGE), "reg.too_early");
    suite.go_to(start + 4_000);
    let response = suite.exec("keeper", JUDGE).unwrap();
    // On line from 3 000 to 3 460, the cover of the last beat.
    assert_eq!(event::<UptimeJudged>(&response).uptime_bps, 4_600);
}

#[test]
fn a_node_that_was_off_for_the_whole_period_passes() {
    let (mut suite, start) = up();
    switch(&mut suite, false);
    suite.go_to(start + 1_000);
    let response = suite.exec("keeper", JUDGE).unwrap();
    assert_eq!(
        event::<UptimeJudged>(&response),
        UptimeJudged {
            node: NODE,
            uptime_bps: 600,
            passed: true
        }
    );
    assert_eq!(reputation(&mut suite), 100_000);
}

#[test]
fn switching_off_just_before_the_judgement_does_not_help() {
    let (mut suite, start) = up();
    suite.go_to(start + 999);
    switch(&mut suite, false);
    suite.wait(1);
    let response = suite.exec("keeper", JUDGE).unwrap();
    assert!(!event::<UptimeJudged>(&response).passed);
    assert_eq!(reputation(&mut suite), 98_000);
    // Off since before the next period: that one costs nothing.
    suite.wait(1_000);
    suite.exec("keeper", JUDGE).unwrap();
    assert_eq!(reputation(&mut suite), 98_000);
}

#[test]
fn a_node_that_returns_after_a_rest_is_not_judged_for_it() {
    let (mut suite, start) = up();
    switch(&mut suite, false);
    suite.go_to(start + 5_500);
    switch(&mut suite, true);
    suite.beat("alice", &[NODE]);
    refused(suite.exec("keeper", JUDGE), "reg.too_early");
    beat_until(&mut suite, start + 6_500);
    let response = suite.exec("keeper", JUDGE).unwrap();
    assert_eq!(event::<UptimeJudged>(&response).uptime_bps, 10_000);
}

#[test]
fn a_node_that_never_beat_or_is_unknown_is_not_judged() {
    let mut suite = Suite::new();
    refused(suite.exec("keeper", JUDGE), "reg.node_not_found");
    suite.admitted("alice");
    suite.wait(5_000);
    refused(suite.exec("keeper", JUDGE), "reg.no_beat");
}

#[test]
fn a_rejected_node_is_not_punished_for_silence() {
    let (mut suite, start) = up();
    suite.exec("dao", ExecuteMsg::RejectNode { node: NODE }).unwrap();
    suite.go_to(start + 1_000);
    let response = suite.exec("keeper", JUDGE).unwrap();
    assert!(event::<UptimeJudged>(&response).passed);
    assert_eq!(reputation(&mut suite), 100_000);
}
