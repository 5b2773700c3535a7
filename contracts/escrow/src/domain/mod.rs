//! Pure rules: no storage, no environment.

pub mod balance;
pub mod ledger;
pub mod settlement;
