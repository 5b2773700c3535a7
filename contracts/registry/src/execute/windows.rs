//! Proof windows: commit, reveal. They open with a round ([`super::opening`]).
//!
//! The contract recomputes all k tickets of a revealed list (DESIGN 11.8). An audit of a sample would need a second round,
//! fixed after the commitment, a third message and a slash for its absence; a ticket of phase A is one hash of 64 bytes,
//! and all 512 of them cost less than that message, so none is left out and nothing is to be awaited.

use cosmwasm_std::{Addr, DepsMut, Env, Response, Uint64};
use joule_kit::Control;
use joule_types::registry::{CommitState, Forgery, WindowAccepted, WindowCommitted};
use joule_types::staking::{handle, Incident, IncidentKind};
use joule_types::{NodeId, ProviderId, WindowId};
use joule_work::reputation;
use joule_work::ticket::{self, AuditFault, Commitment};

use super::{admitted, not_banned};
use crate::domain::forgery;
use crate::domain::lifecycle::Admission;
use crate::records::{Commit, Node, Window};
use crate::state::{self, COMMITS};
use crate::RegistryError;

/// Commits a node to its list. The seed of its tickets is fixed here, with the operator of this moment: a later operator
/// does not turn honest work into a forgery.
pub fn commit(
    deps: DepsMut,
    env: &Env,
    sender: &Addr,
    window_id: WindowId,
    id: NodeId,
    bound: Uint64,
    list_hash: &[u8],
) -> Result<Response, RegistryError> {
    let now = env.block.time.seconds();
    let provider = state::provider_of(deps.storage, sender)?;
    let node = state::own_node(deps.storage, provider, id)?;
    not_banned(&state::track(deps.storage, provider)?, provider)?;
    admitted(&node, id)?;
    let window = state::window(deps.storage, window_id)?;
    if now > window.closes_at {
        return Err(RegistryError::TooLate {
            until: window.closes_at,
            now,
        });
    }
    let digest = <[u8; 32]>::try_from(list_hash).map_err(|_| RegistryError::InvalidProof {
        reason: format!("list_hash has {} bytes; a digest has 32", list_hash.len()),
    })?;
    let key = state::pair(window_id.u64(), id.u64());
    if COMMITS.load(deps.storage, &key)?.is_some() {
        return Err(RegistryError::AlreadyCommitted {
            window: window_id,
            node: id,
        });
    }
    let operator = state::profile(deps.storage, provider)?.operator;

    let commit = Commit {
        state: CommitState::Committed,
        bound: bound.u64(),
        digest,
        seed: ticket::node_seed(&window.seed, id.u64(), 0, operator.as_str()),
        committed_at: now,
    };
    COMMITS.save(deps.storage, &key, &commit);

    let event = WindowCommitted {
        window: window_id,
        node: id,
        bound,
    };
    Ok(Response::new()
        .add_attribute("action", "commit_window")
        .add_event(event))
}

/// Recomputes a list. One that is not what was committed is refused and may be sent again; one that is, and is wrong, is
/// a forgery. Open to banned providers and rejected nodes: what was committed is owed.
pub fn reveal(
    deps: DepsMut,
    env: &Env,
    control: &Control,
    sender: &Addr,
    window_id: WindowId,
    id: NodeId,
    ids: &[u8],
) -> Result<Response, RegistryError> {
    let now = env.block.time.seconds();
    let provider = state::provider_of(deps.storage, sender)?;
    let node = state::own_node(deps.storage, provider, id)?;
    let window = state::window(deps.storage, window_id)?;
    if now <= window.closes_at {
        return Err(RegistryError::TooEarly {
            at: window.closes_at.saturating_add(1),
            now,
        });
    }
    if now > window.reveal_by {
        return Err(RegistryError::TooLate {
            until: window.reveal_by,
            now,
        });
    }
    let commit = COMMITS
        .load(deps.storage, &state::pair(window_id.u64(), id.u64()))?
        .filter(|commit| commit.state == CommitState::Committed)
        .ok_or(RegistryError::NotCommitted {
            window: window_id,
            node: id,
        })?;
    let commitment = Commitment {
        k: u32::from(window.k),
        bound: commit.bound,
        digest: commit.digest,
    };
    let case = Case {
        window_id,
        window,
        id,
        node,
        commit,
    };
    let response = Response::new().add_attribute("action", "reveal_window");
    match ticket::reveal(&case.commit.seed, ids, &commitment) {
        Ok(_) => accept(deps, now, control, response, provider, case),
        Err(AuditFault::AboveBound { id, .. } | AuditFault::NotIncreasing { id, .. }) => {
            punish(deps, control, response, case, id)
        }
        Err(AuditFault::WrongCount { .. }) => punish(deps, control, response, case, 0),
        Err(fault @ (AuditFault::WrongDigest | AuditFault::Malformed { .. } | AuditFault::UnknownK { .. })) => {
            Err(RegistryError::InvalidProof {
                reason: format!("{fault}; reveal the list that was committed"),
            })
        }
    }
}

