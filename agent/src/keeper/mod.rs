//! The keeper: carries out what anybody may carry out, so that nothing waits for somebody's goodwill. It needs no rights and
//! holds nothing; several may run at once, and what another one did first is skipped.
//!
//! Every look at the chain is bounded: a page of jobs, a page of nodes, eight offers. What there is more comes next time.
mod backoff;
mod policy;
mod run;
mod tasks;

pub use policy::policy;
pub use run::{run, Setup};
