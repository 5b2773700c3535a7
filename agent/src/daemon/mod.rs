//! What the long-running roles (provider, verifier, keeper) have in common: their signer process, the end by signal, the
//! chain's clock, and the rest after a refusal.
mod backoff;
mod blocking;
mod clock;
mod feed;
mod signing;
mod stop;

pub use backoff::Backoff;
pub use blocking::blocking;
pub use clock::Clock;
pub use feed::Feed;
pub use signing::{start_signer, write_policy, SignerPlace};
pub use stop::Stop;
