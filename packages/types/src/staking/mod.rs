//! Staking: what stands behind a promise.

mod events;
pub mod handle;
mod msg;
mod query;

pub use events::*;
pub use msg::*;
pub use query::*;
