//! Windows that a node missed or whose list it withheld.

use cosmwasm_std::{DepsMut, Env, Response};
use joule_kit::Control;
use joule_types::registry::{CommitState, WindowMissed};
use joule_types::{NodeId, ProviderId, WindowId};

use super::windows::{punish, Case};
use crate::domain::lifecycle::Admission;
use crate::domain::{spell, uptime};
use crate::records::{Commit, Node, Track, Window};
use crate::state::{self, COMMITS, LAST_WINDOW};
use crate::RegistryError;

/// Books a missed window, or a withheld list as a forgery.
pub fn report(
    deps: DepsMut,
    env: &Env,
    control: &Control,
    window_id: WindowId,
    id: NodeId,
) -> Result<Response, RegistryError> {
    let now = env.block.time.seconds();
    let window = state::window(deps.storage, window_id)?;
    let node = state::node(deps.storage, id)?;
    if now <= window.reveal_by {
        return Err(RegistryError::TooEarly {
            at: window.reveal_by.saturating_add(1),
            now,
        });
    }
    let response = Response::new().add_attribute("action", "report_missed");
    match COMMITS.load(deps.storage, &state::pair(window_id.u64(), id.u64()))? {
        None => miss(deps, now, response, window_id, &window, id, &node),
        Some(commit) if commit.state == CommitState::Committed => {
            let case = Case {
                window_id,
                window,
                id,
                node,
                commit,
            };
            punish(deps, control, response, case, 0)
        }
        Some(_) => Err(refuse(window_id, id, "accepted, proven forged or reported already")),
    }
}

fn miss(
    deps: DepsMut,
    now: u64,
    response: Response,
    window_id: WindowId,
    window: &Window,
    id: NodeId,
    node: &Node,
) -> Result<Response, RegistryError> {
    // Which nodes carried work is known of the two latest windows only.
    let latest = LAST_WINDOW.may_load(deps.storage)?.unwrap_or_default();
    if window_id.u64().saturating_add(1) < latest {
        return Err(refuse(window_id, id, "two later windows opened; it is settled"));
    }
    let provider = ProviderId(node.provider);
    let mut track = state::track(deps.storage, provider)?;
    let outage = state::outage_at(deps.storage, id, window.opened_at)?;
    let on_line = uptime::was_online(node, window.opened_at, outage);
    if let Some(reason) = excuse(node, &track, window_id, window.opened_at, on_line) {
        return Err(refuse(window_id, id, reason));
    }

    track.miss();
    state::save_track(deps.storage, provider, &track);
    let missed = Commit {
        state: CommitState::Missed,
        bound: 0,
        digest: [0; 32],
        seed: [0; 32],
        committed_at: now,
    };
    COMMITS.save(deps.storage, &state::pair(window_id.u64(), id.u64()), &missed);

    Ok(response.add_event(WindowMissed {
        window: window_id,
        node: id,
        reputation: track.reputation,
    }))
}

/// Why a node did not have to take part in a window that opened at `opened_at`.
fn excuse(node: &Node, track: &Track, id: WindowId, opened_at: u64, on_line: bool) -> Option<&'static str> {
    if track.banned || node.admission != Admission::Verified || node.admitted_at > opened_at {
        return Some("the node was not admitted when the window opened, or is no longer");
    }
    if !on_line {
        return Some("the node was off line when the window opened");
    }
    if spell::carried_work(node, id, opened_at) {
        return Some("the node carried work when the window opened");
    }
    None
}

fn refuse(window: WindowId, node: NodeId, reason: &'static str) -> RegistryError {
    RegistryError::NotMissed { window, node, reason }
}
