//! Everything that two parties of Joule see: messages, queries, answers, ids, events, roles and the typed handles with
//! which a contract calls a peer of a lower rank. One folder a contract; `common` is shared by all.
#![deny(missing_docs)]
// The types of answers are named for the schema only, which the compiled contracts leave out.
#![cfg_attr(target_arch = "wasm32", allow(unused_imports))]

pub mod common;
pub mod dao;
pub mod escrow;
pub mod marketplace;
pub mod registry;
pub mod staking;

pub use common::*;
pub use joule_work as work;
