//! `joule deposit`, `joule withdraw`, `joule balance`.
use cw20::Denom;
use joule_types::Money;
use serde::Serialize;

use super::common::{Common, Session};
use super::output;
use crate::chain::contracts::money::Amount;
use crate::chain::types::{Coin, Msg};
use crate::error::{Error, Result};
use crate::journal::Receipt;

/// Amounts are a number and a unit without a space: whole coins with up to six decimals (5usdc, 0.25joule) or base units
/// (5000000uusdc).
#[derive(clap::Args, Debug)]
pub struct Deposit {
    /// What to deposit, e.g. 5usdc
    amount: Amount,
    #[command(flatten)]
    common: Common,
}

/// Amounts are a number and a unit without a space: whole coins with up to six decimals (5usdc, 0.25joule) or base units
/// (5000000uusdc).
#[derive(clap::Args, Debug)]
pub struct Withdraw {
    /// What to withdraw, e.g. 5usdc
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    amount: Option<Amount>,
    /// Withdraw all free coins of this denomination
    #[arg(long, value_name = "DENOM")]
    all: Option<String>,
    /// Pay to this address instead of the key's own
    #[arg(long, value_name = "ADDRESS")]
    to: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(clap::Args, Debug)]
pub struct Balance {
    /// Whose balance [default: the key's]
    address: Option<String>,
    #[command(flatten)]
    common: Common,
}

/// What a transaction did.
#[derive(Serialize)]
struct Moved {
    tx: String,
    height: u64,
    denom: String,
    amount: String,
}

pub async fn deposit(args: Deposit) -> Result<()> {
    let session = args.common.open().await?;
    let money = session.denoms.money(&args.amount)?;
    let address = args.common.address()?;
    let amount = money.amount.u128();
    if amount == 0 {
        return Err(Error::usage(
            "funds.nothing",
            "a deposit of nothing",
            "name a positive amount",
        ));
    }
    let wallet = in_wallet(&session, &address, &money.denom).await?;
    if wallet < amount {
        return Err(too_little(&session, &money, wallet, format!("the wallet {address}")));
    }
    let sender = args.common.sender(&session).await?;
    let receipt = sender.submit(vec![deposit_msg(&session, &money)?]).await?;
    show(&args.common, &session, &receipt, &money, "deposited")
}

/// The message that moves `money` from the sender's wallet into its free balance.
pub fn deposit_msg(session: &Session, money: &Money) -> Result<Msg> {
    let market = &session.market;
    match &money.denom {
        Denom::Native(denom) => market.escrow.deposit(Coin::new(money.amount.u128(), denom)),
        Denom::Cw20(token) => market.escrow.deposit_joule(token.as_str(), money.amount.u128()),
    }
}

pub async fn withdraw(args: Withdraw) -> Result<()> {
    let session = args.common.open().await?;
    let denom = match (&args.amount, &args.all) {
        (Some(amount), _) => session.denoms.money(amount)?.denom,
        (None, all) => session.denoms.find(all.as_deref().unwrap_or_default())?.denom.clone(),
    };
    let address = args.common.address()?;
    let free = session
        .market
        .escrow
        .balance(&address, denom.clone())
        .await?
        .total()
        .u128();
    let amount = match &args.amount {
        Some(amount) => session.denoms.money(amount)?.amount.u128(),
        None => free,
    };
    let money = Money::new(denom, amount);
    if amount == 0 {
        return Err(Error::funds(
            "funds.nothing",
            format!("{address} has nothing to withdraw"),
            "see `joule balance`",
        ));
    }
    if free < amount {
        return Err(too_little(
            &session,
            &money,
            free,
            format!("the escrow account of {address}"),
        ));
    }
    let sender = args.common.sender(&session).await?;
    let message = session
        .market
        .escrow
        .withdraw(money.denom.clone(), Some(amount), args.to.clone())?;
    let receipt = sender.submit(vec![message]).await?;
    show(&args.common, &session, &receipt, &money, "withdrawn")
}

fn show(common: &Common, session: &Session, receipt: &Receipt, money: &Money, verb: &str) -> Result<()> {
    let moved = Moved {
        tx: receipt.hash.to_string(),
        height: receipt.height,
        denom: session.denoms.name(&money.denom),
        amount: money.amount.to_string(),
    };
    output::show(common.json, &moved, |m| {
        format!(
            "{} {verb} in block {} ({})",
            session.denoms.show(&money.denom, money.amount.u128()),
            m.height,
            m.tx
        )
    })
}

/// Coins of an address outside the escrow, base units.
pub async fn in_wallet(session: &Session, address: &str, denom: &Denom) -> Result<u128> {
    match denom {
        Denom::Native(denom) => Ok(session.market.chain.balance(address, denom).await?),
        Denom::Cw20(_) => session.market.token.balance(address).await,
    }
}

/// The error of somebody who has `has` of `wanted`.
pub fn too_little(session: &Session, wanted: &Money, has: u128, whose: String) -> Error {
    let (wanted, has) = (
        session.denoms.show(&wanted.denom, wanted.amount.u128()),
        session.denoms.show(&wanted.denom, has),
    );
    Error::funds(
        "funds.too_little",
        format!("{whose} has {has}, {wanted} are needed"),
        "bring in the rest, or ask for less",
    )
}

#[derive(Serialize)]
struct Account {
    address: String,
    denoms: Vec<Line>,
    gas: crate::chain::Coin,
    bonded: String,
    unbonding: String,
    claimable: String,
}

#[derive(Serialize)]
struct Line {
    denom: String,
    wallet: String,
    deposited: String,
    earned: String,
}

pub async fn balance(args: Balance) -> Result<()> {
    let session = args.common.open().await?;
    let address = match args.address {
        Some(address) => address,
        None => args.common.address()?,
    };
    let mut rows = Vec::new();
    let mut denoms = Vec::new();
    for unit in session.denoms.units() {
        let wallet = in_wallet(&session, &address, &unit.denom).await?;
        let free = session.market.escrow.balance(&address, unit.denom.clone()).await?;
        let (deposited, earned) = (free.deposited.u128(), free.earned.u128());
        rows.push([
            unit.coin.clone(),
            unit.show(wallet),
            unit.show(deposited),
            unit.show(earned),
        ]);
        denoms.push(Line {
            denom: unit.base.clone(),
            wallet: wallet.to_string(),
            deposited: deposited.to_string(),
            earned: earned.to_string(),
        });
    }
    let fees = &session.settings.gas.denom;
    let gas = crate::chain::Coin::new(session.market.chain.balance(&address, fees).await?, fees);
    let pool = session.market.staking.pool(&address).await?;
    let claimable = session.market.staking.claimable(&address).await?;
    let claims = claimable.matured.u128().saturating_add(claimable.awarded.u128());
    let account = Account {
        address,
        denoms,
        gas,
        bonded: pool.bonded.to_string(),
        unbonding: pool.unbonding.to_string(),
        claimable: claims.to_string(),
    };
    let joule = session.denoms.joule()?;
    output::show(args.common.json, &account, |a| {
        let table = output::table(["coin", "wallet", "escrow: deposited", "escrow: earned"], rows);
        let stake = output::facts([
            ("for fees", a.gas.to_string()),
            ("staked", joule.show(pool.bonded.u128())),
            ("unbonding", joule.show(pool.unbonding.u128())),
            ("claimable", joule.show(claims)),
        ]);
        format!("{}\n{table}\n{stake}", a.address)
    })
}
