//! The JOULE token: cw20-base with the supply fixed at genesis.
#![deny(missing_docs)]

pub mod contract;
mod error;

pub use error::TokenError;
