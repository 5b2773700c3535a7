//! How a peer of a higher rank speaks to the registry.

use cosmwasm_std::{to_json_binary, Addr, QuerierWrapper, StdResult, WasmMsg};
use cw_storage_plus::{Item, Map};
use joule_work::beacon::Clock;

use super::{BeaconParams, Candidate, ExecuteMsg, Outcome, Params, ProviderResponse, QueryMsg, RoundRecord};
use crate::NodeId;

/// What the registry knows of up to 12 nodes, in one query; unknown nodes are left out.
pub fn candidates(querier: &QuerierWrapper, registry: &Addr, nodes: Vec<NodeId>) -> StdResult<Vec<Candidate>> {
    querier.query_wasm_smart(registry, &QueryMsg::Candidates { nodes })
}

/// Parameters of the registry (regions).
pub fn params(querier: &QuerierWrapper, registry: &Addr) -> StdResult<Params> {
    querier.query_wasm_smart(registry, &QueryMsg::Params {})
}

/// Storage of the beacon's parameters. Public: peers read it raw, which saves loading the contract.
pub const BEACON: Item<BeaconParams> = Item::new("beacon");
/// Storage of posted rounds by number, read raw by peers.
pub const ROUNDS: Map<u64, RoundRecord> = Map::new("rounds");

/// When rounds are due.
pub fn clock(querier: &QuerierWrapper, registry: &Addr) -> StdResult<Clock> {
    let beacon = BEACON.query(querier, registry.clone())?;
    Ok(Clock {
        genesis: beacon.genesis,
        period: beacon.period,
    })
}

/// Randomness of a round; none until it was posted.
pub fn randomness(querier: &QuerierWrapper, registry: &Addr, round: u64) -> StdResult<Option<[u8; 32]>> {
    let record = ROUNDS.query(querier, registry.clone(), round)?;
    Ok(record.and_then(|record| record.randomness.as_slice().try_into().ok()))
}

/// The provider of which `address` is owner or operator.
pub fn provider_of(querier: &QuerierWrapper, registry: &Addr, address: &Addr) -> StdResult<Option<ProviderResponse>> {
    let address = address.to_string();
    querier.query_wasm_smart(registry, &QueryMsg::ProviderOf { address })
}

/// Says that a round is waited for; total.
pub fn want_round(registry: &Addr, round: u64) -> StdResult<WasmMsg> {
    Ok(WasmMsg::Execute {
        contract_addr: registry.to_string(),
        msg: to_json_binary(&ExecuteMsg::WantRound { round })?,
        funds: vec![],
    })
}

/// Books load and outcome; total over the state of the registry.
pub fn record(registry: &Addr, node: NodeId, load: u32, outcome: Option<Outcome>) -> StdResult<WasmMsg> {
    let msg = ExecuteMsg::Record { node, load, outcome };
    Ok(WasmMsg::Execute {
        contract_addr: registry.to_string(),
        msg: to_json_binary(&msg)?,
        funds: vec![],
    })
}
