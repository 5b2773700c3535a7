//! An amount that several stakers own by shares: the bonded stake of a pool, or one cohort of unbonding stake.
//!
//! Rounding is towards the pot: shares are minted rounded down and burned rounded up, values are rounded down. A share
//! starts at one micro-JOULE and only loses value, by slashes, so `shares >= amount` always holds; and `amount > 0`
//! exactly if `shares > 0`, so nobody can inherit what others left behind. A pot that is slashed to nothing starts a
//! new generation: the old shares are worth nothing in it (I-26). Coins sent to the contract by themselves are in no
//! pot, so they move no rate (V-27).

use cosmwasm_schema::cw_serde;
use cosmwasm_std::Uint128;
use joule_types::staking::PoolRecord;
use joule_types::work::math::{mul_div_ceil, mul_div_floor};
use joule_types::work::{incident, WorkError};

/// An amount and the shares over it.
#[cw_serde]
#[derive(Default)]
pub struct Pot {
    /// Micro-JOULE.
    pub amount: Uint128,
    /// Shares over it.
    pub shares: Uint128,
    /// Rises when the pot was slashed to nothing.
    pub generation: u32,
}

impl Pot {
    /// The bonded stake of a pool.
    #[must_use]
    pub fn of(pool: &PoolRecord) -> Self {
        Self {
            amount: pool.bonded,
            shares: pool.shares,
            generation: pool.generation,
        }
    }

    /// Writes the bonded stake back.
    pub fn store(self, pool: &mut PoolRecord) {
        pool.bonded = self.amount;
        pool.shares = self.shares;
        pool.generation = self.generation;
    }

    /// `floor(shares x amount / all shares)`; nothing in an empty pot.
    ///
    /// # Errors
    /// Overflow, for more shares than there are.
    pub fn value(&self, shares: Uint128) -> Result<Uint128, WorkError> {
        if self.shares.is_zero() {
            return Ok(Uint128::zero());
        }
        mul_div_floor(shares.u128(), self.amount.u128(), self.shares.u128()).map(Uint128::new)
    }

    /// Adds `amount` and returns the shares minted: `floor(amount x shares / amount of the pot)`, one for one in an
    /// empty pot. At least `amount`, since a share is worth at most one micro-JOULE.
    ///
    /// # Errors
    /// Overflow: after slashes of all but 10^-20 of the stake; a full unbond starts the pot afresh.
    pub fn add(&mut self, amount: Uint128) -> Result<Uint128, WorkError> {
        let minted = if self.shares.is_zero() {
            amount
        } else {
            mul_div_floor(amount.u128(), self.shares.u128(), self.amount.u128())?.into()
        };
        self.amount = self.amount.checked_add(amount).map_err(overflow)?;
        self.shares = self.shares.checked_add(minted).map_err(overflow)?;
        Ok(minted)
    }

    /// Takes `amount`, at most the value of the shares of who takes it, and returns the shares burned:
    /// `ceil(amount x shares / amount of the pot)`.
    ///
    /// # Errors
    /// Overflow, for more than the pot has.
    pub fn take(&mut self, amount: Uint128) -> Result<Uint128, WorkError> {
        let burned = mul_div_ceil(amount.u128(), self.shares.u128(), self.amount.u128())?.into();
        self.amount = self.amount.checked_sub(amount).map_err(overflow)?;
        self.shares = self.shares.checked_sub(burned).map_err(overflow)?;
        Ok(burned)
    }

    /// Burns `shares` and returns their value.
    ///
    /// # Errors
    /// Overflow, for more shares than there are.
    pub fn redeem(&mut self, shares: Uint128) -> Result<Uint128, WorkError> {
        let value = self.value(shares)?;
        self.amount = self.amount.checked_sub(value).map_err(overflow)?;
        self.shares = self.shares.checked_sub(shares).map_err(overflow)?;
        Ok(value)
    }

    /// Takes `ceil(amount x bps / 10000)` from all shares alike and returns it.
    ///
    /// # Errors
    /// `work.bps_out_of_range` above the whole.
    pub fn slash(&mut self, bps: u16) -> Result<Uint128, WorkError> {
        let taken = incident::slash(self.amount.u128(), bps)?.into();
        self.amount = self.amount.checked_sub(taken).map_err(overflow)?;
        if self.amount.is_zero() && !self.shares.is_zero() {
            self.shares = Uint128::zero();
            self.generation = self
                .generation
                .checked_add(1)
                .ok_or(WorkError::Overflow { what: "the generation" })?;
        }
        Ok(taken)
    }
}

