//! Providers, buyers and their money.

use cosmwasm_std::{Addr, Coin, Uint128};
use cw20::Denom;
use cw_multi_test::AppResponse;
use joule_rollout::ONE_JOULE;
use joule_types::{
    escrow::{self, EscrowHook},
    registry::RegistryHook,
    staking::{self, StakingHook},
    NodeId, OfferId, ProviderId,
};

use super::{World, STAKE, USDC};

/// A provider with one admitted, beating cpu node and one offer in USDC.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Owner: stake and record.
    pub owner: Addr,
    /// The agent's key.
    pub operator: Addr,
    /// Where earnings go.
    pub payout: Addr,
    /// Id.
    pub id: ProviderId,
    /// Its node.
    pub node: NodeId,
    /// Its offer.
    pub offer: OfferId,
}

/// A buyer with a deposit in USDC.
#[derive(Clone, Debug)]
pub struct Buyer {
    /// Account.
    pub address: Addr,
}

impl World {
    /// A provider ready for work: stakes, registers, adds a cpu node, passes the admission, beats and offers at `price` uusdc an hour.
    ///
    /// # Panics
    /// If a step is refused.
    pub fn provider(&mut self, name: &str, price: u128) -> Provider {
        let provider = self.registered(name);
        self.equip(provider, price)
    }

    /// Makes a registered provider ready for work, with one node and one offer.
    ///
    /// # Panics
    /// If a step is refused.
    pub fn equip(&mut self, mut provider: Provider, price: u128) -> Provider {
        provider.node = self.add_node(&provider, self.cpu_spec()).unwrap();
        self.admit(&provider, provider.node).unwrap();
        self.beat(&provider, &[provider.node]).unwrap();
        provider.offer = self.offer(&provider, price).unwrap();
        provider
    }

    /// A registered provider without nodes (node and offer are 0), with JOULE in the escrow for offers.
    ///
    /// # Panics
    /// If a step is refused.
    pub fn registered(&mut self, name: &str) -> Provider {
        self.referred(name, None)
    }

    /// The same, brought by somebody.
    ///
    /// # Panics
    /// If a step is refused.
    pub fn referred(&mut self, name: &str, referrer: Option<&Addr>) -> Provider {
        let owner = self.account(name);
        let operator = self.account(&format!("{name}-agent"));
        let payout = self.account(&format!("{name}-payout"));
        self.give_joule(&owner, STAKE + 1_000 * ONE_JOULE);
        self.bond(&owner, STAKE).unwrap();
        self.deposit_joule(&owner, 100 * ONE_JOULE).unwrap();
        let fee = self.registry_params().fee;
        let hook = RegistryHook::Register {
            operator: Some(operator.to_string()),
            payout: Some(payout.to_string()),
            referrer: referrer.map(ToString::to_string),
        };
        let registry = self.peers.registry.clone();
        let response = self.send_joule(&owner, &registry, fee, &hook).unwrap();
        let registered: joule_types::registry::ProviderRegistered = super::event(&response);
        Provider {
            owner,
            operator,
            payout,
            id: registered.provider,
            node: NodeId(0),
            offer: OfferId(0),
        }
    }

    /// A buyer with `usdc` uusdc deposited in the escrow.
    ///
    /// # Panics
    /// If the deposit is refused.
    pub fn buyer(&mut self, name: &str, usdc: u128) -> Buyer {
        let address = self.account(name);
        self.give(&address, usdc, USDC);
        self.deposit(&address, usdc, USDC).unwrap();
        Buyer { address }
    }

    /// Bonds JOULE to the sender's pool.
    ///
    /// # Errors
    /// What token or staking answered.
    pub fn bond(&mut self, owner: &Addr, amount: impl Into<Uint128>) -> anyhow::Result<AppResponse> {
        let staking = self.peers.staking.clone();
        self.send_joule(owner, &staking, amount, &StakingHook::Bond {})
    }

    /// Starts unbonding.
    ///
    /// # Errors
    /// What staking answered.
    pub fn unbond(&mut self, owner: &Addr, amount: impl Into<Uint128>) -> anyhow::Result<AppResponse> {
        let staking = self.peers.staking.clone();
        self.send(
            owner,
            &staking,
            &staking::ExecuteMsg::Unbond { amount: amount.into() },
            &[],
        )
    }

    /// Claims matured stake and awards.
    ///
    /// # Errors
    /// What staking answered.
    pub fn claim(&mut self, owner: &Addr) -> anyhow::Result<AppResponse> {
        let staking = self.peers.staking.clone();
        self.send(owner, &staking, &staking::ExecuteMsg::Claim {}, &[])
    }

    /// Deposits native coins for the sender.
    ///
    /// # Errors
    /// What the escrow answered.
    pub fn deposit(&mut self, owner: &Addr, amount: u128, denom: &str) -> anyhow::Result<AppResponse> {
        let escrow = self.peers.escrow.clone();
        self.send(
            owner,
            &escrow,
            &escrow::ExecuteMsg::Deposit { owner: None },
            &[Coin::new(amount, denom)],
        )
    }

    /// Deposits JOULE for the sender.
    ///
    /// # Errors
    /// What token or escrow answered.
    pub fn deposit_joule(&mut self, owner: &Addr, amount: impl Into<Uint128>) -> anyhow::Result<AppResponse> {
        let escrow = self.peers.escrow.clone();
        self.send_joule(owner, &escrow, amount, &EscrowHook::Deposit { owner: None })
    }

    /// Withdraws all free balance of a denomination.
    ///
    /// # Errors
    /// What the escrow answered.
    pub fn withdraw(&mut self, owner: &Addr, denom: Denom) -> anyhow::Result<AppResponse> {
        let escrow = self.peers.escrow.clone();
        self.send(
            owner,
            &escrow,
            &escrow::ExecuteMsg::Withdraw {
                denom,
                amount: None,
                to: None,
            },
            &[],
        )
    }

    /// Free balance in the escrow.
    #[must_use]
    pub fn balance(&self, owner: &Addr, denom: Denom) -> escrow::BalanceResponse {
        self.ask(
            &self.peers.escrow,
            &escrow::QueryMsg::Balance {
                owner: owner.to_string(),
                denom,
            },
        )
    }

    /// What a provider earned in USDC and has not withdrawn.
    #[must_use]
    pub fn earned(&self, provider: &Provider) -> Uint128 {
        self.balance(&provider.payout, Denom::Native(USDC.into())).earned
    }

    /// The pool of an owner.
    #[must_use]
    pub fn pool(&self, owner: &Addr) -> staking::PoolResponse {
        self.ask(
            &self.peers.staking,
            &staking::QueryMsg::Pool {
                owner: owner.to_string(),
            },
        )
    }
}
