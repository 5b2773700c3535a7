//! `joule keep`.
use std::time::Duration;

use super::common::Common;
use crate::daemon::Stop;
use crate::error::Result;
use crate::keeper::{self, Setup};

/// Needs no rights and no stake, only coins for fees. Several keepers may run at once.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Most fees of a day, in base units of the fee coin
    #[arg(long, value_name = "AMOUNT", default_value_t = 1_000_000_000)]
    max_fees_per_day: u64,
    /// Seconds between two distributions of fees to the treasury
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    distribute_every: u64,
    #[command(flatten)]
    common: Common,
}

pub async fn run(args: Args) -> Result<()> {
    let session = args.common.open().await?;
    let signer = args.common.signer_place("keep")?;
    let setup = Setup {
        market: session.market,
        denoms: session.denoms,
        settings: session.settings,
        signer,
        max_fees_per_day: args.max_fees_per_day,
        distribute_every: Duration::from_secs(args.distribute_every),
    };
    keeper::run(setup, Stop::on_signals()?).await
}
