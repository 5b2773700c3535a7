//! What the long-running roles (provider, verifier, keeper) have in common: their signer process, the end by signal, the
//! chain's clock, the rest after a refusal, and faults on purpose.
mod backoff;
mod blocking;
mod clock;
mod fault;
mod feed;
mod signing;
mod stop;

pub use backoff::Backoff;
pub use blocking::blocking;
pub use clock::Clock;
pub use fault::{fault_named, faults_allowed, Scope};
pub use feed::Feed;
pub use signing::{start_signer, write_policy, SignerPlace};
pub use stop::Stop;
