//! Handlers, a file a message or two; then the matrices, the index model, the search against brute force, and flat cost.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::type_complexity,
    clippy::unwrap_used
)]

mod assign;
mod attempt;
mod cancel;
mod dispute;
mod flat;
mod index;
mod matrix;
mod offers;
mod panel_blind;
mod panel_edge;
mod panel_life;
mod panel_matrix;
mod panel_money;
mod panel_seal;
mod panel_seats;
mod panel_votes;
mod params;
mod post_job;
mod queries;
mod search;
mod support;
mod timeout;
