//! Replays the golden vectors of `testdata/`, which a second implementation in another language wrote
//! (`testdata/generate.py`; its README explains every field).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod rules;
mod strangers;
mod support;
