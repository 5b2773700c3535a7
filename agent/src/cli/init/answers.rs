//! What is known once everything was asked.
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::super::config::PROVIDER_FILE;
use super::super::keys::read_phrase;
use super::super::store::Store;
use super::ask::Ask;
use super::chain::{self, Chain};
use super::machine::{self, Device};
use super::{Args, Sells};
use crate::chain::contracts::money::Amount;
use crate::chain::{Endpoints, Limits};
use crate::config::{self, Role};
use crate::error::{Error, Result};
use crate::keys::{KeyStore, PassphraseSource, Phrase};

/// Every answer.
pub struct Answers {
    pub role: Role,
    pub chain: Chain,
    pub key: KeyPlan,
    /// Where the agent finds the key's passphrase.
    pub passphrase_file: Option<PathBuf>,
    pub provider: Option<Provider>,
}

/// A key that is there, or is made.
pub struct KeyPlan {
    pub name: String,
    pub source: Source,
}

pub enum Source {
    /// In the home already; its address.
    Existing(String),
    /// New, under this passphrase.
    New(SecretString),
    /// Of this phrase, under this passphrase.
    Import(Phrase, SecretString),
}

/// What a provider sells and stakes.
pub struct Provider {
    /// The owner's key, unless the operator is the owner.
    pub owner: Option<KeyPlan>,
    pub owner_passphrase_file: Option<PathBuf>,
    pub stake: Amount,
    pub price: Amount,
    pub region: String,
    pub devices: Vec<Device>,
    pub store: Store,
}

impl Answers {
    /// Asks for what the flags do not say.
    pub fn collect<R: BufRead, W: Write>(args: &Args, home: &Path, ask: &mut Ask<R, W>) -> Result<Self> {
        let role = match args.role {
            Some(role) => role,
            None => ask.value("--role", "Role (provider, validator, buyer, keeper)", None, role)?,
        };
        let deployment = args.deployment.as_deref();
        let mut chain = match &args.chain {
            Some(named) => chain::read(named, deployment)?,
            None => ask.value("--chain", "Chain (local, dev, or its file)", None, |named| {
                chain::read(named, deployment)
            })?,
        };
        if let Some(rpc) = &args.rpc {
            chain.rpc.clone_from(rpc);
        }
        if chain.rpc.is_empty() {
            chain.rpc = ask.value("--rpc", "RPC addresses of nodes, with commas between", None, |text| {
                Ok(text.split(',').map(|url| url.trim().to_string()).collect())
            })?;
        }
        Endpoints::new(&chain.id, &chain.rpc, Limits::default())?;
        let store = KeyStore::new(home.join("keys"));
        let usual = if role == Role::Provider { "agent" } else { "main" };
        let name = match &args.key {
            Some(name) => name.clone(),
            None => ask.value("--key", "Name of the key that signs", Some(usual), |text| {
                Ok(text.to_string())
            })?,
        };
        let passphrase_file = absolute(args.passphrase.file())?;
        let key = key(args, &store, name, ask)?;
        let provider = match role {
            Role::Provider => Some(provider(
                &args.sells,
                home,
                &store,
                &key,
                &passphrase_file,
                &chain,
                ask,
            )?),
            _ => None,
        };
        Ok(Self {
            role,
            chain,
            key,
            passphrase_file,
            provider,
        })
    }

    /// The files that are made, keys aside.
    pub fn files(&self, home: &Path) -> Vec<PathBuf> {
        let mut files = vec![
            home.join(config::FILE),
            home.join("deployments").join(format!("{}.json", self.chain.id)),
        ];
        if self.provider.is_some() {
            files.push(home.join(PROVIDER_FILE));
        }
        if self.role != Role::Buyer {
            files.push(home.join("signer.toml"));
        }
        files
    }

    /// The commands to go on with.
    pub fn next(&self, home: &Path) -> Vec<String> {
        let usual = std::env::var_os("HOME").map(|dir| PathBuf::from(dir).join(".joule"));
        let here = match usual.as_deref() == Some(home) {
            true => String::new(),
            false => format!(" --home {}", home.display()),
        };
        let pass = match self.passphrase_file {
            Some(_) => "",
            None => " --passphrase-fd 3 3< PASSPHRASE-FILE",
        };
        let provider = home.join(PROVIDER_FILE);
        let mut next = vec![format!("joule doctor{here}")];
        next.extend(match self.role {
            Role::Provider => vec![
                format!("joule register{here}{pass}"),
                format!("joule run --config {}{here}{pass}", provider.display()),
            ],
            Role::Validator => vec![
                format!("joule validator enrol{here}"),
                format!("joule verify{here}{pass}"),
            ],
            Role::Keeper => vec![format!("joule keep{here}{pass}")],
            Role::Buyer => vec![
                format!("joule deposit 5usdc{here}"),
                format!("joule search --budget 1usdc{here}"),
            ],
        });
        next
    }
}

fn role(text: &str) -> Result<Role> {
    <Role as clap::ValueEnum>::from_str(text, true).map_err(|_| {
        Error::usage(
            "init.no_role",
            format!("`{text}`"),
            "say provider, validator, buyer or keeper",
        )
    })
}

