//! Cost does not grow with the market: what a message reads and writes at 10, 1 000 and 10 000 nodes.

use joule_types::registry::*;
use joule_types::NodeId;
use joule_work::ticket::Claim;

use crate::storage::Touched;
use crate::suite::*;

/// What one step cost: storage, and raw reads of staking.
type Cost = (&'static str, Touched, u32);

fn measured(suite: &mut Suite, name: &'static str, sender: &str, msg: ExecuteMsg) -> Cost {
    suite.raw_queries.set(0);
    suite.exec(sender, msg).unwrap();
    (name, suite.touched(), suite.raw_queries.get())
}

/// Ten nodes of a provider among `others` nodes that all beat, were off line once and committed.
fn costs(others: u64) -> Vec<Cost> {
    let mut suite = Suite::with(Params {
        admission_units: 1u64.into(),
        max_nodes: 10_000,
        ..params()
    });
    suite.register("alice");
    let mine: Vec<NodeId> = (0..10).map(|_| suite.add_node("alice")).collect();
    let mut theirs = vec![];
    for n in 0..others.div_ceil(50) {
        let owner = format!("other{n}");
        suite.register(&owner);
        let nodes = (0..50.min(others - n * 50))
            .map(|_| suite.add_node(&owner))
            .collect::<Vec<_>>();
        theirs.push((owner, nodes));
    }
    let everybody = [(String::from("alice"), mine.clone())].into_iter().chain(theirs);
    let everybody: Vec<_> = everybody.collect();
    for (owner, nodes) in &everybody {
        for node in nodes {
            suite.admit(owner, *node);
        }
        suite.beat(owner, nodes);
    }
    suite.wait(100);
    for (owner, nodes) in &everybody {
        suite.beat(owner, nodes);
    }
    let (eight, twelve) = (mine[..8].to_vec(), (1..=12).map(NodeId).collect::<Vec<_>>());

    let mut costs = vec![];
    suite.wait(1);
    let beat = ExecuteMsg::Beat { nodes: eight.clone() };
    costs.push(measured(&mut suite, "beat in time", "alice", beat.clone()));
    suite.wait(61);
    costs.push(measured(&mut suite, "beat after an outage", "alice", beat));
    costs.push(measured(&mut suite, "open window", "keeper", ExecuteMsg::OpenWindow {}));
    let window: Option<WindowResponse> = suite.query(QueryMsg::Window { window: None });
    let window = window.unwrap();
    let junk = Claim {
        ids: (0..64).collect(),
        bound: 1,
    };
    for (owner, nodes) in everybody.iter().skip(1) {
        for node in nodes {
            suite.exec(owner, commit_msg(window.window, *node, &junk)).unwrap();
        }
    }
    let claim = Suite::work(&window, mine[0], "alice-op", 500);
    let commit = commit_msg(window.window, mine[0], &claim);
    costs.push(measured(&mut suite, "commit", "alice", commit));
    suite.go_to(window.closes_at + 1);
    let reveal = reveal_msg(window.window, mine[0], &claim.ids);
    costs.push(measured(&mut suite, "reveal", "alice", reveal));
    let record = |load, outcome| ExecuteMsg::Record {
        node: mine[2],
        load,
        outcome,
    };
    suite.exec("marketplace", record(1, None)).unwrap();
    let won = record(0, Some(Outcome::Success { reputation: true }));
    costs.push(measured(&mut suite, "record", "marketplace", won));
    suite.raw_queries.set(0);
    let found: Vec<Candidate> = suite.query(QueryMsg::Candidates { nodes: twelve });
    costs.push(("candidates", suite.touched(), suite.raw_queries.get()));
    assert_eq!(found.len() as u64, 12.min(10 + others));
    suite.go_to(window.reveal_by + 1);
    let missed = ExecuteMsg::ReportMissed {
        window: window.window,
        node: mine[1],
    };
    costs.push(measured(&mut suite, "report missed", "keeper", missed));
    suite.go_to(window.opened_at + 1_000);
    costs.push(measured(
        &mut suite,
        "judge",
        "keeper",
        ExecuteMsg::JudgeUptime { node: mine[0] },
    ));
    costs
}

#[test]
fn reads_and_writes_do_not_grow_with_the_number_of_nodes() {
    let (ten, thousand, ten_thousand) = (costs(2), costs(990), costs(9_990));
    for ((small, middle), large) in ten.iter().zip(&thousand).zip(&ten_thousand) {
        let ((name, a, raw_a), (_, b, raw_b), (_, c, raw_c)) = (small, middle, large);
        println!("{name:22} {c:?} raw {raw_c}");
        let entries = |t: &Touched| (t.reads, t.scanned, t.writes);
        assert_eq!(entries(a), entries(b), "{name} at 10 and 1 000");
        assert_eq!(entries(b), entries(c), "{name} at 1 000 and 10 000");
        assert_eq!((raw_a, raw_b), (raw_b, raw_c), "{name}: raw reads");
        // The bytes differ by the digits of ids in JSON only.
        assert!(c.bytes_read.abs_diff(a.bytes_read) <= 16, "{name}: {a:?} {c:?}");
        assert!(c.bytes_written.abs_diff(a.bytes_written) <= 16, "{name}: {a:?} {c:?}");
    }
}

/// Ceilings of the messages that are sent most.
#[test]
fn the_frequent_messages_are_cheap() {
    let costs = costs(2);
    let cost = |name: &str| costs.iter().find(|(n, ..)| *n == name).unwrap();
    // Control, parameters, provider, track, and each node once.
    let (_, beat, raw) = cost("beat in time");
    assert_eq!((beat.reads, beat.scanned, beat.writes, *raw), (12, 0, 8, 0));
    assert!(beat.bytes_written <= 8 * 160, "{beat:?}");
    let (_, late, _) = cost("beat after an outage");
    assert_eq!((late.reads, late.writes), (12, 16));
    let (_, commit, raw) = cost("commit");
    assert_eq!((commit.reads, commit.writes, *raw), (7, 1, 0));
    let (_, reveal, raw) = cost("reveal");
    assert_eq!((reveal.reads, reveal.writes, *raw), (7, 3, 1));
    // Control, parameters, 12 nodes of two records, two providers of two.
    let (_, candidates, raw) = cost("candidates");
    assert_eq!((candidates.reads, candidates.scanned, *raw), (30, 0, 2));
    let (_, record, raw) = cost("record");
    assert_eq!((record.reads, record.writes, *raw), (5, 2, 0));
}
