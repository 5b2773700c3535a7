//! Amounts and denominations as people write and read them.
//!
//! One form everywhere: a number and a unit without a space. The unit is a whole coin with up to six decimals (`5usdc`,
//! `0.25joule`) or the base unit that the chain counts in (`5000000uusdc`, `250000ujoule`), whole numbers only.
use std::fmt;
use std::str::FromStr;

use cw20::Denom;
use joule_types::{denom_name, Money};

use crate::error::{Error, Result};

/// Decimals of the coins whose base unit starts with `u`, and of JOULE.
const DECIMALS: u32 = 6;
/// Name of JOULE, whose denomination is the address of a contract.
const JOULE: &str = "joule";

/// A number with the name of a unit, as written; which unit that is only a chain can say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount {
    whole: u128,
    /// Digits behind the point, at most six.
    fraction: String,
    unit: String,
}

impl FromStr for Amount {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let bad = || {
            let next = "write a number and a unit, like 5usdc, 0.25joule or 5000000uusdc";
            Error::usage("money.bad_amount", format!("`{text}` is not an amount"), next)
        };
        let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(bad)?;
        let (number, unit) = text.split_at(split);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
        let named = |c: char| c.is_ascii_alphanumeric() || "/:._-".contains(c);
        if !digits(whole)
            || !digits(fraction)
            || !unit.starts_with(|c: char| c.is_ascii_alphabetic())
            || !unit.chars().all(named)
        {
            return Err(bad());
        }
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > DECIMALS as usize {
            return Err(bad());
        }
        Ok(Self {
            whole: whole.parse().map_err(|_| bad())?,
            fraction: fraction.into(),
            unit: unit.into(),
        })
    }
}

impl TryFrom<String> for Amount {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let point = if self.fraction.is_empty() { "" } else { "." };
        write!(f, "{}{point}{}{}", self.whole, self.fraction, self.unit)
    }
}

impl<'de> serde::Deserialize<'de> for Amount {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> std::result::Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(d)?;
        text.parse().map_err(|e: Error| serde::de::Error::custom(e.to_string()))
    }
}

/// A denomination of a market and its names.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    /// Whole coin: `usdc`, `joule`.
    pub coin: String,
    /// Base unit: `uusdc`, `ujoule`.
    pub base: String,
    /// Decimals between them.
    decimals: u32,
    /// On the wire.
    pub denom: Denom,
}

impl Unit {
    fn of(denom: &Denom, token: &str) -> Self {
        let denom = denom.clone();
        match &denom {
            Denom::Cw20(address) if address.as_str() == token => Self {
                coin: JOULE.into(),
                base: format!("u{JOULE}"),
                decimals: DECIMALS,
                denom,
            },
            Denom::Native(name) => match name.strip_prefix('u').filter(|coin| coin.len() >= 3) {
                Some(coin) => Self {
                    coin: coin.into(),
                    base: name.clone(),
                    decimals: DECIMALS,
                    denom,
                },
                None => Self {
                    coin: name.clone(),
                    base: name.clone(),
                    decimals: 0,
                    denom,
                },
            },
            Denom::Cw20(address) => Self {
                coin: address.to_string(),
                base: address.to_string(),
                decimals: 0,
                denom,
            },
        }
    }

    /// `amount` base units in whole coins: `1.25usdc`.
    pub fn show(&self, amount: u128) -> String {
        let one = 10u128.pow(self.decimals);
        let fraction = if self.decimals == 0 {
            String::new()
        } else {
            format!("{:0w$}", amount % one, w = self.decimals as usize)
        };
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{}{point}{fraction}{}", amount / one, self.coin)
    }
}

/// The denominations that a market lists.
#[derive(Clone, Debug, PartialEq)]
pub struct Denoms(Vec<Unit>);

impl Denoms {
    /// From the escrow's list; `token` is the address of JOULE.
    pub fn new(listed: &[Denom], token: &str) -> Self {
        Self(listed.iter().map(|denom| Unit::of(denom, token)).collect())
    }

    /// All units.
    pub fn units(&self) -> &[Unit] {
        &self.0
    }

    /// The unit called `name` (coin or base unit).
    pub fn find(&self, name: &str) -> Result<&Unit> {
        self.0.iter().find(|u| u.coin == name || u.base == name).ok_or_else(|| {
            let known: Vec<String> = self
                .0
                .iter()
                .map(|u| format!("{} (base unit {})", u.coin, u.base))
                .collect();
            let what = format!("this market does not know `{name}`");
            Error::usage("money.unknown_denom", what, format!("known: {}", known.join(", ")))
        })
    }

    /// JOULE itself.
    pub fn joule(&self) -> Result<&Unit> {
        self.find(JOULE)
    }

