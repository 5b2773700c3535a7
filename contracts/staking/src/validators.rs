//! Storage of the validators: key, meaning, who writes, invariant.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{Addr, Empty, Env, Order, StdResult, Storage, Uint128};
use cw_storage_plus::{Item, Map};
use joule_kit::packed::PackedMap;
use joule_kit::KitError;
use joule_types::staking::handle::VALIDATORS;
use joule_types::work::WorkError;

use crate::domain::timed::Timed;
use crate::domain::tree::{Node, Path, MAX_WEIGHT, SLOTS};
use crate::state::PARAMS;
use crate::StakingError;

/// `tree`: nodes by the digits that lead to them; written by bond, unbond, slash, enrol and retire. Each child is the
/// sum of its node, now and at the end of the last closed epoch.
pub const TREE: PackedMap<Node> = PackedMap::new("tree");

/// `seats`: who sits on a slot, also after a retirement until the slot is given to another owner; written by enrol.
pub const SEATS: Map<u16, Seat> = Map::new("seats");

/// `slots`: slot by owner, of the enrolled only; written by enrol and retire.
pub const SLOT_OF: Map<&Addr, u16> = Map::new("slots");

/// `operators`: owner by operator, of the enrolled whose operator is another address; written by enrol and retire. No
/// address is in here and in `slots`.
pub const OWNER_OF: Map<&Addr, Addr> = Map::new("operators");

/// `retired`: slot and the epoch from which others may have it, by its last owner, who gets it back at any time; written by
/// enrol and retire.
pub const RETIRED: Map<&Addr, (u16, u32)> = Map::new("retired");

/// `free`: (epoch, slot) of `retired`, in the order in which others may have them.
pub const FREE: Map<(u32, u16), Empty> = Map::new("free");

/// `used`: slots that were ever given; written by enrol.
pub const USED: Item<u32> = Item::new("used");

/// Epochs for which a slot that was given back rests: its weight at the end of the last closed epoch is zero by then,
/// so that no draw finds a new owner by the weight of the old one.
pub const REST_EPOCHS: u32 = 2;

/// Who sits on a slot.
#[cw_serde]
pub struct Seat {
    /// Owner of the pool.
    pub owner: Addr,
    /// Who votes.
    pub operator: Timed<Addr>,
}

/// The current epoch: `floor(time / epoch_secs)`.
///
/// # Errors
/// Overflow.
pub fn epoch(storage: &dyn Storage, env: &Env) -> Result<u32, StakingError> {
    let secs = VALIDATORS.load(storage)?.epoch_secs;
    let epoch = env.block.time.seconds().checked_div(secs);
    let epoch = epoch.and_then(|epoch| u32::try_from(epoch).ok());
    Ok(epoch.ok_or(WorkError::Overflow { what: "the epoch" })?)
}

/// The node under a key; an empty one if it was never written.
///
/// # Errors
/// [`KitError::CorruptRecord`].
pub fn node(storage: &dyn Storage, key: &[u8]) -> Result<Node, KitError> {
    Ok(TREE.load(storage, key)?.unwrap_or_default())
}

/// The weight of a slot.
///
/// # Errors
/// [`KitError::CorruptRecord`].
pub fn weight(storage: &dyn Storage, slot: u16) -> Result<Timed<u64>, KitError> {
    match Path::to(slot).steps().next_back() {
        Some((key, digit)) => Ok(node(storage, key)?.child(digit)),
        None => Ok(Timed::default()),
    }
}

/// The owner of the validator of which an address is owner or operator.
///
/// # Errors
/// Storage errors.
pub fn owner_of(storage: &dyn Storage, address: &Addr) -> StdResult<Option<Addr>> {
    if SLOT_OF.has(storage, address) {
        return Ok(Some(address.clone()));
    }
    OWNER_OF.may_load(storage, address)
}

/// Books the weight of a pool whose bonded stake changed; nothing if it is no validator.
///
/// # Errors
/// Overflow of the epoch; storage errors.
pub fn weigh(storage: &mut dyn Storage, env: &Env, owner: &Addr, bonded: Uint128) -> Result<(), StakingError> {
    let Some(slot) = SLOT_OF.may_load(storage, owner)? else {
        return Ok(());
    };
    let least = PARAMS.load(storage)?.min_validator_stake;
    let weight = if bonded < least {
        0
    } else {
        u64::try_from(bonded.u128()).map_or(MAX_WEIGHT, |bonded| bonded.min(MAX_WEIGHT))
    };
    book(storage, env, slot, weight)
}

/// Writes the weight of a slot and the sums above it: four nodes, or none if it is what it was.
///
/// # Errors
/// Overflow of the epoch; storage errors.
pub fn book(storage: &mut dyn Storage, env: &Env, slot: u16, new: u64) -> Result<(), StakingError> {
    let epoch = epoch(storage, env)?;
    let mut known = None;
    for (key, digit) in Path::to(slot).steps().rev() {
        let mut node = node(storage, key)?;
        // The first node holds the weight itself, those above it sums.
        let old = *known.get_or_insert(node.child(digit).now);
        if old == new {
            return Ok(());
        }
        node.shift(digit, epoch, old, new);
        TREE.save(storage, key, &node);
    }
    let (was, is) = (known.unwrap_or_default() > 0, new > 0);
    if was != is {
        let mut record = VALIDATORS.load(storage)?;
        record.eligible = if is {
            record.eligible.saturating_add(1)
        } else {
            record.eligible.saturating_sub(1)
        };
        VALIDATORS.save(storage, &record)?;
    }
    Ok(())
}

/// The slot of an owner who enrols: the own one, also after a retirement; else one that has rested; else a new one.
///
/// # Errors
/// `stk.tree_full`; storage errors.
pub fn assign(storage: &mut dyn Storage, epoch: u32, owner: &Addr) -> Result<u16, StakingError> {
    if let Some(slot) = SLOT_OF.may_load(storage, owner)? {
        return Ok(slot);
    }
    if let Some((slot, free_at)) = RETIRED.may_load(storage, owner)? {
        unretire(storage, owner, slot, free_at);
        return Ok(slot);
    }
    let oldest = FREE.keys(storage, None, None, Order::Ascending).next().transpose()?;
    if let Some((free_at, slot)) = oldest.filter(|(free_at, _)| *free_at <= epoch) {
        let last = SEATS.load(storage, slot)?.owner;
        unretire(storage, &last, slot, free_at);
        return Ok(slot);
    }
    let used = USED.may_load(storage)?.unwrap_or_default();
    let slot = u16::try_from(used).map_err(|_| StakingError::TreeFull { slots: SLOTS })?;
    USED.save(storage, &used.saturating_add(1))?;
    Ok(slot)
}

fn unretire(storage: &mut dyn Storage, owner: &Addr, slot: u16, free_at: u32) {
    RETIRED.remove(storage, owner);
    FREE.remove(storage, (free_at, slot));
}
