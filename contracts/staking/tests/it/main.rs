//! Handler tables, one file a message; stake against a model; flat cost.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod admin;
mod bond;
mod claim;
mod cost;
mod draw;
mod enrol;
mod flat;
mod grinding;
mod penalize;
mod power;
mod queries;
mod slash;
mod stake;
mod support;
mod tree;
mod unbond;
