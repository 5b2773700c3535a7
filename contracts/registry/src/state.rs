//! Every storage item: key, meaning, who writes it, what always holds. `control` and `contract_info` are the kit's.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{Addr, Binary, Empty, Order, StdError, Storage, Uint128};
use cw_storage_plus::{Item, Map};
use joule_kit::packed::PackedMap;
use joule_types::registry::{handle, BeaconParams, Hardware, Params, RoundRecord};
use joule_types::{NodeId, ProviderId, WindowId};
use joule_work::beacon::Clock;
use joule_work::kind::{Class, ResourceKind};
use joule_work::uptime::Outage;

use crate::beacon;
use crate::records::{Challenge, Commit, Gap, Node, Track, Window};
use crate::RegistryError;

/// `params`: always valid. Written by instantiate and `UpdateParams`.
pub const PARAMS: Item<Params> = Item::new("params");
/// `floor`: shortest windows and deadlines in seconds. Written once.
pub const FLOOR: Item<u64> = Item::new("floor");
/// `last_provider`: the last provider id given. Written by `Register`.
pub const LAST_PROVIDER: Item<u64> = Item::new("last_provider");
/// `last_node`: the last node id given. Written by `AddNode`.
pub const LAST_NODE: Item<u64> = Item::new("last_node");
/// `last_window`: the last window id given. Written by `PostRound`.
pub const LAST_WINDOW: Item<u64> = Item::new("last_window");

/// `profiles`: addresses and class by provider. Written by `Register`, `UpdateProvider` and the dao.
pub const PROFILES: Map<u64, Profile> = Map::new("profiles");
/// `tracks`: what a provider did. One for each profile.
pub const TRACKS: PackedMap<Track> = PackedMap::new("tracks");
/// `provider_of`: the provider of an owner or operator address. One entry for each such address of a profile, none
/// else: an address acts for one provider at most.
pub const PROVIDER_OF: Map<&Addr, u64> = Map::new("provider_of");

/// `cards`: description by node. Written by `AddNode` and `UpdateNode`.
pub const CARDS: Map<u64, Card> = Map::new("cards");
/// `nodes`: what changes about a node. One for each card.
pub const NODES: PackedMap<Node> = PackedMap::new("nodes");
/// `nodes_of`: (provider, node) for each node, for lists. Written by `AddNode`.
pub const NODES_OF: Map<(u64, u64), Empty> = Map::new("nodes_of");
/// `outages`: closed outages by (node, begin), disjoint and in order. Appended by a late `Beat`, never changed.
pub const OUTAGES: PackedMap<Gap> = PackedMap::new("outages");

/// `challenges`: the open admission challenge of a node. Written and removed by the admission messages.
pub const CHALLENGES: PackedMap<Challenge> = PackedMap::new("challenges");
/// `windows`: proof windows by id. Written by `PostRound`, never changed.
pub const WINDOWS: PackedMap<Window> = PackedMap::new("windows");
/// `commits`: commitments by (window, node). Leaves `Committed` once, for good.
pub const COMMITS: PackedMap<Commit> = PackedMap::new("commits");

/// `beacon`: whom to believe. Written once. Read raw by peers.
pub const BEACON: Item<BeaconParams> = handle::BEACON;
/// `rounds`: verified rounds by number. Written by `PostRound`, never changed. Read raw by peers.
pub const ROUNDS: Map<u64, RoundRecord> = handle::ROUNDS;
/// `last_round`: the highest posted round.
pub const LAST_ROUND: Item<u64> = Item::new("last_round");
/// `wanted`: rounds that somebody waits for, none of them posted, and who. Written by `WantRound` and `RequestChallenge`.
pub const WANTED: Map<u64, Wanted> = Map::new("wanted");
/// `tips`: what there is for rounds. Written by `FundTips`, `PostRound`, `ClaimTips`.
pub const TIPS: Item<Tips> = Item::new("tips");
/// `tips_of`: micro-JOULE that an address can claim, never zero; their sum is `tips.unclaimed`.
pub const TIPS_OF: Map<&Addr, Uint128> = Map::new("tips_of");

