//! How a peer of a higher rank speaks to staking.

use cosmwasm_std::{to_json_binary, Addr, HexBinary, QuerierWrapper, StdResult, Uint128, WasmMsg};
use cw_storage_plus::{Item, Map};

use super::{
    DrawResponse, ExecuteMsg, Incident, Params, Penalty, PoolRecord, PowerResponse, QueryMsg, Repay, ValidatorsRecord,
};

/// Storage of the pools by owner. Public: peers read it raw, which saves loading the contract.
pub const POOLS: Map<&Addr, PoolRecord> = Map::new("pools");

/// Storage of the number of validators, read raw by peers.
pub const VALIDATORS: Item<ValidatorsRecord> = Item::new("validators");

/// Storage of the parameters, read raw by peers.
pub const PARAMS: Item<Params> = Item::new("params");

/// Least bonded stake of a validator, micro-JOULE.
pub fn min_validator_stake(querier: &QuerierWrapper, staking: &Addr) -> StdResult<Uint128> {
    Ok(PARAMS.query(querier, staking.clone())?.min_validator_stake)
}

/// Number of validators and length of an epoch.
pub fn validators(querier: &QuerierWrapper, staking: &Addr) -> StdResult<ValidatorsRecord> {
    VALIDATORS.query(querier, staking.clone())
}

/// Draws seats; see [`QueryMsg::Draw`].
pub fn draw(
    querier: &QuerierWrapper,
    staking: &Addr,
    epoch: u64,
    seed: [u8; 32],
    seats: u8,
    exclude: Vec<String>,
) -> StdResult<DrawResponse> {
    let seed = HexBinary::from(seed);
    querier.query_wasm_smart(
        staking,
        &QueryMsg::Draw {
            epoch,
            seed,
            seats,
            exclude,
        },
    )
}

/// Slashes several pools, burning all; total over the state of staking.
pub fn penalize(staking: &Addr, penalties: Vec<Penalty>) -> StdResult<WasmMsg> {
    Ok(WasmMsg::Execute {
        contract_addr: staking.to_string(),
        msg: to_json_binary(&ExecuteMsg::Penalize { penalties })?,
        funds: vec![],
    })
}

/// The pool of `owner`, by raw key; an empty one if there is none.
pub fn pool(querier: &QuerierWrapper, staking: &Addr, owner: &Addr) -> StdResult<PoolRecord> {
    Ok(POOLS.query(querier, staking.clone(), owner)?.unwrap_or_default())
}

/// Voting power of `address` at the start of block `height`.
pub fn power_at(querier: &QuerierWrapper, staking: &Addr, address: &Addr, height: u64) -> StdResult<Uint128> {
    let msg = QueryMsg::PowerAt {
        address: address.to_string(),
        height,
    };
    Ok(querier.query_wasm_smart::<PowerResponse>(staking, &msg)?.power)
}

/// Total voting power at the start of block `height`.
pub fn total_power_at(querier: &QuerierWrapper, staking: &Addr, height: u64) -> StdResult<Uint128> {
    Ok(querier
        .query_wasm_smart::<PowerResponse>(staking, &QueryMsg::TotalPowerAt { height })?
        .power)
}

/// Slashes a pool; total over the state of staking.
pub fn slash(
    staking: &Addr,
    incident: Incident,
    pool: &Addr,
    fraction_bps: u16,
    repay: Vec<Repay>,
) -> StdResult<WasmMsg> {
    let msg = ExecuteMsg::Slash {
        incident,
        pool: pool.to_string(),
        fraction_bps,
        repay,
    };
    Ok(WasmMsg::Execute {
        contract_addr: staking.to_string(),
        msg: to_json_binary(&msg)?,
        funds: vec![],
    })
}
