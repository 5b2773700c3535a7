//! Types that every contract uses.

mod admin;
mod asset;
pub mod depin;
mod events;
mod ids;
pub(crate) mod message;
mod page;
mod peers;
mod roles;

pub use admin::{
    AdminMsg, AdminResponse, GuardianSet, Launched, ParamsUpdated, Paused, Phase, Resumed, EVENTS as ADMIN_EVENTS,
};
pub use asset::{denom_key, denom_name, denom_of_key, Money};
pub use events::{Attr, EventError};
pub use ids::{HoldId, IdError, JobId, NodeId, OfferId, ProposalId, ProviderId, WindowId};
pub use page::{Page, DEFAULT_LIMIT, MAX_LIMIT};
pub use peers::{Peer, Peers};
pub use roles::Role;

pub(crate) use events::events;
