//! The file that a market is deployed from, `deployments/<chain>.toml`: a chain, a profile of parameters, and who starts with what.
use std::path::Path;

use joule_rollout::{InitialBalance, Plan};
use joule_types::staking::GenesisStake;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::GasSettings;
use crate::error::{Error, Result};

/// What is deployed, and where.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarketFile {
    /// Chain id. Nodes of any other chain are refused.
    pub chain_id: String,
    /// RPC addresses, the preferred one first.
    pub rpc: Vec<String>,
    /// Where the parameters come from.
    pub profile: Profile,
    /// Values of the profile that this market has otherwise, by the names of `joule_rollout::Plan`: `[params.dao] voting_secs = 600`.
    #[serde(default)]
    pub params: toml::Table,
    /// Part of the addresses: another number is another market of the same deployer beside the first.
    #[serde(default = "first")]
    pub salt_version: u32,
    /// Who decides disputes.
    pub arbiter: String,
    /// Who may pause entry for a while.
    #[serde(default)]
    pub guardian: Option<String>,
    /// JOULE of the dao's treasury, base units.
    pub treasury: String,
    /// Native denominations that the escrow lists besides JOULE; those of the profile if absent.
    #[serde(default)]
    pub natives: Option<Vec<String>>,
    /// Fee of transactions.
    #[serde(default)]
    pub gas: GasSettings,
    /// Who starts with JOULE in the wallet, base units.
    #[serde(default)]
    pub balances: Vec<Holding>,
    /// Who starts with JOULE staked, base units.
    #[serde(default)]
    pub stakes: Vec<Holding>,
}

/// A set of parameters in `joule_rollout`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// The design's durations, drand's quicknet.
    Public,
    /// Every duration in seconds, the local beacon under its published key.
    Local,
    /// The local one, shortened for whoever watches.
    Demo,
}

/// JOULE of an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holding {
    /// Address.
    pub address: String,
    /// Base units.
    pub ujoule: String,
}

impl MarketFile {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self> {
        let bad = |why: &dyn std::fmt::Display| {
            Error::config(
                "deploy.bad_file",
                format!("{}: {why}", path.display()),
                "correct it; deployments/localnet.toml is an example",
            )
        };
        let text = std::fs::read_to_string(path).map_err(|e| bad(&e))?;
        Self::parse(&text).map_err(|e| bad(&e.what()))
    }

    /// Reads a file's text.
    pub fn parse(text: &str) -> Result<Self> {
        let next = "correct it; deployments/localnet.toml is an example";
        toml::from_str(text).map_err(|e| Error::config("deploy.bad_file", e.to_string().replace('\n', " "), next))
    }

    /// The plan that it asks for.
    pub fn plan(&self) -> Result<Plan> {
        let profile = match self.profile {
            Profile::Public => Plan::public(&self.arbiter),
            Profile::Local => Plan::local(&self.arbiter),
            Profile::Demo => Plan::demo(&self.arbiter),
        };
        let mut plan = self.adjusted(&profile)?;
        plan.salt_version = self.salt_version;
        plan.guardian.clone_from(&self.guardian);
        plan.token.treasury = amount("treasury", &self.treasury)?.into();
        if let Some(natives) = &self.natives {
            plan.natives.clone_from(natives);
        }
        for Holding { address, ujoule } in &self.balances {
            plan.token.balances.push(InitialBalance {
                address: address.clone(),
                amount: amount(address, ujoule)?.into(),
            });
        }
        for Holding { address, ujoule } in &self.stakes {
            plan.genesis_stake.push(GenesisStake {
                owner: address.clone(),
                amount: amount(address, ujoule)?.into(),
            });
        }
        Ok(plan)
    }
}

impl MarketFile {
    /// The profile with the values of `[params]` in it.
    fn adjusted(&self, profile: &Plan) -> Result<Plan> {
        let mut values = serde_json::to_value(profile).map_err(|e| bad_params(&e))?;
        let params = serde_json::to_value(&self.params).map_err(|e| bad_params(&e))?;
        overlay(&mut values, params, "")?;
        serde_json::from_value(values).map_err(|e| bad_params(&e))
    }
}

fn bad_params(why: &dyn std::fmt::Display) -> Error {
    Error::config(
        "deploy.bad_params",
        format!("[params]: {why}"),
        "use names and forms of packages/rollout/src/plan.rs; docs/deploy.md has examples",
    )
}

/// Tables are merged, everything else is replaced. A name that the profile does not have is a mistake.
fn overlay(below: &mut Value, above: Value, path: &str) -> Result<()> {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            for (name, value) in above {
                let path = format!("{path}{name}.");
                let place = below.get_mut(&name);
                let place =
                    place.ok_or_else(|| bad_params(&format!("no parameter `{}`", path.trim_end_matches('.'))))?;
                overlay(place, value, &path)?;
            }
        }
        (below, above) => *below = above,
    }
    Ok(())
}

fn first() -> u32 {
    1
}

fn amount(of: &str, text: &str) -> Result<u128> {
    text.parse().map_err(|_| {
        Error::config(
            "deploy.bad_amount",
            format!("`{text}` of {of}"),
            "write whole base units in quotes: \"1000000\" is one JOULE",
        )
    })
}
