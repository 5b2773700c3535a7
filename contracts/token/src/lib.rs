#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

pub mod contract;
mod error;

pub use error::TokenError;
