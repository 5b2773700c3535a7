//! The Joule agent.
pub mod runtime;
pub mod sandbox;
