//! Handler tables of the registry over mock dependencies: a file a subject.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

mod admin;
mod admission;
mod beat;
mod codes;
mod flat;
mod forgeries;
mod missed;
mod nodes;
mod opening;
mod queries;
mod record;
mod register;
mod rounds;
mod setup;
mod suite;
mod tips;
mod uptime;
mod windows;
