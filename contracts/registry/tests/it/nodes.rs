//! `AddNode`, `UpdateNode`, `SetAvailable`.

use cosmwasm_std::Binary;
use joule_types::registry::*;
use joule_types::{NodeId, ProviderId};
use joule_work::kind::ResourceKind;

use crate::suite::*;

fn add(spec: NodeSpec) -> Result<cosmwasm_std::Response, joule_registry::RegistryError> {
    let mut suite = Suite::new();
    suite.register("alice");
    suite.exec("alice", ExecuteMsg::AddNode { spec })
}

#[test]
fn owner_and_operator_add_nodes_of_every_kind() {
    let mut suite = Suite::new();
    let provider = suite.register("alice");
    for (i, kind) in ResourceKind::ALL.iter().enumerate() {
        let mut spec = gpu(8_192);
        spec.kind = *kind;
        let sender = ["alice", "alice-op"][i % 2];
        let response = suite.exec(sender, ExecuteMsg::AddNode { spec: spec.clone() }).unwrap();
        let node = NodeId(i as u64 + 1);
        assert_eq!(
            event::<NodeAdded>(&response),
            NodeAdded {
                node,
                provider,
                kind: kind.name().into(),
                region: "us".into(),
            }
        );
        let found = suite.node(node);
        assert_eq!((found.spec, found.provider), (spec, provider));
        assert_eq!((found.state, found.available), (NodeState::Pending, true));
        assert_eq!((found.verified, found.tier), (Verified::default(), None));
    }
    assert_eq!(suite.provider(provider).counters.nodes, 5);
}

#[test]
fn what_a_description_may_not_say() {
    let with = |change: fn(&mut NodeSpec)| {
        let mut spec = gpu(8_192);
        change(&mut spec);
        add(spec)
    };
    add(gpu(8_192)).unwrap();
    refused(add(gpu(8_191)), "reg.invalid_gpu");
    refused(with(|s| s.region = "mars".into()), "reg.unknown_region");
    refused(with(|s| s.region = "US".into()), "reg.unknown_region");
    refused(with(|s| s.hardware.units = 0), "reg.invalid_node");
    refused(with(|s| s.hardware.units = 65_537), "reg.invalid_node");
    refused(with(|s| s.hardware.memory_mb = (1 << 30) + 1), "reg.invalid_node");
    refused(with(|s| s.hardware.model = String::new()), "reg.invalid_node");
    refused(
        with(|s| s.hardware.model = "x".repeat(MAX_MODEL + 1)),
        "reg.invalid_node",
    );
    refused(with(|s| s.hardware.model = "a\nb".into()), "reg.invalid_node");
    refused(
        with(|s| s.endpoint = Some("http://node.example".into())),
        "reg.invalid_node",
    );
    refused(
        with(|s| s.endpoint = Some(format!("https://{}", "x".repeat(MAX_ENDPOINT - 7)))),
        "reg.invalid_node",
    );
    for len in [0, 31, 34] {
        let mut spec = gpu(8_192);
        spec.endpoint_key = Some(Binary::from(vec![1; len]));
        refused(add(spec), "reg.invalid_node");
    }
    for kind in [ResourceKind::Network, ResourceKind::Mobile, ResourceKind::Iot] {
        let mut spec = cpu();
        (spec.kind, spec.hardware.units) = (kind, 2);
        refused(add(spec), "reg.invalid_node");
    }
}

#[test]
fn a_provider_has_at_most_max_nodes() {
    let mut suite = Suite::with(Params {
        max_nodes: 2,
        ..params()
    });
    for owner in ["alice", "bob"] {
        suite.register(owner);
        suite.add_node(owner);
        suite.add_node(owner);
        refused(
            suite.exec(owner, ExecuteMsg::AddNode { spec: cpu() }),
            "reg.too_many_nodes",
        );
    }
}

fn update(node: NodeId, update: NodeUpdate) -> ExecuteMsg {
    ExecuteMsg::UpdateNode { node, update }
}

#[test]
fn new_hardware_voids_the_proofs_of_that_node_only() {
    let mut suite = Suite::new();
    let (provider, node) = suite.admitted("alice");
    let other = suite.add_node("alice");
    suite.admit("alice", other);
    suite.beat("alice", &[node, other]);
    suite.prove("alice", node, 500);
    assert!(suite.node(node).verified.hash_rate > 0);

    let hardware = Hardware {
        units: 32,
        ..cpu().hardware
    };
    let msg = update(
        node,
        NodeUpdate {
            hardware: Some(hardware.clone()),
            ..NodeUpdate::default()
        },
    );
    let response = suite.exec("alice-op", msg).unwrap();
    assert!(event::<NodeUpdated>(&response).proofs_voided);
    let found = suite.node(node);
    assert_eq!(found.spec.hardware, hardware);
    assert_eq!((found.state, found.verified), (NodeState::Pending, Verified::default()));
    assert_eq!(suite.node(other).state, NodeState::Active);
    assert_eq!(suite.provider(provider).counters.windows, 1);

    suite.admit("alice", node);
    assert_eq!(suite.node(node).state, NodeState::Active);
}

