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
mod flat;
mod power;
mod queries;
mod slash;
mod stake;
mod support;
mod unbond;
