//! Amounts with their denomination.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{Addr, Uint128};
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

/// The denomination of a storage key made by [`denom_key`]; none for any other text.
#[must_use]
pub fn denom_of_key(key: &str) -> Option<Denom> {
    match (key.strip_prefix('n'), key.strip_prefix('c')) {
        (Some(name), _) => Some(Denom::Native(name.into())),
        (_, Some(address)) => Some(Denom::Cw20(Addr::unchecked(address))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_denominations_read_back_and_never_meet() {
        let denoms = [
            Denom::Native("uusdc".into()),
            Denom::Native("cuusdc".into()),
            Denom::Cw20(Addr::unchecked("uusdc")),
        ];
        for denom in &denoms {
            assert_eq!(denom_of_key(&denom_key(denom)).as_ref(), Some(denom));
        }
        assert_eq!(denom_of_key("x"), None);
        assert_ne!(denom_key(&denoms[0]), denom_key(&denoms[2]));
    }
}
