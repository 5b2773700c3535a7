//! `joule keep`, `joule keep fund`, `joule keep tips`.
use std::time::Duration;

use joule_types::Money;
use serde::Serialize;

use super::common::Common;
use super::{funds, output};
use crate::chain::contracts::money::Amount;
use crate::daemon::Stop;
use crate::error::{Error, Result};
use crate::keeper::{self, Setup};
use crate::monitor::{Monitor, Role};

/// Needs no rights and no stake, only coins for fees. Several keepers may run at once.
#[derive(clap::Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Most fees of a day, in base units of the fee coin
    #[arg(long, value_name = "AMOUNT", default_value_t = 1_000_000_000)]
    max_fees_per_day: u64,
    /// Where rounds of the beacon come from: `local`, or addresses of drand's HTTP interface with the hash of the chain, asked in
    /// this order [default: what is known for the chain's key]
    #[arg(long, env = "JOULE_BEACON", value_name = "local|URL", value_delimiter = ',')]
    beacon: Vec<String>,
    /// Seconds between two rounds of chores: fees to the treasury, tips to this key, forgotten holds and proposals
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    distribute_every: u64,
    #[command(flatten)]
    common: Common,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    /// Add JOULE to the fund that pays tips for rounds of the beacon
    Fund(Fund),
    /// Show that fund, and what a keeper has earned from it
    Tips(Tips),
}

#[derive(clap::Args, Debug)]
struct Fund {
    /// What to add, e.g. 5joule; nobody gets it back
    amount: Amount,
    #[command(flatten)]
    common: Common,
}

#[derive(clap::Args, Debug)]
struct Tips {
    /// Whose tips [default: the key's]
    address: Option<String>,
    #[command(flatten)]
    common: Common,
}

pub async fn run(args: Args) -> Result<()> {
    match args.command {
        Some(Command::Fund(args)) => return fund(args).await,
        Some(Command::Tips(args)) => return tips(args).await,
        None => {}
    }
    let session = args.common.open().await?;
    let signer = args.common.signer_place("keep")?;
    let chain = session.market.chain.clone();
    let monitor = Monitor::start(Role::Keeper, &session.settings, &signer.home, chain).await?;
    let setup = Setup {
        market: session.market,
        settings: session.settings,
        signer,
        max_fees_per_day: args.max_fees_per_day,
        distribute_every: Duration::from_secs(args.distribute_every),
        beacon: args.beacon,
    };
    keeper::run(setup, monitor, Stop::on_signals()?).await
}

/// What a gift to the fund did. Amounts are micro-JOULE.
#[derive(Serialize)]
struct Funded {
    amount: String,
    fund: String,
    tx: String,
    height: u64,
}

async fn fund(args: Fund) -> Result<()> {
    let session = args.common.open().await?;
    let (market, joule) = (&session.market, session.denoms.joule()?);
    let address = args.common.address()?;
    let amount = session.denoms.ujoule(&args.amount)?;
    if amount == 0 {
        return Err(Error::usage(
            "funds.nothing",
            "a gift of nothing",
            "name a positive amount",
        ));
    }
    let wallet = market.token.balance(&address).await?;
    if wallet < amount {
        let money = Money::new(joule.denom.clone(), amount);
        return Err(funds::too_little(
            &session,
            &money,
            wallet,
            format!("the wallet {address}"),
        ));
    }
    let msg = market.registry.fund_tips(market.token.address(), amount)?;
    let receipt = args.common.sender(&session).await?.submit(vec![msg]).await?;
    let funded = Funded {
        amount: amount.to_string(),
        fund: market.registry.beacon().await?.fund.to_string(),
        tx: receipt.hash.to_string(),
        height: receipt.height,
    };
    output::show(args.common.json, &funded, |funded| {
        format!(
            "{} added to the fund for rounds in block {} ({})",
            joule.show(amount),
            funded.height,
            funded.tx
        )
    })
}

/// The fund, and one address's part of what it paid. Amounts are micro-JOULE.
#[derive(Serialize)]
struct State {
    fund: String,
    round_tip: String,
    address: Option<String>,
    earned: String,
}

async fn tips(args: Tips) -> Result<()> {
    let session = args.common.open().await?;
    let (registry, joule) = (&session.market.registry, session.denoms.joule()?);
    let address = match args.address {
        Some(address) => Some(address),
        None => args.common.known_address()?,
    };
    let earned = match &address {
        Some(address) => registry.tips(address).await?,
        None => 0,
    };
    let (fund, tip) = (registry.beacon().await?.fund, registry.params().await?.round_tip);
    let state = State {
        fund: fund.to_string(),
        round_tip: tip.to_string(),
        address,
        earned: earned.to_string(),
    };
    output::show(args.common.json, &state, |state| {
        let mut rows = vec![
            ("fund for rounds", joule.show(fund.u128())),
            ("tip for a round", joule.show(tip.u128())),
        ];
        if let Some(address) = &state.address {
            rows.push(("keeper", address.clone()));
            rows.push(("earned and not claimed", joule.show(earned)));
        }
        output::facts(rows)
    })
}
