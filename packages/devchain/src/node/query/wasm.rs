//! Contracts, their state and their codes.

use super::{invalid_argument, not_found, page, request};
use crate::app::meter::{self, Abort};
use crate::app::CodeInfo;
use crate::error::{sdk, TxError};
use crate::node::Node;
use cosmos_sdk_proto::cosmwasm::wasm::v1::{
    AbsoluteTxPosition, AccessConfig, AccessType, CodeInfoResponse, ContractInfo, Model, QueryAllContractStateRequest,
    QueryAllContractStateResponse, QueryBuildAddressRequest, QueryBuildAddressResponse, QueryCodeRequest,
    QueryCodeResponse, QueryCodesRequest, QueryCodesResponse, QueryContractInfoRequest, QueryContractInfoResponse,
    QueryContractsByCodeRequest, QueryContractsByCodeResponse, QueryRawContractStateRequest,
    QueryRawContractStateResponse, QuerySmartContractStateRequest, QuerySmartContractStateResponse,
};
use cosmos_sdk_proto::prost::Message;
use cosmwasm_std::{instantiate2_address, Addr, Api, Order, QueryRequest, WasmQuery};
use cw_multi_test::{ContractData, CosmosRouter};
use cw_storage_plus::Map;

/// Where the simulator keeps its contracts.
const NAMESPACE: &[u8] = b"wasm";
const CONTRACTS: Map<&Addr, ContractData> = Map::new("contracts");

impl Node {
    /// `None` for a method that is not known.
    pub(super) fn wasm_query(&self, method: &str, data: &[u8]) -> Result<Option<Vec<u8>>, TxError> {
        let answer = match method {
            "SmartContractState" => {
                let query: QuerySmartContractStateRequest = request(data)?;
                self.contract(&query.address)?;
                let data = self.smart(query.address, query.query_data)?;
                QuerySmartContractStateResponse { data }.encode_to_vec()
            }
            "RawContractState" => {
                let query: QueryRawContractStateRequest = request(data)?;
                let (address, _) = self.contract(&query.address)?;
                let data = self.app.contract_storage(&address).get(&query.query_data);
                let data = data.unwrap_or_default();
                QueryRawContractStateResponse { data }.encode_to_vec()
            }
            "AllContractState" => self.all_state(request(data)?)?,
            "ContractInfo" => {
                let QueryContractInfoRequest { address } = request(data)?;
                let (_, contract) = self.contract(&address)?;
                let contract_info = Some(contract_info(&contract));
                QueryContractInfoResponse { address, contract_info }.encode_to_vec()
            }
            "ContractsByCode" => self.contracts_by_code(request(data)?)?,
            "Code" => {
                let QueryCodeRequest { code_id } = request(data)?;
                let code = self.chain.codes.iter().find(|code| code.id == code_id);
                let code = code.ok_or_else(|| not_found(&format!("code id {code_id}: no such code")))?;
                QueryCodeResponse {
                    code_info: Some(code_info(code)),
                    data: Vec::new(),
                }
                .encode_to_vec()
            }
            "Codes" => {
                let query: QueryCodesRequest = request(data)?;
                let codes = self.chain.codes.iter();
                let items = codes
                    .map(|code| (code.id.to_be_bytes().to_vec(), code_info(code)))
                    .collect();
                let (code_infos, pagination) = page(items, query.pagination);
                QueryCodesResponse {
                    code_infos,
                    pagination: Some(pagination),
                }
                .encode_to_vec()
            }
            "BuildAddress" => self.build_address(request(data)?)?,
            _ => return Ok(None),
        };
        Ok(Some(answer))
    }

    fn contract(&self, address: &str) -> Result<(Addr, ContractData), TxError> {
        let address = self
            .app
            .api()
            .addr_validate(address)
            .map_err(|error| invalid_argument(&error.to_string()))?;
        let data = self.app.contract_data(&address);
        // As a node words it: without the gRPC status that other missing things have.
        let data = data.map_err(|_| {
            let log = format!("address {address}: no such contract: unknown request");
            TxError::sdk(sdk::UNKNOWN_REQUEST, log)
        })?;
        Ok((address, data))
    }

