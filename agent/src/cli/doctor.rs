//! `joule doctor`.
use std::path::PathBuf;
use std::time::Duration;

use super::common::Common;
use super::config::PROVIDER_FILE;
use super::output;
use crate::config::{Role, Settings};
use crate::doctor::{self, Finding, Limits, Report, Subject, Verdict};
use crate::error::{Error, Result};
use crate::provider::ProviderConfig;

/// Checks what a role needs: files, key, nodes, clock, contracts, coins, and for those who run jobs sandbox and graphics
/// processor. Each check says what it found and how to mend it. Ends with exit code 8 where something fails.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Whose needs to look at [default: agent.role of the settings; provider if there is a provider file]
    #[arg(long, value_enum)]
    role: Option<Role>,
    /// A provider's file [default: provider.toml in the home folder]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where a keeper's rounds come from, as `joule keep --beacon` reads it
    #[arg(long, env = "JOULE_BEACON", value_name = "local|URL", value_delimiter = ',')]
    beacon: Vec<String>,
    /// Transactions that the key should be able to pay for
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    transactions: u32,
    /// Free MiB below which a disk counts as full
    #[arg(long, value_name = "MIB", default_value_t = 1024)]
    min_free: u64,
    /// Longest wait for a new block, seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=600))]
    patience: u64,
    #[command(flatten)]
    common: Common,
}

pub async fn run(args: Args) -> Result<()> {
    let mut report = Report::default();
    let home = args.common.home.dir()?;
    match args.common.settings() {
        Ok(settings) => {
            let subject = subject(&args, home, settings, &mut report)?;
            doctor::run(&subject, &mut report).await;
        }
        Err(error) => report.error("settings", &error),
    }
    let findings = report.into_findings();
    output::show(args.common.json, &findings, |findings| text(findings))?;
    let failed: Vec<&str> = findings
        .iter()
        .filter(|finding| finding.verdict == Verdict::Fail)
        .map(|finding| finding.check)
        .collect();
    if failed.is_empty() {
        return Ok(());
    }
    Err(Error::local(
        "doctor.failed",
        format!("{} of {} checks: {}", failed.len(), findings.len(), failed.join(", ")),
        "do what stands below each of them, then run `joule doctor` again",
    ))
}

fn subject(args: &Args, home: PathBuf, settings: Settings, report: &mut Report) -> Result<Subject> {
    let file = args.config.clone().unwrap_or_else(|| home.join(PROVIDER_FILE));
    let role = args.role.unwrap_or(match settings.agent.role {
        Role::Buyer if file.exists() => Role::Provider,
        role => role,
    });
    let mut provider = None;
    if role == Role::Provider && (file.exists() || args.config.is_some()) {
        match ProviderConfig::read(&file) {
            Ok(config) => provider = Some(config),
            Err(error) => report.error("provider", &error),
        }
    }
    Ok(Subject {
        passphrase: args.common.passphrase_source()?,
        beacon: args.beacon.clone(),
        limits: Limits {
            min_free: args.min_free.saturating_mul(1 << 20),
            transactions: args.transactions,
            patience: Duration::from_secs(args.patience),
        },
        home,
        settings,
        role,
        provider_file: std::path::absolute(&file).unwrap_or(file),
        provider,
    })
}

fn text(findings: &[Finding]) -> String {
    let widest = findings.iter().map(|finding| finding.check.len()).max().unwrap_or(0);
    let mut lines = Vec::new();
    for finding in findings {
        let verdict = match finding.verdict {
            Verdict::Ok => "ok  ",
            Verdict::Warn => "warn",
            Verdict::Fail => "FAIL",
        };
        lines.push(format!("{verdict}  {:widest$}  {}", finding.check, finding.found));
        if let Some(fix) = &finding.fix {
            lines.push(format!("      {:widest$}  -> {fix}", ""));
        }
    }
    lines.join("\n")
}
