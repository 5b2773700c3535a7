//! Errors.

use cosmwasm_std::{OverflowError, StdError, Uint128};
use cw20::Denom;
use joule_kit::KitError;
use joule_types::{denom_name, work::WorkError, HoldId};

/// An error of the escrow: stable code, value at fault, what to do.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum EscrowError {
    /// The denomination may not enter.
    #[error("esc.denom_not_listed: `{denom}` is not taken; see the query `params` for the list")]
    DenomNotListed {
        /// Its name.
        denom: String,
    },
    /// The free balance is too small.
    #[error("esc.insufficient_balance: {owner} has {free} of `{denom}` free, {asked} were asked; deposit first")]
    InsufficientBalance {
        /// Owner.
        owner: String,
        /// Name of the denomination.
        denom: String,
        /// Free, base units.
        free: Uint128,
        /// Asked, base units.
        asked: Uint128,
    },
    /// The free balance is zero, or zero was asked.
    #[error("esc.nothing_to_withdraw: {owner} has {free} of `{denom}` free; ask for 1 to {free}")]
    NothingToWithdraw {
        /// Owner.
        owner: String,
        /// Name of the denomination.
        denom: String,
        /// Free, base units.
        free: Uint128,
    },
    /// The id was used before.
    #[error("esc.hold_exists: hold {hold} was opened before; ids are never reused")]
    HoldExists {
        /// Id.
        hold: HoldId,
    },
    /// Coins of another denomination came with the hold.
    #[error("esc.wrong_coin: {sent} came with a hold in `{denom}`; attach coins of the hold's denomination or none")]
    WrongCoin {
        /// Coin.
        sent: String,
        /// Name of the hold's denomination.
        denom: String,
    },
    /// The tip budget is larger than the hold.
    #[error("esc.tips_exceed_hold: a tip budget of {tips} in a hold of {amount}; it is part of the hold")]
    TipsExceedHold {
        /// Budget.
        tips: Uint128,
        /// Hold.
        amount: Uint128,
    },
    /// A discount outside JOULE.
    #[error("esc.discount_not_joule: a discount on a hold in `{denom}`; only deals in JOULE have one")]
    DiscountNotJoule {
        /// Name of the denomination.
        denom: String,
    },
    /// Nobody earns a positive gross.
    #[error("esc.no_payee: hold {hold} is settled with a gross of {gross} and no payee; name one")]
    NoPayee {
        /// Id.
        hold: HoldId,
        /// Gross.
        gross: Uint128,
    },
    /// Too many awards.
    #[error("esc.too_many_awards: {count} awards; at most {max} are taken")]
    TooManyAwards {
        /// Given.
        count: usize,
        /// Most.
        max: usize,
    },
    /// The hold never existed.
    #[error("esc.hold_not_found: there is no hold {hold}")]
    HoldNotFound {
        /// Id.
        hold: HoldId,
    },
    /// The hold is closed.
    #[error("esc.already_claimed: hold {hold} is closed; its money is in the balances of its parties")]
    AlreadyClaimed {
        /// Id.
        hold: HoldId,
    },
    /// The controller still has time.
    #[error("esc.too_early: hold {hold} can be reclaimed from second {reclaim_at} on")]
    TooEarly {
        /// Id.
        hold: HoldId,
        /// Seconds.
        reclaim_at: u64,
    },
    /// No fees wait.
    #[error("esc.nothing_to_distribute: no fee of the treasury in `{denom}` waits")]
    NothingToDistribute {
        /// Name of the denomination.
        denom: String,
    },
    /// Parameters out of bounds.
    #[error("esc.invalid_params: `{found}`: {rule}")]
    InvalidParams {
        /// Value.
        found: String,
        /// What is allowed.
        rule: &'static str,
    },
    /// A shared rule refused the terms.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// Shared errors.
    #[error(transparent)]
    Kit(#[from] KitError),
}

impl From<StdError> for EscrowError {
    fn from(error: StdError) -> Self {
        Self::Kit(error.into())
    }
}

impl From<OverflowError> for EscrowError {
    fn from(error: OverflowError) -> Self {
        Self::Kit(error.into())
    }
}

/// The name of a denomination that a message named, cut to what a listed one can have.
pub(crate) fn shown(denom: &Denom) -> String {
    denom_name(denom).chars().take(128).collect()
}
