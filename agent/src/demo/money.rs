//! Where all the money is: what the contracts say of themselves, held against what the chain says of them.
use std::collections::BTreeMap;

use cw20::{Cw20QueryMsg, Denom, TokenInfoResponse};
use joule_types::{escrow, registry, staking};
use serde::Serialize;

use super::ground::Ground;
use super::story::amount;
use crate::chain::contracts::events;
use crate::chain::types::{text_amount, Event};
use crate::devchain::USDC;
use crate::error::Result;

/// A denomination of the market as a whole: `deposited = paid + fees + refunded + burned + held`. Slashed is a part of
/// burned, paid and held, told beside them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// All that came in.
    #[serde(with = "text_amount")]
    pub deposited: u128,
    /// Earnings, tips, decisions and repayments that left.
    #[serde(with = "text_amount")]
    pub paid: u128,
    /// Fees that reached the treasury.
    #[serde(with = "text_amount")]
    pub fees: u128,
    /// What went back to whom it came from.
    #[serde(with = "text_amount")]
    pub refunded: u128,
    /// Gone for good.
    #[serde(with = "text_amount")]
    pub burned: u128,
    /// Taken from stake (memo).
    #[serde(with = "text_amount")]
    pub slashed: u128,
    /// Still in the contracts.
    #[serde(with = "text_amount")]
    pub held: u128,
}

impl Totals {
    fn adds_up(&self) -> bool {
        let out = [self.paid, self.fees, self.refunded, self.burned, self.held];
        out.into_iter().try_fold(0u128, u128::checked_add) == Some(self.deposited)
    }
}

/// An equation that was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// In words.
    pub what: String,
    /// Both sides, base units.
    #[serde(with = "text_amount")]
    pub left: u128,
    /// The other side.
    #[serde(with = "text_amount")]
    pub right: u128,
}

impl Check {
    /// Whether it holds.
    pub fn holds(&self) -> bool {
        self.left == self.right
    }
}

/// The money of a market at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Money {
    /// By denomination.
    pub totals: BTreeMap<&'static str, Totals>,
    /// What was compared.
    pub checks: Vec<Check>,
}

impl Money {
    /// Nothing is missing and nothing came from nowhere.
    pub fn conserved(&self) -> bool {
        self.checks.iter().all(Check::holds) && self.totals.values().all(Totals::adds_up)
    }

    /// Asks contracts, bank and token. `seen` are all events since the deployment, for what only passes through: the
    /// registration fees.
    pub async fn count(ground: &Ground, seen: &[Event]) -> Result<Self> {
        let market = &ground.market;
        let usdc = market.escrow.conservation(Denom::Native(USDC.into())).await?;
        let token = cosmwasm_std::Addr::unchecked(market.token.address());
        let joule = market.escrow.conservation(Denom::Cw20(token)).await?;
        let stake = market.staking.conservation().await?;
        let sum = |amounts: Vec<u128>| amounts.into_iter().sum::<u128>();
        let registration: u128 = sum(
            events::of::<registry::ProviderRegistered>(market.registry.address(), seen)
                .map(|e| e.fee.u128())
                .collect(),
        );
        let awarded: u128 = sum(events::of::<staking::StakeClaimed>(market.staking.address(), seen)
            .map(|e| e.awarded.u128())
            .collect());
        let totals = BTreeMap::from([
            ("uusdc", of_escrow(&usdc)),
            ("joule", {
                let escrow = of_escrow(&joule);
                Totals {
                    deposited: escrow.deposited + stake.deposited.u128() + registration,
                    paid: escrow.paid + awarded,
                    fees: escrow.fees + registration,
                    refunded: escrow.refunded + stake.withdrawn.u128() - awarded,
                    burned: escrow.burned + stake.burned.u128(),
                    slashed: stake.slashed.u128(),
                    held: escrow.held + stake.held.u128(),
                }
            }),
        ]);
        let checks = compare(ground, &usdc, &joule, &stake, registration).await?;
        Ok(Self { totals, checks })
    }

    /// The checks for people.
    pub fn text(&self) -> Vec<(String, bool)> {
        self.checks
            .iter()
            .map(|check| (check.what.clone(), check.holds()))
            .collect()
    }
}

