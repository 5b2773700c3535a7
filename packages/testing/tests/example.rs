//! Runs the example that the README shows.

#[path = "../../../examples/world-test/market.rs"]
mod market;
