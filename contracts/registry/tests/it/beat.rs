//! `Beat` and the online clock.

use joule_types::registry::*;
use joule_types::NodeId;
use proptest::prelude::*;

use crate::suite::*;

fn beat(nodes: Vec<NodeId>) -> ExecuteMsg {
    ExecuteMsg::Beat { nodes }
}

#[test]
fn one_message_carries_the_beats_of_several_nodes() {
    let mut suite = Suite::new();
    let (provider, first) = suite.admitted("alice");
    let second = suite.add_node("alice");
    suite.admit("alice", second);
    let until = suite.now() + 60;
    let response = suite.exec("alice-op", beat(vec![second, first])).unwrap();
    assert_eq!(
        event::<Beat>(&response),
        Beat {
            provider,
            nodes: 2,
            until
        }
    );
    for node in [first, second] {
        let found = suite.node(node);
        assert_eq!((found.state, found.last_beat), (NodeState::Active, suite.now()));
        assert_eq!(found.uptime_bps, 10_000);
    }
    suite.go_to(until);
    assert_eq!(suite.node(first).state, NodeState::Active);
    suite.wait(1);
    assert_eq!(suite.node(first).state, NodeState::Inactive);
}

#[test]
fn a_beat_is_refused_whole() {
    let mut suite = Suite::new();
    let (alice, node) = suite.admitted("alice");
    let pending = suite.add_node("alice");
    let (_, bobs) = suite.admitted("bob");
    refused(suite.exec("alice", beat(vec![])), "reg.too_many");
    let many = (1..=65).map(NodeId).collect();
    refused(suite.exec("alice", beat(many)), "reg.too_many");
    refused(suite.exec("alice", beat(vec![node, node])), "reg.duplicate_node");
    refused(suite.exec("alice", beat(vec![node, pending])), "reg.not_admitted");
    refused(suite.exec("alice", beat(vec![node, bobs])), "reg.not_your_node");
    refused(suite.exec("alice", beat(vec![node, NodeId(99)])), "reg.node_not_found");
    refused(suite.exec("carol", beat(vec![node])), "reg.invalid_provider");
    assert_eq!(suite.node(node).last_beat, 0, "a refused beat counted");
    suite.exec("dao", ExecuteMsg::RejectNode { node: pending }).unwrap();
    refused(suite.exec("alice", beat(vec![node, pending])), "reg.rejected");
    suite.exec("dao", ExecuteMsg::Ban { provider: alice }).unwrap();
    refused(suite.exec("alice", beat(vec![node])), "reg.banned");
}

#[test]
fn sixty_four_nodes_beat_in_one_message() {
    let mut suite = Suite::new();
    suite.register("alice");
    let nodes: Vec<NodeId> = (0..MAX_BEAT).map(|_| suite.add_node("alice")).collect();
    for node in &nodes {
        suite.admit("alice", *node);
    }
    suite.beat("alice", &nodes);
    assert!(nodes.iter().all(|node| suite.node(*node).state == NodeState::Active));
}

fn online(suite: &mut Suite, node: NodeId, at: Option<u64>) -> OnlineResponse {
    suite.query(QueryMsg::Online { node, at })
}

#[test]
fn the_clock_answers_for_the_past_and_never_for_the_future() {
    let mut suite = Suite::new();
    let (_, node) = suite.admitted("alice");
    let start = suite.now();
    let none = online(&mut suite, node, None);
    assert_eq!((none.online_secs, none.at, none.since), (0, start, 0));
    suite.beat("alice", &[node]);
    suite.wait(10);
    let ahead = online(&mut suite, node, Some(start + 1_000));
    assert_eq!((ahead.online_secs, ahead.at, ahead.since), (10, start + 10, start));
    assert_eq!(online(&mut suite, node, Some(start - 5)).online_secs, 0);
    let unknown = QueryMsg::Online {
        node: NodeId(9),
        at: None,
    };
    assert_eq!(code(&suite.try_query(unknown).unwrap_err()), "reg.node_not_found");
}

#[test]
fn a_new_cover_changes_no_past() {
    let mut suite = Suite::new();
    let (_, node) = suite.admitted("alice");
    let start = suite.now();
    suite.beat("alice", &[node]);
    let update = Box::new(ParamsUpdate {
        beat_secs: Some(1_000),
        ..ParamsUpdate::default()
    });
    suite.exec("dao", ExecuteMsg::UpdateParams { update }).unwrap();
    suite.wait(500);
    assert_eq!(online(&mut suite, node, None).online_secs, 60);
    suite.beat("alice", &[node]);
    suite.wait(900);
    assert_eq!(online(&mut suite, node, None).online_secs, 960);
    assert_eq!(online(&mut suite, node, Some(start + 300)).online_secs, 60);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The handlers against seconds ticked off one by one: every past second of two interleaved nodes, read at every step
    /// and again at the end.
    #[test]
    fn the_clock_equals_a_count_of_covered_seconds(
        steps in prop::collection::vec((0u64..200, any::<bool>(), any::<bool>()), 1..14),
    ) {
        let mut suite = Suite::new();
        let (_, first) = suite.admitted("alice");
        let second = suite.add_node("alice");
        suite.admit("alice", second);
        let nodes = [first, second];
        let mut beats: [Vec<u64>; 2] = Default::default();
        let count = |beats: &[u64], t: u64| {
            let up = |s: u64| beats.iter().any(|b| *b <= s && s < b + 60);
            beats.first().map_or(0, |b| (*b..t.max(*b)).filter(|s| up(*s)).count() as u64)
        };
        let start = suite.now();
        for (wait, one, two) in steps {
            suite.wait(wait);
            let now = suite.now();
            let up: Vec<usize> = [(0, one), (1, two)].iter().filter(|(_, up)| *up).map(|(i, _)| *i).collect();
            if !up.is_empty() {
                suite.beat("alice", &up.iter().map(|i| nodes[*i]).collect::<Vec<_>>());
                for i in up {
                    beats[i].push(now);
                }
            }
            for i in 0..2 {
                prop_assert_eq!(online(&mut suite, nodes[i], None).online_secs, count(&beats[i], now));
                let covered = beats[i].last().is_some_and(|b| now <= b + 60);
                prop_assert_eq!(suite.node(nodes[i]).state == NodeState::Active, covered);
            }
        }
        let end = suite.now();
        for i in 0..2 {
            for t in (start..=end).step_by(7).chain([end]) {
                prop_assert_eq!(online(&mut suite, nodes[i], Some(t)).online_secs, count(&beats[i], t));
            }
        }
    }
}
