//! The deployment of a market: one plan, run by the simulator, the embedded chain and a real chain alike.
//!
//! Store by checksum, predict the addresses, instantiate with the predicted peers, compare what was written, launch all contracts in one
//! transaction, verify. Each step looks at the chain first, so that a run that was cut off is finished by the next one and a run
//! over a finished deployment changes nothing.
#![deny(missing_docs)]

mod deploy;
mod error;
mod figures;
mod ops;
mod plan;
mod profile;
mod record;
mod upgrade;
mod verify;

pub use deploy::deploy;
pub use error::RolloutError;
pub use ops::{ChainOps, CodeRef, ContractInfo};
pub use plan::{label, salt, InitialBalance, Plan, TokenPlan};
pub use profile::{JOULE_DECIMALS, ONE_JOULE};
pub use record::{ContractRecord, Deployment};
pub use upgrade::{propose, upgrade, Change, Proposal, Upgrade};
pub use verify::{built, differences, none, verify, Difference};
