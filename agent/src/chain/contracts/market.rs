//! All contracts of one deployment.
use joule_types::Peers;

use super::{Dao, Escrow, Marketplace, Registry, Staking, Token};
use crate::chain::Client;
use crate::error::Result;

/// Typed clients of one deployment, over one chain client.
#[derive(Clone)]
pub struct Market {
    /// The chain they are on.
    pub chain: Client,
    /// Providers, nodes, proofs.
    pub registry: Registry,
    /// Offers, jobs, disputes.
    pub marketplace: Marketplace,
    /// Money.
    pub escrow: Escrow,
    /// Stake.
    pub staking: Staking,
    /// Governance.
    pub dao: Dao,
    /// JOULE.
    pub token: Token,
}

impl Market {
    /// Clients for these addresses.
    pub fn new(chain: Client, peers: &Peers<String>) -> Self {
        Self {
            registry: Registry::at(chain.clone(), &peers.registry),
            marketplace: Marketplace::at(chain.clone(), &peers.marketplace),
            escrow: Escrow::at(chain.clone(), &peers.escrow),
            staking: Staking::at(chain.clone(), &peers.staking),
            dao: Dao::at(chain.clone(), &peers.dao),
            token: Token::at(chain.clone(), &peers.token),
            chain,
        }
    }

    /// Time of the latest block in seconds: the only clock that deadlines of contracts know.
    pub async fn now(&self) -> Result<u64> {
        self.chain.now().await
    }
}
