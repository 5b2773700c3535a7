//! The Joule agent.

pub mod bench;
pub mod objects;
pub mod runtime;
pub mod sandbox;
pub mod tickets;
