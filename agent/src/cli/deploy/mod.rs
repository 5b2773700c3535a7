//! `joule deploy`.
mod upgrade;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use joule_rollout::{Deployment, Difference};
use serde::Serialize;

use super::common::{Home, Passphrase};
use super::output::{facts, line, show};
use crate::chain::deploy::{Codes, Site};
use crate::chain::Client;
use crate::config::{self, MarketFile, Settings};
use crate::error::{Error, Result};
use crate::signer::{LocalSigner, Signer};

/// Finishes what an earlier run began; a run over a finished deployment changes nothing.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// File that says what is deployed and where
    #[arg(long, value_name = "FILE")]
    chain: PathBuf,
    /// Folder with the compiled contracts (scripts/build-wasm) [default: artifacts]; --verify looks into it only if it is named
    #[arg(long, value_name = "DIR")]
    artifacts: Option<PathBuf>,
    /// Where the addresses are written and read [default: <chain id>.json beside --chain]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Name of the key that deploys or proposes; it has no role afterwards
    #[arg(long, value_name = "NAME", default_value = "deployer")]
    key: String,
    /// Change nothing: compare codes, admins, labels, peers and parameters on the chain with the files
    #[arg(long, conflicts_with_all = ["upgrade"])]
    verify: bool,
    /// Show the dao's proposal that brings a live market to the codes of --artifacts; once it has run, record them
    #[arg(long)]
    upgrade: bool,
    #[command(flatten)]
    proposal: upgrade::Options,
    #[command(flatten)]
    home: Home,
    #[command(flatten)]
    passphrase: Passphrase,
    /// One JSON object on standard output instead of text
    #[arg(long)]
    json: bool,
}

pub async fn run(args: Args) -> Result<()> {
    let file = MarketFile::read(&args.chain)?;
    let out = args.out.clone().unwrap_or_else(|| beside(&args.chain, &file.chain_id));
    let sends = !args.verify && (!args.upgrade || args.proposal.sends());
    let signer: Option<Arc<dyn Signer>> = if sends {
        let key = args.home.keys()?.open(&args.key, &args.passphrase.source().read()?)?;
        Some(Arc::new(LocalSigner::new(key)))
    } else {
        None
    };
    let artifacts = args.artifacts.clone().unwrap_or_else(|| "artifacts".into());
    let site = Site {
        chain: Client::connect(&file.chain_id, &file.rpc, Settings::default().limits()).await?,
        signer,
        gas: file.gas.policy(),
        codes: Codes::Artifacts(artifacts),
    };
    if args.verify {
        return verify(&args, site, &file, &out).await;
    }
    if args.upgrade {
        let deployment = config::read_deployment(&out, &file.chain_id)?;
        return upgrade::run(&args.proposal, args.json, site, deployment, &out).await;
    }
    let recorded = match out.exists() {
        true => Some(config::read_deployment(&out, &file.chain_id)?),
        false => None,
    };
    let deployment = site.deploy(file.plan()?, recorded).await?;
    config::write_deployment(&out, &deployment)?;
    show(args.json, &deployment, |deployment| {
        words(deployment, &out, "deployed and verified")
    })
}

/// What `--verify --json` prints of a market that differs.
#[derive(Serialize)]
struct Found<'a> {
    differences: &'a [Difference],
}

async fn verify(args: &Args, site: Site, file: &MarketFile, out: &Path) -> Result<()> {
    let deployment = config::read_deployment(out, &file.chain_id)?;
    let found = site
        .differences(file.plan()?, deployment.clone(), args.artifacts.is_some())
        .await?;
    if found.is_empty() {
        return show(args.json, &deployment, |deployment| {
            words(deployment, out, "as on the chain")
        });
    }
    if args.json {
        show(true, &Found { differences: &found }, |_| String::new())?;
    } else {
        found.iter().for_each(line);
    }
    let what = format!("{} differences between {} and the chain", found.len(), out.display());
    Err(Error::refused(
        "roll.differs",
        what,
        "docs/deploy.md says what each may mean",
    ))
}

fn beside(chain: &Path, chain_id: &str) -> PathBuf {
    chain.with_file_name(format!("{chain_id}.json"))
}

fn words(deployment: &Deployment, out: &Path, done: &str) -> String {
    let rows = deployment.contracts.iter().map(|(name, contract)| {
        (
            name.as_str(),
            format!("{}  code {}", contract.address, contract.code_id),
        )
    });
    format!("{}\n\n{}: {done}", facts(rows), out.display())
}
