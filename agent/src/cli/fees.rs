//! `joule fees`: who pays the fees of an operator's key.
use std::time::{SystemTime, UNIX_EPOCH};

use cw20::Denom;
use serde::Serialize;

use super::common::Common;
use super::output;
use crate::chain::contracts::money::{Amount, Denoms};
use crate::chain::types::{Coin, Msg};
use crate::chain::Client;
use crate::config::Settings;
use crate::error::{Error, Result};
use crate::keys::address;

/// Seconds of a day.
const DAY: u64 = 86_400;

#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// Pay the fees of another key's contract calls, in place of a grant it may have already
    Grant(Grant),
    /// Stop paying them
    Revoke(Revoke),
    /// Show what is left of a grant
    Show(Show),
}

/// The operator puts the payer's address into `gas.granter` of its settings and needs no coins of its own.
#[derive(clap::Args, Debug)]
pub struct Grant {
    /// Address whose fees are paid
    #[arg(value_parser = address)]
    operator: String,
    /// Most that is paid in all, e.g. 5watt [default: no limit]
    #[arg(long, value_name = "AMOUNT")]
    limit: Option<Amount>,
    /// Days after which nothing is paid any more [default: no end]
    #[arg(long, value_name = "DAYS")]
    days: Option<u32>,
    #[command(flatten)]
    common: Common,
}

#[derive(clap::Args, Debug)]
pub struct Revoke {
    /// Address whose fees were paid
    #[arg(value_parser = address)]
    operator: String,
    #[command(flatten)]
    common: Common,
}

#[derive(clap::Args, Debug)]
pub struct Show {
    /// Address whose fees are paid
    #[arg(value_parser = address)]
    operator: String,
    /// Address that pays [default: the key's]
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    granter: Option<String>,
    #[command(flatten)]
    common: Common,
}

/// A grant, or what became of it.
#[derive(Serialize)]
struct Shown {
    granter: String,
    operator: String,
    /// Whether the fees are paid.
    granted: bool,
    /// What may still be charged, e.g. `5000000uwatt`; null without limit.
    left: Option<String>,
    /// Seconds since 1970; null without end.
    until: Option<u64>,
    /// Transaction that changed it.
    tx: Option<String>,
}

pub async fn run(command: Command) -> Result<()> {
    match command {
        Command::Grant(args) => grant(args).await,
        Command::Revoke(args) => revoke(args).await,
        Command::Show(args) => show(args).await,
    }
}

async fn grant(args: Grant) -> Result<()> {
    let (settings, chain) = open(&args.common).await?;
    let limit = args
        .limit
        .as_ref()
        .map(|amount| fee_coin(amount, &settings))
        .transpose()?;
    let until = args.days.map(|days| now() + u64::from(days) * DAY);
    let granter = args.common.address()?;
    let mut msgs = vec![Msg::GrantFees {
        to: args.operator.clone(),
        limit: limit.clone(),
        until,
    }];
    // The chain keeps one grant for each pair and refuses a second one.
    if chain.fee_grant(&granter, &args.operator).await?.is_some() {
        let to = args.operator.clone();
        msgs.insert(0, Msg::RevokeFees { to });
    }
    let receipt = args.common.sender_on(&chain, &settings).await?.submit(msgs).await?;
    let shown = Shown {
        granter,
        operator: args.operator,
        granted: true,
        left: limit.map(|coin| coin.to_string()),
        until,
        tx: Some(receipt.hash.to_string()),
    };
    output::show(args.common.json, &shown, |s| {
        format!(
            "{}\n\nThe operator's settings: gas.granter = \"{}\"",
            words(s),
            s.granter
        )
    })
}

async fn revoke(args: Revoke) -> Result<()> {
    let (settings, chain) = open(&args.common).await?;
    let granter = args.common.address()?;
    if chain.fee_grant(&granter, &args.operator).await?.is_none() {
        let what = format!("{granter} does not pay the fees of {}", args.operator);
        return Err(Error::usage("fees.no_grant", what, "see `joule fees show`"));
    }
    let to = args.operator.clone();
    let sender = args.common.sender_on(&chain, &settings).await?;
    let receipt = sender.submit(vec![Msg::RevokeFees { to }]).await?;
    let shown = Shown {
        granter,
        operator: args.operator,
        granted: false,
        left: None,
        until: None,
        tx: Some(receipt.hash.to_string()),
    };
    output::show(args.common.json, &shown, words)
}

async fn show(args: Show) -> Result<()> {
    let (_, chain) = open(&args.common).await?;
    let granter = match args.granter {
        Some(granter) => granter,
        None => args.common.address()?,
    };
    let grant = chain.fee_grant(&granter, &args.operator).await?;
    let granted = grant.is_some();
    let (left, until) = grant.map_or((None, None), |g| (g.left, g.until));
    let list = |coins: Vec<Coin>| coins.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let shown = Shown {
        granter,
        operator: args.operator,
        granted,
        left: left.map(list),
        until,
        tx: None,
    };
    output::show(args.common.json, &shown, words)
}

/// Grants are the chain's, not the market's: they need no deployment.
async fn open(common: &Common) -> Result<(Settings, Client)> {
    let settings = common.settings()?;
    let chain = Client::connect(&settings.chain.id, &settings.chain.rpc, settings.limits()).await?;
    Ok((settings, chain))
}

fn fee_coin(amount: &Amount, settings: &Settings) -> Result<Coin> {
    let denom = &settings.gas.denom;
    let fees = Denoms::new(&[Denom::Native(denom.clone())], "");
    Ok(Coin::new(fees.money(amount)?.amount.u128(), denom))
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

fn words(shown: &Shown) -> String {
    let mut rows = vec![
        ("payer", shown.granter.clone()),
        ("operator", shown.operator.clone()),
        ("paid", if shown.granted { "yes" } else { "no" }.to_string()),
    ];
    if shown.granted {
        rows.push(("left", shown.left.clone().unwrap_or_else(|| "no limit".into())));
        let until = shown
            .until
            .map_or_else(|| "no end".into(), |at| output::when(at, now()));
        rows.push(("until", until));
    }
    rows.extend(shown.tx.clone().map(|tx| ("transaction", tx)));
    output::facts(rows)
}
