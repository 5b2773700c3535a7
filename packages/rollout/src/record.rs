//! What a deployment left: the contents of `deployments/<chain-id>.json`.

use std::collections::BTreeMap;

use cosmwasm_schema::cw_serde;
use joule_types::{Peer, Peers};

use crate::{ChainOps, RolloutError};

/// A finished deployment: what `deployments/<chain-id>.json` holds.
#[cw_serde]
pub struct Deployment {
    /// Chain.
    pub chain_id: String,
    /// Account that deployed; it has no role left.
    pub deployer: String,
    /// Contracts by name.
    pub contracts: BTreeMap<String, ContractRecord>,
}

/// One contract of a deployment.
#[cw_serde]
pub struct ContractRecord {
    /// Address.
    pub address: String,
    /// Code on the chain.
    pub code_id: u64,
    /// Hex SHA-256 of the code.
    pub checksum: String,
}

impl Deployment {
    /// The record of a contract.
    ///
    /// # Errors
    /// [`RolloutError::Plan`] if the file misses it.
    pub fn contract(&self, peer: Peer) -> Result<&ContractRecord, RolloutError> {
        self.contracts
            .get(peer.name())
            .ok_or_else(|| RolloutError::Plan(format!("the deployment file has no `{peer}`")))
    }

    /// All addresses.
    ///
    /// # Errors
    /// [`RolloutError::Plan`] if the file misses a contract.
    pub fn peers(&self) -> Result<Peers<String>, RolloutError> {
        let address = |peer: Peer| self.contract(peer).map(|record| record.address.clone());
        Ok(Peers {
            registry: address(Peer::Registry)?,
            marketplace: address(Peer::Marketplace)?,
            escrow: address(Peer::Escrow)?,
            staking: address(Peer::Staking)?,
            dao: address(Peer::Dao)?,
            token: address(Peer::Token)?,
        })
    }

    /// The same contracts with the codes that they run now.
    ///
    /// # Errors
    /// [`RolloutError::NoContract`]; [`RolloutError::Backend`].
    pub fn refreshed(&self, ops: &impl ChainOps) -> Result<Self, RolloutError> {
        let mut fresh = self.clone();
        for (name, record) in &mut fresh.contracts {
            let info = ops.contract(&record.address)?;
            let info = info.ok_or_else(|| RolloutError::NoContract {
                name: name.clone(),
                address: record.address.clone(),
            })?;
            record.code_id = info.code_id;
            record.checksum = hex::encode(checksum(ops, info.code_id)?);
        }
        Ok(fresh)
    }
}

/// Checksum of a code that a contract runs.
///
/// # Errors
/// [`RolloutError::Backend`].
pub(crate) fn checksum(ops: &impl ChainOps, code_id: u64) -> Result<Vec<u8>, RolloutError> {
    ops.code(code_id)?.ok_or_else(|| RolloutError::Backend {
        step: "code".into(),
        reason: format!("the chain does not know its code {code_id}"),
    })
}
