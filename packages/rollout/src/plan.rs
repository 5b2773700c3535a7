//! What is deployed.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{to_json_binary, Binary, Uint128};
use cw20::{Cw20Coin, Denom};
use joule_types::{dao, escrow, marketplace, registry, staking, Peer, Peers};

use crate::RolloutError;

/// Everything that a deployment decides. Where a parameter names JOULE before its address is known, it says the native denom
/// `joule`, which the plan replaces.
#[cw_serde]
pub struct Plan {
    /// Part of the salt: another version deploys a second market beside the first.
    pub salt_version: u32,
    /// May pause.
    pub guardian: Option<String>,
    /// The token.
    pub token: TokenPlan,
    /// Staking.
    pub staking: staking::Params,
    /// Seconds of an epoch of the validators' tree, fixed for good.
    pub epoch_secs: u64,
    /// Stake from the start; its sum is minted to staking.
    pub genesis_stake: Vec<staking::GenesisStake>,
    /// Native denominations that the escrow lists beside JOULE.
    pub natives: Vec<String>,
    /// Registry.
    pub registry: registry::Params,
    /// Whose rounds are believed.
    pub beacon: registry::BeaconParams,
    /// Marketplace.
    pub marketplace: marketplace::Params,
    /// First index.
    pub index: marketplace::IndexParams,
    /// Dao.
    pub dao: dao::Params,
    /// Least total power of the dao.
    pub power_floor: Uint128,
    /// Shortest voting time, timelock and expiry that any later vote may set, seconds.
    pub min_duration_secs: u64,
    /// Shortest proof window, beat and admission that any later vote may set, seconds.
    pub min_window_secs: u64,
    /// Shortest deadline of a job that any later vote may set, seconds.
    pub min_deadline_secs: u64,
    /// Shortest unbonding that any later vote may set, seconds.
    pub min_unbonding_secs: u64,
}

/// The JOULE token: fixed supply, no minter.
#[cw_serde]
pub struct TokenPlan {
    /// Name.
    pub name: String,
    /// Symbol.
    pub symbol: String,
    /// Balances of accounts at the start, micro-JOULE.
    pub balances: Vec<InitialBalance>,
    /// Balance of the dao's treasury at the start, micro-JOULE.
    pub treasury: Uint128,
}

/// A balance at the start.
#[cw_serde]
pub struct InitialBalance {
    /// Account.
    pub address: String,
    /// Micro-JOULE.
    pub amount: Uint128,
}

/// The salt of a contract's address.
#[must_use]
pub fn salt(peer: Peer, version: u32) -> Vec<u8> {
    format!("joule/{peer}/{version}").into_bytes()
}

/// The label of a contract on the chain.
#[must_use]
pub fn label(peer: Peer) -> String {
    format!("joule-{peer}")
}

impl Plan {
    /// The instantiation message of `peer` under the predicted addresses.
    ///
    /// # Errors
    /// [`RolloutError::Plan`] if sums overflow; serialisation.
    pub fn instantiate_msg(&self, peer: Peer, peers: &Peers<String>) -> Result<Binary, RolloutError> {
        let guardian = self.guardian.clone();
        let peers_msg = peers.clone();
        let msg = match peer {
            Peer::Token => to_json_binary(&self.token_msg(peers)?),
            Peer::Staking => to_json_binary(&staking::InstantiateMsg {
                peers: peers_msg,
                guardian,
                params: self.staking.clone(),
                min_unbonding_secs: self.min_unbonding_secs,
                epoch_secs: self.epoch_secs,
                genesis: self.genesis_stake.clone(),
            }),
            Peer::Escrow => to_json_binary(&escrow::InstantiateMsg {
                peers: peers_msg,
                guardian,
                params: escrow::Params {
                    denoms: self
                        .natives
                        .iter()
                        .cloned()
                        .map(Denom::Native)
                        .chain([joule(peers)])
                        .collect(),
                },
            }),
            Peer::Registry => to_json_binary(&registry::InstantiateMsg {
                peers: peers_msg,
                guardian,
                params: self.registry.clone(),
                min_window_secs: self.min_window_secs,
                beacon: self.beacon.clone(),
            }),
            Peer::Marketplace => to_json_binary(&marketplace::InstantiateMsg {
                peers: peers_msg,
                guardian,
                params: self.marketplace_params(peers),
                index: self.index_params(peers),
                min_deadline_secs: self.min_deadline_secs,
            }),
            Peer::Dao => to_json_binary(&dao::InstantiateMsg {
                peers: peers_msg,
                guardian,
                params: self.dao.clone(),
                min_duration_secs: self.min_duration_secs,
                power_floor: self.power_floor,
            }),
        };
        Ok(msg?)
    }

    /// Genesis stake in all, micro-JOULE.
    ///
    /// # Errors
    /// [`RolloutError::Plan`] on overflow.
    pub fn total_genesis_stake(&self) -> Result<Uint128, RolloutError> {
        self.genesis_stake.iter().try_fold(Uint128::zero(), |sum, stake| {
            sum.checked_add(stake.amount)
                .map_err(|_| RolloutError::Plan("the genesis stake overflows".into()))
        })
    }

    /// JOULE in all, micro-JOULE.
    ///
    /// # Errors
    /// [`RolloutError::Plan`] on overflow.
    pub fn total_supply(&self) -> Result<Uint128, RolloutError> {
        let known = self.total_genesis_stake()?;
        let mut parts = self
            .token
            .balances
            .iter()
            .map(|b| b.amount)
            .chain([self.token.treasury]);
        parts
            .try_fold(known, Uint128::checked_add)
            .map_err(|_| RolloutError::Plan("the balances overflow".into()))
    }

    fn token_msg(&self, peers: &Peers<String>) -> Result<cw20_base::msg::InstantiateMsg, RolloutError> {
        let contracts = [
            (peers.staking.clone(), self.total_genesis_stake()?),
            (peers.dao.clone(), self.token.treasury),
        ];
        let accounts = self.token.balances.iter().map(|b| (b.address.clone(), b.amount));
        Ok(cw20_base::msg::InstantiateMsg {
            name: self.token.name.clone(),
            symbol: self.token.symbol.clone(),
            decimals: crate::JOULE_DECIMALS,
            initial_balances: accounts
                .chain(contracts)
                .filter(|(_, amount)| !amount.is_zero())
                .map(|(address, amount)| Cw20Coin { address, amount })
                .collect(),
            mint: None,
            marketing: None,
        })
    }

    fn marketplace_params(&self, peers: &Peers<String>) -> marketplace::Params {
        let mut params = self.marketplace.clone();
        for rules in &mut params.denoms {
            resolve(&mut rules.denom, peers);
        }
        params
    }

    fn index_params(&self, peers: &Peers<String>) -> marketplace::IndexParams {
        let mut index = self.index.clone();
        for reference in &mut index.ref_prices {
            resolve(&mut reference.denom, peers);
        }
        index
    }
}

fn joule(peers: &Peers<String>) -> Denom {
    Denom::Cw20(cosmwasm_std::Addr::unchecked(&peers.token))
}

fn resolve(denom: &mut Denom, peers: &Peers<String>) {
    if *denom == Denom::Native("joule".into()) {
        *denom = joule(peers);
    }
}
