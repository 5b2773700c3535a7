//! The deployment file: which contracts of the chain are the market.
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
