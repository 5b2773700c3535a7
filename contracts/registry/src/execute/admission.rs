//! Admission: one ticket below a target, found in time.
//!
//! The challenge's seed is a hash of data of the block in which it is opened. Whoever proposes that block can predict it
//! and start early; the beacon replaces it. That, free retries after a change of hardware, and nodes that are admitted one
//! after another on one device are why a solved challenge admits a node but measures nothing: `hash_rate` comes from
//! windows only.

use cosmwasm_std::{Addr, DepsMut, Env, HexBinary, Response, Uint64};
use joule_kit::Control;
use joule_types::registry::{ChallengeMissed, ChallengeOpened, NodeAdmitted};
use joule_types::staking::handle;
use joule_types::{NodeId, ProviderId};
use joule_work::ticket;

use super::{not_banned, not_rejected};
use crate::domain::lifecycle::Admission;
use crate::records::{Challenge, Node, Track};
use crate::state::{self, CHALLENGES, PARAMS};
use crate::RegistryError;

/// Opens a challenge; one whose time has passed is booked as missed first, which may reject the node instead.
pub fn request(
    deps: DepsMut,
    env: &Env,
    control: &Control,
    sender: &Addr,
    id: NodeId,
) -> Result<Response, RegistryError> {
    let now = env.block.time.seconds();
    let provider = state::provider_of(deps.storage, sender)?;
    let mut node = state::own_node(deps.storage, provider, id)?;
    let mut track = state::track(deps.storage, provider)?;
    not_banned(&track, provider)?;
    not_rejected(&node, id)?;
    if node.admission == Admission::Verified {
        let owner = state::profile(deps.storage, provider)?.owner;
        let pool = handle::pool(&deps.querier, &control.peers.staking, &owner)?;
        if node.proved_epoch >= pool.slash_epoch {
            return Err(RegistryError::AlreadyAdmitted { node: id });
        }
    }
    let open = CHALLENGES.load(deps.storage, &key(id))?;
    if let Some(open) = open.as_ref().filter(|open| now <= open.deadline_at) {
        return Err(RegistryError::ChallengeOpen {
            node: id,
            deadline_at: open.deadline_at,
        });
    }
    let params = PARAMS.load(deps.storage)?;
    let target = ticket::difficulty_target(params.admission_units.u64())?;

    let mut response = Response::new().add_attribute("action", "request_challenge");
    if let Some(missed) = open {
        response = response.add_event(miss(&mut node, &mut track, id, &missed));
        state::save_track(deps.storage, provider, &track);
        if node.admission == Admission::Rejected {
            CHALLENGES.remove(deps.storage, &key(id));
            state::save_node(deps.storage, id, &node);
            return Ok(response);
        }
    }
    node.challenges = node.challenges.saturating_add(1);
    let challenge = Challenge {
        seed: ticket::admission_seed(
            &env.block.chain_id,
            env.contract.address.as_str(),
            env.block.height,
            env.block.time.nanos(),
            id.u64(),
            node.challenges,
        ),
        target,
        opened_at: now,
        deadline_at: now.saturating_add(params.admission_secs),
        max_failures: params.max_admission_failures,
    };
    CHALLENGES.save(deps.storage, &key(id), &challenge);
    state::save_node(deps.storage, id, &node);

    Ok(response.add_event(ChallengeOpened {
        node: id,
        seed: HexBinary::from(challenge.seed).to_hex(),
        target: Uint64::new(challenge.target),
        deadline_at: challenge.deadline_at,
    }))
}

/// Admits the node for a ticket within the target.
pub fn solve(
    deps: DepsMut,
    env: &Env,
    control: &Control,
    sender: &Addr,
    id: NodeId,
    nonce: Uint64,
) -> Result<Response, RegistryError> {
    let now = env.block.time.seconds();
    let provider = state::provider_of(deps.storage, sender)?;
    let mut node = state::own_node(deps.storage, provider, id)?;
    not_banned(&state::track(deps.storage, provider)?, provider)?;
    not_rejected(&node, id)?;
    let challenge = open_challenge(&deps, id)?;
    if now > challenge.deadline_at {
        return Err(RegistryError::TooLate {
            until: challenge.deadline_at,
            now,
        });
    }
    if !ticket::solves(&challenge.seed, nonce.u64(), challenge.target) {
        return Err(RegistryError::InvalidProof {
            reason: format!("ticket {nonce} is above the target of {}; search on", challenge.target),
        });
    }
    let owner = state::profile(deps.storage, provider)?.owner;
    let pool = handle::pool(&deps.querier, &control.peers.staking, &owner)?;

    CHALLENGES.remove(deps.storage, &key(id));
    // A node that proves again after a slash stays admitted since its first proof: windows it missed remain missed.
    if node.admission != Admission::Verified {
        node.admission = Admission::Verified;
        node.admitted_at = now;
    }
    node.failures = 0;
    node.proved_at = now;
    node.proved_epoch = pool.slash_epoch;
    state::save_node(deps.storage, id, &node);

    let event = NodeAdmitted {
        node: id,
        nonce,
        took_secs: now.saturating_sub(challenge.opened_at),
    };
    Ok(Response::new()
        .add_attribute("action", "solve_challenge")
        .add_event(event))
}

/// Books a challenge whose time has passed.
pub fn expire(deps: DepsMut, env: &Env, id: NodeId) -> Result<Response, RegistryError> {
    let now = env.block.time.seconds();
    let mut node = state::node(deps.storage, id)?;
    let provider = ProviderId(node.provider);
    let mut track = state::track(deps.storage, provider)?;
    let challenge = open_challenge(&deps, id)?;
    if now <= challenge.deadline_at {
        return Err(RegistryError::TooEarly {
            at: challenge.deadline_at.saturating_add(1),
            now,
        });
    }

    let event = miss(&mut node, &mut track, id, &challenge);
    CHALLENGES.remove(deps.storage, &key(id));
    state::save_track(deps.storage, provider, &track);
    state::save_node(deps.storage, id, &node);

    Ok(Response::new()
        .add_attribute("action", "expire_challenge")
        .add_event(event))
}

/// A missed challenge: reputation, and rejection at the limit that the challenge began with.
fn miss(node: &mut Node, track: &mut Track, id: NodeId, challenge: &Challenge) -> ChallengeMissed {
    track.miss();
    node.failures = node.failures.saturating_add(1);
    let rejected = node.failures >= challenge.max_failures;
    if rejected {
        node.admission = Admission::Rejected;
    }
    ChallengeMissed {
        node: id,
        reputation: track.reputation,
        failures: node.failures,
        rejected,
    }
}

fn open_challenge(deps: &DepsMut, id: NodeId) -> Result<Challenge, RegistryError> {
    CHALLENGES
        .load(deps.storage, &key(id))?
        .ok_or(RegistryError::NoChallenge { node: id })
}

fn key(id: NodeId) -> [u8; 8] {
    id.u64().to_be_bytes()
}
