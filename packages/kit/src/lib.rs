//! What the Joule contracts share: who may act and when, addresses, funds, pages, versions, packed records.
#![deny(missing_docs)]
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

pub mod control;
mod error;
pub mod funds;
pub mod ids;
pub mod packed;
pub mod paging;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod version;

pub use control::Control;
pub use error::KitError;

use cosmwasm_std::{Addr, Api};

/// The checked form of an address in a message: bech32 of this chain, lower case. Every `String` that names an account
/// passes through here before it is compared or stored (V-01).
///
/// # Errors
/// [`KitError::InvalidAddress`] with the text at fault.
pub fn addr(api: &dyn Api, text: &str) -> Result<Addr, KitError> {
    api.addr_validate(text).map_err(|_| KitError::InvalidAddress {
        address: text.chars().take(90).collect(),
    })
}

/// [`addr`] for an optional field.
///
/// # Errors
/// As [`addr`].
pub fn opt_addr(api: &dyn Api, text: Option<&str>) -> Result<Option<Addr>, KitError> {
    text.map(|text| addr(api, text)).transpose()
}
