//! What the dao decides.

use cosmwasm_std::{to_json_string, DepsMut, Response};
use joule_kit::Control;
use joule_types::registry::{NodeRejected, ParamsUpdate, ProviderBanned};
use joule_types::staking::{handle, Incident, IncidentKind};
use joule_types::{NodeId, ParamsUpdated, ProviderId};
use joule_work::kind::Class;

use super::register::updated;
use crate::domain::lifecycle::Admission;
use crate::params;
use crate::state::{self, FLOOR, PARAMS, PROFILES};
use crate::RegistryError;

/// Sets the class of a provider.
pub fn set_class(deps: DepsMut, provider: ProviderId, class: Class) -> Result<Response, RegistryError> {
    let mut profile = state::profile(deps.storage, provider)?;

    profile.class = class;
    PROFILES.save(deps.storage, provider.u64(), &profile)?;

    Ok(Response::new()
        .add_attribute("action", "set_class")
        .add_event(updated(provider, profile)))
}

/// Grants or withdraws level 4.
pub fn set_partner(deps: DepsMut, provider: ProviderId, partner: bool) -> Result<Response, RegistryError> {
    let mut profile = state::profile(deps.storage, provider)?;

    profile.partner = partner;
    PROFILES.save(deps.storage, provider.u64(), &profile)?;

    Ok(Response::new()
        .add_attribute("action", "set_partner")
        .add_event(updated(provider, profile)))
}

/// Bans a provider. The slash is sent every time: staking knows the incident and takes from it once.
pub fn ban(deps: DepsMut, control: &Control, provider: ProviderId) -> Result<Response, RegistryError> {
    let owner = state::profile(deps.storage, provider)?.owner;
    let mut track = state::track(deps.storage, provider)?;
    let misuse_slash_bps = PARAMS.load(deps.storage)?.misuse_slash_bps;

    track.banned = true;
    state::save_track(deps.storage, provider, &track);

    let incident = Incident {
        kind: IncidentKind::Misuse,
        id: provider.u64(),
        attempt: 0,
    };
    let slash = handle::slash(&control.peers.staking, incident, &owner, misuse_slash_bps, vec![])?;

    Ok(Response::new()
        .add_message(slash)
        .add_attribute("action", "ban")
        .add_event(ProviderBanned { provider }))
}

/// Rejects a node for good.
pub fn reject_node(deps: DepsMut, id: NodeId) -> Result<Response, RegistryError> {
    let mut node = state::node(deps.storage, id)?;

    node.admission = Admission::Rejected;
    state::save_node(deps.storage, id, &node);

    Ok(Response::new()
        .add_attribute("action", "reject_node")
        .add_event(NodeRejected { node: id }))
}

/// Changes parameters within their bounds; running windows and challenges keep theirs.
pub fn update_params(deps: DepsMut, update: ParamsUpdate) -> Result<Response, RegistryError> {
    let old = PARAMS.load(deps.storage)?;
    let new = params::apply(&old, update)?;
    params::validate(&new, FLOOR.load(deps.storage)?)?;

    PARAMS.save(deps.storage, &new)?;

    let event = ParamsUpdated {
        old: to_json_string(&old)?,
        new: to_json_string(&new)?,
    };
    Ok(Response::new()
        .add_attribute("action", "update_params")
        .add_event(event))
}
