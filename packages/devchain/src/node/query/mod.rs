//! `abci_query`: the gRPC services of a node by their paths, protobuf in and out.

mod bank;
mod wasm;

use super::Node;
use crate::app::{accounts, grants};
use crate::error::{sdk, TxError};
use cosmos_sdk_proto::cosmos::auth::v1beta1::{BaseAccount, QueryAccountRequest, QueryAccountResponse};
use cosmos_sdk_proto::cosmos::base::abci::v1beta1::{GasInfo, Result as AbciResult};
use cosmos_sdk_proto::cosmos::base::query::v1beta1::{PageRequest, PageResponse};
use cosmos_sdk_proto::cosmos::crypto::secp256k1::PubKey;
use cosmos_sdk_proto::cosmos::feegrant::v1beta1::{Grant, QueryAllowanceRequest, QueryAllowanceResponse};
use cosmos_sdk_proto::cosmos::tx::v1beta1::{SimulateRequest, SimulateResponse};
use cosmos_sdk_proto::prost::{Message, Name};
use cosmos_sdk_proto::tendermint::abci::{Event as AbciEvent, EventAttribute};
use cosmos_sdk_proto::Any;
use cosmwasm_std::{Api, Event};

/// Page length when the client names none, and the longest there is.
const PAGE: u64 = 100;
const MAX_PAGE: u64 = 1_000;

impl Node {
    /// Answers `path` about the state of the last block. `height` 0 means that block; no older state is kept.
    pub(crate) fn query(&self, path: &str, data: &[u8], height: u64) -> Result<Vec<u8>, TxError> {
        let latest = self.height();
        if height != 0 && height != latest {
            let log = format!(
                "failed to load state at height {height}; this chain keeps the latest only (latest height: {latest}): \
                 ask without a height: invalid request"
            );
            return Err(TxError::sdk(sdk::INVALID_REQUEST, log));
        }
        let answer = match path {
            "/cosmos.auth.v1beta1.Query/Account" => self.account(data)?,
            "/cosmos.tx.v1beta1.Service/Simulate" => self.simulation(data)?,
            "/cosmos.feegrant.v1beta1.Query/Allowance" => self.allowance(data)?,
            _ => if let Some(method) = path.strip_prefix("/cosmos.bank.v1beta1.Query/") {
                self.bank_query(method, data)?
            } else if let Some(method) = path.strip_prefix("/cosmwasm.wasm.v1.Query/") {
                self.wasm_query(method, data)?
            } else {
                None
            }
            .ok_or_else(|| {
                TxError::sdk(
                    sdk::UNKNOWN_REQUEST,
                    format!("unknown query path {path}: unknown request"),
                )
            })?,
        };
        Ok(answer)
    }

    fn account(&self, data: &[u8]) -> Result<Vec<u8>, TxError> {
        let QueryAccountRequest { address } = request(data)?;
        self.app
            .api()
            .addr_validate(&address)
            .map_err(|error| invalid_argument(&error.to_string()))?;
        let account = accounts::load(self.app.storage(), &address)
            .ok_or_else(|| not_found(&format!("account {address} not found")))?;
        let base = BaseAccount {
            address,
            pub_key: account.pub_key.map(|key| any(&PubKey { key })),
            account_number: account.number,
            sequence: account.sequence,
        };
        Ok(QueryAccountResponse {
            account: Some(any(&base)),
        }
        .encode_to_vec())
    }

    fn allowance(&self, data: &[u8]) -> Result<Vec<u8>, TxError> {
        let QueryAllowanceRequest { granter, grantee } = request(data)?;
        for address in [&granter, &grantee] {
            let valid = self.app.api().addr_validate(address);
            valid.map_err(|error| invalid_argument(&error.to_string()))?;
        }
        let allowance = grants::load(self.app.storage(), &granter, &grantee).map_err(|error| {
            let log = format!("rpc error: code = Internal desc = {error}: unknown request");
            TxError::sdk(sdk::UNKNOWN_REQUEST, log)
        })?;
        let grant = Grant {
            granter,
            grantee,
            allowance: Some(allowance.write()),
        };
        Ok(QueryAllowanceResponse { allowance: Some(grant) }.encode_to_vec())
    }

