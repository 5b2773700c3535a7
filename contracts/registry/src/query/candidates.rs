//! What the marketplace needs to know of nodes, in one query.

use cosmwasm_std::{Deps, Env};
use joule_types::registry::{Candidate, MAX_CANDIDATES};
use joule_types::{NodeId, ProviderId};

use super::nodes::{tier, verified};
use super::view::View;
use crate::domain::uptime::running_bps;
use crate::state;
use crate::RegistryError;

/// The nodes in the order asked; unknown ones are left out. A provider's stake is read once, whatever its nodes.
pub fn candidates(deps: Deps, env: &Env, ids: &[NodeId]) -> Result<Vec<Candidate>, RegistryError> {
    if ids.len() > MAX_CANDIDATES {
        return Err(RegistryError::TooMany {
            got: ids.len(),
            max: MAX_CANDIDATES,
        });
    }
    let mut view = View::new(deps, env)?;
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(candidate) = candidate(deps, &mut view, *id)? {
            found.push(candidate);
        }
    }
    Ok(found)
}

fn candidate(deps: Deps, view: &mut View, id: NodeId) -> Result<Option<Candidate>, RegistryError> {
    let Some(node) = state::find_node(deps.storage, id)? else {
        return Ok(None);
    };
    let card = state::card(deps.storage, id)?;
    let now = view.now;
    let provider = ProviderId(node.provider);
    let known = view.provider(provider)?;
    let profile = &known.profile;
    let verified = verified(&node);
    Ok(Some(Candidate {
        node: id,
        provider,
        owner: profile.owner.clone(),
        operator: profile.operator.clone(),
        payout: profile.payout.clone(),
        referrer: profile.referrer.clone(),
        registered_at: profile.registered_at,
        class: profile.class,
        kind: card.kind,
        region: card.region,
        hardware: card.hardware,
        state: known.state(&node, now),
        available: node.available(),
        hash_rate: node.hash_rate,
        tier: tier(card.kind, &verified),
        uptime_bps: running_bps(&node, now),
        load: node.load,
        standing: known.standing.clone(),
    }))
}
