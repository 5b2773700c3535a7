//! Handler tables, one file a message; the ledger against a model; flat cost.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod admin;
mod deposit;
mod distribute;
mod flat;
mod hold;
mod ledger;
mod pay;
mod queries;
mod settle;
mod support;
mod tip;
mod withdraw;
