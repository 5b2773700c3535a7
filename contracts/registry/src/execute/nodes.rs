//! Nodes: add, change, switch.

use cosmwasm_std::{Addr, DepsMut, Empty, Env, Response};
use joule_kit::{ids, Control};
use joule_types::registry::{NodeAdded, NodeAvailable, NodeSpec, NodeUpdate, NodeUpdated};
use joule_types::NodeId;

use super::{not_banned, not_rejected};
use crate::domain::lifecycle::Admission;
use crate::domain::{hardware, uptime};
use crate::records::Node;
use crate::state::{self, Card, CARDS, LAST_NODE, NODES_OF, PARAMS};
use crate::RegistryError;

/// A new node, on and pending.
pub fn add(
    deps: DepsMut,
    env: &Env,
    control: &Control,
    sender: &Addr,
    spec: NodeSpec,
) -> Result<Response, RegistryError> {
    control.ensure_open(env)?;
    let provider = state::provider_of(deps.storage, sender)?;
    let mut track = state::track(deps.storage, provider)?;
    not_banned(&track, provider)?;
    let params = PARAMS.load(deps.storage)?;
    if track.nodes >= params.max_nodes {
        return Err(RegistryError::TooManyNodes { max: params.max_nodes });
    }
    let region = hardware::region(&params, &spec.region)?;
    hardware::check(&params, spec.kind, &spec.hardware)?;
    hardware::check_endpoint(spec.endpoint.as_deref(), spec.endpoint_key.as_ref())?;

    let node = NodeId(ids::next(deps.storage, &LAST_NODE)?);
    track.nodes = track.nodes.saturating_add(1);
    state::save_track(deps.storage, provider, &track);
    state::save_node(deps.storage, node, &Node::new(provider.u64()));
    NODES_OF.save(deps.storage, (provider.u64(), node.u64()), &Empty {})?;
    let card = Card {
        kind: spec.kind,
        region,
        hardware: spec.hardware,
        endpoint: spec.endpoint,
        endpoint_key: spec.endpoint_key,
    };
    CARDS.save(deps.storage, node.u64(), &card)?;

    let event = NodeAdded {
        node,
        provider,
        kind: spec.kind.name().into(),
        region: spec.region,
    };
    Ok(Response::new().add_attribute("action", "add_node").add_event(event))
}

/// A changed description; other hardware voids the proofs, and the node is pending again.
pub fn update(deps: DepsMut, sender: &Addr, id: NodeId, update: NodeUpdate) -> Result<Response, RegistryError> {
    let provider = state::provider_of(deps.storage, sender)?;
    let mut node = state::own_node(deps.storage, provider, id)?;
    not_banned(&state::track(deps.storage, provider)?, provider)?;
    not_rejected(&node, id)?;
    if node.load > 0 {
        return Err(RegistryError::NodeBusy {
            node: id,
            load: node.load,
        });
    }
    let params = PARAMS.load(deps.storage)?;
    let mut card = state::card(deps.storage, id)?;
    let NodeUpdate {
        region,
        hardware: declared,
        endpoint,
        endpoint_key,
    } = update;
    hardware::check_endpoint(endpoint.as_deref(), endpoint_key.as_ref())?;
    let region = region.map(|region| hardware::region(&params, &region)).transpose()?;
    let declared = declared.filter(|declared| *declared != card.hardware);
    if let Some(declared) = &declared {
        hardware::check(&params, card.kind, declared)?;
    }

    let proofs_voided = declared.is_some();
    if let Some(declared) = declared {
        card.hardware = declared;
        node.admission = Admission::Pending;
        node.admitted_at = 0;
        node.proved_at = 0;
        node.hash_rate = 0;
        node.windows = 0;
        state::save_node(deps.storage, id, &node);
    }
    card.region = region.unwrap_or(card.region);
    card.endpoint = endpoint.or(card.endpoint);
    card.endpoint_key = endpoint_key.or(card.endpoint_key);
    CARDS.save(deps.storage, id.u64(), &card)?;

    let event = NodeUpdated {
        node: id,
        proofs_voided,
    };
    Ok(Response::new().add_attribute("action", "update_node").add_event(event))
}

/// On or off for new work. Off is always possible.
pub fn set_available(
    deps: DepsMut,
    env: &Env,
    sender: &Addr,
    id: NodeId,
    available: bool,
) -> Result<Response, RegistryError> {
    let provider = state::provider_of(deps.storage, sender)?;
    let mut node = state::own_node(deps.storage, provider, id)?;
    if available {
        not_banned(&state::track(deps.storage, provider)?, provider)?;
        not_rejected(&node, id)?;
    }
    let period = PARAMS.load(deps.storage)?.uptime_period_secs;

    uptime::switch(&mut node, available, env.block.time.seconds(), period);
    state::save_node(deps.storage, id, &node);

    let event = NodeAvailable { node: id, available };
    Ok(Response::new()
        .add_attribute("action", "set_available")
        .add_event(event))
}
