//! Queries, by subject.

pub mod candidates;
pub mod nodes;
pub mod providers;
mod view;
pub mod windows;
