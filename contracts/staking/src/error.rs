//! Errors.

use cosmwasm_std::{OverflowError, StdError, Uint128};
use joule_kit::KitError;
use joule_types::work::WorkError;

/// An error of staking: stable code, value at fault, what to do.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum StakingError {
    /// No stake to unbond.
    #[error("stk.no_pool: {owner} has no bonded stake; bond some by sending JOULE with the `bond` hook")]
    NoPool {
        /// Owner.
        owner: String,
    },
    /// More than is bonded.
    #[error("stk.too_much: {asked} micro-JOULE asked, {bonded} are bonded; ask for at most that")]
    TooMuch {
        /// Asked.
        asked: Uint128,
        /// Bonded.
        bonded: Uint128,
    },
    /// Zero asked.
    #[error("stk.zero_amount: zero micro-JOULE asked; ask for at least 1")]
    ZeroAmount,
    /// A stake that is too small.
    #[error("stk.below_minimum: {left} micro-JOULE bonded is too little; it takes at least {min}, or none")]
    BelowMinimum {
        /// Bonded afterwards.
        left: Uint128,
        /// Minimum.
        min: Uint128,
    },
    /// All cohorts of the pool are taken.
    #[error("stk.cohorts_full: stake of this pool unbonds on 22 days already; try again at second {free_at}")]
    CohortsFull {
        /// Seconds: the next cohort matures.
        free_at: u64,
    },
    /// Nothing is due.
    #[error("stk.nothing_to_claim: nothing of {address} has matured or was awarded yet")]
    NothingToClaim {
        /// Address.
        address: String,
    },
    /// Not a share of a pool.
    #[error("stk.invalid_fraction: {fraction_bps} basis points; 1 to 10000 can be slashed")]
    InvalidFraction {
        /// Basis points.
        fraction_bps: u16,
    },
    /// A list that is too long.
    #[error("stk.too_many: {found} {what}; at most {max} are taken at a time")]
    TooMany {
        /// What the list holds.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The most.
        max: usize,
    },
    /// The operator stands for another validator.
    #[error("stk.operator_taken: {operator} is owner or operator of the validator {owner}; name another address")]
    OperatorTaken {
        /// Operator asked for.
        operator: String,
        /// Owner of the other validator.
        owner: String,
    },
    /// No slot is free.
    #[error("stk.tree_full: all {slots} slots are taken or rest for two epochs after a retirement; try again later")]
    TreeFull {
        /// Slots of the tree.
        slots: u32,
    },
    /// Not a validator.
    #[error("stk.not_validator: {owner} owns no validator; enrol its pool first")]
    NotValidator {
        /// Who asked.
        owner: String,
    },
    /// Parameters out of bounds.
    #[error("stk.invalid_params: {what} is {found}, allowed is {min} to {max}")]
    InvalidParams {
        /// Field.
        what: &'static str,
        /// Value.
        found: Uint128,
        /// Least.
        min: Uint128,
        /// Most.
        max: Uint128,
    },
    /// A genesis list that is not valid.
    #[error("stk.invalid_genesis: {found}: {rule}")]
    InvalidGenesis {
        /// Entry at fault.
        found: String,
        /// What is allowed.
        rule: &'static str,
    },
    /// The token does not back the genesis stake.
    #[error("stk.unbacked: {held} micro-JOULE are here, {staked} are staked; send the rest before the launch")]
    Unbacked {
        /// Balance of this contract.
        held: Uint128,
        /// Genesis stake.
        staked: Uint128,
    },
    /// A shared rule has no answer.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// Shared errors.
    #[error(transparent)]
    Kit(#[from] KitError),
}

impl From<StdError> for StakingError {
    fn from(error: StdError) -> Self {
        Self::Kit(error.into())
    }
}

impl From<OverflowError> for StakingError {
    fn from(error: OverflowError) -> Self {
        Self::Kit(error.into())
    }
}

/// Checks the length of a list.
///
/// # Errors
/// [`StakingError::TooMany`].
pub fn at_most(what: &'static str, found: usize, max: usize) -> Result<(), StakingError> {
    if found > max {
        return Err(StakingError::TooMany { what, found, max });
    }
    Ok(())
}
