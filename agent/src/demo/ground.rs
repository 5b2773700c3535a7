//! What the demo plays on: a chain of its own that is embedded in this program, or a node that runs already. The story is
//! the same; what differs between the two is here and nowhere else.
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use joule_rollout::Deployment;
use joule_types::marketplace::JobFilter;
use joule_types::Peers;

use super::calls::{self, first_words};
use super::party::Party;
use crate::chain::contracts::Market;
use crate::chain::deploy::{Codes, Site};
use crate::chain::tx::GasPolicy;
use crate::chain::{Client, Limits};
use crate::config::{GasSettings, MarketFile};
use crate::devchain::{self, Actor, USDC};
use crate::error::{Error, Result};
use crate::keys::{Key, Phrase};
use crate::signer::LocalSigner;

/// Milliseconds between blocks of the embedded chain.
const BLOCK_MS: u64 = 250;
/// The accounts of a local network: `scripts/wasmd/actors.tsv`.
const NODE_SEED: u64 = 0;

/// Where to play.
#[derive(Clone, Debug)]
pub enum Place {
    /// On a chain that this program starts, with the keys of `seed`.
    Embedded {
        /// Number that the keys are made from.
        seed: u64,
    },
    /// On a running node whose genesis has the cast of a local network.
    Node {
        /// File that says where it is and what is deployed there.
        file: PathBuf,
        /// Compiled contracts.
        artifacts: PathBuf,
    },
}

/// A chain with a fresh market on it.
pub struct Ground {
    /// The market.
    pub market: Market,
    /// Everybody.
    pub actors: Vec<Actor>,
    /// Addresses of the contracts.
    pub peers: Peers<String>,
    /// RPC address.
    pub rpc: String,
    /// Deployment file.
    pub deployment: PathBuf,
    /// Gas of the transactions of this process.
    pub gas: GasPolicy,
    /// uusdc of everybody before anything happens, base units.
    pub issued: u128,
    /// The story is told from behind this block.
    pub height: u64,
    /// Nobody can put its clock forward.
    real: bool,
}

impl Ground {
    /// Starts the embedded chain, or deploys to the node. The process of the embedded chain comes along.
    pub async fn open(place: &Place, program: &Path, homes: &Path, logs: &Path) -> Result<(Self, Option<Party>)> {
        match place {
            Place::Embedded { seed } => {
                let (ground, chain) = embedded(*seed, program, &homes.join("chain"), logs.join("chain.log")).await?;
                Ok((ground, Some(chain)))
            }
            Place::Node { file, artifacts } => Ok((node(file, artifacts, homes).await?, None)),
        }
    }

    async fn new(
        client: Client,
        deployed: &Deployment,
        actors: Vec<Actor>,
        rpc: String,
        file: PathBuf,
    ) -> Result<Self> {
        let peers = deployed
            .peers()
            .map_err(|e| Error::internal("demo.bad_deployment", e, "report this"))?;
        let mut issued = 0;
        for actor in &actors {
            issued += client.balance(&actor.address, USDC).await?;
        }
        Ok(Self {
            height: client.height().await?,
            market: Market::new(client, &peers),
            peers,
            actors,
            rpc,
            deployment: file,
            gas: GasSettings::default().policy(),
            issued,
            real: false,
        })
    }

    /// What kind of chain it is.
    pub fn about(&self) -> &'static str {
        if self.real {
            "A node of a real chain with the compiled contracts."
        } else {
            "An embedded chain with the real contracts, behind the RPC of a real node."
        }
    }

    /// The same in the middle of a sentence.
    pub fn kind(&self) -> &'static str {
        if self.real {
            "a real chain with the compiled contracts"
        } else {
            "an embedded chain with the real contracts"
        }
    }

    /// Lets `secs` of the chain's time pass, or begins to: returns what is left to wait for, and what to say of it.
    pub async fn pass(&self, secs: u64) -> Result<(Duration, String)> {
        if self.real {
            let said = format!("{secs} s pass until the unbonding stake has matured");
            return Ok((Duration::from_secs(secs), said));
        }
        calls::advance(&self.rpc, secs).await?;
        let said = format!("the clock is put forward by {secs} s, so that the unbonding stake matures");
        Ok((Duration::ZERO, said))
    }
}

async fn embedded(seed: u64, program: &Path, home: &Path, log: PathBuf) -> Result<(Ground, Party)> {
    let args = ["devchain", "--json", "--rpc-port", "0", "--block-time"].map(String::from);
    let values = [BLOCK_MS.to_string(), "--seed".into(), seed.to_string(), "--home".into()];
    let args: Vec<String> = args
        .into_iter()
        .chain(values)
        .chain([home.display().to_string()])
        .collect();
    let mut chain = Party::start("chain", program, &args, log, true)?;
    let ready = first_words(&mut chain).await?;
    let client = Client::connect(&ready.chain_id, std::slice::from_ref(&ready.rpc), Limits::default()).await?;
    let deployed = crate::config::read_deployment(&ready.files.deployment, &ready.chain_id)?;
    let ground = Ground::new(client, &deployed, ready.actors, ready.rpc, ready.files.deployment).await?;
    Ok((ground, chain))
}

/// Deploys what is not deployed yet, as `joule deploy` does.
async fn node(file: &Path, artifacts: &Path, homes: &Path) -> Result<Ground> {
    let file = MarketFile::read(file)?;
    let rpc = file.rpc.first().cloned().unwrap_or_default();
    let client = Client::connect(&file.chain_id, &file.rpc, Limits::default()).await?;
    let actors = devchain::cast(NODE_SEED)?;
    let deployer = Key::from_phrase(&Phrase::parse(&devchain::actor(&actors, "deployer")?.phrase)?)?;
    let signer = Arc::new(LocalSigner::new(deployer));
    let gas = file.gas.policy();
    let site = Site {
        chain: client.clone(),
        signer: Some(signer),
        gas: gas.clone(),
        codes: Codes::Artifacts(artifacts.to_path_buf()),
    };
    let deployed = site.deploy(file.plan()?, None).await?;
    let path = homes.join("deployment.json");
    devchain::store_deployment(&path, &deployed)?;
    let ground = Ground {
        gas,
        real: true,
        ..Ground::new(client, &deployed, actors, rpc, path).await?
    };
    fresh(&ground.market).await?;
    Ok(ground)
}

/// Jobs are told apart by the order in which they are posted, and everybody joins: it has to be the first story here.
async fn fresh(market: &Market) -> Result<()> {
    let jobs = market.marketplace.jobs(JobFilter::All {}, None).await?.items.len();
    let providers = market.registry.providers(None).await?.items.len();
    let validators = market.staking.validators().await?.enrolled;
    if jobs == 0 && providers == 0 && validators == 0 {
        return Ok(());
    }
    let what = format!("{jobs} jobs, {providers} providers and {validators} validators are on the market already");
    let next = "begin with a new chain: scripts/localnet reset, then start";
    Err(Error::usage("demo.not_fresh", what, next))
}
