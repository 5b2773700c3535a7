//! What the marketplace reports about attempts.

use cosmwasm_std::{DepsMut, Env, Response};
use joule_types::registry::{Outcome, OutcomeRecorded};
use joule_types::{NodeId, ProviderId};
use joule_work::reputation::{self, Recent};

use crate::domain::spell;
use crate::records::Track;
use crate::state;
use crate::RegistryError;

/// Books load and outcome. Total over business state, so that it can never block a payment: an unknown node changes
/// nothing and is named in the event.
pub fn record(
    deps: DepsMut,
    env: &Env,
    id: NodeId,
    load: u32,
    outcome: Option<Outcome>,
) -> Result<Response, RegistryError> {
    let response = Response::new().add_attribute("action", "record");
    let Some(mut node) = state::find_node(deps.storage, id)? else {
        return Ok(response.add_event(OutcomeRecorded {
            node: id,
            load,
            outcome: "unknown_node".into(),
            reputation: 0,
        }));
    };
    let provider = ProviderId(node.provider);
    let mut track = state::track(deps.storage, provider)?;
    let latest = match spell::ends(&node, load) {
        true => state::latest_window(deps.storage)?,
        false => None,
    };

    let latest = latest.as_ref().map(|(id, window)| (*id, window));
    spell::set_load(&mut node, load, env.block.time.seconds(), latest);
    state::save_node(deps.storage, id, &node);
    if let Some(outcome) = outcome {
        book(&mut track, outcome);
        state::save_track(deps.storage, provider, &track);
    }

    Ok(response.add_event(OutcomeRecorded {
        node: id,
        load,
        outcome: name(outcome).into(),
        reputation: track.reputation,
    }))
}

fn book(track: &mut Track, outcome: Outcome) {
    match outcome {
        Outcome::Success { reputation } => {
            track.succeeded = track.succeeded.saturating_add(1);
            track.recent = Recent(track.recent).record(false).0;
            if reputation {
                track.reputation = reputation::success(track.reputation);
            }
        }
        Outcome::Failure {} => {
            track.failed = track.failed.saturating_add(1);
            track.recent = Recent(track.recent).record(true).0;
        }
        Outcome::Neutral {} => {}
    }
}

const fn name(outcome: Option<Outcome>) -> &'static str {
    match outcome {
        Some(Outcome::Success { .. }) => "success",
        Some(Outcome::Failure {}) => "failure",
        Some(Outcome::Neutral {}) => "neutral",
        None => "none",
    }
}
