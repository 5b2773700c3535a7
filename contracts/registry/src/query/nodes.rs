//! Nodes, their clocks and challenges.

use cosmwasm_std::{Deps, Env, Order, StdResult};
use cw_storage_plus::Bound;
use joule_kit::paging;
use joule_types::registry::{NodeResponse, NodeSpec, OnlineResponse, Verified};
use joule_types::{NodeId, Page, ProviderId, MAX_LIMIT};
use joule_work::kind::{self, ResourceKind, Tier};

use super::view::View;
use crate::domain::uptime::running_bps;
use crate::records::Node;
use crate::state::{self, CARDS, NODES_OF};
use crate::RegistryError;

/// One node.
pub fn one(deps: Deps, env: &Env, id: NodeId) -> Result<NodeResponse, RegistryError> {
    response(deps, &mut View::new(deps, env)?, id)
}

/// Nodes, all or of one provider.
pub fn list(
    deps: Deps,
    env: &Env,
    provider: Option<ProviderId>,
    start_after: Option<NodeId>,
    limit: Option<u32>,
) -> Result<Page<NodeResponse, NodeId>, RegistryError> {
    let mut view = View::new(deps, env)?;
    let from = start_after.map(|id| Bound::exclusive(id.u64()));
    let ids: Box<dyn Iterator<Item = StdResult<u64>>> = match provider {
        Some(provider) => Box::new(
            NODES_OF
                .prefix(provider.u64())
                .keys(deps.storage, from, None, Order::Ascending),
        ),
        None => Box::new(CARDS.keys(deps.storage, from, None, Order::Ascending)),
    };
    let found = ids.map(|id| response(deps, &mut view, NodeId(id?)));
    paging::page(found, paging::limit(limit, MAX_LIMIT), |item| item.node)
}

/// The online clock at a past moment.
pub fn online(deps: Deps, env: &Env, id: NodeId, at: Option<u64>) -> Result<OnlineResponse, RegistryError> {
    let now = env.block.time.seconds();
    let at = at.unwrap_or(now).min(now);
    let node = state::node(deps.storage, id)?;
    let outage = state::outage_at(deps.storage, id, at)?;
    Ok(OnlineResponse {
        online_secs: node.clock.online_secs(at, outage),
        at,
        since: node.clock.first_beat_at,
    })
}

/// Tier from what was proven.
pub fn tier(kind: ResourceKind, verified: &Verified) -> Option<Tier> {
    match kind {
        ResourceKind::Gpu => kind::tier(verified.memory_bytes, verified.bandwidth),
        _ => None,
    }
}

/// What was verified; phases B and C are not measured yet and count as zero.
pub fn verified(node: &Node) -> Verified {
    Verified {
        hash_rate: node.hash_rate,
        windows: node.windows,
        proved_at: node.proved_at,
        ..Verified::default()
    }
}

fn response(deps: Deps, view: &mut View, id: NodeId) -> Result<NodeResponse, RegistryError> {
    let node = state::node(deps.storage, id)?;
    let card = state::card(deps.storage, id)?;
    let now = view.now;
    let region = view.params.regions.get(usize::from(card.region)).cloned();
    let provider = ProviderId(node.provider);
    let state = view.provider(provider)?.state(&node, now);
    let verified = verified(&node);
    Ok(NodeResponse {
        node: id,
        provider,
        state,
        available: node.available(),
        tier: tier(card.kind, &verified),
        verified,
        load: node.load,
        last_beat: node.clock.last_beat_at,
        uptime_bps: running_bps(&node, now),
        admission_failures: node.failures,
        spec: NodeSpec {
            kind: card.kind,
            // The list of regions only grows, so every index in use has a name.
            region: region.unwrap_or_default(),
            hardware: card.hardware,
            endpoint: card.endpoint,
            endpoint_key: card.endpoint_key,
        },
    })
}
