//! `joule deploy`.
use std::path::{Path, PathBuf};
use std::sync::Arc;

use joule_rollout::Deployment;

use super::common::{Home, Passphrase};
use super::output::{facts, show};
use crate::chain::deploy::{self, Codes};
use crate::chain::Client;
use crate::config::{self, MarketFile, Settings};
use crate::error::{Error, Result};
use crate::signer::LocalSigner;

/// Finishes what an earlier run began; a run over a finished deployment changes nothing.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// File that says what is deployed and where
    #[arg(long, value_name = "FILE")]
    chain: PathBuf,
    /// Folder with the compiled contracts (scripts/build-wasm)
    #[arg(long, value_name = "DIR", default_value = "artifacts")]
    artifacts: PathBuf,
    /// Where the addresses are written and read [default: <chain id>.json beside --chain]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Name of the key that deploys; it has no role afterwards
    #[arg(long, value_name = "NAME", default_value = "deployer")]
    key: String,
    /// Change nothing: compare the deployment file with the chain
    #[arg(long)]
    verify: bool,
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
    let chain = Client::connect(&file.chain_id, &file.rpc, Settings::default().limits()).await?;
    let key = args.home.keys()?.open(&args.key, &args.passphrase.source().read()?)?;
    let signer = Arc::new(LocalSigner::new(key));
    let gas = file.gas.policy();
    let codes = Codes::Artifacts(args.artifacts.clone());
    let deployment = if args.verify {
        let deployment = config::read_deployment(&out, &file.chain_id)?;
        deploy::verify(chain, signer, gas, deployment.clone(), codes).await?;
        deployment
    } else {
        let deployment = deploy::deploy(chain, signer, gas, file.plan()?, codes).await?;
        write(&out, &deployment)?;
        deployment
    };
    show(args.json, &deployment, |deployment| {
        words(deployment, &out, args.verify)
    })
}

fn beside(chain: &Path, chain_id: &str) -> PathBuf {
    chain.with_file_name(format!("{chain_id}.json"))
}

fn write(path: &Path, deployment: &Deployment) -> Result<()> {
    let text =
        serde_json::to_string_pretty(deployment).map_err(|e| Error::internal("deploy.bad_output", e, "report this"))?;
    std::fs::write(path, text + "\n").map_err(|e| {
        let next = "give a place that can be written with --out; the market itself is deployed";
        Error::config("deploy.no_output", format!("{}: {e}", path.display()), next)
    })
}

fn words(deployment: &Deployment, out: &Path, verified: bool) -> String {
    let rows = deployment.contracts.iter().map(|(name, contract)| {
        (
            name.as_str(),
            format!("{}  code {}", contract.address, contract.code_id),
        )
    });
    let done = if verified {
        "as on the chain"
    } else {
        "deployed and verified"
    };
    format!("{}\n\n{}: {done}", facts(rows), out.display())
}
