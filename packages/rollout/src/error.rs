//! What can go wrong in a deployment.

use cosmwasm_std::Uint128;
use joule_types::Peer;

use crate::Difference;

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
    /// The market on the chain is not the one of the file or the plan.
    #[error("roll.differs: {}", list(.0))]
    Differs(Vec<Difference>),
    /// Nothing is at an address of the deployment file.
    #[error("roll.no_contract: there is no {name} at {address}; is the deployment file of this chain?")]
    NoContract {
        /// Contract.
        name: String,
        /// Address.
        address: String,
    },
    /// The wallet does not hold a proposal's deposit.
    #[error("roll.deposit: {account} has {found} micro-JOULE, a proposal needs {deposit}; send it some, or propose with another key")]
    Deposit {
        /// Proposer.
        account: String,
        /// Its balance.
        found: Uint128,
        /// The dao's parameter.
        deposit: Uint128,
    },
    /// A transaction of the deployer is not in a block yet: left by a run that was cut off. Once it is, a new run sees what it did.
    #[error("roll.pending: {step}: a transaction of an earlier run is not in a block yet; try again in a moment")]
    Pending {
        /// What was tried.
        step: String,
    },
    /// The plan contradicts itself.
    #[error("roll.plan: {0}")]
    Plan(String),
    /// A message or answer does not serialise.
    #[error("roll.std: {0}")]
    Std(#[from] cosmwasm_std::StdError),
}

fn list(differences: &[Difference]) -> String {
    let lines: Vec<String> = differences.iter().map(ToString::to_string).collect();
    lines.join("; ")
}
