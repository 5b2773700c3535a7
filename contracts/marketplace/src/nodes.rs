//! Load and offers of a node.

use cosmwasm_std::Storage;

use crate::{
    error::Res,
    index,
    state::{NodeOffer, NodeRecord, NODES},
};

/// Most open offers of a node.
pub const MAX_NODE_OFFERS: u32 = 16;

/// The record of a node; an empty one if nothing is known.
///
/// # Errors
/// Storage errors.
pub fn load(storage: &dyn Storage, node: u64) -> Res<NodeRecord> {
    Ok(NODES.load(storage, &node.to_be_bytes())?.unwrap_or_default())
}

fn save(storage: &mut dyn Storage, node: u64, record: &NodeRecord) {
    if *record == NodeRecord::default() {
        NODES.remove(storage, &node.to_be_bytes());
    } else {
        NODES.save(storage, &node.to_be_bytes(), record);
    }
}

impl NodeRecord {
    /// Whether an offer of this capacity can take no further attempt.
    #[must_use]
    pub const fn is_full(&self, capacity: u8) -> bool {
        // Widening; `u16::from` is not const.
        self.load >= u16::from_be_bytes([0, capacity])
    }
}

/// Adds an offer, or replaces its capacity.
///
/// # Errors
/// Storage errors.
pub fn put_offer(storage: &mut dyn Storage, node: u64, offer: NodeOffer) -> Res<()> {
    let mut record = load(storage, node)?;
    record.offers.retain(|known| known.offer != offer.offer);
    record.offers.push(offer);
    save(storage, node, &record);
    Ok(())
}

/// Takes an offer off.
///
/// # Errors
/// Storage errors.
pub fn remove_offer(storage: &mut dyn Storage, node: u64, offer: u64) -> Res<()> {
    let mut record = load(storage, node)?;
    record.offers.retain(|known| known.offer != offer);
    save(storage, node, &record);
    Ok(())
}

/// Adds an attempt to a node or takes one off; offers that become full leave the scan, those that do not any more come
/// back. At most [`MAX_NODE_OFFERS`] are looked at. Returns the load now.
///
/// # Errors
/// Storage errors.
pub fn change_load(storage: &mut dyn Storage, node: u64, up: bool) -> Res<u32> {
    let before = load(storage, node)?;
    let mut after = before.clone();
    after.load = if up {
        before.load.saturating_add(1)
    } else {
        before.load.saturating_sub(1)
    };
    save(storage, node, &after);
    for offer in &after.offers {
        index::park(
            storage,
            offer.offer,
            before.is_full(offer.capacity),
            after.is_full(offer.capacity),
        )?;
    }
    Ok(after.load.into())
}
