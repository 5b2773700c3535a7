//! Storage: key, meaning, who writes, invariant.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{Addr, Empty, Order, StdResult, Storage, Uint128};
use cw_storage_plus::{Bound, Item, Map, SnapshotItem, SnapshotMap, Strategy};
use joule_types::staking::{Params, PoolRecord};

use crate::domain::cohort::MAX_COHORTS;
use crate::domain::ledger::Ledger;
use crate::domain::pot::Pot;

/// `params`: written at instantiation and by `UpdateParams`; always within the bounds.
pub const PARAMS: Item<Params> = Item::new("params");

/// `fixed`: written at instantiation only.
pub const FIXED: Item<Fixed> = Item::new("fixed");

/// `pools`: bonded stake by owner, with its history by height; written by bond, unbond and slash. Peers read the
/// records raw through `joule_types::staking::handle::POOLS`, which has the same layout.
pub const POOLS: SnapshotMap<&Addr, PoolRecord> =
    SnapshotMap::new("pools", "pools_checks", "pools_changes", Strategy::EveryBlock);

/// `shares`: shares by (pool, generation, staker), with their history by height; written by bond and unbond. Their sum
/// over the stakers of the pool's generation is the pool's `shares`. Today the only staker of a pool is its owner.
pub const SHARES: SnapshotMap<(&Addr, u32, &Addr), Uint128> =
    SnapshotMap::new("shares", "shares_checks", "shares_changes", Strategy::EveryBlock);

/// `total`: sum of `bonded` over all pools, with its history by height; written by bond, unbond and slash.
pub const TOTAL: SnapshotItem<Uint128> =
    SnapshotItem::new("total", "total_checks", "total_changes", Strategy::EveryBlock);

/// `cohorts`: unbonding stake by (pool, maturity); written by unbond, slash and claim. At most [`MAX_COHORTS`] of a
/// pool have not matured; a matured one is changed by claims only.
pub const COHORTS: Map<(&Addr, u64), Pot> = Map::new("cohorts");

/// `entries`: shares of a staker in a cohort by (staker, maturity, pool); written by unbond, removed by claim.
pub const ENTRIES: Map<(&Addr, u64, &Addr), Entry> = Map::new("entries");

/// `awards`: repayments from slashes by (address, maturity), micro-JOULE; written by slash, removed by claim. On the
/// grid of the cohorts: at most [`MAX_COHORTS`] of an address have not matured under one `unbonding_secs`.
pub const AWARDS: Map<(&Addr, u64), Uint128> = Map::new("awards");

/// `incidents`: (caller, packed incident) of every incident reported; written by slash, never removed.
pub const INCIDENTS: Map<(&Addr, [u8; 17]), Empty> = Map::new("incidents");

/// `ledger`: totals; written by every handler. `held` is the sum of bonded, unbonding, matured and awarded.
pub const LEDGER: Item<Ledger> = Item::new("ledger");

/// What no vote can change.
#[cw_serde]
pub struct Fixed {
    /// Shortest `unbonding_secs`.
    pub min_unbonding_secs: u64,
}

/// A staker's part of a cohort.
#[cw_serde]
pub struct Entry {
    /// Shares.
    pub shares: Uint128,
    /// Generation of the cohort that they belong to; worth nothing in a later one.
    pub generation: u32,
}

impl Entry {
    /// Micro-JOULE at today's rate of the cohort, rounded down.
    ///
    /// # Errors
    /// Overflow.
    pub fn value(&self, cohort: Option<&Pot>) -> Result<Uint128, crate::StakingError> {
        match cohort {
            Some(pot) if pot.generation == self.generation => Ok(pot.value(self.shares)?),
            _ => Ok(Uint128::zero()),
        }
    }
}

/// The record of a pool; an empty one if there is none.
///
/// # Errors
/// Storage errors.
pub fn pool(storage: &dyn Storage, owner: &Addr) -> StdResult<PoolRecord> {
    Ok(POOLS.may_load(storage, owner)?.unwrap_or_default())
}

/// The cohorts of a pool that have not matured at `now`, by maturity: at most [`MAX_COHORTS`], because unbond opens
/// no further one.
///
/// # Errors
/// Storage errors.
pub fn unmatured(storage: &dyn Storage, pool: &Addr, now: u64) -> StdResult<Vec<(u64, Pot)>> {
    COHORTS
        .prefix(pool)
        .range(storage, Some(Bound::exclusive(now)), None, Order::Ascending)
        .take(MAX_COHORTS)
        .collect()
}

/// The oldest matured awards of an address at `now`, at most [`MAX_CLAIMS`], by maturity.
///
/// # Errors
/// Storage errors.
pub fn awarded(storage: &dyn Storage, to: &Addr, now: u64) -> StdResult<Vec<(u64, Uint128)>> {
    AWARDS
        .prefix(to)
        .range(storage, None, Some(Bound::inclusive(now)), Order::Ascending)
        .take(MAX_CLAIMS)
        .collect()
}

/// The most entries and the most awards that a claim pays.
pub const MAX_CLAIMS: usize = 30;

/// A matured entry with its cohort.
pub struct Matured {
    /// Seconds.
    pub matures_at: u64,
    /// Owner of the pool.
    pub pool: Addr,
    /// The staker's part.
    pub entry: Entry,
    /// None if all its other parts were claimed and this one is worth nothing.
    pub cohort: Option<Pot>,
}

/// The oldest matured entries of a staker at `now`, at most [`MAX_CLAIMS`].
///
/// # Errors
/// Storage errors.
pub fn matured(storage: &dyn Storage, staker: &Addr, now: u64) -> StdResult<Vec<Matured>> {
    ENTRIES
        .sub_prefix(staker)
        .range(storage, None, None, Order::Ascending)
        .take(MAX_CLAIMS)
        .take_while(|item| item.as_ref().map_or(true, |((matures_at, _), _)| *matures_at <= now))
        .map(|item| {
            let ((matures_at, pool), entry) = item?;
            Ok(Matured {
                cohort: COHORTS.may_load(storage, (&pool, matures_at))?,
                matures_at,
                pool,
                entry,
            })
        })
        .collect()
}
