//! What the long-running roles (provider, keeper) have in common: their signer process, the end by signal, and the chain's
//! clock.
mod clock;
mod feed;
mod signing;
mod stop;

pub use clock::Clock;
pub use feed::Feed;
pub use signing::{start_signer, write_policy, SignerPlace};
pub use stop::Stop;
