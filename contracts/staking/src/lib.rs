#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

pub mod contract;
pub mod domain;
mod error;
mod execute;
mod params;
mod query;
pub mod state;
pub mod validators;

pub use error::StakingError;
