//! A whole market in one process: [`World`] deploys it by the plan that real chains use and gives each message a typed verb.
//!
//! ```
//! use joule_testing::World;
//!
//! let mut world = World::new();
//! let provider = world.provider("turbine", 400_000);
//! let buyer = world.buyer("ada", 5_000_000);
//! let job = world.post(&buyer, world.job_spec());
//! world.deliver(&provider, job);
//! world.accept(&buyer, job).unwrap();
//! assert_eq!(world.earned(&provider).u128(), world.quote(job).u128() * 92 / 100);
//! world.check();
//! ```
#![deny(missing_docs)]

pub mod adversaries;
pub mod audit;
mod backend;
mod invariants;
pub mod observe;
pub mod record;
pub mod scenarios;
pub mod sim;
mod snapshot;
mod world;

pub use backend::{Accounts, Backend, Make, SimApp};
pub use snapshot::Snapshot;
pub use world::{
    code, event, opening, salt, signature, sits, Buyer, Conduct, Provider, Run, Sent, Validator, World, STAKE, USDC,
    VALIDATOR_STAKE,
};
