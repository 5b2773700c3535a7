//! Staking: what stands behind a promise.
use cosmwasm_std::Uint128;
use joule_types::staking::{
    ClaimableResponse, ConservationResponse, ExecuteMsg, Params, PoolResponse, QueryMsg, StakingHook,
    ValidatorResponse, ValidatorsResponse,
};
use joule_types::Page;

use super::{cw20_send, Contract};
use crate::chain::types::Msg;
use crate::chain::Client;
use crate::error::Result;

/// Validators asked for at once.
const LIMIT: Option<u32> = Some(30);

/// Typed client of staking.
#[derive(Clone)]
pub struct Staking(Contract);

impl Staking {
    /// Staking at `address`.
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

    /// The pool of an owner; an empty one if it never existed.
    pub async fn pool(&self, owner: &str) -> Result<PoolResponse> {
        self.0.query(&QueryMsg::Pool { owner: owner.into() }).await
    }

    /// What `Claim` would pay now.
    pub async fn claimable(&self, address: &str) -> Result<ClaimableResponse> {
        self.0
            .query(&QueryMsg::Claimable {
                address: address.into(),
            })
            .await
    }

    /// Epoch, number and weight of the validators.
    pub async fn validators(&self) -> Result<ValidatorsResponse> {
        self.0.query(&QueryMsg::Validators {}).await
    }

    /// The validator of which an address is owner or operator.
    pub async fn validator_of(&self, address: &str) -> Result<Option<ValidatorResponse>> {
        self.0
            .query(&QueryMsg::ValidatorOf {
                address: address.into(),
            })
            .await
    }

    /// A page of validators by owner.
    pub async fn list_validators(&self, start_after: Option<String>) -> Result<Page<ValidatorResponse, String>> {
        self.0
            .query(&QueryMsg::ListValidators {
                start_after,
                limit: LIMIT,
            })
            .await
    }

    /// Where every micro-JOULE that came in is.
    pub async fn conservation(&self) -> Result<ConservationResponse> {
        self.0.query(&QueryMsg::Conservation {}).await
    }

    /// Bonds JOULE to the sender's pool.
    pub fn bond(&self, token: &str, amount: u128) -> Result<Msg> {
        cw20_send(token, self.address(), amount, &StakingHook::Bond {})
    }

    /// Starts unbonding.
    pub fn unbond(&self, amount: u128) -> Result<Msg> {
        self.send(&ExecuteMsg::Unbond {
            amount: Uint128::new(amount),
        })
    }

    /// Pays matured stake and awards to the sender.
    pub fn claim(&self) -> Result<Msg> {
        self.send(&ExecuteMsg::Claim {})
    }

    /// Makes the sender's pool a validator, or changes who votes for it.
    pub fn enrol(&self, operator: Option<String>) -> Result<Msg> {
        self.send(&ExecuteMsg::Enrol { operator })
    }

    /// Gives the sender's slot among the validators back.
    pub fn retire(&self) -> Result<Msg> {
        self.send(&ExecuteMsg::Retire {})
    }

    fn send(&self, msg: &ExecuteMsg) -> Result<Msg> {
        self.0.execute(msg, Vec::new())
    }

    /// Never called: a message that is new in the contract stops the build here, until it has a place in this client or a
    /// reason not to have one.
    #[allow(dead_code)]
    fn every_message(&self, msg: ExecuteMsg) -> Result<Msg> {
        match msg {
            ExecuteMsg::Unbond { amount } => self.unbond(amount.u128()),
            ExecuteMsg::Claim {} => self.claim(),
            ExecuteMsg::Enrol { operator } => self.enrol(operator),
            ExecuteMsg::Retire {} => self.retire(),
            // Through the token.
            other @ ExecuteMsg::Receive(_) => self.send(&other),
            // The registry's and the marketplace's; the dao's and the guardian's; the deployment's.
            other @ (ExecuteMsg::Slash { .. }
            | ExecuteMsg::Penalize { .. }
            | ExecuteMsg::UpdateParams { .. }
            | ExecuteMsg::Admin(_)) => self.send(&other),
        }
    }
}
