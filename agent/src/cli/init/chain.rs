//! The chain: its id, nodes, fees and the deployment file to copy.
use std::path::{Path, PathBuf};

use joule_rollout::Deployment;

use crate::config::{self, GasSettings, MarketFile};
use crate::error::{Error, Result};

/// The market file of the local network, so that the word `local` works without the repository's files but the addresses.
const LOCAL: &str = include_str!("../../../../deployments/localnet.toml");
/// Chain id of `joule devchain`, which has no market file.
const DEV: &str = "joule-dev-1";
/// Where the local chains listen unless told otherwise.
const HERE: &str = "http://127.0.0.1:26657";

/// A chain to work on.
pub struct Chain {
    pub id: String,
    /// Nodes that are known; maybe none.
    pub rpc: Vec<String>,
    pub gas: GasSettings,
    /// Text of the deployment file, as it is copied.
    pub deployment: String,
    pub contracts: Deployment,
}

/// What `--chain` names, with the deployment file that belongs to it.
///
/// # Errors
/// `init.no_chain` if it names nothing; those of the files.
pub fn read(named: &str, deployment: Option<&Path>) -> Result<Chain> {
    let path = Path::new(named);
    let (id, rpc, gas, beside) = match named {
        "local" => market(MarketFile::parse(LOCAL)?, None),
        "dev" => (DEV.to_string(), vec![HERE.to_string()], GasSettings::default(), None),
        _ if named.ends_with(".toml") => market(MarketFile::read(path)?, path.parent()),
        _ if named.ends_with(".json") => return of_deployment(path),
        _ => {
            return Err(Error::usage(
                "init.no_chain",
                format!("`{named}` is neither local, dev, nor a .toml or .json file"),
                "give --chain local, or the path of the chain's file",
            ))
        }
    };
    let file = match deployment {
        Some(file) => file.to_path_buf(),
        None => found(&id, beside.as_deref())?,
    };
    let mut chain = of_deployment(&file)?;
    if chain.id != id {
        let what = format!("{} is of chain `{}`, not `{id}`", file.display(), chain.id);
        return Err(Error::config(
            "config.deployment_chain",
            what,
            "give the right one with --deployment",
        ));
    }
    (chain.rpc, chain.gas) = (rpc, gas);
    Ok(chain)
}

type Named = (String, Vec<String>, GasSettings, Option<PathBuf>);

fn market(file: MarketFile, folder: Option<&Path>) -> Named {
    (file.chain_id, file.rpc, file.gas, folder.map(Path::to_path_buf))
}

/// The deployment file of a chain: beside its market file, or where `joule deploy` and `joule devchain` leave it.
fn found(id: &str, beside: Option<&Path>) -> Result<PathBuf> {
    let name = format!("{id}.json");
    let places = [
        beside.map(Path::to_path_buf),
        Some("deployments".into()),
        Some("joule-devchain/deployments".into()),
    ];
    let mut looked = Vec::new();
    for place in places.into_iter().flatten() {
        let file = place.join(&name);
        if file.is_file() {
            return Ok(file);
        }
        looked.push(file.display().to_string());
    }
    Err(Error::config(
        "config.no_deployment",
        format!("there is none of {}", looked.join(", ")),
        "give the chain's deployment file with --deployment; `joule deploy` writes it",
    ))
}

fn of_deployment(file: &Path) -> Result<Chain> {
    let text = config::read(file)?.ok_or_else(|| {
        Error::config(
            "config.no_deployment",
            format!("there is no {}", file.display()),
            "give the chain's deployment file; `joule deploy` writes it",
        )
    })?;
    let bad = |why: &dyn std::fmt::Display| {
        let what = format!("{}: {why}", file.display());
        Error::config("config.bad_deployment", what, "get the chain's deployment file again")
    };
    let contracts: Deployment = serde_json::from_str(&text).map_err(|e| bad(&e))?;
    contracts.peers().map_err(|e| bad(&e))?;
    let local = config::is_local(&contracts.chain_id);
    Ok(Chain {
        id: contracts.chain_id.clone(),
        rpc: if local { vec![HERE.into()] } else { Vec::new() },
        gas: GasSettings::default(),
        deployment: text,
        contracts,
    })
}

impl Chain {
    /// A chain of this machine, whose nodes and files may be reached on it.
    pub fn local(&self) -> bool {
        config::is_local(&self.id)
    }
}
