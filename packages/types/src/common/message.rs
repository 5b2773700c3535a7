//! Messages and queries between contracts.

use cosmwasm_std::{to_json_binary, Addr, Coin, QuerierWrapper, QueryRequest, StdResult, WasmMsg, WasmQuery};
use serde::{de::DeserializeOwned, Serialize};

/// A call of `contract`.
pub(crate) fn message(contract: &Addr, msg: &impl Serialize, funds: Vec<Coin>) -> StdResult<WasmMsg> {
    Ok(WasmMsg::Execute {
        contract_addr: contract.to_string(),
        msg: to_json_binary(msg)?,
        funds,
    })
}

/// Asks `contract`. Unlike `query_wasm_smart` over its whole query type, the caller carries the encoder of `query` only.
pub(crate) fn ask<T: DeserializeOwned>(
    querier: &QuerierWrapper,
    contract: &Addr,
    query: &impl Serialize,
) -> StdResult<T> {
    querier.query(&QueryRequest::Wasm(WasmQuery::Smart {
        contract_addr: contract.to_string(),
        msg: to_json_binary(query)?,
    }))
}

/// What a message to a contract says, read as that contract reads it.
#[cfg(test)]
pub(crate) fn sent<T: DeserializeOwned>(message: StdResult<WasmMsg>) -> T {
    let WasmMsg::Execute { msg, .. } = message.unwrap() else {
        panic!("a message")
    };
    cosmwasm_std::from_json(msg).unwrap()
}
