//! Everything that both chains keep of the market: raw state, contracts, accounts, balances, answers.

use std::collections::BTreeMap;

use cosmrs::proto::cosmos::bank::v1beta1::{QueryAllBalancesRequest, QueryAllBalancesResponse};
use cosmrs::proto::cosmos::base::query::v1beta1::PageRequest;
use cosmrs::proto::cosmwasm::wasm::v1 as wasm;
use joule_types::Peer;
use serde_json::json;

use crate::market::Market;
use crate::side::{Side, Verdict};

type State = BTreeMap<Vec<u8>, Vec<u8>>;

impl Market {
    /// Compares it all, as of the last block that both made: the node has made more since, and some answers depend on the time.
    pub fn compare_state(&mut self) {
        self.pair.node.at.set(self.pair.height);
        self.compare_all();
        self.pair.node.at.set(0);
    }

    fn compare_all(&mut self) {
        for peer in Peer::ALL {
            let address = self.peers.get(peer).clone();
            let (node, dev) = (state(&self.pair.node, &address), state(&self.pair.dev, &address));
            println!("state of {peer}: {} records", node.len());
            for key in node.keys().chain(dev.keys().filter(|key| !node.contains_key(*key))) {
                if node.get(key) != dev.get(key) {
                    let shown = |state: &State| state.get(key).map(|value| text(value));
                    let (a, b) = (shown(&node), shown(&dev));
                    self.pair.differs(format!(
                        "state of {peer} at {}\n  node     {a:?}\n  embedded {b:?}",
                        text(key)
                    ));
                }
            }
            let (node, dev) = (info(&self.pair.node, &address), info(&self.pair.dev, &address));
            if node != dev {
                self.pair
                    .differs(format!("contract {peer}\n  node     {node:?}\n  embedded {dev:?}"));
            }
        }
        for (name, address) in self.everybody() {
            let (node, dev) = (balances(&self.pair.node, &address), balances(&self.pair.dev, &address));
            if node != dev {
                self.pair
                    .differs(format!("balances of {name}\n  node     {node:?}\n  embedded {dev:?}"));
            }
            let (node, dev) = (self.pair.node.account(&address).1, self.pair.dev.account(&address).1);
            if node != dev {
                self.pair.differs(format!("sequence of {name}: {node} and {dev}"));
            }
        }
        self.compare_answers();
    }

    /// Smart queries, some of which fail.
    fn compare_answers(&mut self) {
        let buyer = self.cast.buyers[0].address();
        let joule = json!({"cw20": self.peers.token});
        let usdc = json!({"native": "uusdc"});
        let list = json!({"limit": 30});
        let questions = [
            (Peer::Token, json!({"token_info": {}})),
            (Peer::Token, json!({"all_accounts": {"limit": 30}})),
            (Peer::Staking, json!({"pools": list})),
            (Peer::Staking, json!({"validators": {}})),
            (Peer::Staking, json!({"list_validators": list})),
            (Peer::Staking, json!({"conservation": {}})),
            (Peer::Staking, json!({"pool": {"owner": "nobody"}})),
            (Peer::Escrow, json!({"conservation": {"denom": usdc}})),
            (Peer::Escrow, json!({"conservation": {"denom": joule}})),
            (Peer::Escrow, json!({"holds": list})),
            (Peer::Escrow, json!({"balances": {"owner": buyer}})),
            (Peer::Escrow, json!({"hold": {"hold": "999999"}})),
            (Peer::Registry, json!({"providers": list})),
            (Peer::Registry, json!({"nodes": list})),
            (Peer::Registry, json!({"beacon": {}})),
            (Peer::Registry, json!({"wanted_rounds": list})),
            (Peer::Registry, json!({"no_such_query": {}})),
            (Peer::Registry, json!([1, 2])),
            (Peer::Marketplace, json!({"offers": list})),
            (Peer::Marketplace, json!({"jobs": {"filter": {"all": {}}, "limit": 30}})),
            (
                Peer::Marketplace,
                json!({"rank": {"requirements": self.requirements(), "hints": []}}),
            ),
            (
                Peer::Marketplace,
                json!({"explain_match": {"requirements": self.requirements()}}),
            ),
            (Peer::Marketplace, json!({"stats": {"denom": usdc}})),
            (Peer::Marketplace, json!({"capacity_share": {}})),
            (Peer::Marketplace, json!({"job": {"job": "999999"}})),
            (Peer::Dao, json!({"proposals": list})),
            (Peer::Dao, json!({"params": {}})),
        ];
        for (peer, question) in questions {
            let answer = |side: &Side| smart(side, self.peers.get(peer), question.to_string());
            let (node, dev) = (answer(&self.pair.node), answer(&self.pair.dev));
            if node != dev {
                self.pair.differs(format!(
                    "query {peer} {question}\n  node     {node:?}\n  embedded {dev:?}"
                ));
            }
        }
    }
}

/// A smart query: text, or the refusal.
pub fn smart(side: &Side, contract: &str, question: String) -> Result<String, Verdict> {
    let query = wasm::QuerySmartContractStateRequest {
        address: contract.into(),
        query_data: question.into_bytes(),
    };
    let answer: wasm::QuerySmartContractStateResponse =
        side.ask("/cosmwasm.wasm.v1.Query/SmartContractState", &query)?;
    Ok(String::from_utf8_lossy(&answer.data).into_owned())
}

/// Every record of a contract.
fn state(side: &Side, address: &str) -> State {
    let mut all = State::new();
    let mut key = vec![];
    loop {
        let query = wasm::QueryAllContractStateRequest {
            address: address.into(),
            pagination: Some(PageRequest {
                key,
                limit: 300,
                ..PageRequest::default()
            }),
        };
        let page: wasm::QueryAllContractStateResponse = side
            .ask("/cosmwasm.wasm.v1.Query/AllContractState", &query)
            .expect("the state of a contract");
        all.extend(page.models.into_iter().map(|model| (model.key, model.value)));
        key = page.pagination.map(|page| page.next_key).unwrap_or_default();
        if key.is_empty() {
            return all;
        }
    }
}

fn info(side: &Side, address: &str) -> Result<wasm::QueryContractInfoResponse, Verdict> {
    let query = wasm::QueryContractInfoRequest {
        address: address.into(),
    };
    side.ask("/cosmwasm.wasm.v1.Query/ContractInfo", &query)
}

fn balances(side: &Side, address: &str) -> Result<Vec<(String, String)>, Verdict> {
    #[allow(clippy::needless_update)] // newer versions of the message have a field more
    let query = QueryAllBalancesRequest {
        address: address.into(),
        ..Default::default()
    };
    let all: QueryAllBalancesResponse = side.ask("/cosmos.bank.v1beta1.Query/AllBalances", &query)?;
    Ok(all.balances.into_iter().map(|coin| (coin.denom, coin.amount)).collect())
}

/// Printable bytes as they are, others in hex.
fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(char::is_control) => text.into(),
        _ => bytes
            .iter()
            .map(|b| {
                if b.is_ascii_graphic() {
                    char::from(*b).to_string()
                } else {
                    format!("\\{b:02x}")
                }
            })
            .collect(),
    }
}