    /// Base units of an amount as written.
    pub fn money(&self, amount: &Amount) -> Result<Money> {
        let unit = self.find(&amount.unit)?;
        let decimals = if unit.base == amount.unit { 0 } else { unit.decimals };
        let bad = |why: String| {
            Error::usage(
                "money.bad_amount",
                why,
                "see `joule deposit --help` for the form of amounts",
            )
        };
        let digits = u32::try_from(amount.fraction.len()).unwrap_or(u32::MAX);
        let Some(missing) = decimals.checked_sub(digits) else {
            return Err(bad(format!(
                "`{amount}` has more decimals than {} has ({decimals})",
                amount.unit
            )));
        };
        let text = format!("{}{}", amount.whole, amount.fraction);
        let base = text
            .parse::<u128>()
            .ok()
            .and_then(|n| n.checked_mul(10u128.pow(missing)));
        base.map(|base| Money::new(unit.denom.clone(), base))
            .ok_or_else(|| bad(format!("`{amount}` is beyond all coins there are")))
    }

    /// Micro-JOULE of an amount that has to be in JOULE.
    pub fn ujoule(&self, amount: &Amount) -> Result<u128> {
        let money = self.money(amount)?;
        if money.denom == self.joule()?.denom {
            return Ok(money.amount.u128());
        }
        Err(Error::usage(
            "money.not_joule",
            format!("`{amount}`"),
            "stake, deposits of offers and the fund for rounds are in joule",
        ))
    }

    /// `amount` base units for people; a denomination that is no longer listed shows as it is.
    pub fn show(&self, denom: &Denom, amount: u128) -> String {
        match self.0.iter().find(|u| u.denom == *denom) {
            Some(unit) => unit.show(amount),
            None => format!("{amount}{}", denom_name(denom)),
        }
    }

    /// Name of the base unit: what `--json` says.
    pub fn name(&self, denom: &Denom) -> String {
        self.0
            .iter()
            .find(|u| u.denom == *denom)
            .map_or_else(|| denom_name(denom).to_string(), |u| u.base.clone())
    }
}

#[cfg(test)]
mod tests {
    use cosmwasm_std::Addr;

    use super::*;

    fn denoms() -> Denoms {
        let listed = [
            Denom::Native("uusdc".into()),
            Denom::Cw20(Addr::unchecked("wasm1token")),
            Denom::Native("ibc/AB12".into()),
        ];
        Denoms::new(&listed, "wasm1token")
    }

    fn base(text: &str) -> Result<u128> {
        Ok(denoms().money(&text.parse()?)?.amount.u128())
    }

    #[test]
    fn whole_coins_and_base_units_mean_the_same() {
        for (text, units) in [
            ("5usdc", 5_000_000),
            ("5000000uusdc", 5_000_000),
            ("0.000001usdc", 1),
            ("1.50joule", 1_500_000),
            ("7ujoule", 7),
            ("3ibc/AB12", 3),
            ("0usdc", 0),
        ] {
            assert_eq!(base(text).unwrap(), units, "{text}");
        }
        assert_eq!(denoms().ujoule(&"2joule".parse().unwrap()).unwrap(), 2_000_000);
        assert_eq!(
            denoms().ujoule(&"2usdc".parse().unwrap()).unwrap_err().code(),
            "money.not_joule"
        );
    }

    #[test]
    fn what_is_no_amount_is_refused_with_a_code() {
        for text in [
            "",
            "5",
            "usdc",
            "-5usdc",
            "+5usdc",
            "5 usdc",
            ".5usdc",
            "5.usdc",
            "1.0000001usdc",
            "1e3usdc!",
            "5..2usdc",
        ] {
            assert_eq!(text.parse::<Amount>().unwrap_err().code(), "money.bad_amount", "{text}");
        }
        for text in ["1.5uusdc", "999999999999999999999999999999999999999usdc"] {
            assert_eq!(base(text).unwrap_err().code(), "money.bad_amount", "{text}");
        }
        let unknown = base("5euro").unwrap_err();
        assert_eq!(unknown.code(), "money.unknown_denom");
        assert!(
            unknown.next().contains("usdc (base unit uusdc)") && unknown.next().contains("joule"),
            "{unknown}"
        );
    }

    #[test]
    fn shown_amounts_read_back() {
        let denoms = denoms();
        for (unit, amount, text) in [
            ("usdc", 1_250_000, "1.25usdc"),
            ("joule", 1, "0.000001joule"),
            ("uusdc", 7_000_000, "7usdc"),
        ] {
            let unit = denoms.find(unit).unwrap();
            assert_eq!(denoms.show(&unit.denom, amount), text);
            assert_eq!(base(text).unwrap(), amount);
        }
        assert_eq!(denoms.show(&Denom::Native("uatom".into()), 5), "5uatom");
        assert_eq!(denoms.name(&denoms.joule().unwrap().denom.clone()), "ujoule");
    }
}
