//! A chain, its actors, and a client made of cosmrs and tendermint-rpc alone.

use crate::contract::{self, Exec, Init, Query};
use cosmos_sdk_proto::cosmos::auth::v1beta1::{BaseAccount, QueryAccountRequest, QueryAccountResponse};
use cosmos_sdk_proto::cosmos::bank::v1beta1::{MsgSend, QueryBalanceRequest, QueryBalanceResponse};
use cosmos_sdk_proto::cosmos::base::v1beta1::Coin as ProtoCoin;
use cosmos_sdk_proto::cosmos::tx::v1beta1::{SimulateRequest, SimulateResponse, TxRaw};
use cosmos_sdk_proto::cosmwasm::wasm::v1::{
    MsgExecuteContract, MsgInstantiateContract, QuerySmartContractStateRequest, QuerySmartContractStateResponse,
};
use cosmos_sdk_proto::prost::{Message, Name};
use cosmrs::crypto::secp256k1::SigningKey;
use cosmrs::tx::{Body, Fee, SignDoc, SignerInfo};
use cosmrs::{Any, Coin};
use cosmwasm_std::coins;
use joule_devchain::{Code, DevChain, Genesis, Handle, Options};
use serde_json::Value;
use std::time::Duration;
use tendermint_rpc::client::CompatMode;
use tendermint_rpc::endpoint::abci_query::AbciQuery;
use tendermint_rpc::endpoint::broadcast::tx_sync;
use tendermint_rpc::endpoint::tx::Response as TxResponse;
use tendermint_rpc::{Client, HttpClient};

pub const GAS: u64 = 1_000_000;
pub const MONEY: u128 = 1_000_000_000;

/// Someone with a key.
pub struct Actor {
    pub key: SigningKey,
    pub address: String,
}

impl Actor {
    pub fn new(seed: u8) -> Self {
        let key = SigningKey::from_slice(&[seed; 32]).unwrap();
        let address = key.public_key().account_id("wasm").unwrap().to_string();
        Self { key, address }
    }
}

/// A chain with three funded actors and the test contract in two versions.
pub struct World {
    pub chain: Handle,
    pub client: HttpClient,
    pub alice: Actor,
    pub bob: Actor,
    /// Has no account.
    pub nobody: Actor,
}

/// What may differ from an ordinary transaction.
#[derive(Clone)]
pub struct How {
    pub gas: u64,
    pub fee: Option<u128>,
    pub sequence: Option<u64>,
    pub timeout: u32,
    pub memo: String,
    pub chain_id: String,
    /// Who pays the fee by a grant.
    pub granter: Option<String>,
}

impl Default for How {
    fn default() -> Self {
        Self {
            gas: GAS,
            fee: None,
            sequence: None,
            timeout: 0,
            memo: String::new(),
            chain_id: joule_devchain::CHAIN_ID.into(),
            granter: None,
        }
    }
}

pub fn genesis() -> Genesis {
    let money = |actor: &Actor| {
        let mut all = coins(MONEY, "uwatt");
        all.extend(coins(MONEY, "uusdc"));
        (actor.address.clone(), all)
    };
    let code = |version: &str| Code {
        name: "counter".into(),
        version: version.into(),
        contract: contract::contract,
    };
    Genesis {
        balances: vec![money(&Actor::new(1)), money(&Actor::new(2))],
        codes: vec![code("1.0.0"), code("2.0.0")],
        ..Genesis::default()
    }
}

/// Blocks come when a test asks for them, unless it names another pace.
pub fn slow() -> Options {
    Options {
        block_time: Duration::from_secs(3_600),
        ..Options::default()
    }
}

impl World {
    pub fn start(options: Options) -> Self {
        let chain = DevChain::start(genesis(), options).unwrap();
        let url = chain.rpc_url().parse::<tendermint_rpc::HttpClientUrl>().unwrap();
        let client = HttpClient::builder(url).compat_mode(CompatMode::V0_38).build().unwrap();
        Self {
            chain,
            client,
            alice: Actor::new(1),
            bob: Actor::new(2),
            nobody: Actor::new(9),
        }
    }

    pub fn block(&self) {
        self.chain.advance(Duration::ZERO).unwrap();
    }

    pub async fn abci(&self, path: &str, request: &impl Message) -> AbciQuery {
        let data = request.encode_to_vec();
        self.client
            .abci_query(Some(path.into()), data, None, false)
            .await
            .unwrap()
    }

