//! Windows and commitments.

use cosmwasm_std::{Deps, Uint64};
use joule_types::registry::{CommitResponse, WindowResponse};
use joule_types::{NodeId, WindowId};

use crate::state::{self, COMMITS, WINDOWS};
use crate::RegistryError;

/// A window, or the latest.
pub fn window(deps: Deps, id: Option<WindowId>) -> Result<Option<WindowResponse>, RegistryError> {
    let found = match id {
        Some(id) => WINDOWS
            .load(deps.storage, &id.u64().to_be_bytes())?
            .map(|window| (id, window)),
        None => state::latest_window(deps.storage)?,
    };
    Ok(found.map(|(id, window)| WindowResponse {
        window: id,
        round: window.round,
        seed: window.seed.into(),
        opened_at: window.opened_at,
        closes_at: window.closes_at,
        reveal_by: window.reveal_by,
        k: window.k,
    }))
}

/// What a node committed.
pub fn commit(deps: Deps, window: WindowId, node: NodeId) -> Result<Option<CommitResponse>, RegistryError> {
    let found = COMMITS.load(deps.storage, &state::pair(window.u64(), node.u64()))?;
    Ok(found.map(|commit| CommitResponse {
        bound: Uint64::new(commit.bound),
        list_hash: commit.digest.into(),
        state: commit.state,
    }))
}
