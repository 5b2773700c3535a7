//! How a long-running role is: for its operator, for Prometheus and for the service manager.
//!
//! - [`board`]: what is known, filled by the role; [`watch`]: what is looked up every now and then;
//! - [`health`]: alive and ready, or why not; [`status`]: everything in one document; [`gauges`]: what all roles measure;
//! - [`notes`]: the last warnings and errors of the log;
//! - [`server`]: the four pages over HTTP, on loopback unless somebody insists; nothing can be changed through it;
//! - [`systemd`]: readiness and watchdog for a unit of `Type=notify`.
mod board;
mod gauges;
mod health;
mod notes;
mod server;
mod status;
mod systemd;
mod watch;

pub use board::{Monitor, Own};
pub use health::Check;
pub use notes::Notes;
pub use watch::{InHand, Watched};

use crate::chain::tx;
use crate::metrics::{Book, Entry};
use crate::{keeper, provider, verifier};

/// Who is looked after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// `joule run`.
    Provider,
    /// `joule verify`.
    Validator,
    /// `joule keep`.
    Keeper,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Provider, Self::Validator, Self::Keeper];

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Validator => "validator",
            Self::Keeper => "keeper",
        }
    }

    /// Port of its pages unless another is set.
    pub fn port(self) -> u16 {
        match self {
            Self::Provider => 9464,
            Self::Validator => 9465,
            Self::Keeper => 9466,
        }
    }

    /// What its standing on the chain is called.
    fn standing(self) -> &'static str {
        match self {
            Self::Provider => "registered",
            Self::Validator => "enrolled",
            Self::Keeper => "funded",
        }
    }
}

/// Every metric that a role shows.
pub fn catalogue(role: Role) -> Vec<Entry> {
    let mut book = Book::default();
    gauges::Gauges::default().list(&mut book);
    tx::Stats::default().list(&mut book);
    match role {
        Role::Provider => provider::Stats::default().list(&mut book),
        Role::Validator => verifier::Stats::default().list(&mut book),
        Role::Keeper => keeper::Stats::default().list(&mut book),
    }
    book.entries().to_vec()
}
