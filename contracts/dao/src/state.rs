//! Storage.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{Addr, CosmosMsg, Uint128};
use cw_storage_plus::{Item, Map};
use joule_types::dao::{Ballot, Params, Tally};

/// What no vote can change.
#[cw_serde]
pub struct Fixed {
    /// Shortest durations, seconds.
    pub min_duration_secs: u64,
    /// Least total power, micro-JOULE.
    pub power_floor: Uint128,
}

/// The part of a proposal that is written once.
#[cw_serde]
pub struct Body {
    /// Title.
    pub title: String,
    /// Reasons.
    pub description: String,
    /// Messages.
    pub msgs: Vec<CosmosMsg>,
}

/// The part of a proposal that votes change.
#[cw_serde]
pub struct Record {
    /// Who opened it.
    pub proposer: Addr,
    /// Deposit still held, micro-JOULE.
    pub deposit: Uint128,
    /// Power is read at the start of this block.
    pub start_height: u64,
    /// Total power at `start_height`.
    pub total_power: Uint128,
    /// Seconds.
    pub opened_at: u64,
    /// Votes.
    pub tally: Tally,
    /// Executed or closed: nothing can happen any more.
    pub end: Option<End>,
    /// Parameters it was opened under.
    pub params: Params,
}

/// How a proposal ended.
#[cw_serde]
#[derive(Copy, Eq)]
pub enum End {
    /// Its messages ran.
    Executed,
    /// It was closed.
    Closed,
}

/// Parameters; written by `UpdateParams`.
pub const PARAMS: Item<Params> = Item::new("params");
/// Fixed at instantiation.
pub const FIXED: Item<Fixed> = Item::new("fixed");
/// Last proposal id given.
pub const LAST: Item<u64> = Item::new("last");
/// Proposals: the part written once.
pub const BODIES: Map<u64, Body> = Map::new("bodies");
/// Proposals: votes and end; written by vote, execute, close.
pub const RECORDS: Map<u64, Record> = Map::new("records");
/// Ballots by proposal and voter: one each, never changed.
pub const BALLOTS: Map<(u64, &Addr), Ballot> = Map::new("ballots");
/// Proposals of a proposer that have not ended.
pub const OPEN: Map<&Addr, u32> = Map::new("open");
