//! `joule devchain`: an embedded chain with a deployed market and funded actors, until it is interrupted.
mod cast;
mod files;
mod market;

use std::path::PathBuf;
use std::time::Duration;

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use serde::{Deserialize, Serialize};

pub use cast::{cast, Actor, USDC};
pub use files::{store_deployment, store_key, store_settings, Files, Settings};
pub use market::{actor, TREASURY};

use crate::error::{Error, Result};

/// Passphrase of the key files that the command writes. The keys are public, so it protects nothing.
pub const PASSPHRASE: &str = "joule-demo";

/// Options of `joule devchain`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// Port of the RPC on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 26657)]
    rpc_port: u16,
    /// Milliseconds between blocks
    #[arg(long, value_name = "MS", default_value_t = 500, value_parser = clap::value_parser!(u64).range(10..=60_000))]
    block_time: u64,
    /// Folder for the actors' keys, the list of actors and the deployment file
    #[arg(long, value_name = "DIR", default_value = "joule-devchain")]
    home: PathBuf,
    /// Deployment file [default: deployments/joule-dev-1.json in the home folder]
    #[arg(long, value_name = "FILE")]
    deployment: Option<PathBuf>,
    /// Number that the actors' keys are made from
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// One JSON object instead of the table
    #[arg(long)]
    json: bool,
}

/// What the command says once the market stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// Chain id.
    pub chain_id: String,
    /// RPC address.
    pub rpc: String,
    /// Websocket address.
    pub websocket: String,
    /// Where the files are.
    pub files: Files,
    /// Everybody.
    pub actors: Vec<Actor>,
}

/// Runs until Ctrl-C or SIGTERM.
pub fn run(args: Args) -> Result<()> {
    tokio::runtime::Runtime::new()
        .map_err(|e| Error::internal("devchain.no_runtime", e, "check the limits of processes and memory"))?
        .block_on(serve(args))
}

async fn serve(args: Args) -> Result<()> {
    // Before anything is announced: whoever reads the announcement may interrupt at once.
    let mut stop = crate::daemon::Stop::on_signals()?;
    let actors = cast(args.seed)?;
    let running = market::start(&actors, args.rpc_port, Duration::from_millis(args.block_time)).await?;
    let files = files::write(
        &args.home,
        args.deployment,
        &actors,
        &running.deployment,
        &running.chain.rpc_url(),
    )?;
    let ready = Ready {
        chain_id: running.chain.chain_id().into(),
        rpc: running.chain.rpc_url(),
        websocket: running.chain.ws_url(),
        files,
        actors,
    };
    announce(&ready, args.json)?;
    stop.wait().await;
    running.chain.shutdown();
    Ok(())
}

fn announce(ready: &Ready, json: bool) -> Result<()> {
    use std::io::Write;
    let text = if json {
        serde_json::to_string(ready).map_err(|e| Error::internal("devchain.bad_output", e, "report this"))?
    } else {
        people(ready)
    };
    let mut out = std::io::stdout();
    // A reader that has gone is no reason to stop the chain.
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
    Ok(())
}

fn people(ready: &Ready) -> String {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED);
    table.set_header(["name", "for", "address", "WATT", "USDC", "JOULE", "staked"]);
    let whole = |amount: u128| {
        if amount == 0 {
            String::new()
        } else {
            (amount / 1_000_000).to_string()
        }
    };
    for actor in &ready.actors {
        let coins = [actor.uwatt, actor.uusdc, actor.ujoule, actor.staked].map(whole);
        let words = [actor.name.clone(), actor.role.clone(), actor.address.clone()];
        table.add_row(words.into_iter().chain(coins));
    }
    for column in table.column_iter_mut().skip(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let Files {
        deployment,
        actors,
        home,
    } = &ready.files;
    format!(
        "{table}\n\n\
         {chain} answers at {rpc}\n\
         deployment   {deployment}\n\
         phrases      {actors} (public keys for tests: never send them real coins)\n\n\
         Use it from another terminal, for instance:\n\
         joule balance --home {home} --key studio\n\
         joule deposit 5usdc --home {home} --key studio\n\n\
         Ctrl-C stops the chain, which forgets everything.",
        chain = ready.chain_id,
        rpc = ready.rpc,
        deployment = deployment.display(),
        actors = actors.display(),
        home = home.display(),
    )
}
