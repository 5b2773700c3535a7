//! Pages, `Candidates`, and queries of what is not there.

use cosmwasm_std::Uint128;
use joule_types::registry::*;
use joule_types::{NodeId, Page, ProviderId, WindowId};
use joule_work::kind::{Class, ResourceKind};

use crate::suite::*;

/// Walks a list page by page and checks each page's size.
fn walk<T, K: Copy>(limit: usize, mut page: impl FnMut(Option<K>) -> Page<T, K>) -> Vec<T> {
    let (mut all, mut after) = (vec![], None);
    loop {
        let found = page(after);
        assert!(found.items.len() <= limit);
        all.extend(found.items);
        match found.next {
            Some(next) => after = Some(next),
            None => return all,
        }
    }
}

fn populated() -> Suite {
    let mut suite = Suite::new();
    for n in 0..7 {
        let owner = format!("owner{n}");
        suite.register(&owner);
        for _ in 0..n % 3 {
            suite.add_node(&owner);
        }
    }
    suite
}

#[test]
fn pages_of_providers_and_nodes_concatenate_to_the_whole() {
    let mut suite = populated();
    for limit in [1u32, 2, 6, 7, 8] {
        let found = walk(limit as usize, |start_after| {
            suite.query::<Page<ProviderResponse, ProviderId>>(QueryMsg::Providers {
                start_after,
                limit: Some(limit),
            })
        });
        let ids: Vec<u64> = found.iter().map(|p| p.provider.u64()).collect();
        assert_eq!(ids, (1..=7).collect::<Vec<_>>());

        let found = walk(limit as usize, |start_after| {
            suite.query::<Page<NodeResponse, NodeId>>(QueryMsg::Nodes {
                provider: None,
                start_after,
                limit: Some(limit),
            })
        });
        let ids: Vec<u64> = found.iter().map(|n| n.node.u64()).collect();
        assert_eq!(ids, (1..=6).collect::<Vec<_>>());
        let one = suite.node(found[3].node);
        assert_eq!(one, found[3]);

        for provider in 1..=7 {
            let mine = walk(limit as usize, |start_after| {
                suite.query::<Page<NodeResponse, NodeId>>(QueryMsg::Nodes {
                    provider: Some(ProviderId(provider)),
                    start_after,
                    limit: Some(limit),
                })
            });
            let expected = found.iter().filter(|n| n.provider == ProviderId(provider));
            assert_eq!(mine, expected.cloned().collect::<Vec<_>>());
        }
    }
    let none: Page<NodeResponse, NodeId> = suite.query(QueryMsg::Nodes {
        provider: Some(ProviderId(99)),
        start_after: None,
        limit: None,
    });
    assert_eq!((none.items.len(), none.next), (0, None));
}

#[test]
fn candidates_come_in_the_order_asked_with_all_that_a_match_needs() {
    let mut suite = Suite::new();
    let registered_at = suite.now();
    let (alice, first) = suite.admitted("alice");
    suite.exec("alice", ExecuteMsg::AddNode { spec: gpu(24_576) }).unwrap();
    let (bob, third) = suite.admitted("bob");
    suite.beat("alice", &[first]);
    suite
        .exec(
            "dao",
            ExecuteMsg::SetClass {
                provider: bob,
                class: Class::Cloud,
            },
        )
        .unwrap();
    let busy = ExecuteMsg::Record {
        node: first,
        load: 1,
        outcome: None,
    };
    suite.exec("marketplace", busy).unwrap();
    let nodes = vec![third, NodeId(77), NodeId(2), first];
    suite.raw_queries.set(0);
    let found: Vec<Candidate> = suite.query(QueryMsg::Candidates { nodes });
    assert_eq!(suite.raw_queries.get(), 2, "one read of the stake for each provider");
    let ids: Vec<NodeId> = found.iter().map(|c| c.node).collect();
    assert_eq!(ids, [third, NodeId(2), first]);
    assert_eq!((found[0].class, found[0].state), (Class::Cloud, NodeState::Verified));
    assert_eq!((found[0].provider, found[0].uptime_bps), (bob, 0));
    assert_eq!((found[1].kind, found[1].region), (ResourceKind::Gpu, 0));
    assert_eq!(
        found[2],
        Candidate {
            node: first,
            provider: alice,
            owner: at("alice"),
            operator: at("alice-op"),
            payout: at("alice"),
            referrer: None,
            registered_at,
            class: Class::Community,
            kind: ResourceKind::Cpu,
            region: 1,
            hardware: cpu().hardware,
            state: NodeState::Earning,
            available: true,
            hash_rate: 0,
            tier: None,
            uptime_bps: 10_000,
            load: 1,
            standing: suite.provider(alice).standing,
        }
    );
    assert_eq!(found[2].standing.stake, Uint128::new(1_000 * JOULE));
}

#[test]
fn at_most_twelve_candidates_are_answered() {
    let mut suite = Suite::new();
    let ask = |n: u64| QueryMsg::Candidates {
        nodes: (1..=n).map(NodeId).collect(),
    };
    assert_eq!(suite.query::<Vec<Candidate>>(ask(12)), []);
    assert_eq!(code(&suite.try_query(ask(13)).unwrap_err()), "reg.too_many");
}

#[test]
fn what_is_not_there_is_none_or_named() {
    let mut suite = Suite::new();
    let missing = |suite: &mut Suite, msg| code(&suite.try_query(msg).unwrap_err());
    let provider = ProviderId(1);
    assert_eq!(
        missing(&mut suite, QueryMsg::Provider { provider }),
        "reg.invalid_provider"
    );
    let node = NodeId(1);
    assert_eq!(missing(&mut suite, QueryMsg::Node { node }), "reg.node_not_found");
    let address = "Not An Address".to_string();
    assert_eq!(
        missing(&mut suite, QueryMsg::ProviderOf { address }),
        "kit.invalid_address"
    );
    let window = WindowId(1);
    let none: Option<WindowResponse> = suite.query(QueryMsg::Window { window: Some(window) });
    assert_eq!(none, None);
    let none: Option<CommitResponse> = suite.query(QueryMsg::Commit { window, node });
    assert_eq!(none, None);
    let none: Option<ChallengeResponse> = suite.query(QueryMsg::Challenge { node });
    assert_eq!(none, None);
    assert_eq!(suite.query::<Params>(QueryMsg::Params {}), params());
}
