//! `joule keep`.
use std::time::Duration;

use super::common::Common;
use crate::daemon::Stop;
use crate::error::Result;
use crate::keeper::{self, Setup};
use crate::monitor::{Monitor, Role};

/// Needs no rights and no stake, only coins for fees. Several keepers may run at once.
#[derive(clap::Args, Debug)]
pub struct Args {
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

pub async fn run(args: Args) -> Result<()> {
    let session = args.common.open().await?;
    let signer = args.common.signer_place("keep")?;
    let chain = session.market.chain.clone();
    let monitor = Monitor::start(Role::Keeper, &session.settings, &signer.home, chain).await?;
    let setup = Setup {
        market: session.market,
        denoms: session.denoms,
        settings: session.settings,
        signer,
        max_fees_per_day: args.max_fees_per_day,
        distribute_every: Duration::from_secs(args.distribute_every),
        beacon: args.beacon,
    };
    keeper::run(setup, monitor, Stop::on_signals()?).await
}
