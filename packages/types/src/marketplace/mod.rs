//! Marketplace: who gets what from whom, and on which terms.

mod events;
mod job;
mod msg;
mod offer;
mod query;

pub use events::*;
pub use job::*;
pub use msg::*;
pub use offer::*;
pub use query::*;
