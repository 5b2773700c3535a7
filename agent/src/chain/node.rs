//! One node: the calls the agent makes, with plain values in and out. No retries here.
use std::time::Duration;

use cosmrs::proto::cosmos::auth::v1beta1::{BaseAccount, QueryAccountRequest, QueryAccountResponse};
use cosmrs::proto::prost::{Message, Name};
use cosmrs::rpc::query::Query;
use cosmrs::rpc::{Client as _, HttpClient, Order};
use cosmrs::tendermint::abci;
use cosmrs::tendermint::{block::Height, Hash};

use super::dialect::Dialect;
use super::rpc::RpcError;
use super::types::{Account, BlockResults, Event, Status, TxHash, TxInfo, TxResult};
use crate::error::{Error, Result};

/// What `broadcast` learnt: the verdict of the node's mempool, not of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckTx {
    /// Zero: accepted into the mempool.
    pub code: u32,
    /// Who gave the code its meaning.
    pub codespace: String,
    /// Text.
    pub log: String,
}

/// A node behind one RPC address. Clones share the connection pool.
#[derive(Clone, Debug)]
pub struct Node {
    url: String,
    http: HttpClient,
}

impl Node {
    /// Makes no call yet. `timeout` bounds each call from connecting to the end of the answer.
    pub fn new(url: &str, dialect: Dialect, timeout: Duration) -> Result<Self> {
        let bad = |why: &dyn std::fmt::Display| {
            Error::config(
                "config.bad_rpc_url",
                format!("`{url}`: {why}"),
                "write it like http://127.0.0.1:26657",
            )
        };
        let parsed: cosmrs::rpc::HttpClientUrl = url.parse().map_err(|e: cosmrs::rpc::Error| bad(e.detail()))?;
        let mut client = reqwest_rpc::Client::builder().timeout(timeout);
        if is_loopback(url) {
            // A proxy from the environment cannot reach our loopback.
            client = client.no_proxy();
        }
        let client = client.build().map_err(|e| bad(&e))?;
        let http = HttpClient::builder(parsed)
            .compat_mode(dialect.compat())
            .client(client)
            .build()
            .map_err(|e| bad(e.detail()))?;
        Ok(Self {
            url: url.to_string(),
            http,
        })
    }

    /// Its RPC address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The websocket address that belongs to the RPC address.
    pub fn websocket_url(&self) -> String {
        let rest = self.url.trim_end_matches('/');
        let rest = rest.strip_prefix("http").unwrap_or(rest);
        format!("ws{rest}/websocket")
    }

    fn err(&self, e: cosmrs::rpc::Error) -> RpcError {
        RpcError::from_client(&self.url, e)
    }

    /// Chain id, height, time, version.
    pub async fn status(&self) -> Result<Status, RpcError> {
        let s = self.http.status().await.map_err(|e| self.err(e))?;
        Ok(Status {
            chain_id: s.node_info.network.to_string(),
            height: s.sync_info.latest_block_height.value(),
            block_time_nanos: s.sync_info.latest_block_time.unix_timestamp_nanos(),
            version: s.node_info.version.to_string(),
            catching_up: s.sync_info.catching_up,
        })
    }

    /// ABCI query of the latest state: the value and the height it is of, or the application's refusal.
    pub async fn abci(&self, path: &str, data: Vec<u8>) -> Result<(Vec<u8>, u64), RpcError> {
        let answer = self
            .http
            .abci_query(Some(path.to_string()), data, None, false)
            .await
            .map_err(|e| self.err(e))?;
        if answer.code.is_err() {
            return Err(RpcError::refused(
                &self.url,
                answer.codespace,
                answer.code.value(),
                answer.log,
            ));
        }
        Ok((answer.value, answer.height.value()))
    }

    /// A protobuf query of the latest state, and the height it is of.
    pub async fn ask<Req: Message, Resp: Message + Default>(
        &self,
        path: &str,
        request: &Req,
    ) -> Result<(Resp, u64), RpcError> {
        let (value, height) = self.abci(path, request.encode_to_vec()).await?;
        let answer = Resp::decode(value.as_slice()).map_err(|e| self.unreadable(format!("{path}: {e}")))?;
        Ok((answer, height))
    }

    /// Account of an address, `None` before it was first funded; and the height at which that holds (zero when the node
    /// does not say).
    pub async fn account(&self, address: &str) -> Result<(Option<Account>, u64), RpcError> {
        let request = QueryAccountRequest {
            address: address.to_string(),
        };
        let (answer, height): (QueryAccountResponse, u64) =
            match self.ask("/cosmos.auth.v1beta1.Query/Account", &request).await {
                Ok(answer) => answer,
                Err(e) if e.is_not_found() => return Ok((None, 0)),
                Err(e) => return Err(e),
            };
        let any = answer.account.unwrap_or_default();
        if any.type_url != BaseAccount::type_url() {
            return Err(self.unreadable(format!("account of type `{}`", any.type_url)));
        }
        let base = BaseAccount::decode(any.value.as_slice()).map_err(|e| self.unreadable(e.to_string()))?;
        Ok((
            Some(Account {
                number: base.account_number,
                sequence: base.sequence,
            }),
            height,
        ))
    }

