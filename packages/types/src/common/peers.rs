//! The contracts of one deployment.

use std::fmt;

use cosmwasm_schema::cw_serde;

/// The addresses of all contracts of one deployment: `String` in messages, `Addr` in storage. Predicted before they
/// exist, compared after deployment, fixed for good: a replacement is a migration, which keeps the address.
#[cw_serde]
pub struct Peers<T> {
    /// Providers, nodes, proofs, uptime, reputation (rank 1).
    pub registry: T,
    /// Offers, matching, jobs, disputes (rank 2).
    pub marketplace: T,
    /// Every buyer's and provider's money (rank 1).
    pub escrow: T,
    /// Stake, slashing, voting power (rank 0).
    pub staking: T,
    /// Owner of all, treasury (rank 3).
    pub dao: T,
    /// The JOULE token (cw20).
    pub token: T,
}

impl<T> Peers<T> {
    /// The address of `peer`.
    pub fn get(&self, peer: Peer) -> &T {
        match peer {
            Peer::Registry => &self.registry,
            Peer::Marketplace => &self.marketplace,
            Peer::Escrow => &self.escrow,
            Peer::Staking => &self.staking,
            Peer::Dao => &self.dao,
            Peer::Token => &self.token,
        }
    }

    /// The same set with each address passed through `f`; the first error wins.
    pub fn try_map<U, E>(&self, mut f: impl FnMut(&T) -> Result<U, E>) -> Result<Peers<U>, E> {
        Ok(Peers {
            registry: f(&self.registry)?,
            marketplace: f(&self.marketplace)?,
            escrow: f(&self.escrow)?,
            staking: f(&self.staking)?,
            dao: f(&self.dao)?,
            token: f(&self.token)?,
        })
    }
}

/// One contract of a deployment, by its part.
#[cw_serde]
#[derive(Copy, Eq, Hash)]
pub enum Peer {
    /// The registry.
    Registry,
    /// The marketplace.
    Marketplace,
    /// The escrow.
    Escrow,
    /// Staking.
    Staking,
    /// The dao.
    Dao,
    /// The JOULE token.
    Token,
}

impl Peer {
    /// All peers, in deployment order.
    pub const ALL: [Peer; 6] = [
        Peer::Token,
        Peer::Staking,
        Peer::Escrow,
        Peer::Registry,
        Peer::Marketplace,
        Peer::Dao,
    ];

    /// Lower-case name, as in labels and salts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Peer::Registry => "registry",
            Peer::Marketplace => "marketplace",
            Peer::Escrow => "escrow",
            Peer::Staking => "staking",
            Peer::Dao => "dao",
            Peer::Token => "token",
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
