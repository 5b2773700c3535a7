#![doc = include_str!("../README.md")]

pub mod contract;
pub mod domain;
mod error;
mod execute;
mod index;
mod jobs;
mod matching;
mod nodes;
mod outbox;
mod params;
mod query;
pub mod state;
mod tally;

pub use error::MarketplaceError;
