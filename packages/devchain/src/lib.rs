//! The embedded chain: a cw-multi-test `App` on one thread behind the RPC of a CometBFT 0.38 node, on loopback.
//!
//! It exists so that nothing above it needs a second backend: the same cosmrs client, the same CosmJS script and the
//! same agent talk to it and to a real chain. Signatures, sequences, fees, gas, events and error codes are a node's;
//! contracts run natively, so there is no wasm, no proof and no consensus. README.md lists the methods and the gaps.
//!
//! ```
//! use joule_devchain::{DevChain, Genesis, Options};
//!
//! let chain = DevChain::start(Genesis::default(), Options::default())?;
//! println!("{}", chain.rpc_url());
//! chain.advance(std::time::Duration::from_secs(86_400)).expect("running");
//! chain.shutdown();
//! # Ok::<(), joule_devchain::StartError>(())
//! ```

mod app;
mod chain;
pub mod error;
mod genesis;
mod node;
mod panics;
mod rpc;
mod tx;

pub use chain::{DevChain, Handle, StartError, Stopped};
pub use genesis::{code_checksum, Code, Genesis, Options, CHAIN_ID, FEE_DENOM, PREFIX};
