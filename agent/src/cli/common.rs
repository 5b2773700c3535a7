//! Options that several commands share, and what they open. They stand above the settings file in the home directory.
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;

use crate::chain::contracts::money::Denoms;
use crate::chain::contracts::Market;
use crate::chain::tx::{GasPrice, Sender};
use crate::chain::Client;
use crate::config::{self, Flags, Settings};
use crate::error::{Error, Result};
use crate::journal::Journal;
use crate::keys::{KeyStore, PassphraseSource};
use crate::signer::LocalSigner;

/// Patience with another command that uses the same key.
const TURN: Duration = Duration::from_secs(20);

/// Where the agent keeps its files.
#[derive(Args, Clone, Debug)]
pub struct Home {
    /// Folder with settings, keys, journals and caches [default: ~/.joule]
    #[arg(long, env = "JOULE_HOME", value_name = "DIR")]
    home: Option<PathBuf>,
}

impl Home {
    /// The folder.
    pub fn dir(&self) -> Result<PathBuf> {
        let dir = config::home(self.home.clone())?;
        std::path::absolute(&dir).map_err(|e| {
            Error::config(
                "config.no_home",
                format!("{}: {e}", dir.display()),
                "give --home <directory>",
            )
        })
    }

    /// The key files in it.
    pub fn keys(&self) -> Result<KeyStore> {
        Ok(KeyStore::new(self.dir()?.join("keys")))
    }
}

/// Where passphrases come from.
#[derive(Args, Clone, Debug)]
pub struct Passphrase {
    /// Read the passphrase from the first line of this open file descriptor (`3< file`)
    #[arg(long, value_name = "N", conflicts_with = "passphrase_file")]
    passphrase_fd: Option<u32>,
    /// Read the passphrase from the first line of this file, which only its owner may read
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl Passphrase {
    /// The source that the flags name.
    fn named(&self) -> Option<PassphraseSource> {
        match (self.passphrase_fd, &self.passphrase_file) {
            (Some(fd), _) => Some(PassphraseSource::Fd(fd)),
            (None, file) => file.clone().map(PassphraseSource::File),
        }
    }

    /// The file that the flags name.
    pub fn file(&self) -> Option<&PathBuf> {
        self.passphrase_file.as_ref()
    }

    /// The source; a question on the terminal unless another was named.
    pub fn source(&self) -> PassphraseSource {
        self.named().unwrap_or(PassphraseSource::Prompt)
    }
}

/// Everything a command needs that reads a market and may sign. What is not given here comes from joule.toml in the home
/// folder.
#[derive(Args, Clone, Debug)]
pub struct Common {
    #[command(flatten)]
    pub home: Home,
    /// RPC addresses of nodes, the preferred one first
    #[arg(long, env = "JOULE_NODE", value_name = "URL", value_delimiter = ',')]
    node: Option<Vec<String>>,
    /// File with the addresses of the contracts, deployments/<chain-id>.json
    #[arg(long, env = "JOULE_DEPLOYMENT", value_name = "FILE")]
    deployment: Option<PathBuf>,
    /// Chain to work on [default: that of --deployment]
    #[arg(long, env = "JOULE_CHAIN_ID", value_name = "ID")]
    chain_id: Option<String>,
    /// Price of a unit of gas
    #[arg(long, env = "JOULE_GAS_PRICE", value_name = "DECIMAL")]
    gas_price: Option<GasPrice>,
    /// Name of the key that signs
    #[arg(long, env = "JOULE_KEY", value_name = "NAME")]
    key: Option<String>,
    #[command(flatten)]
    passphrase: Passphrase,
    /// One JSON object on standard output instead of text
    #[arg(long)]
    pub json: bool,
}

impl Common {
    /// File, environment and flags together.
    pub fn settings(&self) -> Result<Settings> {
        config::load(&self.home.dir()?, &self.flags()?)
    }

    /// What the flags say, as settings.
    pub fn flags(&self) -> Result<Flags> {
        let chain_id = match (&self.chain_id, &self.deployment) {
            (Some(id), _) => Some(id.clone()),
            (None, Some(path)) => Some(chain_of(path)?),
            (None, None) => None,
        };
        Flags::default()
            .set("chain.id", chain_id)?
            .set("chain.rpc", self.node.clone())?
            .set(
                "chain.deployment",
                self.deployment
                    .as_deref()
                    .map(std::path::absolute)
                    .transpose()
                    .map_err(no_file)?,
            )?
            .set("gas.price", self.gas_price)?
            .set("key.name", self.key.clone())
    }