    pub async fn account(&self, address: &str) -> Option<BaseAccount> {
        let request = QueryAccountRequest {
            address: address.into(),
        };
        let answer = self.abci("/cosmos.auth.v1beta1.Query/Account", &request).await;
        if answer.code.is_err() {
            assert_eq!((answer.codespace.as_str(), answer.code.value()), ("sdk", 22));
            assert!(answer.log.contains("rpc error: code = NotFound"), "{}", answer.log);
            return None;
        }
        let any = QueryAccountResponse::decode(answer.value.as_slice())
            .unwrap()
            .account
            .unwrap();
        assert_eq!(any.type_url, BaseAccount::type_url());
        Some(BaseAccount::decode(any.value.as_slice()).unwrap())
    }

    pub async fn balance(&self, address: &str, denom: &str) -> u128 {
        let request = QueryBalanceRequest {
            address: address.into(),
            denom: denom.into(),
        };
        let answer = self.abci("/cosmos.bank.v1beta1.Query/Balance", &request).await;
        assert!(answer.code.is_ok(), "{}", answer.log);
        let balance = QueryBalanceResponse::decode(answer.value.as_slice()).unwrap().balance;
        balance.unwrap().amount.parse().unwrap()
    }

    pub async fn smart(&self, contract: &str, query: &Query) -> Result<Value, AbciQuery> {
        let request = QuerySmartContractStateRequest {
            address: contract.into(),
            query_data: serde_json::to_vec(query).unwrap(),
        };
        let answer = self.abci("/cosmwasm.wasm.v1.Query/SmartContractState", &request).await;
        if answer.code.is_err() {
            return Err(answer);
        }
        let data = QuerySmartContractStateResponse::decode(answer.value.as_slice())
            .unwrap()
            .data;
        Ok(serde_json::from_slice(&data).unwrap())
    }

    pub async fn count(&self, contract: &str) -> u64 {
        self.smart(contract, &Query::Count {}).await.unwrap().as_u64().unwrap()
    }

    /// Signs with the account's number and, unless `how` says otherwise, its sequence on chain.
    pub async fn sign(&self, actor: &Actor, msgs: Vec<Any>, how: &How) -> Vec<u8> {
        let account = self.account(&actor.address).await.unwrap_or_default();
        let sequence = how.sequence.unwrap_or(account.sequence);
        let fee = Coin {
            denom: "uwatt".parse().unwrap(),
            amount: how.fee.unwrap_or(u128::from(how.gas).div_ceil(1_000)),
        };
        let body = Body::new(msgs, how.memo.clone(), how.timeout);
        let info = SignerInfo::single_direct(Some(actor.key.public_key()), sequence);
        let mut fee = Fee::from_amount_and_gas(fee, how.gas);
        fee.granter = how.granter.as_ref().map(|granter| granter.parse().unwrap());
        let auth = info.auth_info(fee);
        let chain_id = how.chain_id.parse().unwrap();
        let doc = SignDoc::new(&body, &auth, &chain_id, account.account_number).unwrap();
        doc.sign(&actor.key).unwrap().to_bytes().unwrap()
    }

    pub async fn broadcast(&self, bytes: Vec<u8>) -> tx_sync::Response {
        self.client.broadcast_tx_sync(bytes).await.unwrap()
    }

    /// Signs, broadcasts, makes a block, finds the transaction.
    pub async fn send_as(&self, actor: &Actor, msgs: Vec<Any>, how: &How) -> TxResponse {
        let bytes = self.sign(actor, msgs, how).await;
        let checked = self.broadcast(bytes).await;
        assert!(
            checked.code.is_ok(),
            "refused: {} {}",
            checked.code.value(),
            checked.log
        );
        self.block();
        self.client.tx(checked.hash, false).await.unwrap()
    }

    pub async fn send(&self, actor: &Actor, msgs: Vec<Any>) -> TxResponse {
        self.send_as(actor, msgs, &How::default()).await
    }

    /// Signs and broadcasts what the check must refuse; returns codespace, code and text.
    pub async fn refused(&self, actor: &Actor, msgs: Vec<Any>, how: &How) -> (String, u32, String) {
        let bytes = self.sign(actor, msgs, how).await;
        let checked = self.broadcast(bytes).await;
        (checked.codespace.clone(), checked.code.value(), checked.log)
    }