    /// A smart query with its gas limit; panics of the contract are its error.
    fn smart(&self, contract_addr: String, msg: Vec<u8>) -> Result<Vec<u8>, TxError> {
        let query = QueryRequest::Wasm(WasmQuery::Smart {
            contract_addr,
            msg: msg.into(),
        });
        let limit = self.options.query_gas;
        let (result, used) = meter::run(limit, None, || {
            self.app.read_module(|router, api, storage| {
                let block = self.app.block_info();
                router.query(api, storage, &block, query)
            })
        });
        match result {
            Ok(Ok(data)) => Ok(data.to_vec()),
            Ok(Err(error)) => Err(failed(&TxError::from_any(&error).log)),
            Err(Abort::OutOfGas { location }) => Err(failed(&format!(
                "out of gas in location: {location}; gasWanted: {limit}, gasUsed: {used}: out of gas"
            ))),
            Err(Abort::Panic(message)) => Err(failed(&TxError::panic(&message).log)),
        }
    }

    fn all_state(&self, query: QueryAllContractStateRequest) -> Result<Vec<u8>, TxError> {
        let (address, _) = self.contract(&query.address)?;
        let items = self.app.dump_wasm_raw(&address).into_iter();
        let items = items.map(|(key, value)| (key.clone(), Model { key, value })).collect();
        let (models, pagination) = page(items, query.pagination);
        Ok(QueryAllContractStateResponse {
            models,
            pagination: Some(pagination),
        }
        .encode_to_vec())
    }

    fn contracts_by_code(&self, query: QueryContractsByCodeRequest) -> Result<Vec<u8>, TxError> {
        let storage = self.app.prefixed_storage(NAMESPACE);
        let all = CONTRACTS.range(storage.as_ref(), None, None, Order::Ascending);
        let of_code = all
            .filter_map(Result::ok)
            .filter(|(_, data)| data.code_id == query.code_id)
            .map(|(address, _)| (address.as_bytes().to_vec(), address.into_string()));
        let (contracts, pagination) = page(of_code.collect(), query.pagination);
        Ok(QueryContractsByCodeResponse {
            contracts,
            pagination: Some(pagination),
        }
        .encode_to_vec())
    }

    /// The address that instantiate2 will give.
    fn build_address(&self, query: QueryBuildAddressRequest) -> Result<Vec<u8>, TxError> {
        if !query.init_args.is_empty() {
            return Err(invalid_argument(
                "init_args: this chain derives addresses without the message only",
            ));
        }
        let bytes = |text: &str| hex::decode(text).map_err(|error| invalid_argument(&error.to_string()));
        let (checksum, salt) = (bytes(&query.code_hash)?, bytes(&query.salt)?);
        let api = self.app.api();
        let address = api
            .addr_validate(&query.creator_address)
            .and_then(|creator| api.addr_canonicalize(creator.as_str()))
            .map_err(|error| invalid_argument(&error.to_string()))
            .and_then(|creator| {
                instantiate2_address(&checksum, &creator, &salt).map_err(|error| invalid_argument(&error.to_string()))
            })
            .and_then(|address| {
                api.addr_humanize(&address)
                    .map_err(|error| invalid_argument(&error.to_string()))
            })?
            .into_string();
        Ok(QueryBuildAddressResponse { address }.encode_to_vec())
    }
}

/// A module's own error: unlike those of the SDK's services it carries no gRPC status.
fn failed(what: &str) -> TxError {
    TxError::sdk(sdk::UNKNOWN_REQUEST, format!("{what}: unknown request"))
}

fn contract_info(contract: &ContractData) -> ContractInfo {
    ContractInfo {
        code_id: contract.code_id,
        creator: contract.creator.to_string(),
        admin: contract.admin.as_ref().map(Addr::to_string).unwrap_or_default(),
        label: contract.label.clone(),
        created: Some(AbsoluteTxPosition {
            block_height: contract.created,
            tx_index: 0,
        }),
        ibc_port_id: String::new(),
        extension: None,
    }
}

fn code_info(code: &CodeInfo) -> CodeInfoResponse {
    CodeInfoResponse {
        code_id: code.id,
        creator: code.creator.to_string(),
        data_hash: code.checksum.as_slice().to_vec(),
        instantiate_permission: Some(AccessConfig {
            permission: AccessType::Everybody as i32,
            addresses: Vec::new(),
        }),
    }
}
