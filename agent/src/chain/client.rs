//! Queries of the chain's latest state, through the best node of the list.
use cosmrs::proto::cosmos::bank::v1beta1::{QueryBalanceRequest, QueryBalanceResponse};
use cosmrs::proto::cosmos::base::query::v1beta1::PageRequest;
use cosmrs::proto::cosmos::tx::v1beta1::{SimulateRequest, SimulateResponse};
use cosmrs::proto::cosmwasm::wasm::v1 as wasm;
use cosmrs::proto::prost::Message;
use cosmrs::rpc::query::Query;
use serde::{de::DeserializeOwned, Serialize};

use super::contracts::events::CONTRACT;
use super::endpoints::{Endpoints, Limits};
use super::node::CheckTx;
use super::rpc::RpcError;
use super::types::{Account, BlockResults, Event, Status, TxHash, TxInfo};
use crate::error::{Error, Result};

/// What the chain says of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractInfo {
    /// Code it runs.
    pub code_id: u64,
    /// Who instantiated it.
    pub creator: String,
    /// Who may migrate it; empty for nobody.
    pub admin: String,
    /// Label.
    pub label: String,
}

/// Read access to one chain. Clones share the nodes and what is known about them.
#[derive(Clone)]
pub struct Client {
    endpoints: Endpoints,
}

impl Client {
    /// Over nodes that are already listed.
    pub fn new(endpoints: Endpoints) -> Self {
        Self { endpoints }
    }

    /// Lists nodes and makes sure that one of them answers for `chain_id`.
    pub async fn connect<S: AsRef<str>>(chain_id: &str, urls: &[S], limits: Limits) -> Result<Self> {
        let client = Self::new(Endpoints::new(chain_id, urls, limits)?);
        client.status().await?;
        Ok(client)
    }

    /// The nodes.
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// Chain id.
    pub fn chain_id(&self) -> &str {
        self.endpoints.chain_id()
    }

    /// Height, time and version of the best node.
    pub async fn status(&self) -> Result<Status, RpcError> {
        self.endpoints.with(|node| async move { node.status().await }).await
    }

    /// Latest height.
    pub async fn height(&self) -> Result<u64, RpcError> {
        Ok(self.status().await?.height)
    }

    /// Smart query of a contract.
    pub async fn smart<T: DeserializeOwned>(&self, contract: &str, query: &impl Serialize) -> Result<T> {
        let query_data = serde_json::to_vec(query)
            .map_err(|e| Error::internal("chain.bad_query", e, "report this: a query of ours cannot be written"))?;
        serde_json::from_slice(&self.smart_raw(contract, query_data).await?).map_err(|e| {
            Error::refused(
                "chain.unexpected_answer",
                format!("contract {contract} answers in another shape: {e}"),
                "check that the deployment file and this version of joule belong together",
            )
        })
    }

    /// Smart query of a contract, question and answer as JSON text.
    pub async fn smart_raw(&self, contract: &str, query_data: Vec<u8>) -> Result<Vec<u8>> {
        let request = wasm::QuerySmartContractStateRequest {
            address: contract.to_string(),
            query_data,
        };
        let answer: wasm::QuerySmartContractStateResponse =
            self.ask("/cosmwasm.wasm.v1.Query/SmartContractState", &request).await?;
        Ok(answer.data)
    }

    /// Id and checksum of every code on the chain.
    pub async fn codes(&self) -> Result<Vec<(u64, Vec<u8>)>> {
        let mut codes = Vec::new();
        let mut key = Vec::new();
        loop {
            let page = PageRequest {
                key,
                limit: 100,
                ..PageRequest::default()
            };
            let request = wasm::QueryCodesRequest { pagination: Some(page) };
            let answer: wasm::QueryCodesResponse = self.ask("/cosmwasm.wasm.v1.Query/Codes", &request).await?;
            codes.extend(answer.code_infos.into_iter().map(|code| (code.code_id, code.data_hash)));
            key = answer.pagination.map(|page| page.next_key).unwrap_or_default();
            if key.is_empty() {
                return Ok(codes);
            }
        }
    }

    /// Raw storage of a contract; `None` when the key is empty.
    pub async fn raw(&self, contract: &str, key: &[u8]) -> Result<Option<Vec<u8>>, RpcError> {
        let request = wasm::QueryRawContractStateRequest {
            address: contract.to_string(),
            query_data: key.to_vec(),
        };
        let answer: wasm::QueryRawContractStateResponse =
            self.ask("/cosmwasm.wasm.v1.Query/RawContractState", &request).await?;
        Ok(Some(answer.data).filter(|data| !data.is_empty()))
    }

