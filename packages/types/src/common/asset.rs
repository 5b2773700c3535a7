//! Amounts with their denomination.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::Uint128;
use cw20::Denom;

/// An amount in base units of one denomination (micro-JOULE, uusdc, ...).
#[cw_serde]
pub struct Money {
    /// Native denom or cw20 contract.
    pub denom: Denom,
    /// Base units.
    pub amount: Uint128,
}

impl Money {
    /// `amount` base units of `denom`.
    pub fn new(denom: Denom, amount: impl Into<Uint128>) -> Self {
        Self {
            denom,
            amount: amount.into(),
        }
    }
}

/// The name of a denomination in events and texts: the native denom, or the address of the cw20 contract. A native
/// denom is never a bech32 address of the chain, so the two do not collide on the allow-list of the escrow.
#[must_use]
pub fn denom_name(denom: &Denom) -> &str {
    match denom {
        Denom::Native(name) => name,
        Denom::Cw20(address) => address.as_str(),
    }
}

/// The storage key of a denomination: a tag byte (`n` native, `c` cw20), then its text. The tag keeps a native denom
/// that spells an address apart from the contract at that address.
#[must_use]
pub fn denom_key(denom: &Denom) -> String {
    match denom {
        Denom::Native(name) => format!("n{name}"),
        Denom::Cw20(address) => format!("c{address}"),
    }
}