#[test]
fn other_changes_keep_the_proofs() {
    let mut suite = Suite::new();
    let (_, node) = suite.admitted("alice");
    let msg = update(
        node,
        NodeUpdate {
            region: Some("asia".into()),
            hardware: Some(cpu().hardware),
            endpoint: Some("https://x.example".into()),
            endpoint_key: Some(Binary::from([9u8; 33])),
        },
    );
    let response = suite.exec("alice", msg).unwrap();
    assert!(!event::<NodeUpdated>(&response).proofs_voided);
    suite.exec("alice", update(node, NodeUpdate::default())).unwrap();
    let found = suite.node(node);
    assert_eq!(found.state, NodeState::Verified);
    assert_eq!(
        found.spec,
        NodeSpec {
            region: "asia".into(),
            endpoint: Some("https://x.example".into()),
            endpoint_key: Some(Binary::from([9u8; 33])),
            ..cpu()
        }
    );
}

#[test]
fn a_change_is_refused_with_the_reason() {
    let mut suite = Suite::new();
    let (alice, node) = suite.admitted("alice");
    let (_, bobs) = suite.admitted("bob");
    let nothing = NodeUpdate::default;
    refused(suite.exec("alice", update(bobs, nothing())), "reg.not_your_node");
    refused(suite.exec("alice", update(NodeId(9), nothing())), "reg.node_not_found");
    let far = NodeUpdate {
        region: Some("mars".into()),
        ..nothing()
    };
    refused(suite.exec("alice", update(node, far)), "reg.unknown_region");
    let open = NodeUpdate {
        endpoint: Some("ftp://x".into()),
        ..nothing()
    };
    refused(suite.exec("alice", update(node, open)), "reg.invalid_node");
    let load = |load| ExecuteMsg::Record {
        node,
        load,
        outcome: None,
    };
    suite.exec("marketplace", load(1)).unwrap();
    refused(suite.exec("alice", update(node, nothing())), "reg.node_busy");
    suite.exec("marketplace", load(0)).unwrap();
    suite.exec("alice", update(node, nothing())).unwrap();
    suite.exec("dao", ExecuteMsg::RejectNode { node }).unwrap();
    refused(suite.exec("alice", update(node, nothing())), "reg.rejected");
    suite.exec("dao", ExecuteMsg::Ban { provider: alice }).unwrap();
    refused(suite.exec("alice", update(node, nothing())), "reg.banned");
    refused(suite.exec("alice", ExecuteMsg::AddNode { spec: cpu() }), "reg.banned");
}

#[test]
fn a_gpu_stays_above_the_least_memory_when_its_hardware_changes() {
    let mut suite = Suite::new();
    suite.register("alice");
    suite.exec("alice", ExecuteMsg::AddNode { spec: gpu(24_576) }).unwrap();
    let msg = update(
        NodeId(1),
        NodeUpdate {
            hardware: Some(gpu(4_096).hardware),
            ..NodeUpdate::default()
        },
    );
    refused(suite.exec("alice", msg), "reg.invalid_gpu");
}

#[test]
fn a_node_is_switched_off_and_on() {
    let mut suite = Suite::new();
    let (_, node) = suite.admitted("alice");
    suite.beat("alice", &[node]);
    let switch = |available| ExecuteMsg::SetAvailable { node, available };
    let response = suite.exec("alice-op", switch(false)).unwrap();
    assert_eq!(
        event::<NodeAvailable>(&response),
        NodeAvailable { node, available: false }
    );
    let found = suite.node(node);
    assert_eq!((found.state, found.available), (NodeState::Inactive, false));
    suite.exec("alice", switch(true)).unwrap();
    assert_eq!(suite.node(node).state, NodeState::Active);
    suite.register("bob");
    refused(suite.exec("bob", switch(false)), "reg.not_your_node");
    suite.exec("dao", ExecuteMsg::RejectNode { node }).unwrap();
    suite.exec("alice", switch(false)).unwrap();
    refused(suite.exec("alice", switch(true)), "reg.rejected");
    let provider = ProviderId(1);
    suite.exec("dao", ExecuteMsg::Ban { provider }).unwrap();
    suite.exec("alice", switch(false)).unwrap();
    refused(suite.exec("alice", switch(true)), "reg.banned");
}
