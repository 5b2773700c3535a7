//! Attacks, one named test each, by the class of vulnerability (security.md section 2). A test says why the attack fails.
//!
//! | class | where |
//! |---|---|
//! | V-01, V-02, V-05, V-06, V-09 to V-12, V-24, V-30, V-40 | `money` |
//! | V-18, V-20, V-21 | `tokens` |
//! | V-04, V-14, V-23, V-25, V-29, V-35, V-36, V-38, V-39, V-44, V-46 | `market` |
//! | V-16, V-26, V-27, V-31 to V-34, V-45 | `power` |
//! | V-03 | `tests/it/flat.rs` of each contract (reads and writes do not grow) |
//! | V-07 | the list of namespaces in the `state` of each contract |
//! | V-08, V-13, V-19, V-41 | the random markets (`tests/sim.rs`): indexes rebuilt, refusals change nothing, both contracts' books agree after each message, pages walked |
//! | V-22, V-43 | `tests/it/matrix` |
//! | V-15, V-17 | no contract of the market has a `reply` |
//! | juries: one's own, bought, copied, deserted; rounds: forged, late, replayed, sold | `committee/attacks`, `committee/beacon` |
//! | V-28 | there is no reward index yet |
//! | V-37, V-42 | nothing is signed off chain yet; no contract uses an allowance |

mod market;
mod money;
mod power;
mod tokens;
