//! `joule verify`.
use super::common::Common;
use super::job::Reach;
use crate::daemon::Scope;
use crate::daemon::Stop;
use crate::error::Result;
use crate::monitor::{Monitor, Role};
use crate::verifier::{self, Fault, Setup};

/// Judges results as a validator until it is asked to end (Ctrl-C, SIGTERM); then it begins no seat any more and reveals
/// what it has committed. Asked twice, it ends at once. The key is the validator's operator or owner.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Jobs that may run at once; as many again when seats would be late otherwise
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: u16,
    /// Run jobs of wgsl/1 on the graphics processor, and not on the interpreter
    #[arg(long)]
    gpu: bool,
    /// Steps of such a job that the interpreter runs first: the processor's must be the same, or it does not vote
    #[arg(long, value_name = "N", default_value_t = 1)]
    check_steps: u32,
    /// Most fees of a day, in base units of the fee coin
    #[arg(long, value_name = "AMOUNT", default_value_t = 1_000_000_000)]
    max_fees_per_day: u64,
    /// Misbehave, for tests on a local chain: lie, copy, silent, unrevealed, die-before-commit; in one job only: lie@7
    #[arg(long, value_name = "FAULT", hide = true)]
    fault: Option<Scope<Fault>>,
    #[command(flatten)]
    reach: Reach,
    #[command(flatten)]
    common: Common,
}

pub async fn run(args: Args) -> Result<()> {
    let session = args.common.open().await?;
    let signer = args.common.signer_place("verify")?;
    let chain = session.market.chain.clone();
    let monitor = Monitor::start(Role::Validator, &session.settings, &signer.home, chain).await?;
    let setup = Setup {
        market: session.market,
        settings: session.settings,
        signer,
        reach: args.reach.policy(None),
        gpu: args.gpu.then_some(args.check_steps),
        jobs: args.jobs.into(),
        max_fees_per_day: args.max_fees_per_day,
        fault: args.fault,
    };
    verifier::run(setup, monitor, Stop::on_signals()?).await
}