    pub async fn simulate(&self, bytes: Vec<u8>) -> Result<SimulateResponse, AbciQuery> {
        // As clients do it: the signature is empty.
        let mut raw = TxRaw::decode(bytes.as_slice()).unwrap();
        raw.signatures = vec![Vec::new(); raw.signatures.len()];
        #[allow(deprecated)]
        let request = SimulateRequest {
            tx: None,
            tx_bytes: raw.encode_to_vec(),
        };
        let answer = self.abci("/cosmos.tx.v1beta1.Service/Simulate", &request).await;
        if answer.code.is_err() {
            return Err(answer);
        }
        Ok(SimulateResponse::decode(answer.value.as_slice()).unwrap())
    }

    /// Makes an instance of code 1 that alice administers, and returns its address.
    pub async fn counter(&self, start: u64) -> String {
        let tx = self.send(&self.alice, vec![instantiate(&self.alice, 1, start)]).await;
        assert!(tx.tx_result.code.is_ok(), "{}", tx.tx_result.log);
        attribute(&tx, "instantiate", "_contract_address").remove(0)
    }
}

pub fn any<T: Message + Name>(message: &T) -> Any {
    Any {
        type_url: T::type_url(),
        value: message.encode_to_vec(),
    }
}

pub fn proto(amount: &str, denom: &str) -> ProtoCoin {
    ProtoCoin {
        denom: denom.into(),
        amount: amount.into(),
    }
}

pub fn send_coins(from: &Actor, to: &str, amount: &str, denom: &str) -> Any {
    any(&MsgSend {
        from_address: from.address.clone(),
        to_address: to.into(),
        amount: vec![proto(amount, denom)],
    })
}

pub fn instantiate(from: &Actor, code_id: u64, start: u64) -> Any {
    any(&MsgInstantiateContract {
        sender: from.address.clone(),
        admin: from.address.clone(),
        code_id,
        label: "counter".into(),
        msg: serde_json::to_vec(&Init { start }).unwrap(),
        funds: vec![],
    })
}

pub fn execute(from: &Actor, contract: &str, msg: &Exec) -> Any {
    execute_with(from, contract, msg, vec![])
}

pub fn execute_with(from: &Actor, contract: &str, msg: &Exec, funds: Vec<ProtoCoin>) -> Any {
    any(&MsgExecuteContract {
        sender: from.address.clone(),
        contract: contract.into(),
        msg: serde_json::to_vec(msg).unwrap(),
        funds,
    })
}

/// Types of a transaction's events, in order.
pub fn event_types(tx: &TxResponse) -> Vec<String> {
    tx.tx_result.events.iter().map(|event| event.kind.clone()).collect()
}

/// Values of an attribute in all events of a type, in order.
pub fn attribute(tx: &TxResponse, kind: &str, key: &str) -> Vec<String> {
    let events = tx.tx_result.events.iter().filter(|event| event.kind == kind);
    let attributes = events.flat_map(|event| &event.attributes);
    attributes
        .filter(|a| a.key_str().unwrap() == key)
        .map(|a| a.value_str().unwrap().to_string())
        .collect()
}

impl World {
    /// A transaction that alice and bob sign together.
    pub async fn send_two(&self, msgs: Vec<Any>) -> TxResponse {
        let (a, b) = (&self.alice, &self.bob);
        let one = |actor: &Actor| SignerInfo::single_direct(Some(actor.key.public_key()), 0);
        let fee = Coin {
            denom: "uwatt".parse().unwrap(),
            amount: 1_000,
        };
        let auth = cosmrs::tx::AuthInfo {
            signer_infos: vec![one(a), one(b)],
            fee: Fee::from_amount_and_gas(fee, GAS),
        };
        let body = Body::new(msgs, "", 0u32);
        let chain_id = joule_devchain::CHAIN_ID.parse().unwrap();
        let mut raw = TxRaw::default();
        for actor in [a, b] {
            let number = self.account(&actor.address).await.unwrap().account_number;
            let doc = SignDoc::new(&body, &auth, &chain_id, number).unwrap();
            let signed = TxRaw::decode(doc.sign(&actor.key).unwrap().to_bytes().unwrap().as_slice()).unwrap();
            raw.body_bytes = signed.body_bytes;
            raw.auth_info_bytes = signed.auth_info_bytes;
            raw.signatures.extend(signed.signatures);
        }
        let checked = self.broadcast(raw.encode_to_vec()).await;
        assert!(checked.code.is_ok(), "{}", checked.log);
        self.block();
        self.client.tx(checked.hash, false).await.unwrap()
    }
}
