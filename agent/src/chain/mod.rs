//! Talk with the chain: the only place that knows cosmrs and tendermint-rpc, and the only client. The embedded chain and
//! a real node are spoken to alike.
//!
//! - [`client`]: queries, through a list of [`endpoints`] with health and fallback;
//! - [`tx`]: one actor per key, one transaction in flight, every outcome becomes known;
//! - [`events`]: blocks in order from a saved height;
//! - [`contracts`]: what every typed client of a contract is made of;
//! - [`messages`] and [`wire`]: messages and sign documents to and from protobuf.
pub mod client;
pub mod contracts;
pub mod deploy;
pub mod dialect;
pub mod endpoints;
pub mod events;
pub mod grants;
pub mod known;
pub mod messages;
pub mod node;
pub mod rpc;
pub mod tx;
pub mod types;
pub mod wire;

pub use client::Client;
pub use dialect::Dialect;
pub use endpoints::{Endpoints, Limits};
pub use rpc::RpcError;
pub use types::{Account, BlockResults, Coin, Event, Msg, Status, TxHash, TxInfo};