/// Who waits for a round.
#[cw_serde]
#[derive(Copy, Eq)]
pub enum Wanted {
    /// A node that is to be admitted, alone: no tip.
    Challenge,
    /// A committee.
    Committee,
}

/// The JOULE of the contract, micro-JOULE. Its balance at the token is the sum of both and of what was transferred to it
/// without a message, which belongs to nobody.
#[cw_serde]
#[derive(Default)]
pub struct Tips {
    /// For rounds to come.
    pub fund: Uint128,
    /// Earned and not claimed yet.
    pub unclaimed: Uint128,
}

/// Addresses and class of a provider.
#[cw_serde]
pub struct Profile {
    /// Cold key: owns the record and the stake. Never changes.
    pub owner: Addr,
    /// Hot key.
    pub operator: Addr,
    /// Where earnings are credited.
    pub payout: Addr,
    /// Who referred it.
    pub referrer: Option<Addr>,
    /// Class, set by the dao.
    pub class: Class,
    /// Level 4 was granted.
    pub partner: bool,
    /// Seconds.
    pub registered_at: u64,
}

/// Description of a node.
#[cw_serde]
pub struct Card {
    /// What it sells. Never changes.
    pub kind: ResourceKind,
    /// Index in the list of regions, which only grows.
    pub region: u8,
    /// Declared hardware.
    pub hardware: Hardware,
    /// Where tenants reach it.
    pub endpoint: Option<String>,
    /// Key of the endpoint.
    pub endpoint_key: Option<Binary>,
}

/// The provider of an address.
///
/// # Errors
/// `reg.invalid_provider` for an address that owns and operates nothing.
pub fn provider_of(storage: &dyn Storage, address: &Addr) -> Result<ProviderId, RegistryError> {
    PROVIDER_OF
        .may_load(storage, address)?
        .map(ProviderId)
        .ok_or_else(|| RegistryError::InvalidProvider {
            provider: address.to_string(),
            reason: "neither owner nor operator of a provider; register first",
        })
}

/// The profile of a provider.
///
/// # Errors
/// `reg.invalid_provider` if there is none.
pub fn profile(storage: &dyn Storage, provider: ProviderId) -> Result<Profile, RegistryError> {
    PROFILES
        .may_load(storage, provider.u64())?
        .ok_or_else(|| RegistryError::InvalidProvider {
            provider: provider.to_string(),
            reason: "no provider has this id; ids count from 1",
        })
}

/// The track record of a provider.
///
/// # Errors
/// `reg.invalid_provider` if there is none.
pub fn track(storage: &dyn Storage, provider: ProviderId) -> Result<Track, RegistryError> {
    TRACKS
        .load(storage, &provider.u64().to_be_bytes())?
        .ok_or_else(|| RegistryError::InvalidProvider {
            provider: provider.to_string(),
            reason: "no provider has this id; ids count from 1",
        })
}

/// Writes the track record of a provider.
pub fn save_track(storage: &mut dyn Storage, provider: ProviderId, track: &Track) {
    TRACKS.save(storage, &provider.u64().to_be_bytes(), track);
}

/// The hot record of a node, if there is one.
///
/// # Errors
/// Storage errors.
pub fn find_node(storage: &dyn Storage, node: NodeId) -> Result<Option<Node>, RegistryError> {
    Ok(NODES.load(storage, &node.u64().to_be_bytes())?)
}

/// The hot record of a node.
///
/// # Errors
/// `reg.node_not_found`.
pub fn node(storage: &dyn Storage, node: NodeId) -> Result<Node, RegistryError> {
    find_node(storage, node)?.ok_or(RegistryError::NodeNotFound { node })
}

