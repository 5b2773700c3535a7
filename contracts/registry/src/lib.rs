#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

pub mod beacon;
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
