//! Pure rules: no storage, no environment.

pub mod cohort;
pub mod incident;
pub mod ledger;
pub mod pot;
pub mod timed;
pub mod tree;
