//! JOULE, a cw20 with 6 decimals.
use cw20::{BalanceResponse, Cw20ExecuteMsg, Cw20QueryMsg};

use super::{cw20_send, cw20_transfer, Contract};
use crate::chain::types::Msg;
use crate::chain::Client;
use crate::error::Result;

/// Typed client of the token.
#[derive(Clone)]
pub struct Token(Contract);

impl Token {
    /// The token at `address`.
    pub fn at(chain: Client, address: impl Into<String>) -> Self {
        Self(Contract::at(chain, address))
    }

    /// Its address.
    pub fn address(&self) -> &str {
        self.0.address()
    }

    /// Micro-JOULE of an account.
    pub async fn balance(&self, address: &str) -> Result<u128> {
        let answer: BalanceResponse = self
            .0
            .query(&Cw20QueryMsg::Balance {
                address: address.into(),
            })
            .await?;
        Ok(answer.balance.u128())
    }

    /// Moves JOULE to an account.
    pub fn transfer(&self, to: &str, amount: u128) -> Result<Msg> {
        cw20_transfer(self.address(), to, amount)
    }

    /// Never called: a message that is new in the token stops the build here, until it has a place in this client or a
    /// reason not to have one.
    #[allow(dead_code)]
    fn every_message(&self, msg: Cw20ExecuteMsg) -> Result<Msg> {
        match msg {
            Cw20ExecuteMsg::Transfer { recipient, amount } => self.transfer(&recipient, amount.u128()),
            // What is inside belongs to the receiving contract: bond, register, deposit, propose.
            Cw20ExecuteMsg::Send { contract, amount, msg } => cw20_send(self.address(), &contract, amount.u128(), &msg),
            // The supply is fixed and the agent gives nobody power over its coins.
            other @ (Cw20ExecuteMsg::Burn { .. }
            | Cw20ExecuteMsg::IncreaseAllowance { .. }
            | Cw20ExecuteMsg::DecreaseAllowance { .. }
            | Cw20ExecuteMsg::TransferFrom { .. }
            | Cw20ExecuteMsg::SendFrom { .. }
            | Cw20ExecuteMsg::BurnFrom { .. }
            | Cw20ExecuteMsg::Mint { .. }
            | Cw20ExecuteMsg::UpdateMinter { .. }
            | Cw20ExecuteMsg::UpdateMarketing { .. }
            | Cw20ExecuteMsg::UploadLogo(_)) => self.0.execute(&other, Vec::new()),
        }
    }
}
