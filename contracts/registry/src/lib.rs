//! The registry: who offers what, and what is known about it. See the README beside this crate.

mod codec;
pub mod contract;
pub mod domain;
mod error;
mod execute;
pub mod params;
mod query;
pub mod records;
pub mod state;

pub use error::RegistryError;