    /// Hands signed bytes to the mempool.
    pub async fn broadcast(&self, tx: &[u8]) -> Result<CheckTx, RpcError> {
        let r = self
            .http
            .broadcast_tx_sync(tx.to_vec())
            .await
            .map_err(|e| self.err(e))?;
        Ok(CheckTx {
            code: r.code.value(),
            codespace: r.codespace,
            log: r.log,
        })
    }

    /// A transaction by its hash; `None` when this node's index does not have it.
    pub async fn tx(&self, hash: TxHash) -> Result<Option<TxInfo>, RpcError> {
        match self.http.tx(Hash::Sha256(hash.0), false).await {
            Ok(r) if r.hash != Hash::Sha256(hash.0) => {
                Err(self.unreadable(format!("transaction {} for {hash}", r.hash)))
            }
            Ok(r) => {
                let result = tx_result(r.tx_result);
                Ok(Some(result.into_info(hash, r.height.value())))
            }
            Err(e) => match self.err(e) {
                e if e.is_not_found() => Ok(None),
                e => Err(e),
            },
        }
    }

    /// Events of the newest transaction that this node's index finds; none without one.
    pub async fn newest(&self, wanted: Query) -> Result<Vec<Event>, RpcError> {
        let found = self.http.tx_search(wanted, false, 1, 1, Order::Descending).await;
        let newest = found.map_err(|e| self.err(e))?.txs.into_iter().next();
        Ok(newest.map(|tx| tx_result(tx.tx_result).events).unwrap_or_default())
    }

    /// Hashes of a block's transactions, in order.
    pub async fn block_txs(&self, height: u64) -> Result<Vec<TxHash>, RpcError> {
        let r = self.http.block(self.height(height)?).await.map_err(|e| self.err(e))?;
        self.same("block", r.block.header.height.value(), height)?;
        Ok(r.block.data.iter().map(|tx| TxHash::of(tx)).collect())
    }

    /// Results of a block.
    pub async fn block_results(&self, height: u64) -> Result<BlockResults, RpcError> {
        let r = self
            .http
            .block_results(self.height(height)?)
            .await
            .map_err(|e| self.err(e))?;
        self.same("results of block", r.height.value(), height)?;
        Ok(BlockResults {
            height: r.height.value(),
            txs: r.txs_results.unwrap_or_default().into_iter().map(tx_result).collect(),
            events: r.finalize_block_events.into_iter().map(event).collect(),
        })
    }

    /// An answer to another question is none.
    fn same(&self, what: &str, got: u64, asked: u64) -> Result<(), RpcError> {
        if got == asked {
            return Ok(());
        }
        Err(self.unreadable(format!("{what} {got} for {asked}")))
    }

    fn height(&self, height: u64) -> Result<Height, RpcError> {
        Height::try_from(height).map_err(|e| self.unreadable(e.to_string()))
    }

    pub(super) fn unreadable(&self, why: String) -> RpcError {
        RpcError::Unreadable {
            url: self.url.clone(),
            why,
        }
    }
}

impl TxResult {
    /// With what a block result does not say of a transaction.
    pub fn into_info(self, hash: TxHash, height: u64) -> TxInfo {
        TxInfo {
            hash,
            height,
            code: self.code,
            codespace: self.codespace,
            log: self.log,
            gas_used: self.gas_used,
            gas_wanted: self.gas_wanted,
            events: self.events,
        }
    }
}

fn tx_result(r: abci::types::ExecTxResult) -> TxResult {
    TxResult {
        code: r.code.value(),
        codespace: r.codespace,
        log: r.log,
        gas_used: u64::try_from(r.gas_used).unwrap_or(0),
        gas_wanted: u64::try_from(r.gas_wanted).unwrap_or(0),
        events: r.events.into_iter().map(event).collect(),
    }
}

fn event(e: abci::Event) -> Event {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Event {
        kind: e.kind,
        attributes: e
            .attributes
            .iter()
            .map(|a| (text(a.key_bytes()), text(a.value_bytes())))
            .collect(),
    }
}

fn is_loopback(url: &str) -> bool {
    let host = url.split("://").nth(1).unwrap_or_default();
    host.starts_with("127.") || host.starts_with("localhost") || host.starts_with("[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked_and_become_websocket_addresses() {
        let node = |url| Node::new(url, Dialect::default(), Duration::from_secs(1));
        assert_eq!(
            node("http://127.0.0.1:26657").unwrap().websocket_url(),
            "ws://127.0.0.1:26657/websocket"
        );
        assert_eq!(
            node("https://rpc.example.org/").unwrap().websocket_url(),
            "wss://rpc.example.org/websocket"
        );
        for bad in ["", "ftp://x", "127.0.0.1", "ws://127.0.0.1:1"] {
            assert_eq!(node(bad).unwrap_err().code(), "config.bad_rpc_url", "{bad}");
        }
    }
}