/// A commitment with all that it concerns.
pub struct Case {
    /// Window.
    pub window_id: WindowId,
    /// Its terms.
    pub window: Window,
    /// Node.
    pub id: NodeId,
    /// Its record.
    pub node: Node,
    /// The commitment.
    pub commit: Commit,
}

fn accept(
    deps: DepsMut,
    now: u64,
    control: &Control,
    response: Response,
    provider: ProviderId,
    case: Case,
) -> Result<Response, RegistryError> {
    let Case {
        window_id,
        window,
        id,
        mut node,
        commit,
    } = case;
    let (k, bound) = (u32::from(window.k), commit.bound);
    let proven = ticket::lower_bound(k, bound)?;
    let measured = ticket::hash_rate(proven, window.closes_at.saturating_sub(window.opened_at));
    let units = ticket::estimate(k, bound)?;
    // A bound that every ticket satisfies needs no work: such a list measures what it is and earns nothing.
    let counts = proven >= u128::from(window.min_units);
    let owner = state::profile(deps.storage, provider)?.owner;
    let pool = handle::pool(&deps.querier, &control.peers.staking, &owner)?;
    let mut track = state::track(deps.storage, provider)?;

    let accepted = Commit {
        state: CommitState::Accepted,
        ..commit
    };
    COMMITS.save(deps.storage, &state::pair(window_id.u64(), id.u64()), &accepted);
    // New hardware in between voids the node's proofs, this one too: then only the provider's record gains.
    if node.admission == Admission::Verified && node.admitted_at <= accepted.committed_at {
        node.hash_rate = ticket::smooth(node.hash_rate, measured);
        if counts {
            node.windows = node.windows.saturating_add(1);
            node.proved_at = now;
            node.proved_epoch = pool.slash_epoch;
        }
        state::save_node(deps.storage, id, &node);
    }
    if counts {
        track.windows = track.windows.saturating_add(1);
        track.reputation = reputation::window_accepted(track.reputation);
        state::save_track(deps.storage, provider, &track);
    }

    Ok(response.add_event(WindowAccepted {
        window: window_id,
        node: id,
        units: Uint64::new(u64::try_from(units).unwrap_or(u64::MAX)),
        measured,
        hash_rate: node.hash_rate,
        reputation: track.reputation,
    }))
}

/// Books a forged or withheld list and slashes; staking answers to a slash of anything, so this cannot be blocked.
pub fn punish(
    deps: DepsMut,
    control: &Control,
    response: Response,
    case: Case,
    ticket: u64,
) -> Result<Response, RegistryError> {
    let Case {
        window_id,
        window,
        id,
        node,
        commit,
    } = case;
    let provider = ProviderId(node.provider);
    let owner = state::profile(deps.storage, provider)?.owner;
    let mut track = state::track(deps.storage, provider)?;

    let forged = Commit {
        state: CommitState::Forged,
        ..commit
    };
    COMMITS.save(deps.storage, &state::pair(window_id.u64(), id.u64()), &forged);
    let slashed_bps = forgery::book(&mut track, window.forgery_slash_bps);
    state::save_track(deps.storage, provider, &track);

    let incident = Incident {
        kind: IncidentKind::Forgery,
        id: window_id.u64(),
        attempt: id.u64(),
    };
    let slash = handle::slash(&control.peers.staking, incident, &owner, slashed_bps, vec![])?;

    let event = Forgery {
        window: window_id,
        node: id,
        ticket: Uint64::new(ticket),
        slashed_bps,
        reputation: track.reputation,
        banned: track.banned,
    };
    Ok(response.add_message(slash).add_event(event))
}