fn overflow(_: cosmwasm_std::OverflowError) -> WorkError {
    WorkError::Overflow {
        what: "an amount of stake",
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::panic)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Step {
        Add(usize, u64),
        Take(usize, u16),
        Redeem(usize, u16),
        Slash(u16),
    }

    fn step() -> impl Strategy<Value = Step> {
        let amount = prop_oneof![1u64..5, 1u64..1_000_000_000_000];
        let part = prop_oneof![1u16..=10_000, Just(10_000u16)];
        prop_oneof![
            (0usize..4, amount).prop_map(|(who, amount)| Step::Add(who, amount)),
            (0usize..4, part.clone()).prop_map(|(who, part)| Step::Take(who, part)),
            (0usize..4, part).prop_map(|(who, part)| Step::Redeem(who, part)),
            prop_oneof![1u16..=9_999, Just(500u16), Just(10_000u16)].prop_map(Step::Slash),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        /// I-26, I-27, I-32 over four stakers: shares add up, nobody's value moves by more than one unit when another
        /// one comes or goes, nobody takes out more than the value, and all lose the same fraction.
        #[test]
        fn shares_keep_every_staker_whole(steps in prop::collection::vec(step(), 1..40)) {
            let mut pot = Pot::default();
            let mut owned = [(0u128, 0u32); 4];
            for step in steps {
                let value = |pot: &Pot, (shares, generation): (u128, u32)| {
                    if generation == pot.generation { pot.value(shares.into()).unwrap().u128() } else { 0 }
                };
                let before = owned.map(|o| value(&pot, o));
                match step {
                    Step::Add(who, amount) => {
                        let Ok(minted) = pot.add(u128::from(amount).into()) else { return Ok(()) };
                        if owned[who].1 != pot.generation {
                            owned[who] = (0, pot.generation);
                        }
                        owned[who].0 += minted.u128();
                        prop_assert!(minted.u128() >= u128::from(amount));
                        let gained = value(&pot, owned[who]) - before[who];
                        prop_assert!(gained <= u128::from(amount) + 1 && gained + 1 >= u128::from(amount));
                        for (i, was) in before.iter().enumerate().filter(|(i, _)| *i != who) {
                            prop_assert!(value(&pot, owned[i]).abs_diff(*was) <= 1);
                        }
                    }
                    Step::Take(who, part) => {
                        let amount = before[who] * u128::from(part) / 10_000;
                        if amount == 0 { continue }
                        let burned = pot.take(amount.into()).unwrap().u128();
                        prop_assert!(burned <= owned[who].0, "value covers what is taken");
                        owned[who].0 -= burned;
                        for (i, was) in before.iter().enumerate().filter(|(i, _)| *i != who) {
                            let now = value(&pot, owned[i]);
                            prop_assert!(now >= *was && now - was <= 1, "others never lose: {was} -> {now}");
                        }
                    }
                    Step::Redeem(who, part) => {
                        if owned[who].1 != pot.generation { continue }
                        let shares = owned[who].0 * u128::from(part) / 10_000;
                        let paid = pot.redeem(shares.into()).unwrap().u128();
                        owned[who].0 -= shares;
                        prop_assert!(paid + value(&pot, owned[who]) <= before[who] + 1);
                        for (i, was) in before.iter().enumerate().filter(|(i, _)| *i != who) {
                            prop_assert!(value(&pot, owned[i]) >= *was);
                        }
                    }
                    Step::Slash(bps) => {
                        let (whole, bps) = (pot.amount.u128(), u128::from(bps));
                        let taken = pot.slash(bps as u16).unwrap().u128();
                        prop_assert_eq!(taken, (whole * bps).div_ceil(10_000));
                        for (i, was) in before.iter().enumerate() {
                            let ideal = was * (10_000 - bps) / 10_000;
                            prop_assert!(value(&pot, owned[i]).abs_diff(ideal) <= 2);
                        }
                    }
                }
                let live = owned.iter().filter(|(_, generation)| *generation == pot.generation);
                prop_assert_eq!(live.map(|(shares, _)| shares).sum::<u128>(), pot.shares.u128());
                prop_assert_eq!(pot.amount.is_zero(), pot.shares.is_zero());
                prop_assert!(pot.shares >= pot.amount);
                let values = owned.map(|o| value(&pot, o)).iter().sum::<u128>();
                prop_assert!(values <= pot.amount.u128() && pot.amount.u128() - values < 4);
            }
        }
    }
}
