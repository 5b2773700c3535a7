//! Coins that the key needs: for fees of the next transactions, and, where the role asks for them, of the owner.
use joule_types::Money;

use super::roles::Chain;
use super::{Report, Subject};
use crate::config::Role;
use crate::error::Result;

/// Gas of a usual transaction: a beat of a few nodes takes less, a posted job more.
const GAS: u64 = 500_000;

/// Fees of the key, and a buyer's free balance.
pub async fn check(subject: &Subject, cx: &Chain<'_>, report: &mut Report) {
    let Some(address) = cx.address else { return };
    if let Err(error) = fees(subject, cx, address, report).await {
        report.error("fees", &error);
    }
    if subject.role == Role::Buyer {
        if let Err(error) = buyer(subject, cx, address, report).await {
            report.error("money", &error);
        }
    }
}

async fn fees(subject: &Subject, cx: &Chain<'_>, address: &str, report: &mut Report) -> Result<()> {
    let gas = &subject.settings.gas;
    let each = gas.price.fee(GAS);
    let has = cx.market.chain.balance(address, &gas.denom).await?;
    let count = has.checked_div(each).unwrap_or(u128::MAX);
    let wanted = each.saturating_mul(u128::from(subject.limits.transactions));
    let found = format!("{has}{} on {address}: about {count} transactions", gas.denom);
    let fix = || subject.faucet(address, wanted.saturating_sub(has));
    if count == 0 {
        report.fail("fees", found, fix());
    } else if count < u128::from(subject.limits.transactions) {
        report.warn("fees", found, fix());
    } else if count == u128::MAX {
        report.ok("fees", "transactions cost nothing here");
    } else {
        report.ok("fees", found);
    }
    Ok(())
}

/// A buyer pays from the escrow, or from the wallet with `job post --from-wallet`.
async fn buyer(subject: &Subject, cx: &Chain<'_>, address: &str, report: &mut Report) -> Result<()> {
    let mut held = Vec::new();
    for unit in cx.denoms.units() {
        let free = cx
            .market
            .escrow
            .balance(address, unit.denom.clone())
            .await?
            .total()
            .u128();
        let wallet = cx.wallet(address, &unit.denom).await?;
        if free > 0 || wallet > 0 {
            held.push(format!(
                "{} in the escrow, {} in the wallet",
                unit.show(free),
                unit.show(wallet)
            ));
        }
    }
    if held.is_empty() {
        let coins: Vec<&str> = cx.denoms.units().iter().map(|unit| unit.coin.as_str()).collect();
        let fix = format!(
            "send {} to {address}, then {}",
            coins.join(" or "),
            subject.command("deposit AMOUNT")
        );
        report.warn("money", "nothing to pay jobs with", fix);
    } else {
        report.ok("money", held.join("; "));
    }
    Ok(())
}

/// Transactions that bring an owner onto the market: bond, registration, deposits.
const OWNER_TRANSACTIONS: u128 = 3;

/// Whether the owner, whose key signs what brings in its JOULE, can pay for that.
pub async fn owner_fees(subject: &Subject, cx: &Chain<'_>, owner: &str, report: &mut Report) -> Result<()> {
    let gas = &subject.settings.gas;
    let wanted = gas.price.fee(GAS).saturating_mul(OWNER_TRANSACTIONS);
    let has = cx.market.chain.balance(owner, &gas.denom).await?;
    let found = format!("{has}{} on the owner {owner}", gas.denom);
    if has < wanted {
        report.fail("owner fees", found, subject.faucet(owner, wanted.saturating_sub(has)));
    } else {
        report.ok("owner fees", found);
    }
    Ok(())
}

/// Whether `owner` can bring `wanted` micro-JOULE; `what` says for what.
pub async fn joule(cx: &Chain<'_>, owner: &str, wanted: u128, what: &str, report: &mut Report) -> Result<()> {
    let unit = cx.denoms.joule()?;
    let has = cx.wallet(owner, &unit.denom).await?;
    let money = Money::new(unit.denom.clone(), wanted);
    let needs = format!(
        "{what}: {} are needed, {owner} has {}",
        unit.show(money.amount.u128()),
        unit.show(has)
    );
    if has >= wanted {
        report.ok("stake", needs);
    } else {
        let fix = format!("send {} to {owner}", unit.show(wanted.saturating_sub(has)));
        report.fail("stake", needs, fix);
    }
    Ok(())
}