    /// Connects to the chain and asks the market for its denominations.
    pub async fn open(&self) -> Result<Session> {
        let settings = self.settings()?;
        let file = settings.deployment_file(&self.home.dir()?);
        Session::open(settings, &file).await
    }

    /// Address of the key; needs no passphrase.
    pub fn address(&self) -> Result<String> {
        Ok(self.home.keys()?.show(&self.settings()?.key.name)?.address)
    }

    /// Address of the key, if there is one.
    pub fn known_address(&self) -> Result<Option<String>> {
        match self.address() {
            Err(e) if self.key.is_none() && e.code() == "keys.unknown" => Ok(None),
            address => address.map(Some),
        }
    }

    /// Where the key's passphrase comes from.
    pub fn passphrase_source(&self) -> Result<PassphraseSource> {
        match self.passphrase.named() {
            Some(source) => Ok(source),
            None => Ok(self.settings()?.passphrase(&self.home.dir()?)),
        }
    }

    /// Folder of what one key does in one role: `run`, `keep` or `cli`. One process at a time works in it.
    pub fn state(&self, role: &str) -> Result<PathBuf> {
        Ok(self
            .home
            .dir()?
            .join("state")
            .join(&self.settings()?.key.name)
            .join(role))
    }

    /// Opens the key and starts its transactions. Waits its turn when another command uses the same key.
    pub async fn sender(&self, session: &Session) -> Result<Sender> {
        self.sender_on(&session.market.chain, &session.settings).await
    }

    /// The same where there need not be a market.
    pub async fn sender_on(&self, chain: &Client, settings: &Settings) -> Result<Sender> {
        let key = self
            .home
            .keys()?
            .open(&settings.key.name, &self.passphrase_source()?.read()?)?;
        let journal = Arc::new(take_turn(&self.state("cli")?).await?);
        let mut options = settings.tx_options();
        options.tick = Duration::ZERO;
        Ok(Sender::start(
            chain.clone(),
            Arc::new(LocalSigner::new(key)),
            journal,
            options,
        ))
    }
}

/// Chain id in a deployment file.
fn chain_of(path: &Path) -> Result<String> {
    #[derive(serde::Deserialize)]
    struct Head {
        chain_id: String,
    }
    let text = std::fs::read(path).map_err(|e| {
        let next = "give the file that the deployment wrote, deployments/<chain-id>.json";
        Error::config("config.no_deployment", format!("{}: {e}", path.display()), next)
    })?;
    let head: Head = serde_json::from_slice(&text).map_err(|e| {
        Error::config(
            "config.bad_deployment",
            format!("{}: {e}", path.display()),
            "get the chain's deployment file again",
        )
    })?;
    Ok(head.chain_id)
}

fn no_file(e: std::io::Error) -> Error {
    Error::config("config.no_deployment", e, "give the path of the deployment file")
}

async fn take_turn(folder: &Path) -> Result<Journal> {
    let started = Instant::now();
    loop {
        match Journal::open(folder) {
            Err(e) if e.code() == "journal.locked" && started.elapsed() < TURN => {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            opened => return opened,
        }
    }
}

/// A market that answers.
#[derive(Clone)]
pub struct Session {
    /// Its contracts.
    pub market: Market,
    /// Its denominations.
    pub denoms: Denoms,
    /// The settings it was opened with.
    pub settings: Settings,
}

impl Session {
    /// Reads the deployment file, makes sure that a node of its chain answers, and asks for the denominations.
    pub async fn open(settings: Settings, deployment: &Path) -> Result<Self> {
        let deployment = config::read_deployment(deployment, &settings.chain.id)?;
        let peers = deployment
            .peers()
            .map_err(|e| Error::config("config.bad_deployment", e, "deploy again"))?;
        let chain = Client::connect(&settings.chain.id, &settings.chain.rpc, settings.limits()).await?;
        let market = Market::new(chain, &peers);
        let denoms = Denoms::new(&market.escrow.params().await?.denoms, market.token.address());
        Ok(Self {
            market,
            denoms,
            settings,
        })
    }
}