fn of_escrow(c: &escrow::ConservationResponse) -> Totals {
    Totals {
        deposited: c.deposited.u128(),
        paid: c.paid.u128(),
        fees: c.fees.u128(),
        refunded: c.refunded.u128(),
        burned: c.burned.u128(),
        slashed: 0,
        held: c.held.u128(),
    }
}

async fn compare(
    ground: &Ground,
    usdc: &escrow::ConservationResponse,
    joule: &escrow::ConservationResponse,
    stake: &staking::ConservationResponse,
    registration: u128,
) -> Result<Vec<Check>> {
    let Ground {
        market, actors, issued, ..
    } = ground;
    let escrow = market.escrow.address();
    let in_bank = |address: &str| {
        let address = address.to_string();
        async move { Ok::<_, crate::error::Error>(market.chain.balance(&address, USDC).await?) }
    };
    let mut people = (0u128, 0u128);
    for actor in actors {
        people.0 += in_bank(&actor.address).await?;
        people.1 += market.token.balance(&actor.address).await?;
    }
    let contracts = [
        escrow,
        market.staking.address(),
        market.dao.address(),
        market.registry.address(),
        market.marketplace.address(),
    ];
    let mut inside = (0u128, 0u128);
    for contract in contracts {
        inside.0 += in_bank(contract).await?;
        inside.1 += market.token.balance(contract).await?;
    }
    let info: TokenInfoResponse = market
        .chain
        .smart(market.token.address(), &Cw20QueryMsg::TokenInfo {})
        .await?;
    let supply = info.total_supply.u128();
    let minted: u128 = actors.iter().map(|a| a.ujoule + a.staked).sum::<u128>() + crate::devchain::TREASURY;
    let treasury = market.token.balance(market.dao.address()).await?;
    let check = |what: String, left: u128, right: u128| Check { what, left, right };
    Ok(vec![
        check(
            format!(
                "USDC that the bank keeps for the escrow = {} that the escrow owes",
                amount(usdc.held.u128(), USDC)
            ),
            in_bank(escrow).await?,
            usdc.held.u128(),
        ),
        check(
            format!(
                "JOULE that the token keeps for the escrow = {} that the escrow owes",
                amount(joule.held.u128(), "joule")
            ),
            market.token.balance(escrow).await?,
            joule.held.u128(),
        ),
        check(
            format!(
                "JOULE that the token keeps for staking = {} that staking owes",
                amount(stake.held.u128(), "joule")
            ),
            market.token.balance(market.staking.address()).await?,
            stake.held.u128(),
        ),
        check(
            "USDC of the treasury = fees that left the escrow".into(),
            in_bank(market.dao.address()).await?,
            usdc.fees.u128(),
        ),
        check(
            "JOULE of the treasury = what it began with + registration fees + fees that left the escrow".into(),
            treasury,
            crate::devchain::TREASURY + registration + joule.fees.u128(),
        ),
        check(
            format!(
                "USDC of everybody and every contract = {} at the start",
                amount(*issued, USDC)
            ),
            people.0 + inside.0,
            *issued,
        ),
        check(
            format!(
                "JOULE of everybody and every contract = {} of supply",
                amount(supply, "joule")
            ),
            people.1 + inside.1,
            supply,
        ),
        check(
            "JOULE minted at the start = supply + burned".into(),
            minted,
            supply + stake.burned.u128() + joule.burned.u128(),
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_that_is_missing_is_noticed() {
        let good = Totals {
            deposited: 10,
            paid: 4,
            fees: 1,
            refunded: 2,
            burned: 1,
            slashed: 5,
            held: 2,
        };
        let money = |totals: Totals, left| Money {
            totals: BTreeMap::from([("uusdc", totals)]),
            checks: vec![Check {
                what: String::new(),
                left,
                right: 2,
            }],
        };
        assert!(money(good.clone(), 2).conserved());
        assert!(!money(good.clone(), 3).conserved());
        assert!(!money(Totals { held: 1, ..good }, 2).conserved());
    }
}
