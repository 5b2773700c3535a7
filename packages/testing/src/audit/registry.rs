//! I-38 and I-39 of the registry.

use std::collections::{BTreeMap, BTreeSet};

use super::Report;
use crate::observe::Observation;

pub(super) fn state(seen: &Observation, report: &mut Report) {
    let registry = &seen.registry;
    let (providers, nodes) = registry.last;
    let ids = |last: u64| (1..=last).collect::<BTreeSet<_>>();
    report.equal(
        "I-39",
        "ids of providers",
        &registry.profiles.keys().copied().collect(),
        &ids(providers),
    );
    report.equal(
        "I-39",
        "ids of nodes",
        &registry.nodes.keys().copied().collect(),
        &ids(nodes),
    );
    report.equal("I-38", "nodes that have a description", &registry.cards, &ids(nodes));
    report.equal(
        "I-38",
        "providers with a track",
        &registry.tracks.keys().copied().collect(),
        &ids(providers),
    );
    let mut addresses = BTreeMap::new();
    for (id, profile) in &registry.profiles {
        addresses.insert(profile.owner.clone(), *id);
        addresses.insert(profile.operator.clone(), *id);
    }
    report.equal("I-38", "providers by address", &registry.provider_of, &addresses);
    let lists = registry.nodes.iter().map(|(id, node)| (node.provider, *id)).collect();
    report.equal("I-38", "nodes by provider", &registry.nodes_of, &lists);
    for (id, track) in &registry.tracks {
        let counted = registry.nodes.values().filter(|node| node.provider == *id).count();
        report.equal(
            "I-39",
            &format!("nodes of provider {id}"),
            &(track.nodes as usize),
            &counted,
        );
    }
}
