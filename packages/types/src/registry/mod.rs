//! Registry: who offers what, and what is known about it.

mod events;
pub mod handle;
mod msg;
mod query;
mod types;

pub use events::*;
pub use msg::*;
pub use query::*;
pub use types::*;
