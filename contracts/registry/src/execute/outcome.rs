//! What the marketplace reports about attempts.

use cosmwasm_std::{DepsMut, Env, Response};
use joule_types::registry::{Outcome, OutcomeRecorded};
use joule_types::{NodeId, ProviderId};
use joule_work::reputation::{self, Recent};

use crate::domain::spell;
use crate::records::Track;
use crate::state::{self, PARAMS};
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
    let now = env.block.time.seconds();
    let ended = match spell::ends(&node, load) {
        true => {
            let grace = PARAMS.load(deps.storage)?.window_grace_secs;
            Some((state::latest_window(deps.storage)?, grace))
        }
        false => None,
    };

    match ended {
        Some((latest, grace)) => spell::end(&mut node, now, grace, latest.as_ref().map(|(id, w)| (*id, w))),
        None => spell::set_load(&mut node, load, now),
    }
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
        Outcome::Success { reputation, judged } => {
            track.succeeded = track.succeeded.saturating_add(1);
            track.recent = Recent(track.recent).record(false).0;
            if reputation {
                track.reputation = reputation::success(track.reputation);
                track.judged = track.judged.saturating_add(u32::from(judged));
            }
        }
        Outcome::Failure {} => {
            track.failed = track.failed.saturating_add(1);
            track.recent = Recent(track.recent).record(true).0;
        }
        Outcome::Fraud {} => {
            track.failed = track.failed.saturating_add(1);
            track.frauds = track.frauds.saturating_add(1);
            track.recent = Recent(track.recent).record(true).0;
            track.reputation = reputation::fraud(track.reputation);
        }
        Outcome::Neutral {} => {}
    }
}

const fn name(outcome: Option<Outcome>) -> &'static str {
    match outcome {
        Some(Outcome::Success { .. }) => "success",
        Some(Outcome::Failure {}) => "failure",
        Some(Outcome::Fraud {}) => "fraud",
        Some(Outcome::Neutral {}) => "neutral",
        None => "none",
    }
}
