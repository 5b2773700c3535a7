//! Handlers, by subject. Each has four paragraphs: checks, effects, messages, event.

pub mod admin;
pub mod admission;
pub mod beat;
pub mod missed;
pub mod nodes;
pub mod opening;
pub mod outcome;
pub mod register;
pub mod rounds;
pub mod uptime;
pub mod windows;

use joule_types::{NodeId, ProviderId};

use crate::domain::lifecycle::Admission;
use crate::records::{Node, Track};
use crate::RegistryError;

/// A banned provider takes no further part, but for what it owes.
fn not_banned(track: &Track, provider: ProviderId) -> Result<(), RegistryError> {
    if track.banned {
        return Err(RegistryError::Banned { provider });
    }
    Ok(())
}

/// Rejected is for good.
fn not_rejected(node: &Node, id: NodeId) -> Result<(), RegistryError> {
    if node.admission == Admission::Rejected {
        return Err(RegistryError::Rejected { node: id });
    }
    Ok(())
}

/// Only admitted nodes beat and commit.
fn admitted(node: &Node, id: NodeId) -> Result<(), RegistryError> {
    not_rejected(node, id)?;
    if node.admission != Admission::Verified {
        return Err(RegistryError::NotAdmitted { node: id });
    }
    Ok(())
}
