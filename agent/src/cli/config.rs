//! `joule config show|validate`.
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use super::common::Common;
use super::output;
use crate::config::{self, Entry, Lines, Origin};
use crate::error::{Error, Result};
use crate::provider::ProviderConfig;
use crate::signer::Policy;

/// Name of a provider's file in the home directory.
pub const PROVIDER_FILE: &str = "provider.toml";

/// What a provider sells: the given file, else that of the home folder.
pub fn provider_file(given: Option<PathBuf>, home: &Path) -> PathBuf {
    given.unwrap_or_else(|| home.join(PROVIDER_FILE))
}

#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// Show every setting in force and where it comes from
    Show(Show),
    /// Check settings, deployment, policy and provider file, and name every mistake with its line
    Validate(Validate),
}

#[derive(clap::Args, Debug)]
pub struct Show {
    /// Only settings that are not the default
    #[arg(long)]
    changed: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(clap::Args, Debug)]
pub struct Validate {
    /// A provider's file [default: provider.toml in the home folder, if there is one]
    #[arg(long, value_name = "FILE")]
    provider: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

pub fn run(command: Command) -> Result<()> {
    match command {
        Command::Show(args) => show(&args),
        Command::Validate(args) => validate(&args),
    }
}

fn show(args: &Show) -> Result<()> {
    let home = args.common.home.dir()?;
    // Mistakes of the file come first, with their line.
    args.common.settings()?;
    let mut entries = config::entries(&home, &args.common.flags()?)?;
    if args.changed {
        entries.retain(|entry| entry.origin != Origin::Default);
    }
    output::show(args.common.json, &entries, |entries| {
        if entries.is_empty() {
            return format!(
                "All settings are the default; {} changes none.",
                home.join(config::FILE).display()
            );
        }
        output::facts(entries.iter().map(|entry| (entry.key.as_str(), line(entry))))
    })
}

fn line(entry: &Entry) -> String {
    let value = match &entry.value {
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join(", "),
        value => plain(value),
    };
    let from = match &entry.origin {
        Origin::Default => "default".into(),
        Origin::File { file, line } => format!("{} line {line}", file.display()),
        Origin::Environment { variable } => variable.clone(),
        Origin::Flag => flag(&entry.key),
    };
    format!("{value}  ({from})")
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "-".into(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The flag of a setting, and the variable that stands for it where that is set.
fn flag(key: &str) -> String {
    let (flag, variable) = match key {
        "chain.id" => ("--chain-id", "JOULE_CHAIN_ID"),
        "chain.rpc" => ("--node", "JOULE_NODE"),
        "chain.deployment" => ("--deployment", "JOULE_DEPLOYMENT"),
        "gas.price" => ("--gas-price", "JOULE_GAS_PRICE"),
        "key.name" => ("--key", "JOULE_KEY"),
        _ => return "command line".into(),
    };
    match std::env::var_os(variable) {
        Some(_) => format!("{flag} or {variable}"),
        None => flag.into(),
    }
}

/// What was looked at, and what is wrong in it.
#[derive(Default, Serialize)]
struct Findings {
    files: Vec<PathBuf>,
    problems: Vec<Problem>,
}

#[derive(Serialize)]
struct Problem {
    file: PathBuf,
    code: String,
    what: String,
    next: String,
}

impl Findings {
    fn look<T>(&mut self, file: PathBuf, looked: Result<T>) -> Option<T> {
        self.files.push(file.clone());
        looked.map_err(|error| self.problem(file, &error)).ok()
    }

    fn problem(&mut self, file: PathBuf, error: &Error) {
        self.problems.push(Problem {
            file,
            code: error.code().into(),
            what: error.what().into(),
            next: error.next().into(),
        });
    }
}

fn validate(args: &Validate) -> Result<()> {
    let home = args.common.home.dir()?;
    let mut findings = Findings::default();
    let file = home.join(config::FILE);
    strange_keys(&file, &mut findings)?;
    let settings = if findings.problems.is_empty() {
        findings.look(file, args.common.settings())
    } else {
        findings.files.push(file);
        None
    };
    if let Some(settings) = settings {
        let deployment = settings.deployment_file(&home);
        findings.look(
            deployment.clone(),
            config::read_deployment(&deployment, &settings.chain.id),
        );
        let policy = settings.policy_file(&home);
        if policy.exists() {
            findings.look(policy.clone(), read_policy(&policy));
        }
    }
    let provider = args.provider.clone().unwrap_or_else(|| home.join(PROVIDER_FILE));
    if args.provider.is_some() || provider.exists() {
        findings.look(provider.clone(), ProviderConfig::read(&provider));
    }
    output::show(args.common.json, &findings, text)?;
    match findings.problems.len() {
        0 => Ok(()),
        n => Err(Error::config(
            "config.invalid",
            format!("{n} problem{}", if n == 1 { "" } else { "s" }),
            "correct what is listed, then run `joule config validate` again",
        )),
    }
}

/// All of them, where loading stops at the first.
fn strange_keys(file: &Path, findings: &mut Findings) -> Result<()> {
    let Some(text) = config::read(file)? else { return Ok(()) };
    let lines = match Lines::parse(file, &text) {
        Ok(lines) => lines,
        Err(error) => {
            findings.problem(file.into(), &error);
            return Ok(());
        }
    };
    for unknown in lines.unknown() {
        let what = format!("`{}` in {} line {}", unknown.key, file.display(), unknown.line);
        findings.problem(file.into(), &Error::config("config.unknown_key", what, unknown.next));
    }
    Ok(())
}

/// A policy that the owner of the key wrote.
pub fn read_policy(path: &Path) -> Result<Policy> {
    let text = std::fs::read_to_string(path).map_err(|e| {
        Error::config(
            "signer.bad_policy",
            format!("{}: {e}", path.display()),
            "give a readable policy file",
        )
    })?;
    Policy::parse(&text).map_err(|e| e.within(path.display()))
}

fn text(findings: &Findings) -> String {
    let mut lines = Vec::new();
    for file in &findings.files {
        let wrong: Vec<&Problem> = findings.problems.iter().filter(|p| p.file == *file).collect();
        if wrong.is_empty() {
            lines.push(format!("ok    {}", file.display()));
        }
        for problem in wrong {
            lines.push(format!("fail  {}: {}", problem.code, problem.what));
            if !problem.next.is_empty() {
                lines.push(format!("      {}", problem.next));
            }
        }
    }
    lines.join("\n")
}
