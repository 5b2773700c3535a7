//! The deployment file: which contracts of the chain are the market.
use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use joule_rollout::Deployment;

use crate::error::{Error, Result};

/// Reads `deployments/<chain-id>.json` and makes sure that it is of this chain and names every contract.
pub fn read_deployment(path: &Path, chain_id: &str) -> Result<Deployment> {
    let place = path.display();
    let text = std::fs::read(path).map_err(|e| {
        Error::config(
            "config.no_deployment",
            format!("{place}: {e}"),
            "get the chain's deployment file, or set chain.deployment to its place",
        )
    })?;
    let bad = |why: &dyn std::fmt::Display| {
        Error::config(
            "config.bad_deployment",
            format!("{place}: {why}"),
            "get the chain's deployment file again",
        )
    };
    let deployment: Deployment = serde_json::from_slice(&text).map_err(|e| bad(&e))?;
    if deployment.chain_id != chain_id {
        return Err(Error::config(
            "config.deployment_chain",
            format!("{place} is of chain `{}`, not `{chain_id}`", deployment.chain_id),
            "set chain.id or chain.deployment so that they agree",
        ));
    }
    deployment.peers().map_err(|e| bad(&e))?;
    Ok(deployment)
}

/// Writes `deployments/<chain-id>.json` so that whoever reads it, or looks after the machine lost its power, finds the old file or the new
/// one whole. A file that says the same is left alone.
pub fn write_deployment(path: &Path, deployment: &Deployment) -> Result<()> {
    let text = serde_json::to_string_pretty(deployment)
        .map_err(|e| Error::internal("deploy.bad_output", e, "report this"))?
        + "\n";
    if std::fs::read(path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(());
    }
    replace(path, text.as_bytes()).map_err(|e| {
        let next = "give a place that can be written with --out; the market itself is deployed";
        Error::config("deploy.no_output", format!("{}: {e}", path.display()), next)
    })
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new()
        .permissions(Permissions::from_mode(0o644))
        .tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    File::open(folder)?.sync_all()
}