/// The key that signs: there already, imported or new.
fn key<R: BufRead, W: Write>(args: &Args, store: &KeyStore, name: String, ask: &mut Ask<R, W>) -> Result<KeyPlan> {
    if let Some(address) = known(store, &name)? {
        if args.new || args.import {
            let what = format!("there is a key `{name}` in this home");
            return Err(Error::key(
                "keys.exists",
                what,
                "leave --new and --import out to use it, or choose another --key",
            ));
        }
        let source = Source::Existing(address);
        return Ok(KeyPlan { name, source });
    }
    let import = match (args.import, args.new) {
        (true, _) => true,
        (_, true) => false,
        _ => ask.value(
            "--new or --import",
            "A new key, or one to import (new, import)",
            Some("new"),
            |text| match text {
                "new" => Ok(false),
                "import" => Ok(true),
                other => Err(Error::usage("init.no_key", format!("`{other}`"), "say new or import")),
            },
        )?,
    };
    let phrase = if import { Some(read_phrase()?) } else { None };
    let passphrase = args.passphrase.source().read_new()?;
    let source = match phrase {
        Some(phrase) => Source::Import(phrase, passphrase),
        None => Source::New(passphrase),
    };
    Ok(KeyPlan { name, source })
}

/// Address of a key, if it is there.
fn known(store: &KeyStore, name: &str) -> Result<Option<String>> {
    match store.show(name) {
        Ok(entry) => Ok(Some(entry.address)),
        Err(error) if error.code() == "keys.unknown" => Ok(None),
        Err(error) => Err(error),
    }
}

fn provider<R: BufRead, W: Write>(
    sells: &Sells,
    home: &Path,
    store: &KeyStore,
    key: &KeyPlan,
    passphrase_file: &Option<PathBuf>,
    chain: &Chain,
    ask: &mut Ask<R, W>,
) -> Result<Provider> {
    let owner = match &sells.owner_key {
        Some(name) => name.clone(),
        None => {
            let question = "Name of the owner's key, which is used for stake and registration only";
            ask.value("--owner-key", question, Some("owner"), |text| Ok(text.to_string()))?
        }
    };
    let owner_passphrase_file = absolute(sells.owner_passphrase_file.as_ref())?.or_else(|| passphrase_file.clone());
    let owner = match owner == key.name {
        true => None,
        false => Some(owner_key(sells, store, owner, key)?),
    };
    let amount = |text: &str| text.parse::<Amount>();
    let price = match &sells.price {
        Some(price) => price.clone(),
        None => ask.value("--price", "Price of an hour", Some("0.3usdc"), amount)?,
    };
    let stake = match &sells.stake {
        Some(stake) => stake.clone(),
        None => ask.value(
            "--stake",
            "Stake (100, 1000, 10000 joule are the levels of trust)",
            Some("1000joule"),
            amount,
        )?,
    };
    let region = match &sells.region {
        Some(region) => region.clone(),
        None => ask.value("--region", "Region", Some("eu"), |text| Ok(text.to_string()))?,
    };
    let kinds = match &sells.devices {
        Some(kinds) => kinds.clone(),
        None => ask.value(
            "--devices",
            "Devices to sell (cpu, gpu, or both with a comma)",
            Some("cpu"),
            devices,
        )?,
    };
    let local = chain.local();
    let folder = home.join("objects").display().to_string();
    let place = match &sells.store {
        Some(place) => Store::parse(place, local)?,
        None => {
            let question = "Where outputs go (an https address, or a folder of this machine on a local chain)";
            let default = local.then_some(folder.as_str());
            ask.value("--store", question, default, |text| Store::parse(text, local))?
        }
    };
    Ok(Provider {
        owner,
        owner_passphrase_file,
        stake,
        price,
        region,
        devices: kinds.into_iter().map(machine::device).collect::<Result<_>>()?,
        store: place,
    })
}

/// There already, or new; to import one, `joule keys import` comes first.
fn owner_key(sells: &Sells, store: &KeyStore, name: String, key: &KeyPlan) -> Result<KeyPlan> {
    let source = match known(store, &name)? {
        Some(address) => Source::Existing(address),
        None => Source::New(match (&sells.owner_passphrase_file, &key.source) {
            (Some(file), _) => PassphraseSource::File(file.clone()).read_new()?,
            (None, Source::New(same) | Source::Import(_, same)) => same.clone(),
            (None, Source::Existing(_)) => PassphraseSource::Prompt.read_new().map_err(|e| {
                Error::key(
                    "init.missing",
                    format!("the passphrase of the new key `{name}`: {}", e.what()),
                    "give --owner-passphrase-file",
                )
            })?,
        }),
    };
    Ok(KeyPlan { name, source })
}

fn devices(text: &str) -> Result<Vec<machine::Kind>> {
    let one = |name: &str| {
        <machine::Kind as clap::ValueEnum>::from_str(name.trim(), true)
            .map_err(|_| Error::usage("init.no_device", format!("`{name}`"), "say cpu, gpu, or cpu,gpu"))
    };
    text.split(',').map(one).collect()
}

fn absolute(path: Option<&PathBuf>) -> Result<Option<PathBuf>> {
    path.map(std::path::absolute)
        .transpose()
        .map_err(|e| Error::usage("init.bad_path", e, "give a path"))
}
