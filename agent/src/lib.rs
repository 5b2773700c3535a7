//! The Joule agent.

pub mod beacon;
pub mod bench;
pub mod chain;
pub mod cli;
pub mod config;
pub mod daemon;
pub mod demo;
pub mod devchain;
pub mod doctor;
pub mod error;
pub mod http;
pub mod journal;
pub mod keeper;
pub mod keys;
pub mod metrics;
pub mod monitor;
pub mod objects;
pub mod process;
pub mod provider;
pub mod runtime;
pub mod sandbox;
pub mod signer;
pub mod tickets;
pub mod verifier;
