//! The settings themselves. `template.toml` explains each of them to people; a test keeps the two alike.
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{MonitorSettings, StopSettings};
use crate::chain::tx::{GasPolicy, GasPrice, Options};
use crate::chain::types::text_amount;
use crate::chain::{Dialect, Endpoints, Limits};
use crate::error::{Error, Result};
use crate::keys::PassphraseSource;

/// All settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// What the home is for.
    pub agent: AgentSettings,
    /// Chain and nodes.
    pub chain: ChainSettings,
    /// Fees.
    pub gas: GasSettings,
    /// Patience with transactions.
    pub tx: TxSettings,
    /// Key.
    pub key: KeySettings,
    /// Signer process.
    pub signer: SignerSettings,
    /// Health, status and metrics of the long-running roles.
    pub monitor: MonitorSettings,
    /// Their end.
    pub stop: StopSettings,
}

/// What the home is for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AgentSettings {
    /// Role; `doctor` and `status` look at what matters to it.
    pub role: Role,
}

/// Who works in a home directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sells computing power: `joule run`.
    Provider,
    /// Judges results: `joule verify`.
    Validator,
    /// Rents computing power and posts jobs.
    #[default]
    Buyer,
    /// Keeps the market moving: `joule keep`.
    Keeper,
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Provider => "provider",
            Self::Validator => "validator",
            Self::Buyer => "buyer",
            Self::Keeper => "keeper",
        })
    }
}

/// Chain and nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChainSettings {
    /// Chain id.
    pub id: String,
    /// RPC addresses, the preferred one first.
    pub rpc: Vec<String>,
    /// The line of the RPC that the nodes speak.
    pub dialect: Dialect,
    /// Deployment file; empty for the default place.
    pub deployment: PathBuf,
    /// Wait for one answer, milliseconds.
    pub call_timeout_ms: u64,
    /// Blocks behind at which a node is passed over.
    pub max_lag: u64,
    /// Pause between two looks at the chain, milliseconds.
    pub poll_ms: u64,
}

/// Fees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GasSettings {
    /// Denom of fees.
    pub denom: String,
    /// Price of gas.
    pub price: GasPrice,
    /// Gas limit to begin with, percent of a simulation.
    pub simulation_percent: u32,
    /// Address that pays fees by a grant; empty for the key itself.
    pub granter: String,
    /// Gas ceiling of a transaction.
    pub max_gas: u64,
    /// Fee ceiling of a transaction.
    #[serde(with = "text_amount")]
    pub max_fee: u128,
}

/// Patience with transactions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TxSettings {
    /// Time within which messages share a transaction, milliseconds.
    pub tick_ms: u64,
    /// Pause between two looks for an outcome, milliseconds.
    pub poll_ms: u64,
    /// Blocks to land.
    pub timeout_blocks: u64,
}

/// Key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeySettings {
    /// Name of the key file.
    pub name: String,
    /// File with its passphrase; empty to be asked.
    pub passphrase_file: PathBuf,
}

/// Signer process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignerSettings {
    /// Socket of a running signer; empty to start one.
    pub socket: PathBuf,
    /// Policy file.
    pub policy: PathBuf,
}

impl Default for ChainSettings {
    fn default() -> Self {
        Self {
            id: "joule-dev-1".into(),
            rpc: vec!["http://127.0.0.1:26657".into()],
            dialect: Dialect::default(),
            deployment: PathBuf::new(),
            call_timeout_ms: 10_000,
            max_lag: 5,
            poll_ms: 1000,
        }
    }
}

impl GasSettings {
    /// Price and ceilings.
    pub fn policy(&self) -> GasPolicy {
        GasPolicy {
            denom: self.denom.clone(),
            price: self.price,
            max_gas: self.max_gas,
            max_fee: self.max_fee,
        }
    }
}

