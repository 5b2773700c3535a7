//! Pools.

use cosmwasm_std::{Addr, Deps, Env, Order, Uint128};
use cw_storage_plus::Bound;
use joule_kit::{addr, paging};
use joule_types::staking::{PoolRecord, PoolResponse};
use joule_types::Page;

use crate::{state, StakingError};

/// The most pools of a page: each reads its cohorts.
const MAX_POOLS: u32 = 30;

pub fn one(deps: Deps, env: &Env, owner: &str) -> Result<PoolResponse, StakingError> {
    let owner = addr(deps.api, owner)?;
    let pool = state::pool(deps.storage, &owner)?;
    response(deps, env, owner, &pool)
}

pub fn page(
    deps: Deps,
    env: &Env,
    start_after: Option<&str>,
    limit: Option<u32>,
) -> Result<Page<PoolResponse, String>, StakingError> {
    let start = joule_kit::opt_addr(deps.api, start_after)?;
    let pools = state::POOLS
        .range(
            deps.storage,
            start.as_ref().map(Bound::exclusive),
            None,
            Order::Ascending,
        )
        .map(|item| {
            let (owner, pool) = item?;
            response(deps, env, owner, &pool)
        });
    paging::page(pools, paging::limit(limit, MAX_POOLS), |pool| pool.owner.to_string())
}

fn response(deps: Deps, env: &Env, owner: Addr, pool: &PoolRecord) -> Result<PoolResponse, StakingError> {
    let unbonding = state::unmatured(deps.storage, &owner, env.block.time.seconds())?
        .iter()
        .try_fold(Uint128::zero(), |sum, (_, cohort)| sum.checked_add(cohort.amount))?;
    Ok(PoolResponse {
        owner,
        bonded: pool.bonded,
        unbonding,
        shares: pool.shares,
        slash_epoch: pool.slash_epoch,
    })
}
