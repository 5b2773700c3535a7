//! What a deployment needs of a chain.

use cosmwasm_std::{from_json, to_json_binary, Binary};
use joule_types::Peer;
use serde::{de::DeserializeOwned, Serialize};

use crate::RolloutError;

/// A stored code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeRef {
    /// Number on the chain.
    pub code_id: u64,
    /// SHA-256 of the code as the chain reports it.
    pub checksum: Vec<u8>,
}

/// What the chain knows of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractInfo {
    /// Code it runs.
    pub code_id: u64,
    /// Who instantiated it.
    pub creator: String,
    /// Who may migrate it.
    pub admin: Option<String>,
    /// Label.
    pub label: String,
}

/// A chain as a deployment sees it. Each method is one step that either happened or did not.
pub trait ChainOps {
    /// Chain id.
    fn chain_id(&self) -> String;
    /// The account that deploys.
    fn deployer(&self) -> String;
    /// SHA-256 of the code of `peer` that [`Self::store`] would store.
    ///
    /// # Errors
    /// [`RolloutError::Backend`].
    fn checksum(&self, peer: Peer) -> Result<Vec<u8>, RolloutError>;
    /// The number of a code by its checksum, if the chain has it.
    ///
    /// # Errors
    /// [`RolloutError::Backend`].
    fn stored(&self, checksum: &[u8]) -> Result<Option<u64>, RolloutError>;
    /// SHA-256 of a code on the chain.
    ///
    /// # Errors
    /// [`RolloutError::Backend`].
    fn code(&self, code_id: u64) -> Result<Option<Vec<u8>>, RolloutError>;
    /// Makes sure the code of `peer` is stored; finds it by checksum first.
    ///
    /// # Errors
    /// [`RolloutError::Backend`].
    fn store(&mut self, peer: Peer) -> Result<CodeRef, RolloutError>;
    /// The address that `instantiate2` will give.
    ///
    /// # Errors
    /// [`RolloutError::Backend`].
    fn predict(&self, code: &CodeRef, salt: &[u8]) -> Result<String, RolloutError>;
    /// The contract at an address, if there is one.
    ///
    /// # Errors
    /// [`RolloutError::Backend`].
    fn contract(&self, address: &str) -> Result<Option<ContractInfo>, RolloutError>;
    /// Creates a contract and returns its address. The message is not mixed into the address.
    ///
    /// # Errors
    /// [`RolloutError::Backend`].
    fn instantiate2(
        &mut self,
        code: &CodeRef,
        msg: Binary,
        label: &str,
        admin: &str,
        salt: &[u8],
    ) -> Result<String, RolloutError>;
    /// Sends messages to contracts in one transaction, without funds.
    ///
    /// # Errors
    /// [`RolloutError::Backend`]; all happened or nothing.
    fn execute(&mut self, msgs: Vec<(String, Binary)>) -> Result<(), RolloutError>;
    /// Asks a contract.
    ///
    /// # Errors
    /// [`RolloutError::Backend`].
    fn query(&self, contract: &str, msg: Binary) -> Result<Binary, RolloutError>;
    /// Reads a record of a contract's storage.
    ///
    /// # Errors
    /// [`RolloutError::Backend`].
    fn raw(&self, contract: &str, key: &[u8]) -> Result<Option<Binary>, RolloutError>;
}

/// Asks a contract and reads the answer.
pub(crate) fn ask<T: DeserializeOwned>(
    ops: &impl ChainOps,
    contract: &str,
    msg: &impl Serialize,
) -> Result<T, RolloutError> {
    Ok(from_json(ops.query(contract, to_json_binary(msg)?)?)?)
}