impl Default for GasSettings {
    fn default() -> Self {
        Self {
            denom: "uwatt".into(),
            price: GasPrice::DEFAULT,
            simulation_percent: 130,
            granter: String::new(),
            max_gas: 20_000_000,
            max_fee: 1_000_000,
        }
    }
}

impl Default for TxSettings {
    fn default() -> Self {
        Self {
            tick_ms: 100,
            poll_ms: 250,
            timeout_blocks: 60,
        }
    }
}

impl Default for KeySettings {
    fn default() -> Self {
        Self {
            name: "main".into(),
            passphrase_file: PathBuf::new(),
        }
    }
}

impl Default for SignerSettings {
    fn default() -> Self {
        Self {
            socket: PathBuf::new(),
            policy: "signer.toml".into(),
        }
    }
}

impl Settings {
    /// Values that parse and still make no sense.
    pub(super) fn check(&self) -> Result<()> {
        Endpoints::new(&self.chain.id, &self.chain.rpc, self.limits())?;
        self.monitor.address(0)?;
        let positive = [
            ("chain.call_timeout_ms", self.chain.call_timeout_ms),
            ("chain.poll_ms", self.chain.poll_ms),
            ("tx.poll_ms", self.tx.poll_ms),
            ("tx.timeout_blocks", self.tx.timeout_blocks),
            ("gas.max_gas", self.gas.max_gas),
            ("monitor.stalled_after_secs", self.monitor.stalled_after_secs),
        ];
        for (key, value) in positive {
            if value == 0 {
                return Err(Error::config(
                    "config.bad_value",
                    format!("`{key}` is zero"),
                    "give a positive number",
                ));
            }
        }
        for (key, value) in [
            ("chain.id", &self.chain.id),
            ("gas.denom", &self.gas.denom),
            ("key.name", &self.key.name),
        ] {
            if value.is_empty() {
                return Err(Error::config(
                    "config.bad_value",
                    format!("`{key}` is empty"),
                    "give a value",
                ));
            }
        }
        if !(100..=300).contains(&self.gas.simulation_percent) {
            return Err(Error::config(
                "config.bad_value",
                format!("`gas.simulation_percent` is {}", self.gas.simulation_percent),
                "give a number from 100 to 300",
            ));
        }
        Ok(())
    }

    /// How nodes are spoken to, and the patience with them.
    pub fn limits(&self) -> Limits {
        Limits {
            dialect: self.chain.dialect,
            call_timeout: Duration::from_millis(self.chain.call_timeout_ms),
            max_lag: self.chain.max_lag,
            ..Limits::default()
        }
    }

    /// How transactions are sent.
    pub fn tx_options(&self) -> Options {
        Options {
            tick: Duration::from_millis(self.tx.tick_ms),
            poll: Duration::from_millis(self.tx.poll_ms),
            timeout_blocks: self.tx.timeout_blocks,
            gas_percent: self.gas.simulation_percent,
            granter: self.gas.granter.clone(),
            ..Options::new(self.gas_policy())
        }
    }

    /// Price and ceilings.
    pub fn gas_policy(&self) -> GasPolicy {
        self.gas.policy()
    }

    /// The deployment file, for settings read from `home`.
    pub fn deployment_file(&self, home: &Path) -> PathBuf {
        if self.chain.deployment.as_os_str().is_empty() {
            return home.join("deployments").join(format!("{}.json", self.chain.id));
        }
        home.join(&self.chain.deployment)
    }

    /// The signer's policy file, for settings read from `home`.
    pub fn policy_file(&self, home: &Path) -> PathBuf {
        home.join(&self.signer.policy)
    }

    /// Where the key's passphrase comes from, for settings read from `home`.
    pub fn passphrase(&self, home: &Path) -> PassphraseSource {
        if self.key.passphrase_file.as_os_str().is_empty() {
            return PassphraseSource::Prompt;
        }
        PassphraseSource::File(home.join(&self.key.passphrase_file))
    }
}
