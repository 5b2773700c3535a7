//! The escrow: every buyer's and provider's money.
use cosmwasm_std::Uint128;
use cw20::Denom;
use joule_types::escrow::{
    BalanceResponse, ConservationResponse, EscrowHook, ExecuteMsg, FeesResponse, HoldResponse, Params, QueryMsg,
};
use joule_types::{HoldId, Page};

use super::{cw20_send, pages, Contract};
use crate::chain::types::{Coin, Msg};
use crate::chain::Client;
use crate::error::Result;

/// Items asked for at once.
const LIMIT: Option<u32> = Some(100);
/// More denominations than were ever listed.
const MOST: usize = 1_000;

/// Typed client of the escrow.
#[derive(Clone)]
pub struct Escrow(Contract);

impl Escrow {
    /// The escrow at `address`.
    pub fn at(chain: Client, address: impl Into<String>) -> Self {
        Self(Contract::at(chain, address))
    }

    /// Its address.
    pub fn address(&self) -> &str {
        self.0.address()
    }

    /// Parameters.
    pub async fn params(&self) -> Result<Params> {
        self.0.query(&QueryMsg::Params {}).await
    }

    /// Free balance of an owner in one denomination.
    pub async fn balance(&self, owner: &str, denom: Denom) -> Result<BalanceResponse> {
        self.0
            .query(&QueryMsg::Balance {
                owner: owner.into(),
                denom,
            })
            .await
    }

    /// All free balances of an owner.
    pub async fn balances(&self, owner: &str) -> Result<Vec<BalanceResponse>> {
        pages::all(MOST, |start_after: Option<String>| async move {
            let query = QueryMsg::Balances {
                owner: owner.into(),
                start_after,
                limit: LIMIT,
            };
            self.0.query::<Page<BalanceResponse, String>>(&query).await
        })
        .await
    }

    /// A hold.
    pub async fn hold(&self, hold: HoldId) -> Result<HoldResponse> {
        self.0.query(&QueryMsg::Hold { hold }).await
    }

    /// A page of open holds.
    pub async fn holds(&self, start_after: Option<HoldId>) -> Result<Page<HoldResponse, HoldId>> {
        self.0
            .query(&QueryMsg::Holds {
                start_after,
                limit: LIMIT,
            })
            .await
    }

    /// Fees not yet distributed.
    pub async fn fees(&self, denom: Denom) -> Result<FeesResponse> {
        self.0.query(&QueryMsg::Fees { denom }).await
    }

    /// Where every unit that came in is.
    pub async fn conservation(&self, denom: Denom) -> Result<ConservationResponse> {
        self.0.query(&QueryMsg::Conservation { denom }).await
    }

    /// Deposits a native coin for the sender.
    pub fn deposit(&self, coin: Coin) -> Result<Msg> {
        self.0.execute(&ExecuteMsg::Deposit { owner: None }, vec![coin])
    }

    /// Deposits JOULE for the sender.
    pub fn deposit_joule(&self, token: &str, amount: u128) -> Result<Msg> {
        cw20_send(token, self.address(), amount, &EscrowHook::Deposit { owner: None })
    }

    /// Pays free balance out; all of it without an amount, to the sender without an address.
    pub fn withdraw(&self, denom: Denom, amount: Option<u128>, to: Option<String>) -> Result<Msg> {
        self.send(&ExecuteMsg::Withdraw {
            denom,
            amount: amount.map(Uint128::new),
            to,
        })
    }

    /// Refunds a hold whose controller fell silent.
    pub fn reclaim(&self, hold: HoldId) -> Result<Msg> {
        self.send(&ExecuteMsg::Reclaim { hold })
    }

    /// Sends the treasury's share of the fees to the dao.
    pub fn distribute(&self, denom: Denom) -> Result<Msg> {
        self.send(&ExecuteMsg::Distribute { denom })
    }

    fn send(&self, msg: &ExecuteMsg) -> Result<Msg> {
        self.0.execute(msg, Vec::new())
    }

    /// Never called: a message that is new in the contract stops the build here, until it has a place in this client or a
    /// reason not to have one.
    #[allow(dead_code)]
    fn every_message(&self, msg: ExecuteMsg) -> Result<Msg> {
        match msg {
            ExecuteMsg::Deposit { owner: None } => self.deposit(Coin::new(0, "")),
            ExecuteMsg::Withdraw { denom, amount, to } => self.withdraw(denom, amount.map(|a| a.u128()), to),
            ExecuteMsg::Reclaim { hold } => self.reclaim(hold),
            ExecuteMsg::Distribute { denom } => self.distribute(denom),
            // Through the token; for somebody else, by a wallet.
            other @ (ExecuteMsg::Receive(_) | ExecuteMsg::Deposit { owner: Some(_) }) => self.send(&other),
            // The marketplace's; the dao's and the guardian's; the deployment's.
            other @ (ExecuteMsg::OpenHold { .. }
            | ExecuteMsg::Tip { .. }
            | ExecuteMsg::Pay { .. }
            | ExecuteMsg::Settle { .. }
            | ExecuteMsg::UpdateParams { .. }
            | ExecuteMsg::Admin(_)) => self.send(&other),
        }
    }
}