/// The hot record of a node of `provider`.
///
/// # Errors
/// `reg.node_not_found`, `reg.not_your_node`.
pub fn own_node(storage: &dyn Storage, provider: ProviderId, id: NodeId) -> Result<Node, RegistryError> {
    let node = node(storage, id)?;
    if node.provider != provider.u64() {
        return Err(RegistryError::NotYourNode { node: id, provider });
    }
    Ok(node)
}

/// Writes the hot record of a node.
pub fn save_node(storage: &mut dyn Storage, id: NodeId, node: &Node) {
    NODES.save(storage, &id.u64().to_be_bytes(), node);
}

/// The description of a node.
///
/// # Errors
/// `reg.node_not_found`.
pub fn card(storage: &dyn Storage, node: NodeId) -> Result<Card, RegistryError> {
    CARDS
        .may_load(storage, node.u64())?
        .ok_or(RegistryError::NodeNotFound { node })
}

/// Key of (first, second), both big endian.
#[must_use]
pub fn pair(first: u64, second: u64) -> Vec<u8> {
    [first.to_be_bytes(), second.to_be_bytes()].concat()
}

/// The outage of a node that began last at or before `t`, with its begin: one reverse seek.
///
/// # Errors
/// Storage errors.
pub fn outage_at(storage: &dyn Storage, node: NodeId, t: u64) -> Result<Option<(u64, Outage)>, RegistryError> {
    let (from, to) = (pair(node.u64(), 0), pair(node.u64(), t.saturating_add(1)));
    let found = OUTAGES
        .range(storage, &from, Some(&to), Order::Descending)
        .next()
        .transpose()?;
    let Some((key, gap)) = found else { return Ok(None) };
    let began = key
        .last_chunk::<8>()
        .map(|bytes| u64::from_be_bytes(*bytes))
        .ok_or_else(|| StdError::generic_err("a key of `outages` is not 16 bytes long"))?;
    Ok(Some((began, gap.into())))
}

/// A posted round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Round {
    /// SHA-256 of its signature.
    pub randomness: [u8; 32],
    /// When it was posted, seconds.
    pub at: u64,
}

/// A round, if it was posted.
///
/// # Errors
/// Storage errors.
pub fn round(storage: &dyn Storage, round: u64) -> Result<Option<Round>, RegistryError> {
    let Some(record) = ROUNDS.may_load(storage, round)? else {
        return Ok(None);
    };
    let randomness = record.randomness.as_slice().try_into();
    Ok(Some(Round {
        randomness: randomness.map_err(|_| StdError::generic_err("a value of `rounds` has no 32 bytes"))?,
        at: record.posted_at,
    }))
}

/// When rounds are due.
///
/// # Errors
/// Storage errors.
pub fn clock(storage: &dyn Storage) -> Result<Clock, RegistryError> {
    Ok(beacon::clock(&BEACON.load(storage)?))
}

/// A window by id.
///
/// # Errors
/// `reg.window_not_found`.
pub fn window(storage: &dyn Storage, id: WindowId) -> Result<Window, RegistryError> {
    WINDOWS
        .load(storage, &id.u64().to_be_bytes())?
        .ok_or(RegistryError::WindowNotFound { window: id })
}

/// The latest window, if any was opened.
///
/// # Errors
/// Storage errors.
pub fn latest_window(storage: &dyn Storage) -> Result<Option<(WindowId, Window)>, RegistryError> {
    let Some(id) = LAST_WINDOW.may_load(storage)?.map(WindowId) else {
        return Ok(None);
    };
    Ok(Some((id, window(storage, id)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn namespaces_are_unique() {
        let names = [
            "control",
            "contract_info",
            "params",
            "floor",
            "last_provider",
            "last_node",
            "last_window",
            "profiles",
            TRACKS.namespace(),
            "provider_of",
            "cards",
            NODES.namespace(),
            "nodes_of",
            OUTAGES.namespace(),
            CHALLENGES.namespace(),
            WINDOWS.namespace(),
            COMMITS.namespace(),
            "beacon",
            "rounds",
            "last_round",
            "wanted",
            "tips",
            "tips_of",
        ];
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    }
}
