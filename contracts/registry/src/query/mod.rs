//! Queries, by subject.

pub mod candidates;
pub mod nodes;
pub mod providers;
pub mod rounds;
mod view;
pub mod windows;
