//! Who may send a message. Each contract's `ExecuteMsg::required_role` is a total match; its dispatcher checks the
//! role before the handler runs.

use std::fmt;

use crate::Peer;

/// The role that a message requires of its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Any address.
    Anyone,
    /// A party of the record that the message names (owner, operator, buyer, ...): the handler checks which.
    Party,
    /// The dao of the deployment.
    Owner,
    /// The guardian or the dao: may only tighten.
    Guardian,
    /// One contract of the deployment.
    Peer(Peer),
    /// One of two contracts of the deployment, or the dao.
    Slasher,
    /// The account that instantiated the contract, until launch.
    Deployer,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Role::Anyone => f.write_str("anyone"),
            Role::Party => f.write_str("a party of the record"),
            Role::Owner => f.write_str("the dao"),
            Role::Guardian => f.write_str("the guardian or the dao"),
            Role::Peer(peer) => write!(f, "the {peer} contract"),
            Role::Slasher => f.write_str("the registry, the marketplace or the dao"),
            Role::Deployer => f.write_str("the deployer, before launch"),
        }
    }
}
