//! What the command leaves on disk for the programs that use the chain.
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use joule_rollout::Deployment;
use serde::{Deserialize, Serialize};

use super::{Actor, PASSPHRASE};
use crate::error::{Error, Result};
use crate::keys::{KeyStore, Phrase};

/// Cheapest scrypt: the phrases are public, and every command opens a key.
const WORK_FACTOR: u8 = 2;
/// Name of the file with the keys' passphrase.
const PASSPHRASE_FILE: &str = "passphrase";

/// Where things are, absolute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Files {
    /// Home folder of all actors: settings, keys.
    pub home: PathBuf,
    /// Deployment file.
    pub deployment: PathBuf,
    /// Actors with their phrases.
    pub actors: PathBuf,
}

/// Writes keys, passphrase, list of actors and deployment file. What an earlier run left is replaced.
pub fn write(
    home: &Path,
    deployment: Option<PathBuf>,
    actors: &[Actor],
    deployed: &Deployment,
    rpc: &str,
) -> Result<Files> {
    make(home)?;
    let home = home.canonicalize().map_err(|e| io(home, &e))?;
    let files = Files {
        deployment: match deployment {
            Some(path) => std::path::absolute(&path).map_err(|e| io(&path, &e))?,
            None => home.join("deployments").join(format!("{}.json", deployed.chain_id)),
        },
        actors: home.join("actors.json"),
        home,
    };
    // Journals of a chain that is gone would wait for its transactions.
    let journals = files.home.join("state");
    if journals.exists() {
        fs::remove_dir_all(&journals).map_err(|e| io(&journals, &e))?;
    }
    store_deployment(&files.deployment, deployed)?;
    put(&files.actors, &(pretty(&actors)? + "\n"))?;
    let settings = Settings {
        chain_id: &deployed.chain_id,
        rpc,
        deployment: &files.deployment,
        key: "faucet",
    };
    store_settings(&files.home, &settings)?;
    for actor in actors {
        store_key(&files.home, &actor.name, &Phrase::parse(&actor.phrase)?)?;
    }
    Ok(files)
}

/// Writes a deployment file.
pub fn store_deployment(path: &Path, deployed: &Deployment) -> Result<()> {
    if let Some(folder) = path.parent() {
        make(folder)?;
    }
    put(path, &(pretty(deployed)? + "\n"))
}

/// Stores a demo key in `home/keys`, in place of one that is there.
pub fn store_key(home: &Path, name: &str, phrase: &Phrase) -> Result<()> {
    let folder = home.join("keys");
    let old = folder.join(format!("{name}.key"));
    if old.exists() {
        fs::remove_file(&old).map_err(|e| io(&old, &e))?;
    }
    KeyStore::new(folder)
        .with_work_factor(WORK_FACTOR)
        .import(name, phrase, &PASSPHRASE.to_string().into())
        .map(drop)
}

/// What a home on a local chain is set to.
pub struct Settings<'a> {
    /// Chain id.
    pub chain_id: &'a str,
    /// RPC address.
    pub rpc: &'a str,
    /// Deployment file.
    pub deployment: &'a Path,
    /// Key that signs unless another is named.
    pub key: &'a str,
}

/// Writes `joule.toml` and the passphrase of the demo keys into `home`: quick to look, since blocks come quickly, and without a
/// monitor, since many actors share a machine.
pub fn store_settings(home: &Path, settings: &Settings<'_>) -> Result<()> {
    let Settings {
        chain_id,
        rpc,
        deployment,
        key,
    } = settings;
    let text = format!(
        "[chain]\nid = {chain_id:?}\nrpc = [{rpc:?}]\ndeployment = {deployment:?}\npoll_ms = 250\n\n\
         [tx]\ntick_ms = 20\npoll_ms = 100\n\n\
         [key]\nname = {key:?}\npassphrase_file = {PASSPHRASE_FILE:?}\n\n\
         [monitor]\nlisten = \"\"\n",
    );
    put(&home.join("joule.toml"), &text)?;
    let path = home.join(PASSPHRASE_FILE);
    put(&path, &format!("{PASSPHRASE}\n"))?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).map_err(|e| io(&path, &e))
}

fn pretty(value: &impl Serialize) -> Result<String> {
    serde_json::to_string_pretty(value).map_err(|e| Error::internal("devchain.bad_output", e, "report this"))
}

fn make(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(|e| io(folder, &e))
}

fn put(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(|e| io(path, &e))
}

fn io(path: &Path, e: &std::io::Error) -> Error {
    Error::local(
        "devchain.io",
        format!("{}: {e}", path.display()),
        "check the folder's owner, mode and free space",
    )
}
