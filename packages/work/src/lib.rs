//! The mathematics that chain and agent must agree on: fees, prices, score, reputation, trust, the job table, tickets,
//! the online clock and digests. No chain types, no floats, no panics; golden vectors in `testdata/` let another
//! language replay every rule.
//!
//! Conventions: amounts are `u128` base units of one denom, times are `u64` seconds, ratios are basis points (10 000 is
//! the whole) and reputation is in thousandths of a point.

#[macro_use]
mod indexed;

pub mod beacon;
pub mod committee;
pub mod digest;
pub mod error;
pub mod fees;
pub mod incident;
pub mod job;
pub mod kind;
pub mod math;
pub mod price;
pub mod reputation;
pub mod score;
pub mod ticket;
pub mod trust;
pub mod uptime;

pub use error::WorkError;

/// The whole, in basis points.
pub const BPS: u16 = 10_000;
