//! Flows across all contracts, in a deployed market.

mod deployment;
mod disputes;
mod governance;
mod jobs;
mod proofs;
