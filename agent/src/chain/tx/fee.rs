//! Gas and fee of a transaction: simulated gas times a factor that learns, under two ceilings.
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::chain::types::Coin;
use crate::error::{Error, Result};

/// Price of a unit of gas, like `0.025`; held in billionths; more decimals are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GasPrice {
    nano: u64,
}

const NANO: u64 = 1_000_000_000;

impl GasPrice {
    /// 0.025, what the local chains ask for.
    pub const DEFAULT: Self = Self { nano: 25_000_000 };

    /// Fee for `gas`: `ceil(gas x price)`, in the fee denom's smallest unit.
    pub fn fee(self, gas: u64) -> u128 {
        (u128::from(gas) * u128::from(self.nano)).div_ceil(u128::from(NANO))
    }
}

impl FromStr for GasPrice {
    type Err = Error;

    fn from_str(s: &str) -> Result<Self> {
        let bad = || {
            Error::config(
                "config.bad_gas_price",
                format!("`{s}`"),
                "write a decimal like 0.025 (at most nine decimals)",
            )
        };
        let (whole, fraction) = s.split_once('.').unwrap_or((s, "0"));
        let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || fraction.len() > 9 {
            return Err(bad());
        }
        let whole: u64 = whole.parse().map_err(|_| bad())?;
        let fraction: u64 = format!("{fraction:0<9}").parse().map_err(|_| bad())?;
        let nano = whole
            .checked_mul(NANO)
            .and_then(|n| n.checked_add(fraction))
            .ok_or_else(bad)?;
        Ok(Self { nano })
    }
}

impl TryFrom<String> for GasPrice {
    type Error = Error;

    fn try_from(s: String) -> Result<Self> {
        s.parse()
    }
}

impl fmt::Display for GasPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fraction = format!("{:09}", self.nano % NANO);
        let fraction = fraction.trim_end_matches('0');
        write!(
            f,
            "{}.{}",
            self.nano / NANO,
            if fraction.is_empty() { "0" } else { fraction }
        )
    }
}

impl From<GasPrice> for String {
    fn from(price: GasPrice) -> Self {
        price.to_string()
    }
}

/// Ceilings and price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GasPolicy {
    /// Denom fees are paid in.
    pub denom: String,
    /// Price of gas.
    pub price: GasPrice,
    /// Gas limit that no transaction exceeds.
    pub max_gas: u64,
    /// Fee that no transaction exceeds, smallest units of `denom`.
    pub max_fee: u128,
}

/// Why a transaction cannot be paid for within the ceilings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OverCap {
    /// Gas limit needed.
    Gas(u64),
    /// Fee needed.
    Fee(u128),
}

impl GasPolicy {
    /// Fee for a gas limit, `boost` permille of the plain price (1000 = as configured).
    pub fn fee(&self, gas: u64, boost: u32) -> Result<Coin, OverCap> {
        if gas > self.max_gas {
            return Err(OverCap::Gas(gas));
        }
        let fee = (self.price.fee(gas) * u128::from(boost)).div_ceil(1000);
        if fee > self.max_fee {
            return Err(OverCap::Fee(fee));
        }
        Ok(Coin::new(fee, self.denom.clone()))
    }

    /// The error of a single submission over a ceiling.
    pub fn refuse(&self, over: &OverCap) -> Error {
        match over {
            OverCap::Gas(gas) => Error::refused(
                "tx.gas_over_ceiling",
                format!("{gas} gas needed, ceiling {}", self.max_gas),
                "send less at once, or raise gas.max_gas",
            ),
            OverCap::Fee(fee) => Error::refused(
                "tx.fee_over_ceiling",
                format!(
                    "a fee of {fee}{} needed, ceiling {}{}",
                    self.denom, self.max_fee, self.denom
                ),
                "wait for lower prices, or raise gas.max_fee",
            ),
        }
    }
}

/// The factor on simulated gas, in permille. Starts where it is told to, grows when gas runs out, shrinks slowly while it is not
/// needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Margin(u32);

impl Margin {
    const LEAST: u32 = 1150;
    const MOST: u32 = 3000;

    /// So many percent of a simulation.
    pub fn new(percent: u32) -> Self {
        Self(percent.saturating_mul(10).clamp(1, Self::MOST))
    }

    /// Gas limit for a simulated use.
    pub fn limit(self, simulated: u64) -> u64 {
        simulated.saturating_mul(u64::from(self.0)).div_ceil(1000)
    }

    /// A transaction ran out of gas.
    pub fn ran_out(&mut self) {
        self.0 = self.0.saturating_add(300).min(Self::MOST);
    }

    /// A transaction succeeded with `used` of the `limit`: moves an eighth of the way towards what would have done with
    /// 15 % to spare.
    pub fn succeeded(&mut self, used: u64, limit: u64) {
        let simulated = limit.saturating_mul(1000) / u64::from(self.0);
        let needed = used.saturating_mul(1150).checked_div(simulated).unwrap_or(u64::MAX);
        let target = u32::try_from(needed)
            .unwrap_or(Self::MOST)
            .clamp(Self::LEAST, Self::MOST);
        self.0 = if target >= self.0 {
            target
        } else {
            self.0 - (self.0 - target) / 8
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_exact_decimals() {
        let price: GasPrice = "0.025".parse().unwrap();
        assert_eq!((price.fee(1), price.fee(40), price.fee(41)), (1, 1, 2));
        assert_eq!(
            (price.to_string().as_str(), "3".parse::<GasPrice>().unwrap().fee(7)),
            ("0.025", 21)
        );
        for bad in ["", ".", "1.", ".5", "-1", "1e3", "0.0000000001", "99999999999999999999"] {
            assert_eq!(
                bad.parse::<GasPrice>().unwrap_err().code(),
                "config.bad_gas_price",
                "{bad}"
            );
        }
    }

    #[test]
    fn ceilings_hold_for_gas_fee_and_boosted_fee() {
        let p = GasPolicy {
            denom: "uwatt".into(),
            price: "0.5".parse().unwrap(),
            max_gas: 100,
            max_fee: 60,
        };
        assert_eq!(p.fee(100, 1000).unwrap(), Coin::new(50, "uwatt"));
        assert_eq!(p.fee(101, 1000), Err(OverCap::Gas(101)));
        assert_eq!(p.fee(100, 1500), Err(OverCap::Fee(75)));
        assert_eq!(p.refuse(&OverCap::Fee(75)).code(), "tx.fee_over_ceiling");
    }

    #[test]
    fn the_margin_learns_both_ways_within_bounds() {
        let mut m = Margin::new(130);
        assert_eq!(m.limit(100_001), 130_002);
        m.ran_out();
        assert_eq!(m.limit(1000), 1600);
        for _ in 0..100 {
            m.succeeded(1000, m.limit(1000));
        }
        assert!((1150..1170).contains(&m.limit(1000)), "{}", m.limit(1000));
        m.succeeded(1400, m.limit(1000));
        assert!(m.limit(1000) >= 1600, "one expensive run raises it at once");
        (0..20).for_each(|_| m.ran_out());
        assert_eq!(m.limit(1000), 3000);
        m.succeeded(0, 0);
    }
}
