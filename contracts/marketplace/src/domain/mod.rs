//! Pure rules: no storage, no chain.

pub mod bytes;
pub mod eligibility;
pub mod figures;
pub mod merge;
pub mod panel;
pub mod record;
pub mod search;
pub mod settlement;
pub mod stream;
