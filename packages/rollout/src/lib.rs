//! The deployment of a market: one plan, run by the simulator, the embedded chain and a real chain alike.
//!
//! Store by checksum, predict the addresses, instantiate with the predicted peers, compare what was written, launch all contracts in one
//! transaction, verify. Each step looks at the chain first, so that a run that was cut off is finished by the next one and a run
//! over a finished deployment changes nothing.
#![deny(missing_docs)]

mod deploy;
mod error;
mod ops;
mod plan;
mod profile;

pub use deploy::{deploy, verify, ContractRecord, Deployment};
pub use error::RolloutError;
pub use ops::{ChainOps, CodeRef, ContractInfo};
pub use plan::{label, salt, InitialBalance, Plan, TokenPlan};
pub use profile::{JOULE_DECIMALS, ONE_JOULE};