    /// Time of the latest block in seconds: the only clock that deadlines of contracts know.
    pub async fn now(&self) -> Result<u64> {
        let nanos = self.status().await?.block_time_nanos;
        u64::try_from(nanos / 1_000_000_000).map_err(|_| {
            Error::unreachable(
                "chain.bad_time",
                format!("block time {nanos} ns"),
                "check the node's genesis time",
            )
        })
    }

    /// Account of an address; `None` before it was first funded.
    pub async fn account(&self, address: &str) -> Result<Option<Account>, RpcError> {
        let (account, _) = self
            .endpoints
            .with(|node| async move { node.account(address).await })
            .await?;
        Ok(account)
    }

    /// Balance in the bank; zero for unknown addresses and denoms.
    pub async fn balance(&self, address: &str, denom: &str) -> Result<u128, RpcError> {
        let request = QueryBalanceRequest {
            address: address.to_string(),
            denom: denom.to_string(),
        };
        let answer: QueryBalanceResponse = self.ask("/cosmos.bank.v1beta1.Query/Balance", &request).await?;
        let Some(coin) = answer.balance else { return Ok(0) };
        coin.amount.parse().map_err(|_| RpcError::Unreadable {
            url: self.chain_id().to_string(),
            why: format!("balance `{}`", coin.amount),
        })
    }

    /// Code, creator, admin and label; `None` when there is no such contract.
    pub async fn contract_info(&self, contract: &str) -> Result<Option<ContractInfo>, RpcError> {
        let request = wasm::QueryContractInfoRequest {
            address: contract.to_string(),
        };
        let answer: Result<wasm::QueryContractInfoResponse, _> =
            self.ask("/cosmwasm.wasm.v1.Query/ContractInfo", &request).await;
        match answer {
            Ok(r) => Ok(r.contract_info.map(|info| ContractInfo {
                code_id: info.code_id,
                creator: info.creator,
                admin: info.admin,
                label: info.label,
            })),
            Err(e) if e.is_not_found() => Ok(None),
            // wasmd's own error, which the query interface passes on as `sdk` 6, unknown request.
            Err(RpcError::Application { log, .. }) if log.contains("no such contract") => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// A transaction by hash; `None` while no node has it.
    pub async fn tx(&self, hash: TxHash) -> Result<Option<TxInfo>, RpcError> {
        self.endpoints.with(|node| async move { node.tx(hash).await }).await
    }

    /// Results of the block at `height`, from any node that still has them.
    pub async fn block_results(&self, height: u64) -> Result<BlockResults, RpcError> {
        self.endpoints
            .with_any(|node| async move { node.block_results(height).await })
            .await
    }

    /// Hashes of a block's transactions, in order.
    pub async fn block_txs(&self, height: u64) -> Result<Vec<TxHash>, RpcError> {
        self.endpoints
            .with(|node| async move { node.block_txs(height).await })
            .await
    }

    /// Events of the newest transaction in which `contract` said the event `name` with this attribute; none without one. Nodes that
    /// keep no index of transactions cannot answer.
    pub async fn newest(
        &self,
        contract: &str,
        name: &str,
        key: &str,
        value: impl ToString,
    ) -> Result<Vec<Event>, RpcError> {
        let said = |key: &str| format!("wasm-{name}.{key}");
        let wanted = Query::eq(said(CONTRACT), contract).and_eq(said(key), value.to_string());
        self.endpoints
            .with_any(|node| {
                let wanted = wanted.clone();
                async move { node.newest(wanted).await }
            })
            .await
    }

    /// Hands signed bytes to the mempool of one node, and says what it made of them.
    pub async fn broadcast(&self, tx: &[u8]) -> Result<CheckTx, RpcError> {
        self.endpoints
            .with(|node| async move { node.broadcast(tx).await })
            .await
    }

    /// Gas that a transaction would use now. `tx` carries an empty signature.
    pub async fn simulate(&self, tx: Vec<u8>) -> Result<u64, RpcError> {
        #[allow(deprecated)] // `tx` is the older way to pass the transaction; it has to be named to be left out.
        let request = SimulateRequest { tx: None, tx_bytes: tx };
        let answer: SimulateResponse = self.ask("/cosmos.tx.v1beta1.Service/Simulate", &request).await?;
        Ok(answer.gas_info.map(|g| g.gas_used).unwrap_or_default())
    }

    pub(super) async fn ask<Req: Message, Resp: Message + Default>(
        &self,
        path: &'static str,
        request: &Req,
    ) -> Result<Resp, RpcError> {
        let (answer, _) = self
            .endpoints
            .with(|node| async move { node.ask(path, request).await })
            .await?;
        Ok(answer)
    }
}
