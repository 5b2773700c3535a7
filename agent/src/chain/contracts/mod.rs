//! Typed clients of the contracts, and what they are made of: an address and the messages that go there.
pub mod events;
pub mod money;
pub mod pages;

mod dao;
mod escrow;
mod market;
mod marketplace;
mod registry;
mod staking;
mod token;
mod votes;

pub use dao::Dao;
pub use escrow::Escrow;
pub use market::Market;
pub use marketplace::{Delivery, Marketplace};
pub use registry::Registry;
pub use staking::Staking;
pub use token::Token;
pub use votes::{Reveal, Seat};

use base64::prelude::{Engine, BASE64_STANDARD};
use serde::{de::DeserializeOwned, Serialize};
use serde_json::json;

use super::client::Client;
use super::types::{Coin, Event, Msg};
use crate::error::{Error, Result};

/// A contract at an address. Typed clients wrap it and fix the message types.
#[derive(Clone)]
pub struct Contract {
    chain: Client,
    address: String,
}

impl Contract {
    /// The contract at `address` on the client's chain.
    pub fn at(chain: Client, address: impl Into<String>) -> Self {
        Self {
            chain,
            address: address.into(),
        }
    }

    /// Its address.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Smart query.
    pub async fn query<T: DeserializeOwned>(&self, query: &impl Serialize) -> Result<T> {
        self.chain.smart(&self.address, query).await
    }

    /// Raw read of a storage key.
    pub async fn raw(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        Ok(self.chain.raw(&self.address, key).await?)
    }

    /// Events of the newest transaction in which it said the event `name` with this attribute.
    async fn newest(&self, name: &str, key: &str, value: impl ToString) -> Result<Vec<Event>> {
        Ok(self.chain.newest(&self.address, name, key, value).await?)
    }

    /// The message that calls it.
    pub fn execute(&self, msg: &impl Serialize, funds: Vec<Coin>) -> Result<Msg> {
        execute(&self.address, msg, funds)
    }
}

/// The message that calls `contract`.
pub fn execute(contract: &str, msg: &impl Serialize, funds: Vec<Coin>) -> Result<Msg> {
    Ok(Msg::Execute {
        contract: contract.to_string(),
        msg: to_text(msg)?,
        funds,
    })
}

/// The message that sends `amount` of the cw20 `token` to `contract` with `hook` for it to act on.
pub fn cw20_send(token: &str, contract: &str, amount: u128, hook: &impl Serialize) -> Result<Msg> {
    let hook = BASE64_STANDARD.encode(to_text(hook)?);
    execute(
        token,
        &json!({ "send": { "contract": contract, "amount": amount.to_string(), "msg": hook } }),
        Vec::new(),
    )
}

/// The message that moves `amount` of the cw20 `token` to `recipient`.
pub fn cw20_transfer(token: &str, recipient: &str, amount: u128) -> Result<Msg> {
    execute(
        token,
        &json!({ "transfer": { "recipient": recipient, "amount": amount.to_string() } }),
        Vec::new(),
    )
}

fn to_text(msg: &impl Serialize) -> Result<String> {
    serde_json::to_string(msg).map_err(|e| {
        Error::internal(
            "chain.bad_message",
            e,
            "report this: a message of ours cannot be written",
        )
    })
}

#[cfg(test)]
mod tests {
    use cw20::Cw20ExecuteMsg;

    use super::*;

    #[test]
    fn cw20_messages_are_what_the_token_reads() {
        let Msg::Execute { contract, msg, funds } = cw20_send("wasm1t", "wasm1e", 12, &json!({"deposit": {}})).unwrap()
        else {
            panic!("a contract call")
        };
        assert_eq!((contract.as_str(), funds.len()), ("wasm1t", 0));
        let Cw20ExecuteMsg::Send { contract, amount, msg } = serde_json::from_str(&msg).unwrap() else {
            panic!("a send")
        };
        assert_eq!(
            (contract.as_str(), amount.u128(), msg.as_slice()),
            ("wasm1e", 12, &br#"{"deposit":{}}"#[..])
        );

        let Msg::Execute { msg, .. } = cw20_transfer("wasm1t", "wasm1r", 3).unwrap() else {
            panic!("a contract call")
        };
        let expected = Cw20ExecuteMsg::Transfer {
            recipient: "wasm1r".into(),
            amount: 3u128.into(),
        };
        assert_eq!(serde_json::from_str::<Cw20ExecuteMsg>(&msg).unwrap(), expected);
    }
}
