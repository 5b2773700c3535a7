//! Voting power at a height: the state at the start of that block, so that nothing inside a block can change what was
//! snapshotted in it (V-26), and no later slash either.

use cosmwasm_std::{Deps, Uint128};
use joule_kit::addr;
use joule_types::staking::PowerResponse;

use crate::domain::pot::Pot;
use crate::state::{POOLS, SHARES, TOTAL};
use crate::StakingError;

/// Shares at that height times the rate of the pool at that height, rounded down. Stake is in the address's own pool
/// only.
pub fn at(deps: Deps, address: &str, height: u64) -> Result<PowerResponse, StakingError> {
    let address = addr(deps.api, address)?;
    let power = match POOLS.may_load_at_height(deps.storage, &address, height)? {
        Some(pool) => {
            let key = (&address, pool.generation, &address);
            let shares = SHARES.may_load_at_height(deps.storage, key, height)?;
            Pot::of(&pool).value(shares.unwrap_or_default())?
        }
        None => Uint128::zero(),
    };
    Ok(PowerResponse { power, height })
}

/// All bonded stake at that height.
pub fn total_at(deps: Deps, height: u64) -> Result<PowerResponse, StakingError> {
    let power = TOTAL.may_load_at_height(deps.storage, height)?.unwrap_or_default();
    Ok(PowerResponse { power, height })
}
