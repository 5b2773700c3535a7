//! Phase A tickets: power measured by counting hashes in a fixed window (verification study, sections 3 and 4).
//!
//! A ticket is a 64-bit id whose [`value`] is known only by hashing it. A node keeps the k ids of smallest value; the
//! greatest of these values tells how many ids were tried. It commits to (k, greatest value, digest of the id list), then
//! reveals the list, and the contract recomputes every ticket.

mod audit;
mod keeper;
mod power;
mod seed;

pub use audit::{audit, list_digest, pack_ids, reveal, unpack_ids, AuditFault, Commitment};
pub use keeper::{search_range, select_k, Best, Claim};
pub use power::{
    admission_rate, check_k, difficulty_target, estimate, hash_rate, lower_bound, smooth, solves, KSET,
    ONE_TICKET_LCB_PPM,
};
pub use seed::{node_seed, value};
