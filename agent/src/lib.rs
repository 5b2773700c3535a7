//! The Joule agent.

pub mod bench;
pub mod chain;
pub mod config;
pub mod error;
pub mod journal;
pub mod keys;
pub mod objects;
pub mod runtime;
pub mod sandbox;
pub mod signer;
pub mod tickets;
