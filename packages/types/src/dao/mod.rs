//! The dao: owner and admin of all, treasury.

mod events;
mod msg;
mod query;

pub use events::*;
pub use msg::*;
pub use query::*;
