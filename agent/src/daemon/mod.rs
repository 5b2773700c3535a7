//! What the long-running roles (provider, verifier, keeper) have in common: their signer process, the end by signal, the
//! pulse of the main loop, the chain's clock, the rest after a refusal, and faults on purpose.
mod backoff;
mod blocking;
mod clock;
mod fault;
mod feed;
mod pulse;
mod signing;
mod stop;

pub use backoff::Backoff;
pub use blocking::{blocking, panicked};
pub use clock::Clock;
pub use fault::{fault_named, faults_allowed, Scope};
pub use feed::Feed;
pub use pulse::Pulse;
pub use signing::{start_signer, write_policy, SignerPlace};
pub use stop::{finish, Stop};
