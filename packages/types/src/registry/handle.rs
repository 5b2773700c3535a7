//! How a peer of a higher rank speaks to the registry.

use cosmwasm_std::{to_json_binary, Addr, QuerierWrapper, StdResult, WasmMsg};

use super::{Candidate, ExecuteMsg, Outcome, Params, QueryMsg};
use crate::NodeId;

/// What the registry knows of up to 12 nodes, in one query; unknown nodes are left out.
pub fn candidates(querier: &QuerierWrapper, registry: &Addr, nodes: Vec<NodeId>) -> StdResult<Vec<Candidate>> {
    querier.query_wasm_smart(registry, &QueryMsg::Candidates { nodes })
}

/// Parameters of the registry (regions).
pub fn params(querier: &QuerierWrapper, registry: &Addr) -> StdResult<Params> {
    querier.query_wasm_smart(registry, &QueryMsg::Params {})
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
