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

const WIN: Option<Outcome> = Some(Outcome::Success { reputation: true });
const SMALL_WIN: Option<Outcome> = Some(Outcome::Success { reputation: false });
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
    state::save_track(&mut suite.deps.storage, provider, &track);
    for outcome in [WIN, FAIL] {
        suite.exec("marketplace", record(0, outcome)).unwrap();
    }
    let found = suite.provider(provider);
    assert_eq!(found.standing.reputation, u32::MAX);
    assert_eq!((found.counters.succeeded, found.counters.failed), (u32::MAX, u32::MAX));
}
