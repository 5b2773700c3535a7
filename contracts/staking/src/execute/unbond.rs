//! Stake begins to leave.

use cosmwasm_std::{Addr, DepsMut, Env, MessageInfo, Response, Storage, Uint128};
use joule_types::staking::Unbonded;

use super::{ensure_minimum, update_total};
use crate::domain::cohort::{place, Place};
use crate::domain::pot::Pot;
use crate::state::{self, Entry, COHORTS, ENTRIES};
use crate::{validators, StakingError};

/// `Unbond`: exactly `amount` moves from the sender's pool into the cohort of its maturity, where it stays slashable.
pub fn unbond(deps: DepsMut, env: &Env, info: &MessageInfo, amount: Uint128) -> Result<Response, StakingError> {
    if amount.is_zero() {
        return Err(StakingError::ZeroAmount);
    }
    let (owner, height) = (&info.sender, env.block.height);
    let params = state::PARAMS.load(deps.storage)?;
    let mut pool = state::pool(deps.storage, owner)?;
    let mut pot = Pot::of(&pool);
    let key = (owner, pot.generation, owner);
    let shares = state::SHARES.may_load(deps.storage, key)?.unwrap_or_default();
    let bonded = pot.value(shares)?;
    if bonded.is_zero() {
        return Err(StakingError::NoPool { owner: owner.into() });
    }
    if amount > bonded {
        return Err(StakingError::TooMuch { asked: amount, bonded });
    }
    let burned = pot.take(amount)?;
    if !pot.amount.is_zero() {
        ensure_minimum(&params, pot.amount)?;
    }

    let matures_at = join(
        deps.storage,
        env.block.time.seconds(),
        params.unbonding_secs,
        owner,
        amount,
    )?;
    state::SHARES.save(deps.storage, key, &shares.checked_sub(burned)?, height)?;
    pot.store(&mut pool);
    state::POOLS.save(deps.storage, owner, &pool, height)?;
    update_total(deps.storage, height, Uint128::zero(), amount)?;
    validators::weigh(deps.storage, env, owner, pool.bonded)?;

    Ok(Response::new().add_attribute("action", "unbond").add_event(Unbonded {
        pool: owner.clone(),
        amount,
        matures_at,
    }))
}

/// Adds `amount` of the owner to the cohort that it falls into; returns its maturity.
fn join(
    storage: &mut dyn Storage,
    now: u64,
    unbonding_secs: u64,
    owner: &Addr,
    amount: Uint128,
) -> Result<u64, StakingError> {
    let unmatured: Vec<u64> = state::unmatured(storage, owner, now)?
        .into_iter()
        .map(|(at, _)| at)
        .collect();
    let matures_at = match place(now, unbonding_secs, &unmatured)? {
        Place::At(matures_at) => matures_at,
        Place::Full(free_at) => return Err(StakingError::CohortsFull { free_at }),
    };
    let mut pot = COHORTS.may_load(storage, (owner, matures_at))?.unwrap_or_default();
    let before = ENTRIES
        .may_load(storage, (owner, matures_at, owner))?
        .filter(|entry| entry.generation == pot.generation)
        .map_or(Uint128::zero(), |entry| entry.shares);

    let minted = pot.add(amount)?;
    let entry = Entry {
        shares: before.checked_add(minted)?,
        generation: pot.generation,
    };
    ENTRIES.save(storage, (owner, matures_at, owner), &entry)?;
    COHORTS.save(storage, (owner, matures_at), &pot)?;
    Ok(matures_at)
}
