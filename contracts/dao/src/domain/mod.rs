//! Rules without storage.

pub mod tally;
