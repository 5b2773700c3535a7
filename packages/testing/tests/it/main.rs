//! Flows across all contracts, in a deployed market.

mod attacks;
mod codes;
mod committee;
mod deployment;
mod disputes;
mod governance;
mod jobs;
mod matrix;
mod migration;
mod proofs;
mod seeded;