    fn simulation(&self, data: &[u8]) -> Result<Vec<u8>, TxError> {
        let request: SimulateRequest = request(data)?;
        #[allow(deprecated)]
        let bytes = match request.tx {
            Some(tx) if request.tx_bytes.is_empty() => tx.encode_to_vec(),
            _ => request.tx_bytes,
        };
        let outcome = self.simulate(&bytes);
        if outcome.code != 0 {
            let used = format!(
                "With gas wanted: '{}' and gas used: '{}'",
                outcome.gas_wanted, outcome.gas_used
            );
            return Err(unknown(&format!("{} {used}", outcome.log)));
        }
        #[allow(deprecated)]
        let result = AbciResult {
            data: outcome.data,
            log: outcome.log,
            events: outcome.events.iter().map(abci_event).collect(),
            msg_responses: outcome.responses,
        };
        let gas_info = GasInfo {
            gas_wanted: outcome.gas_wanted,
            gas_used: outcome.gas_used,
        };
        Ok(SimulateResponse {
            gas_info: Some(gas_info),
            result: Some(result),
        }
        .encode_to_vec())
    }
}

fn abci_event(event: &Event) -> AbciEvent {
    let attribute = |a: &cosmwasm_std::Attribute| EventAttribute {
        key: a.key.clone(),
        value: a.value.clone(),
        index: true,
    };
    AbciEvent {
        r#type: event.ty.clone(),
        attributes: event.attributes.iter().map(attribute).collect(),
    }
}

fn any<T: Message + Name>(message: &T) -> Any {
    Any {
        type_url: T::type_url(),
        value: message.encode_to_vec(),
    }
}

/// Decodes a query's request.
fn request<T: Message + Default>(data: &[u8]) -> Result<T, TxError> {
    T::decode(data).map_err(|error| invalid_argument(&error.to_string()))
}

/// gRPC status NotFound as the SDK's ABCI bridge passes it on; CosmJS looks for this text.
fn not_found(what: &str) -> TxError {
    let log = format!("rpc error: code = NotFound desc = {what}: key not found");
    TxError::sdk(sdk::KEY_NOT_FOUND, log)
}

fn invalid_argument(what: &str) -> TxError {
    let log = format!("rpc error: code = InvalidArgument desc = {what}: invalid request");
    TxError::sdk(sdk::INVALID_REQUEST, log)
}

/// gRPC status Unknown, which every error of a module becomes.
fn unknown(what: &str) -> TxError {
    let log = format!("rpc error: code = Unknown desc = {what}: unknown request");
    TxError::sdk(sdk::UNKNOWN_REQUEST, log)
}

/// One page of `items`, which come in the order of their keys. The next key is the first one left out.
fn page<T>(items: Vec<(Vec<u8>, T)>, request: Option<PageRequest>) -> (Vec<T>, PageResponse) {
    let request = request.unwrap_or_default();
    let limit = match request.limit {
        0 => PAGE,
        limit => limit.min(MAX_PAGE),
    };
    let total = items.len() as u64;
    let skip = if request.key.is_empty() { request.offset } else { 0 };
    let mut rest = items
        .into_iter()
        .skip_while(|(key, _)| *key < request.key)
        .skip(usize::try_from(skip).unwrap_or(usize::MAX));
    let taken = rest.by_ref().take(usize::try_from(limit).unwrap_or(usize::MAX));
    let taken: Vec<T> = taken.map(|(_, item)| item).collect();
    let response = PageResponse {
        next_key: rest.next().map(|(key, _)| key).unwrap_or_default(),
        total: if request.count_total { total } else { 0 },
    };
    (taken, response)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items() -> Vec<(Vec<u8>, u8)> {
        (1..=5).map(|n| (vec![n], n)).collect()
    }

    #[test]
    fn pages_follow_each_other_without_gap_or_repeat() {
        let mut key = Vec::new();
        let mut seen = Vec::new();
        loop {
            let request = PageRequest {
                key,
                limit: 2,
                ..PageRequest::default()
            };
            let (part, response) = page(items(), Some(request));
            seen.extend(part);
            key = response.next_key;
            if key.is_empty() {
                break;
            }
        }
        assert_eq!(seen, [1, 2, 3, 4, 5]);
    }

    #[test]
    fn offset_and_total() {
        let request = PageRequest {
            offset: 3,
            count_total: true,
            ..PageRequest::default()
        };
        let (part, response) = page(items(), Some(request));
        assert_eq!(part, [4, 5]);
        assert_eq!((response.total, response.next_key), (5, Vec::new()));
    }
}
