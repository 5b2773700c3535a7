//! What can go wrong in a deployment.

use joule_types::Peer;

/// An error of a deployment: the step, the contract and what to do.
#[derive(Debug, thiserror::Error)]
pub enum RolloutError {
    /// The chain refused a step.
    #[error("roll.backend: {step}: {reason}")]
    Backend {
        /// What was tried.
        step: String,
        /// The chain's words.
        reason: String,
    },
    /// A contract was created at another address than predicted.
    #[error("roll.address: {peer} was created at {found}, predicted was {predicted}; use another salt version")]
    Address {
        /// Contract.
        peer: Peer,
        /// Prediction.
        predicted: String,
        /// Found.
        found: String,
    },
    /// What is at an address is not what the plan put there.
    #[error("roll.mismatch: {peer}: {what} on the chain is {found}, the plan says {expected}; do not launch, deploy under another salt version")]
    Mismatch {
        /// Contract.
        peer: Peer,
        /// Field.
        what: &'static str,
        /// Expected.
        expected: String,
        /// Found.
        found: String,
    },
    /// The plan contradicts itself.
    #[error("roll.plan: {0}")]
    Plan(String),
    /// A message or answer does not serialise.
    #[error("roll.std: {0}")]
    Std(#[from] cosmwasm_std::StdError),
}
