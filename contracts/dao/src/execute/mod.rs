//! Handlers.

pub mod admin;
pub mod finish;
pub mod propose;
pub mod vote;

use cosmwasm_std::Storage;
use joule_types::{dao::ProposalState, ProposalId};

use crate::{
    domain::tally::{self, Times},
    state::{End, Record, FIXED, RECORDS},
    DaoError,
};

/// Loads a proposal with its times and its state now.
pub fn load(storage: &dyn Storage, id: ProposalId, now: u64) -> Result<(Record, Times, ProposalState), DaoError> {
    let record = RECORDS
        .may_load(storage, id.u64())?
        .ok_or(DaoError::ProposalNotFound { proposal: id })?;
    let times = tally::times(record.opened_at, &record.params);
    let state = match record.end {
        Some(End::Executed) => ProposalState::Executed,
        Some(End::Closed) => ProposalState::Closed,
        None => {
            let floor = FIXED.load(storage)?.power_floor;
            tally::state(&record.tally, record.total_power, floor, &record.params, times, now)
        }
    };
    Ok((record, times, state))
}
