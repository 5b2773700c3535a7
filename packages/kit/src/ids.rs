//! Ids that count from 1 and are never reused.

use cosmwasm_std::Storage;
use cw_storage_plus::Item;

use crate::KitError;

/// Takes the next id of a counter that holds the last one given.
///
/// # Errors
/// [`KitError::IdsExhausted`] after 2^64 - 1 ids.
pub fn next(storage: &mut dyn Storage, last: &Item<u64>) -> Result<u64, KitError> {
    let id = last
        .may_load(storage)?
        .unwrap_or(0)
        .checked_add(1)
        .ok_or(KitError::IdsExhausted)?;
    last.save(storage, &id)?;
    Ok(id)
}
