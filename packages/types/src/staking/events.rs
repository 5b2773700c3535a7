//! Events of staking. Amounts in micro-JOULE.

use cosmwasm_std::{Addr, Uint128};

crate::events! {
    /// Stake was bonded.
    Bonded = "joule_bonded" {
        /// Owner of the pool.
        pool: Addr,
        /// Added.
        amount: Uint128,
        /// Bonded now.
        bonded: Uint128,
    }
    /// Stake began to unbond.
    Unbonded = "joule_unbonded" {
        /// Owner of the pool.
        pool: Addr,
        /// Unbonding.
        amount: Uint128,
        /// Claimable from this time on (seconds).
        matures_at: u64,
    }
    /// A pool judges results from the next epoch on, or changed its operator.
    ValidatorEnrolled = "joule_validator_enrolled" {
        /// Owner of the pool.
        pool: Addr,
        /// Who votes.
        operator: Addr,
        /// Slot in the tree.
        slot: u32,
        /// Weight.
        weight: Uint128,
    }
    /// A pool judges no further results.
    ValidatorRetired = "joule_validator_retired" {
        /// Owner of the pool.
        pool: Addr,
        /// Slot given back.
        slot: u32,
    }
    /// Matured stake and awards were paid.
    StakeClaimed = "joule_stake_claimed" {
        /// Who was paid.
        to: Addr,
        /// Matured unbondings.
        matured: Uint128,
        /// Repayments from slashes.
        awarded: Uint128,
    }
    /// A pool was slashed, or the incident was known or the pool empty (amounts 0).
    Slashed = "joule_slashed" {
        /// Owner of the pool.
        pool: Addr,
        /// Contract that reported it.
        caller: Addr,
        /// Kind of incident.
        kind: String,
        /// Id of the record.
        id: u64,
        /// Attempt or node.
        attempt: u64,
        /// The incident had been slashed before.
        known: bool,
        /// Taken.
        slashed: Uint128,
        /// Claims of the repaid parties.
        repaid: Uint128,
        /// The first of them: the harmed party.
        repaid_to: Option<Addr>,
        /// Burned.
        burned: Uint128,
    }
}
