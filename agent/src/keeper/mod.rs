//! The keeper: carries out what anybody may carry out, so that nothing waits for somebody's goodwill. It needs no rights and
//! holds nothing; several may run at once, and what another one did first is skipped.
//!
//! - [`rounds`]: rounds of the beacon that somebody waits for, and those that open a window;
//! - [`agenda`], [`jobs`]: which jobs to look at next: deadlines first, then those that wait for a match, in turn;
//! - [`panels`]: what a committee needs next;
//! - [`lists`]: challenges, missed windows, uptime, scores;
//! - [`chores`]: what has time: fees, tips, holds whose controller fell silent, proposals that nobody carries out;
//! - [`terms`]: the parameters that it goes by, as the dao has them now;
//! - [`stats`], [`watch`]: what is counted, and what it says when asked how it is.
//!
//! Every look at the chain is bounded: 30 jobs, a page of nodes, eight offers. What there is more comes next time.
mod agenda;
mod chores;
mod jobs;
mod lists;
pub mod panels;
mod policy;
mod rounds;
mod run;
mod stats;
mod task;
mod terms;
mod watch;

pub use policy::policy;
pub use run::{run, Setup};
pub use stats::Stats;
