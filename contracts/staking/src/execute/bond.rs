//! Stake comes in.

use std::collections::BTreeSet;

use cosmwasm_std::{from_json, Addr, DepsMut, Env, Response, Storage, Uint128};
use cw20::Cw20ReceiveMsg;
use joule_kit::{Control, KitError};
use joule_types::staking::{Bonded, GenesisStake, Params, StakingHook};

use super::{ensure_minimum, update_ledger, update_total};
use crate::domain::pot::Pot;
use crate::{state, validators, StakingError};

/// The most entries of a genesis list.
pub const MAX_GENESIS: usize = 50;

/// `Receive`: the dispatcher checked that the token sent it. The stake goes to the sender's own pool.
pub fn receive(deps: DepsMut, env: &Env, control: &Control, msg: Cw20ReceiveMsg) -> Result<Response, StakingError> {
    control.ensure_open(env)?;
    let StakingHook::Bond {} = from_json(&msg.msg)?;
    let owner = control.party(deps.api, &msg.sender)?;
    if msg.amount.is_zero() {
        return Err(KitError::NoFunds.into());
    }
    let params = state::PARAMS.load(deps.storage)?;

    let bonded = bond(deps.storage, env, &params, &owner, msg.amount)?;
    update_ledger(deps.storage, |ledger| ledger.deposit(msg.amount))?;
    update_total(deps.storage, env.block.height, msg.amount, Uint128::zero())?;

    Ok(Response::new().add_attribute("action", "bond").add_event(bonded))
}

/// The stake of the first day, backed by the token's initial balances, which `Launch` compares.
pub fn genesis(
    deps: &mut DepsMut,
    env: &Env,
    control: &Control,
    stakes: Vec<GenesisStake>,
) -> Result<Vec<Bonded>, StakingError> {
    if stakes.len() > MAX_GENESIS {
        return Err(StakingError::InvalidGenesis {
            found: stakes.len().to_string(),
            rule: "at most 50 entries",
        });
    }
    let params = state::PARAMS.load(deps.storage)?;
    let (mut events, mut sum, mut seen) = (Vec::new(), Uint128::zero(), BTreeSet::new());

    for GenesisStake { owner, amount } in stakes {
        let owner = control.party(deps.api, &owner)?;
        if !seen.insert(owner.clone()) {
            return Err(StakingError::InvalidGenesis {
                found: owner.into(),
                rule: "each owner has one entry",
            });
        }
        events.push(bond(deps.storage, env, &params, &owner, amount)?);
        sum = sum.checked_add(amount)?;
    }
    update_ledger(deps.storage, |ledger| ledger.deposit(sum))?;
    update_total(deps.storage, env.block.height, sum, Uint128::zero())?;

    Ok(events)
}

/// Mints shares of the owner's pool for `amount`.
fn bond(
    storage: &mut dyn Storage,
    env: &Env,
    params: &Params,
    owner: &Addr,
    amount: Uint128,
) -> Result<Bonded, StakingError> {
    let height = env.block.height;
    let mut pool = state::pool(storage, owner)?;
    let mut pot = Pot::of(&pool);
    let key = (owner, pot.generation, owner);
    let minted = pot.add(amount)?;
    let bonded = pot.amount;
    ensure_minimum(params, bonded)?;

    let shares = state::SHARES.may_load(storage, key)?.unwrap_or_default();
    state::SHARES.save(storage, key, &shares.checked_add(minted)?, height)?;
    pot.store(&mut pool);
    state::POOLS.save(storage, owner, &pool, height)?;
    validators::weigh(storage, env, owner, bonded)?;

    Ok(Bonded {
        pool: owner.clone(),
        amount,
        bonded,
    })
}
