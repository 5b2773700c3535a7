//! The embedded chain as its clients see it.

mod ante;
mod bank;
mod contract;
mod contracts;
mod cosmjs;
mod gas;
mod grants;
mod isolation;
mod lifecycle;
mod queries;
mod rpc;
mod websocket;
mod world;
