//! Looks at a home directory, its chain and this machine for what would keep a role from working, and says for each thing
//! what was found and how to mend it. Every check runs, whatever the ones before it said.
//!
//! - [`files`]: who may read home and keys, space on disk; [`host`]: sandbox and graphics processor, by trying them;
//! - [`nodes`]: the chain's nodes and the clock; [`market`]: its contracts; [`money`]: coins for fees, stake and deposits;
//! - [`roles`]: what only one role needs.
mod files;
mod host;
mod market;
mod money;
mod nodes;
mod roles;

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use crate::config::{Role, Settings};
use crate::error::Error;
use crate::keys::{KeyStore, PassphraseSource};
use crate::provider::ProviderConfig;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Works, and will not for long or not as well as it could.
    Warn,
    /// The role cannot work like this.
    Fail,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Name of the check, `node`.
    pub check: &'static str,
    /// How it ended.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

/// Thresholds of the checks.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Free bytes below which there is too little space for the journal and the objects of jobs.
    pub min_free: u64,
    /// Transactions that the key should be able to pay for.
    pub transactions: u32,
    /// Longest wait for a new block.
    pub patience: Duration,
}

/// What is looked at.
pub struct Subject {
    /// Home directory.
    pub home: PathBuf,
    /// Its settings.
    pub settings: Settings,
    /// Whose needs are looked at.
    pub role: Role,
    /// Where the key's passphrase comes from.
    pub passphrase: PassphraseSource,
    /// A provider's file: where it is or would be, and what it says.
    pub provider_file: PathBuf,
    pub provider: Option<ProviderConfig>,
    /// Where a keeper's rounds come from; see [`crate::beacon::open`].
    pub beacon: Vec<String>,
    /// Thresholds.
    pub limits: Limits,
}

impl Subject {
    fn store(&self) -> KeyStore {
        KeyStore::new(self.home.join("keys"))
    }

    /// A command of this program for the same home.
    fn command(&self, words: &str) -> String {
        let usual = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".joule"));
        if usual.as_ref() == Some(&self.home) {
            return format!("joule {words}");
        }
        format!("joule {words} --home {}", self.home.display())
    }

    /// How coins for fees come to an address of this chain.
    fn faucet(&self, address: &str, amount: u128) -> String {
        match self.settings.chain.id.as_str() {
            "joule-local-1" => format!("scripts/localnet fund {address}"),
            _ => format!("send at least {amount}{} to {address}", self.settings.gas.denom),
        }
    }
}

/// The findings so far.
#[derive(Default)]
pub struct Report(Vec<Finding>);

impl Report {
    fn add(&mut self, check: &'static str, verdict: Verdict, found: impl ToString, fix: Option<String>) {
        self.0.push(Finding {
            check,
            verdict,
            found: found.to_string(),
            fix,
        });
    }

    /// As it should be.
    pub fn ok(&mut self, check: &'static str, found: impl ToString) {
        self.add(check, Verdict::Ok, found, None);
    }

    /// Could be better.
    pub fn warn(&mut self, check: &'static str, found: impl ToString, fix: impl ToString) {
        self.add(check, Verdict::Warn, found, Some(fix.to_string()));
    }

    /// Cannot stay as it is.
    pub fn fail(&mut self, check: &'static str, found: impl ToString, fix: impl ToString) {
        self.add(check, Verdict::Fail, found, Some(fix.to_string()));
    }

    /// An error with its own next step.
    pub fn error(&mut self, check: &'static str, error: &Error) {
        let fix = Some(error.next().to_string()).filter(|next| !next.is_empty());
        let found = format!("{}: {}", error.code(), error.what());
        self.add(check, Verdict::Fail, found, fix);
    }

    /// All of them, in order.
    pub fn into_findings(self) -> Vec<Finding> {
        self.0
    }
}

/// Checks everything that the role needs.
pub async fn run(subject: &Subject, report: &mut Report) {
    files::check(subject, report);
    let address = files::key(subject, report);
    files::port(subject, report);
    if let Some(client) = nodes::check(subject, report).await {
        if let Some((market, denoms)) = market::check(subject, client, report).await {
            let cx = roles::Chain {
                market: &market,
                denoms: &denoms,
                address: address.as_deref(),
            };
            money::check(subject, &cx, report).await;
            roles::check(subject, &cx, report).await;
        }
    }
    if matches!(subject.role, Role::Provider | Role::Validator) {
        host::check(subject, report).await;
    }
}
