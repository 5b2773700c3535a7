//! `joule demo`: a whole market on one machine, with real processes, real work and real proofs.
//!
//! - [`stage`]: folders, the parties; [`ground`]: the chain; [`party`]: a process; [`calls`]: one answer; [`watch`]: the chain, block by block;
//! - [`acts`]: what happens; [`jobs`]: the work; [`words`]: events as sentences;
//! - [`outcome`], [`panels`] and [`money`]: what came of it, from queries; [`screen`] and [`report`]: how it is shown.
//!
//! The end-to-end tests tell stories of their own with these parts.
pub mod acts;
mod calls;
mod folders;
pub mod ground;
pub mod jobs;
pub mod money;
pub mod names;
pub mod outcome;
mod panels;
pub mod party;
mod report;
pub mod screen;
pub mod stage;
pub mod story;
mod tables;
pub mod watch;
mod words;

use std::path::PathBuf;

use crate::daemon::Stop;
use crate::error::{Error, Result};
use crate::sandbox::Sandbox;
use ground::Place;
use jobs::Jobs;
use outcome::Outcome;
use screen::Screen;
use stage::Stage;

/// Runs a whole market and shows every step: providers prove their power, buyers pay for real work, strangers judge it, a
/// provider and a validator lie, others fall silent and are replaced, a dispute is decided, a vote changes a parameter, and
/// every unit of money is accounted for.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// Number that keys and inputs are made from; the same number gives the same outputs
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// One JSON object a line; the last one is the summary
    #[arg(long)]
    json: bool,
    /// Folder for outputs, logs and report.html; an earlier demo in it is replaced
    #[arg(long, value_name = "DIR", default_value = "joule-demo")]
    out: PathBuf,
    /// Keep the homes of all parties in the folder
    #[arg(long)]
    keep: bool,
    /// Play on the running chain that this file names (deployments/localnet.toml), deploying to it first, instead of on an embedded one
    #[arg(long, value_name = "FILE")]
    chain: Option<PathBuf>,
    /// Folder with the compiled contracts that --chain deploys
    #[arg(long, value_name = "DIR", default_value = "artifacts", requires = "chain")]
    artifacts: PathBuf,
}

/// Runs the demo. Fails unless everything came out as it had to.
pub fn run(args: Args) -> Result<()> {
    tokio::runtime::Runtime::new()
        .map_err(|e| Error::internal("demo.no_runtime", e, "check the limits of processes and memory"))?
        .block_on(play(args))
}

async fn play(args: Args) -> Result<()> {
    let mut stop = Stop::on_signals()?;
    let screen = Screen::new(args.json);
    let sandbox = tokio::task::spawn_blocking(Sandbox::open)
        .await
        .map_err(|e| Error::internal("demo.panicked", e, "report this"))?
        .map_err(|e| Error::local(e.code(), &e, "check that this program may start itself"))?;
    let layers = sandbox.confinement().layers;
    let confined = if layers.sufficient() {
        format!("jobs run behind {layers}")
    } else {
        format!("this host offers {layers}: only modules on the shipped list run, which these are")
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    screen.begin(
        args.seed,
        &[
            ("seed", args.seed.to_string()),
            ("cores", cores.to_string()),
            ("sandbox", confined),
        ],
    );
    let interrupted = || Error::usage("demo.interrupted", "stopped by a signal", "run it again");
    let place = match args.chain {
        Some(file) => Place::Node {
            file,
            artifacts: args.artifacts,
        },
        None => Place::Embedded { seed: args.seed },
    };
    let program = std::env::current_exe()
        .map_err(|e| Error::internal("demo.no_program", e, "check that this program's file is still there"))?;
    let mut stage = tokio::select! {
        stage = Stage::open(&args.out, args.keep, &place, program, screen) => stage?,
        () = stop.wait() => return Err(interrupted()),
    };
    let told = tokio::select! {
        told = tell(&mut stage, args.seed) => told,
        () = stop.wait() => Err(interrupted()),
    };
    // In order, whatever came of it. Asked twice, the process ends at once and the parties with it.
    stage.close().await;
    let outcome = told?;
    let missed: Vec<&str> = outcome
        .expected
        .iter()
        .filter(|e| !e.met)
        .map(|e| e.what.as_str())
        .collect();
    if missed.is_empty() {
        return Ok(());
    }
    let next = format!("see {}", stage.out.join("logs").display());
    Err(Error::internal("demo.not_as_expected", missed.join("; "), next))
}

async fn tell(stage: &mut Stage, seed: u64) -> Result<Outcome> {
    stage.act("The chain", stage.ground.about()).await?;
    let (rpc, id) = (&stage.ground.rpc, stage.ground.market.chain.chain_id());
    let answers = format!("{id} answers at {rpc}");
    let deployed = format!(
        "six contracts are deployed and launched by block {}; the dao owns all of them",
        stage.ground.height
    );
    stage.note("chain", answers);
    stage.note("chain", deployed);
    acts::join(stage).await?;
    acts::enrol(stage).await?;
    let proven = acts::prove(stage).await?;
    let jobs = Jobs::write(&stage.out.join("jobs"), &stage.out, seed)?;
    let [silent, forged, fractal, absent, picture, factors] = acts::post(stage, &jobs).await?;
    let proposal = acts::propose(stage).await?;
    acts::work(stage, &picture).await?;
    let disputed = acts::dispute(stage, &jobs.disputed).await?;
    acts::silence(stage, &silent).await?;
    acts::execute(stage, proposal).await?;
    acts::juries(stage, &[&factors, &forged, &fractal, &absent]).await?;
    let later = acts::later(stage, &jobs.later).await?;
    let standing = outcome::standing(stage).await?;
    acts::accounts(stage).await?;
    stage.pump().await?;

    let posted = vec![silent, forged, fractal, absent, picture, factors, disputed, later];
    let outcome = outcome::judge(stage, posted, standing, &proven).await?;
    let report = report::write(stage, &outcome, seed)?;
    stage.screen.text(&tables::text(stage, &outcome));
    stage.screen.text(&format!(
        "\nreport       {}\noutputs      {}",
        report.display(),
        stage.out.display()
    ));
    if let Some(homes) = stage.kept() {
        stage.screen.text(&format!("homes        {}", homes.display()));
    }
    stage.screen.object(&outcome.summary)?;
    Ok(outcome)
}
