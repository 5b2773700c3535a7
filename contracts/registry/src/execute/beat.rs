//! Beats: one message for all nodes of a provider.

use std::collections::BTreeSet;

use cosmwasm_std::{Addr, DepsMut, Env, Response};
use joule_types::registry::{Beat, MAX_BEAT};
use joule_types::NodeId;
use joule_work::uptime::Clock;

use super::{admitted, not_banned};
use crate::state::{self, OUTAGES, PARAMS};
use crate::RegistryError;

/// The nodes are up for `beat_secs` from now.
pub fn beat(deps: DepsMut, env: &Env, sender: &Addr, ids: &[NodeId]) -> Result<Response, RegistryError> {
    if ids.is_empty() || ids.len() > MAX_BEAT {
        return Err(RegistryError::TooMany {
            got: ids.len(),
            max: MAX_BEAT,
        });
    }
    let mut seen = BTreeSet::new();
    if let Some(twice) = ids.iter().find(|id| !seen.insert(**id)) {
        return Err(RegistryError::DuplicateNode { node: *twice });
    }
    let provider = state::provider_of(deps.storage, sender)?;
    not_banned(&state::track(deps.storage, provider)?, provider)?;
    let (now, cover) = (env.block.time.seconds(), PARAMS.load(deps.storage)?.beat_secs);

    // Each node is checked before it is written; a refusal undoes the ones before it.
    for id in ids {
        let mut node = state::own_node(deps.storage, provider, *id)?;
        admitted(&node, *id)?;
        if node.beaten() {
            let (clock, outage) = node.clock.beat(now, cover)?;
            node.clock = clock;
            if let Some((began, outage)) = outage {
                OUTAGES.save(deps.storage, &state::pair(id.u64(), began), &outage.into());
            }
        } else {
            node.clock = Clock::start(now, cover);
            node.period_from = now;
        }
        state::save_node(deps.storage, *id, &node);
    }

    let event = Beat {
        provider,
        nodes: u32::try_from(ids.len()).unwrap_or(u32::MAX),
        until: now.saturating_add(cover),
    };
    Ok(Response::new().add_attribute("action", "beat").add_event(event))
}
