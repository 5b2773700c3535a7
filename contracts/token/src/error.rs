//! Errors of the token.

use joule_kit::KitError;

/// An error with a stable code.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum TokenError {
    /// A minter was named.
    #[error("tok.no_minter: the supply is fixed at genesis; leave `mint` out")]
    NoMinter,
    /// Of the cw20 base.
    #[error("tok.cw20: {0}")]
    Base(#[from] cw20_base::ContractError),
    /// Shared.
    #[error(transparent)]
    Kit(#[from] KitError),
}
