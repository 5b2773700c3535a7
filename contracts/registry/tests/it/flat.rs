//! Cost does not grow with the market: what a message reads and writes at 10, 1 000 and 10 000 nodes.

use joule_types::registry::*;
use joule_types::NodeId;
use joule_work::ticket::Claim;

use crate::suite::*;

/// What one step cost: records read and written, raw reads of staking.
type Cost = (&'static str, (u64, u64), u32);

fn measured(suite: &mut Suite, name: &'static str, sender: &str, msg: ExecuteMsg) -> Cost {
    suite.raw_queries.set(0);
    suite.run(sender, msg);
    (name, suite.counts(), suite.raw_queries.get())
}

/// Ten nodes of a provider among `others` nodes that all beat, were off line once and committed.
fn costs(others: u64) -> Vec<Cost> {
    let mut suite = Suite::with(Params {
        admission_units: 1u64.into(),
        max_nodes: 10_000,
        ..params()
    });
    suite.register("alice");
    suite.run("token", Suite::register_msg("donor", JOULE, &RegistryHook::FundTips {}));
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
    // All challenges of one block take their seed from one round.
    for (owner, nodes) in &everybody {
        for node in nodes {
            suite.run(owner, ExecuteMsg::RequestChallenge { node: *node });
        }
    }
    suite.wait(2);
    suite.run("keeper", post_msg(suite.round()));
    for (owner, nodes) in &everybody {
        for node in nodes {
            suite.solve(owner, *node);
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
    let round = suite.round();
    for n in 0..others {
        suite.run("marketplace", ExecuteMsg::WantRound { round: round + 100 + n });
    }
    costs.push(measured(
        &mut suite,
        "want",
        "marketplace",
        ExecuteMsg::WantRound { round: round - 1 },
    ));
    costs.push(measured(
        &mut suite,
        "post a wanted round",
        "keeper",
        post_msg(round - 1),
    ));
    costs.push(measured(
        &mut suite,
        "post a known round",
        "keeper",
        post_msg(round - 1),
    ));
    suite.set_every(1);
    costs.push(measured(&mut suite, "open a window", "keeper", post_msg(round)));
    suite.set_every(SELDOM);
    costs.push(measured(&mut suite, "claim tips", "keeper", ExecuteMsg::ClaimTips {}));
    let window: Option<WindowResponse> = suite.query(QueryMsg::Window { window: None });
    let window = window.unwrap();
    let junk = Claim {
        ids: (0..64).collect(),
        bound: 1,
    };
    for (owner, nodes) in everybody.iter().skip(1) {
        for node in nodes {
            suite.run(owner, commit_msg(window.window, *node, &junk));
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
    suite.run("marketplace", record(1, None));
    let judged = Outcome::Success {
        reputation: true,
        judged: true,
    };
    let won = record(0, Some(judged));
    costs.push(measured(&mut suite, "record", "marketplace", won));
    suite.raw_queries.set(0);
    let found: Vec<Candidate> = suite.query(QueryMsg::Candidates { nodes: twelve });
    costs.push(("candidates", suite.counts(), suite.raw_queries.get()));
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
        assert_eq!(small, middle, "at 10 and 1 000");
        assert_eq!(middle, large, "at 1 000 and 10 000");
    }
}

/// What each costs, so that a change is seen: control, parameters and the records that the message names.
#[test]
fn the_frequent_messages_are_cheap() {
    assert_eq!(
        costs(2),
        [
            ("beat in time", (12, 8), 0),
            ("beat after an outage", (12, 16), 0),
            ("want", (2, 1), 0),
            ("post a wanted round", (8, 5), 0),
            ("post a known round", (2, 0), 0),
            ("open a window", (10, 6), 0),
            ("claim tips", (3, 2), 0),
            ("commit", (7, 1), 0),
            ("reveal", (7, 3), 1),
            ("record", (6, 2), 0),
            ("candidates", (30, 0), 2),
            ("report missed", (7, 2), 0),
            ("judge", (5, 2), 0),
        ]
    );
}
