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
    #[arg(required_unless_present_any = ["all", "claims"], conflicts_with_all = ["all", "claims"])]
    amount: Option<Amount>,
    /// Withdraw all free coins of this denomination, deposits and earnings
    #[arg(long, value_name = "DENOM")]
    all: Option<String>,
    /// Fetch what staking owes the key: matured stake, votes that were paid, losses that were made good
    #[arg(long, conflicts_with_all = ["all", "to"])]
    claims: bool,
    /// Pay to this address instead of the key's own
    #[arg(long, value_name = "ADDRESS", value_parser = crate::keys::address)]
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
    if args.claims {
        return claims(&args, &session).await;
    }
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
        let what = format!("{address} has nothing to withdraw");
        return Err(Error::funds(
            "funds.nothing",
            what,
            elsewhere(&session, &address).await?,
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

/// Where the earnings of an operator are, which people look for here.
async fn elsewhere(session: &Session, address: &str) -> Result<String> {
    let known = session.market.registry.provider_of(address).await?;
    Ok(match known.filter(|known| known.payout.as_str() != address) {
        Some(known) => format!(
            "provider {} is paid to {}: choose that key with --key",
            known.provider, known.payout
        ),
        None => "see `joule balance`".into(),
    })
}

/// Stake that has matured and awards, all of it.
async fn claims(args: &Withdraw, session: &Session) -> Result<()> {
    let (staking, joule) = (&session.market.staking, session.denoms.joule()?);
    let address = args.common.address()?;
    let due = staking.claimable(&address).await?;
    let amount = due.matured.u128().saturating_add(due.awarded.u128());
    if amount == 0 {
        let what = match due.maturing.u128() {
            0 => format!("staking owes {address} nothing"),
            later => format!("{} of {address} still mature", joule.show(later)),
        };
        return Err(Error::funds("funds.nothing", what, "see `joule balance`"));
    }
    let sender = args.common.sender(session).await?;
    let receipt = sender.submit(vec![staking.claim()?]).await?;
    let money = Money::new(joule.denom.clone(), amount);
    show(&args.common, session, &receipt, &money, "claimed")
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

/// Everything that an address has on a market.
#[derive(Serialize)]
pub struct Account {
    pub address: String,
    pub denoms: Vec<Line>,
    /// Coins for fees.
    pub gas: crate::chain::Coin,
    /// Base units of JOULE.
    pub bonded: String,
    pub unbonding: String,
    pub claimable: String,
}

/// What it has of a coin, base units.
#[derive(Serialize)]
pub struct Line {
    pub denom: String,
    pub wallet: String,
    pub deposited: String,
    pub earned: String,
}

/// Asks for it.
pub async fn account(session: &Session, address: &str) -> Result<Account> {
    let mut denoms = Vec::new();
    for unit in session.denoms.units() {
        let wallet = in_wallet(session, address, &unit.denom).await?;
        let free = session.market.escrow.balance(address, unit.denom.clone()).await?;
        denoms.push(Line {
            denom: unit.base.clone(),
            wallet: wallet.to_string(),
            deposited: free.deposited.to_string(),
            earned: free.earned.to_string(),
        });
    }
    let fees = &session.settings.gas.denom;
    let pool = session.market.staking.pool(address).await?;
    let claimable = session.market.staking.claimable(address).await?;
    let claims = claimable.matured.u128().saturating_add(claimable.awarded.u128());
    Ok(Account {
        address: address.into(),
        denoms,
        gas: crate::chain::Coin::new(session.market.chain.balance(address, fees).await?, fees),
        bonded: pool.bonded.to_string(),
        unbonding: pool.unbonding.to_string(),
        claimable: claims.to_string(),
    })
}

impl Account {
    /// A table of the coins, and the stake.
    pub fn text(&self, session: &Session) -> String {
        let rows = self.denoms.iter().map(|line| {
            let unit = session.denoms.units().iter().find(|unit| unit.base == line.denom);
            let show = |text: &String| match (unit, text.parse()) {
                (Some(unit), Ok(amount)) => unit.show(amount),
                _ => text.clone(),
            };
            let coin = unit.map_or(line.denom.clone(), |unit| unit.coin.clone());
            [coin, show(&line.wallet), show(&line.deposited), show(&line.earned)]
        });
        let table = output::table(["coin", "wallet", "escrow: deposited", "escrow: earned"], rows);
        let joule = |text: &String| match (session.denoms.joule(), text.parse()) {
            (Ok(joule), Ok(amount)) => joule.show(amount),
            _ => text.clone(),
        };
        let stake = output::facts([
            ("for fees", self.gas.to_string()),
            ("staked", joule(&self.bonded)),
            ("unbonding", joule(&self.unbonding)),
            ("claimable", claimable(&joule(&self.claimable), &self.claimable)),
        ]);
        format!("{table}\n{stake}")
    }
}

/// With the command that fetches it.
fn claimable(shown: &str, amount: &str) -> String {
    match amount {
        "0" => shown.into(),
        _ => format!("{shown} (`joule withdraw --claims`)"),
    }
}

pub async fn balance(args: Balance) -> Result<()> {
    let session = args.common.open().await?;
    let address = match args.address {
        Some(address) => address,
        None => args.common.address()?,
    };
    let account = account(&session, &address).await?;
    output::show(args.common.json, &account, |account| {
        format!("{}\n{}", account.address, account.text(&session))
    })
}
