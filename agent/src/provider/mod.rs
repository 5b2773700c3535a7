//! The provider: gets on the market and stays there, proves its power in every window, and works off what it is assigned.
//!
//! - [`config`]: what the operator writes down; [`policy`]: what the signer of a provider signs;
//! - [`onboard`]: stake, registration, nodes, admission, offers - from whatever is there already;
//! - [`run`]: the loop over blocks; [`beats`], [`windows`], [`jobs`] are what it drives;
//! - [`stats`], [`watch`]: what is counted, and what it says when asked how it is;
//! - [`attempt`]: one attempt at a job from assignment to delivered result, over the journal.
//!
//! State comes from queries; events only say when to look. Everything that is sent goes through one transaction actor, and
//! what must happen once is sent under a tag that survives a restart.
mod admission;
mod attempt;
mod beats;
mod child;
mod config;
mod context;
mod failure;
mod fault;
mod inputs;
mod jobs;
mod onboard;
mod orphan;
mod owner;
mod policy;
mod register;
mod run;
mod stats;
mod watch;
mod windows;

pub use config::{toml_error, NodeConfig, OfferConfig, ProviderConfig};
pub use failure::object_error;
pub use fault::Fault;
pub use inputs::{bring, gather, NotReady};
pub use policy::policy;
pub use register::{register, Registered};
pub use run::{open_sandbox, run, with_gpu, Setup};
pub use stats::Stats;
