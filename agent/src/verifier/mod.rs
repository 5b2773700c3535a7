//! The validator: runs again what its seats are to judge, and votes.
//!
//! - [`run`]: the loop over blocks; [`seats`] compares chain and journal and starts what is to be done;
//! - [`seat`]: one seat from its draw to the revealed vote, over the journal ([`crate::journal::Ballot`]);
//! - [`turns`]: whose turn it is to fetch or to run: the earliest deadline first, and nobody waits for who cannot make his;
//! - [`inputs`]: what is fetched, outside of any turn to run;
//! - [`judge`]: the run itself, through the same sandbox as a provider's, and what is found;
//! - [`stats`], [`watch`]: what is counted, and what it says when asked how it is;
//! - [`policy`]: what the signer of a validator signs.
//!
//! State comes from queries; events only say when to look. A vote is in the journal before its commitment is sent, both
//! messages go under a tag that survives a restart, and what is kept is forgotten only when the chain has closed the
//! committee: a vote is never lost and never cast twice, whenever the process is killed.
mod context;
mod fault;
mod inputs;
mod judge;
mod policy;
mod run;
mod seat;
mod seats;
mod stats;
mod turns;
mod watch;

pub use fault::Fault;
pub use policy::policy;
pub use run::{run, Setup};
pub use stats::Stats;
