//! Escrow: where every coin of the market is.

mod events;
pub mod handle;
mod msg;
mod query;

pub use events::*;
pub use msg::*;
pub use query::*;
