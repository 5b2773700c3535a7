//! Bounds of the parameters.

use std::collections::BTreeSet;

use cosmwasm_std::Api;
use cw20::Denom;
use joule_types::{
    denom_key,
    escrow::{Params, ParamsUpdate},
};

use crate::error::shown;
use crate::EscrowError;

/// The most denominations on the list: the list is read whole by every entry.
pub const MAX_DENOMS: usize = 16;

/// Checks the list: its length, each denomination once, contracts by address, native denoms by the form of the bank
/// module. Texts are kept as they are and compared exactly: denoms are case-sensitive (V-40).
///
/// # Errors
/// [`EscrowError::InvalidParams`] with the value at fault.
pub fn validate(api: &dyn Api, params: &Params) -> Result<(), EscrowError> {
    let count = params.denoms.len();
    if count > MAX_DENOMS {
        return Err(invalid(count.to_string(), "at most 16 denominations can be listed"));
    }
    let mut keys = BTreeSet::new();
    for denom in &params.denoms {
        match denom {
            Denom::Native(name) if !is_bank_denom(name) => {
                return Err(invalid(
                    shown(denom),
                    "a native denom is a letter, then 2 to 127 of letters, digits and / : . _ -",
                ));
            }
            // Events name a denomination by its text alone, so no native denom may read as a contract.
            Denom::Native(name) if api.addr_validate(name).is_ok() => {
                return Err(invalid(shown(denom), "an address is listed as `cw20`, not as `native`"));
            }
            Denom::Cw20(address) if api.addr_validate(address.as_str()).is_err() => {
                return Err(invalid(
                    shown(denom),
                    "a cw20 is a lower-case bech32 address of this chain",
                ));
            }
            Denom::Native(_) | Denom::Cw20(_) => {}
        }
        if !keys.insert(denom_key(denom)) {
            return Err(invalid(shown(denom), "each denomination is listed once"));
        }
    }
    Ok(())
}

/// The parameters after an update; fields that are absent stay.
pub fn updated(old: &Params, update: ParamsUpdate) -> Params {
    let ParamsUpdate { denoms } = update;
    Params {
        denoms: denoms.unwrap_or_else(|| old.denoms.clone()),
    }
}

/// The form of the SDK's bank module: `[a-zA-Z][a-zA-Z0-9/:._-]{2,127}`.
fn is_bank_denom(name: &str) -> bool {
    (3..=128).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "/:._-".contains(c))
}

fn invalid(found: String, rule: &'static str) -> EscrowError {
    EscrowError::InvalidParams { found, rule }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cosmwasm_std::testing::MockApi;
    use cosmwasm_std::Addr;

    fn check(denoms: Vec<Denom>) -> Result<(), EscrowError> {
        validate(&MockApi::default(), &Params { denoms })
    }

    fn native(name: &str) -> Denom {
        Denom::Native(name.into())
    }

    #[test]
    fn lists_within_the_bounds_pass() {
        let token = MockApi::default().addr_make("token");
        check(vec![]).unwrap();
        check(vec![
            native("uusdc"),
            native("ibc/27394FB092D2ECCD56123C74F36E4C1F926001CEADA9CA97EA622B25F41E5EB2"),
            native("UUSDC"),
            Denom::Cw20(token),
        ])
        .unwrap();
        check((0..16).map(|i| native(&format!("denom{i}"))).collect()).unwrap();
    }

    #[test]
    fn every_bound_refuses() {
        let token = MockApi::default().addr_make("token");
        let long = "a".repeat(129);
        for denoms in [
            (0..17).map(|i| native(&format!("denom{i}"))).collect(),
            vec![native("uusdc"), native("uusdc")],
            vec![Denom::Cw20(token.clone()), Denom::Cw20(token.clone())],
            vec![native(token.as_str())],
            vec![Denom::Cw20(Addr::unchecked(token.as_str().to_uppercase()))],
            vec![Denom::Cw20(Addr::unchecked("token"))],
            vec![native("")],
            vec![native("ab")],
            vec![native("1abc")],
            vec![native("ab c")],
            vec![native(&long)],
        ] {
            assert!(
                matches!(check(denoms.clone()), Err(EscrowError::InvalidParams { .. })),
                "{denoms:?}"
            );
        }
    }
}
