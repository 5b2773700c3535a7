//! `Record`.

use joule_types::registry::*;
use joule_types::{NodeId, ProviderId};

use crate::suite::*;

const NODE: NodeId = NodeId(1);

fn record(load: u32, outcome: Option<Outcome>) -> ExecuteMsg {
    ExecuteMsg::Record {
        node: NODE,
        load,
        outcome,
    }
}

const fn success(reputation: bool, judged: bool) -> Option<Outcome> {
    Some(Outcome::Success { reputation, judged })
}
const WIN: Option<Outcome> = success(true, false);
const SMALL_WIN: Option<Outcome> = success(false, false);
const FRAUD: Option<Outcome> = Some(Outcome::Fraud {});
const FAIL: Option<Outcome> = Some(Outcome::Failure {});
const NEUTRAL: Option<Outcome> = Some(Outcome::Neutral {});

#[test]
fn load_and_outcome_are_booked() {
    let mut suite = Suite::new();
    let (provider, _) = suite.admitted("alice");
    suite.beat("alice", &[NODE]);
    for (load, outcome, name, state, reputation, succeeded, failed, recent) in [
        (1, None, "none", NodeState::Earning, 100_000, 0, 0, 0),
        (2, NEUTRAL, "neutral", NodeState::Earning, 100_000, 0, 0, 0),
        (1, FAIL, "failure", NodeState::Earning, 100_000, 0, 1, 0b1),
        (0, SMALL_WIN, "success", NodeState::Active, 100_000, 1, 1, 0b10),
        (0, WIN, "success", NodeState::Active, 110_000, 2, 1, 0b100),
    ] {
        let response = suite.exec("marketplace", record(load, outcome)).unwrap();
        assert_eq!(
            event::<OutcomeRecorded>(&response),
            OutcomeRecorded {
                node: NODE,
                load,
                outcome: name.into(),
                reputation,
            }
        );
        let node = suite.node(NODE);
        assert_eq!((node.state, node.load), (state, load));
        let counters = suite.provider(provider).counters;
        assert_eq!(
            (counters.succeeded, counters.failed, counters.recent),
            (succeeded, failed, recent)
        );
    }
    assert_eq!(suite.provider(provider).standing.success_bps, 6_666);
}

#[test]
fn a_fraud_halves_the_reputation_and_counts_as_a_failure() {
    let mut suite = Suite::new();
    let (provider, _) = suite.admitted("alice");
    for (n, reputation) in [(1, 50_000), (2, 25_000)] {
        let response = suite.exec("marketplace", record(0, FRAUD)).unwrap();
        let recorded: OutcomeRecorded = event(&response);
        assert_eq!((recorded.outcome.as_str(), recorded.reputation), ("fraud", reputation));
        assert!(response.messages.is_empty(), "the marketplace slashes");
        let counters = suite.provider(provider).counters;
        assert_eq!((counters.frauds, counters.failed, counters.succeeded), (n, n, 0));
        assert_eq!(counters.recent, (1 << n) - 1);
    }
    assert_eq!(suite.provider(provider).standing.success_bps, 0);
    assert!(!suite.provider(provider).banned);
}

#[test]
fn only_judged_successes_that_are_worth_reputation_make_level_three() {
    use joule_work::trust::TrustLevel;
    let mut suite = Suite::new();
    let (provider, _) = suite.admitted("alice");
    suite.set_pool("alice", 10_000 * JOULE, 0);
    let mut track = joule_registry::state::track(&suite.deps.storage, provider).unwrap();
    track.windows = 10;
    joule_registry::state::save_track(&mut suite.deps.storage, provider, &track);
    for outcome in [success(true, false), success(false, true), success(false, false)] {
        for _ in 0..100 {
            suite.exec("marketplace", record(0, outcome)).unwrap();
        }
        assert_eq!(suite.provider(provider).counters.judged, 0);
        assert_eq!(suite.provider(provider).standing.trust, TrustLevel::Verified);
    }
    for n in 1..=100 {
        suite.exec("marketplace", record(0, success(true, true))).unwrap();
        let found = suite.provider(provider);
        assert_eq!(found.counters.judged, n);
        assert_eq!(found.standing.trust == TrustLevel::Trusted, n == 100, "after {n}");
    }
    assert_eq!(suite.provider(provider).counters.succeeded, 400);
}

#[test]
fn five_failures_of_twenty_open_a_review_and_successes_close_it() {
    let mut suite = Suite::new();
    let (provider, _) = suite.admitted("alice");
    for n in 1..=5 {
        suite.exec("marketplace", record(0, FAIL)).unwrap();
        assert_eq!(suite.provider(provider).standing.under_review, n == 5);
    }
    for n in 1..=16 {
        suite.exec("marketplace", record(0, WIN)).unwrap();
        assert_eq!(suite.provider(provider).standing.under_review, n < 16);
    }
}

#[test]
fn it_is_total_over_what_the_registry_knows() {
    let mut suite = Suite::new();
    let response = suite.exec("marketplace", record(3, WIN)).unwrap();
    assert_eq!(
        event::<OutcomeRecorded>(&response),
        OutcomeRecorded {
            node: NODE,
            load: 3,
            outcome: "unknown_node".into(),
            reputation: 0,
        }
    );
    assert_eq!(suite.counts().1, 0);

    suite.register("alice");
    suite.add_node("alice");
    suite.exec("marketplace", record(1, WIN)).unwrap();
    suite.exec("dao", ExecuteMsg::RejectNode { node: NODE }).unwrap();
    suite.exec("marketplace", record(u32::MAX, FAIL)).unwrap();
    let provider = ProviderId(1);
    suite.exec("dao", ExecuteMsg::Ban { provider }).unwrap();
    suite.exec("marketplace", record(0, NEUTRAL)).unwrap();
    assert_eq!(suite.node(NODE).load, 0);
}

#[test]
fn reputation_stays_at_its_greatest_value() {
    use joule_registry::state;
    let mut suite = Suite::new();
    let (provider, _) = suite.admitted("alice");
    let mut track = state::track(&suite.deps.storage, provider).unwrap();
    (track.reputation, track.succeeded, track.failed) = (u32::MAX - 1, u32::MAX, u32::MAX);
    (track.judged, track.frauds) = (u32::MAX, u32::MAX);
    state::save_track(&mut suite.deps.storage, provider, &track);
    for outcome in [success(true, true), FAIL] {
        suite.exec("marketplace", record(0, outcome)).unwrap();
    }
    let found = suite.provider(provider);
    assert_eq!(found.standing.reputation, u32::MAX);
    assert_eq!((found.counters.succeeded, found.counters.failed), (u32::MAX, u32::MAX));
    suite.exec("marketplace", record(0, FRAUD)).unwrap();
    let counters = suite.provider(provider).counters;
    assert_eq!((counters.judged, counters.frauds), (u32::MAX, u32::MAX));
}
