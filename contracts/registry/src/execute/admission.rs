//! Admission: one ticket below a target, found in time.
//!
//! The seed comes from a round that is not out when the challenge opens, by the block's time. Block times lag, so whoever
//! sends the request late may know the round already and start early, or not send it. That, free retries after a change
//! of hardware, and nodes that are admitted one after another on one device are why a solved challenge admits a node but
//! measures nothing: `hash_rate` comes from windows only.

use cosmwasm_std::{Addr, DepsMut, Env, Event, Response, Storage, Uint64};
use joule_kit::Control;
use joule_types::registry::{ChallengeDropped, ChallengeMissed, ChallengeOpened, NodeAdmitted};
use joule_types::staking::handle;
use joule_types::{NodeId, ProviderId};
use joule_work::ticket;

use super::{not_banned, not_rejected};
use crate::domain::challenge::{Phase, Terms};
use crate::domain::lifecycle::Admission;
use crate::records::{Challenge, Node, Track};
use crate::state::{self, Round, Wanted, CHALLENGES, PARAMS, WANTED};
use crate::RegistryError;

/// How many rounds after the one due now the seed of a challenge comes from.
const ROUNDS_AHEAD: u64 = 2;

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
    let open = find(deps.storage, id)?;
    if let Some(open) = open.as_ref().filter(|open| !open.over(now)) {
        return Err(RegistryError::ChallengeOpen {
            node: id,
            deadline_at: open.deadline_at(),
        });
    }
    let params = PARAMS.load(deps.storage)?;
    let target = ticket::difficulty_target(params.admission_units.u64())?;
    let clock = state::clock(deps.storage)?;

    let mut response = Response::new().add_attribute("action", "request_challenge");
    if let Some(over) = open {
        response = response.add_event(close(&mut node, &mut track, id, &over, now));
        state::save_track(deps.storage, provider, &track);
        if node.admission == Admission::Rejected {
            CHALLENGES.remove(deps.storage, &key(id));
            state::save_node(deps.storage, id, &node);
            return Ok(response);
        }
    }
    node.challenges = node.challenges.saturating_add(1);
    let challenge = Challenge {
        round: clock.round_at(now).saturating_add(ROUNDS_AHEAD),
        attempt: node.challenges,
        target,
        opened_at: now,
        secs: params.admission_secs,
        max_failures: params.max_admission_failures,
    };
    CHALLENGES.save(deps.storage, &key(id), &challenge);
    // A round that a committee waits for too still earns its tip.
    if !WANTED.has(deps.storage, challenge.round) {
        WANTED.save(deps.storage, challenge.round, &Wanted::Challenge)?;
    }
    state::save_node(deps.storage, id, &node);

    Ok(response.add_event(ChallengeOpened {
        node: id,
        round: challenge.round,
        target: Uint64::new(challenge.target),
        deadline_at: Terms::of(&challenge, &clock).deadline_at(None),
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
    let open = find(deps.storage, id)?.ok_or(RegistryError::NoChallenge { node: id })?;
    let target = open.challenge.target;
    let (phase, round) = (open.phase(now), open.round);
    let Some(round) = round.filter(|_| phase == Phase::Open) else {
        return Err(open.refuse(phase, now));
    };
    let seed = open.challenge.seed(env, id, &round.randomness);
    if !ticket::solves(&seed, nonce.u64(), target) {
        return Err(RegistryError::InvalidProof {
            reason: format!("ticket {nonce} is above the target of {target}; search on"),
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
        took_secs: now.saturating_sub(round.at),
    };
    Ok(Response::new()
        .add_attribute("action", "solve_challenge")
        .add_event(event))
}

/// Books a challenge whose time has passed, or drops one whose round was not posted in time.
pub fn expire(deps: DepsMut, env: &Env, id: NodeId) -> Result<Response, RegistryError> {
    let now = env.block.time.seconds();
    let mut node = state::node(deps.storage, id)?;
    let provider = ProviderId(node.provider);
    let mut track = state::track(deps.storage, provider)?;
    let open = find(deps.storage, id)?.ok_or(RegistryError::NoChallenge { node: id })?;
    if !open.over(now) {
        return Err(RegistryError::TooEarly {
            at: open.terms.over_at(open.posted_at()),
            now,
        });
    }

    let event = close(&mut node, &mut track, id, &open, now);
    CHALLENGES.remove(deps.storage, &key(id));
    state::save_track(deps.storage, provider, &track);
    state::save_node(deps.storage, id, &node);

    Ok(Response::new()
        .add_attribute("action", "expire_challenge")
        .add_event(event))
}

/// A challenge with its times and its round, if that was posted.
struct Open {
    challenge: Challenge,
    terms: Terms,
    round: Option<Round>,
}

impl Open {
    fn posted_at(&self) -> Option<u64> {
        self.round.map(|round| round.at)
    }

    fn phase(&self, now: u64) -> Phase {
        self.terms.phase(self.posted_at(), now)
    }

    fn deadline_at(&self) -> u64 {
        self.terms.deadline_at(self.posted_at())
    }

    fn over(&self, now: u64) -> bool {
        matches!(self.phase(now), Phase::Missed | Phase::Void)
    }

    /// Why it cannot be solved in a phase other than `Open`.
    fn refuse(&self, phase: Phase, now: u64) -> RegistryError {
        match phase {
            Phase::Open | Phase::Waiting => RegistryError::NoRound {
                round: self.challenge.round,
                due_at: self.terms.due_at,
            },
            Phase::Missed => RegistryError::TooLate {
                until: self.deadline_at(),
                now,
            },
            Phase::Void => RegistryError::TooLate {
                until: self.terms.post_by(),
                now,
            },
        }
    }
}

fn find(storage: &dyn Storage, id: NodeId) -> Result<Option<Open>, RegistryError> {
    let Some(challenge) = CHALLENGES.load(storage, &key(id))? else {
        return Ok(None);
    };
    Ok(Some(Open {
        terms: Terms::of(&challenge, &state::clock(storage)?),
        round: state::round(storage, challenge.round)?,
        challenge,
    }))
}

/// Ends a challenge that is over: a missed one costs reputation and rejects at the limit that it began with.
fn close(node: &mut Node, track: &mut Track, id: NodeId, open: &Open, now: u64) -> Event {
    let challenge = &open.challenge;
    if open.phase(now) == Phase::Void {
        let round = challenge.round;
        return ChallengeDropped { node: id, round }.into();
    }
    track.miss();
    node.failures = node.failures.saturating_add(1);
    let rejected = node.failures >= challenge.max_failures;
    if rejected {
        node.admission = Admission::Rejected;
    }
    let missed = ChallengeMissed {
        node: id,
        reputation: track.reputation,
        failures: node.failures,
        rejected,
    };
    missed.into()
}

fn key(id: NodeId) -> [u8; 8] {
    id.u64().to_be_bytes()
}
