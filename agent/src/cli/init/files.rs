//! The files, made in a folder beside the home and then put in its place: all of them, or none.
use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use cw20::Denom;
use joule_types::Peers;
use serde::Serialize;
use toml_edit::{value, Array, DocumentMut, Item, Table};

use super::super::config::PROVIDER_FILE;
use super::answers::{Answers, KeyPlan, Provider, Source};
use super::chain::Chain;
use super::machine::{Device, Kind};
use crate::chain::contracts::money::Denoms;
use crate::chain::contracts::Market;
use crate::chain::{Client, Endpoints};
use crate::config::{self, Role, Settings, TEMPLATE};
use crate::error::{Error, Result};
use crate::keys::KeyStore;
use crate::signer::Policy;
use crate::{keeper, provider, verifier};

/// What a provider writes down, with an explanation of every line.
const PROVIDER: &str = include_str!("../../../../examples/provider.toml");
/// Most fees of a day, as the commands have it too.
const FEES: u64 = 1_000_000_000;
/// Besides twice its stake, what an operator that is the owner may move in a day: fee of the registration and deposits, in
/// micro-JOULE.
const EXTRA_JOULE: u128 = 100_000_000;
/// In front of the policy.
const POLICY_HEAD: &str = "\
# What the signer of this home signs: these messages to these contracts, fees up to these ceilings, and nothing else.\n\
# Tighten it as you like. Without this file each agent uses the list it was built with.\n\n";

/// A key of the new home.
#[derive(Serialize)]
pub struct Made {
    pub name: String,
    pub address: String,
    /// Of a new key: shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phrase: Option<String>,
}

/// A home that is set up stays as it is.
pub fn refuse_existing(home: &Path) -> Result<()> {
    for name in [config::FILE, PROVIDER_FILE, "signer.toml"] {
        let path = home.join(name);
        if path.exists() {
            return Err(Error::local(
                "init.exists",
                format!("there is {}", path.display()),
                "edit it, move it away, or choose another --home; nothing was changed",
            ));
        }
    }
    Ok(())
}

/// Writes everything.
pub fn write(home: &Path, answers: &Answers) -> Result<Vec<Made>> {
    let name = home.file_name().unwrap_or_default().to_string_lossy();
    let stage = home.with_file_name(format!(".{name}.init-{}", std::process::id()));
    let made = stage_all(&stage, home, answers).and_then(|keys| {
        place(&stage, home)?;
        Ok(keys)
    });
    // Moved, or of no use.
    let _ = fs::remove_dir_all(&stage);
    let made = made?;
    if let Some(folder) = answers.provider.as_ref().and_then(|provider| provider.store.folder()) {
        fs::create_dir_all(folder).map_err(|e| io(folder, &e))?;
    }
    Ok(made)
}

fn stage_all(stage: &Path, home: &Path, answers: &Answers) -> Result<Vec<Made>> {
    folder(stage)?;
    let settings = settings(answers)?;
    let deployments = stage.join("deployments");
    folder(&deployments)?;
    put(
        &deployments.join(format!("{}.json", answers.chain.id)),
        &answers.chain.deployment,
    )?;
    if let Some(provider) = &answers.provider {
        put(&stage.join(PROVIDER_FILE), &provider_file(provider, &answers.chain)?)?;
    }
    if let Some(policy) = policy(answers, &settings)? {
        let text = toml::to_string(&policy).map_err(|e| Error::internal("signer.bad_policy", e, "report this"))?;
        put(&stage.join("signer.toml"), &format!("{POLICY_HEAD}{text}"))?;
    }
    put(&stage.join(config::FILE), &settings)?;
    // What was written has to be readable before a key is worth anything.
    config::load(stage, &config::Flags::default()).map_err(|e| e.within(home.display()))?;
    let store = KeyStore::new(stage.join("keys"));
    let owner = answers.provider.as_ref().and_then(|p| p.owner.as_ref());
    [Some(&answers.key), owner]
        .into_iter()
        .flatten()
        .map(|plan| make_key(&store, plan))
        .collect()
}

fn make_key(store: &KeyStore, plan: &KeyPlan) -> Result<Made> {
    let (address, phrase) = match &plan.source {
        Source::Existing(address) => (address.clone(), None),
        Source::Import(phrase, passphrase) => (store.import(&plan.name, phrase, passphrase)?.address, None),
        Source::New(passphrase) => {
            let (entry, phrase) = store.create(&plan.name, 24, passphrase)?;
            (entry.address, Some(phrase.expose().to_string()))
        }
    };
    Ok(Made {
        name: plan.name.clone(),
        address,
        phrase,
    })
}

/// The commented settings with the answers in them.
fn settings(answers: &Answers) -> Result<String> {
    let text = TEMPLATE.replacen(
        "Every value below is the default: delete what you do not change.",
        "Written by `joule init`; what is not here has its default.",
        1,
    );
    let mut doc: DocumentMut = text.parse().map_err(|e| unwritable(&e))?;
    let (chain, gas) = (&answers.chain, &answers.chain.gas);
    let rpc: Array = chain.rpc.iter().map(String::as_str).collect();
    let passphrase = answers.passphrase_file.as_ref().map(|file| file.display().to_string());
    for (section, key, new) in [
        ("agent", "role", value(answers.role.to_string())),
        ("chain", "id", value(&chain.id)),
        ("chain", "rpc", value(rpc)),
        ("gas", "denom", value(&gas.denom)),
        ("gas", "price", value(gas.price.to_string())),
        ("gas", "max_gas", value(i64::try_from(gas.max_gas).unwrap_or(i64::MAX))),
        ("gas", "max_fee", value(gas.max_fee.to_string())),
        ("key", "name", value(&answers.key.name)),
        ("key", "passphrase_file", value(passphrase.unwrap_or_default())),
    ] {
        set(doc.as_table_mut(), section, key, new);
    }
    Ok(doc.to_string())
}

/// Keeps what stands beside the key: its comments.
fn set(table: &mut Table, section: &str, key: &str, new: Item) {
    if let Some(old) = table.get_mut(section).and_then(|section| section.get_mut(key)) {
        replace(old, new);
    }
}

fn replace(old: &mut Item, new: Item) {
    let decor = old.as_value().map(|value| value.decor().clone());
    *old = new;
    if let (Some(decor), Some(value)) = (decor, old.as_value_mut()) {
        *value.decor_mut() = decor;
    }
}

/// The explained example with the answers in it.
fn provider_file(provider: &Provider, chain: &Chain) -> Result<String> {
    let mut doc: DocumentMut = PROVIDER.parse().map_err(|e| unwritable(&e))?;
    let files: Array = provider
        .store
        .folder()
        .map(|folder| folder.display().to_string())
        .into_iter()
        .collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let gpu = provider.devices.iter().any(|device| device.kind == Kind::Gpu);
    for (key, new) in [
        ("stake", value(provider.stake.to_string())),
        ("store", value(provider.store.url())),
        ("allow_files", value(files)),
        ("allow_loopback", value(chain.local())),
        ("threads", value(i64::try_from(threads).unwrap_or(1))),
        ("gpu", value(gpu)),
    ] {
        if let Some(old) = doc.get_mut(key) {
            replace(old, new);
        }
    }
    match &provider.owner {
        Some(owner) => replace(&mut doc["owner_key"], value(&owner.name)),
        None => drop(doc.remove("owner_key")),
    }
    match (&provider.owner, &provider.owner_passphrase_file) {
        (Some(_), Some(file)) => replace(&mut doc["owner_passphrase_file"], value(file.display().to_string())),
        _ => drop(doc.remove("owner_passphrase_file")),
    }
    nodes(&mut doc, provider)?;
    Ok(doc.to_string())
}

fn nodes(doc: &mut DocumentMut, provider: &Provider) -> Result<()> {
    let wrong = || unwritable(&"examples/provider.toml has no node with an offer");
    let list = doc
        .get_mut("nodes")
        .and_then(Item::as_array_of_tables_mut)
        .ok_or_else(wrong)?;
    let model = list.get(0).cloned().ok_or_else(wrong)?;
    list.clear();
    for Device {
        kind,
        model: name,
        units,
        memory_mb,
    } in &provider.devices
    {
        let mut node = model.clone();
        let kind = match kind {
            Kind::Cpu => "cpu",
            Kind::Gpu => "gpu",
        };
        let number = |n: u64| value(i64::try_from(n).unwrap_or(i64::MAX));
        for (key, new) in [
            ("kind", value(kind)),
            ("region", value(&provider.region)),
            ("model", value(name)),
            ("units", number(u64::try_from(*units).unwrap_or(1))),
            ("memory_mb", number(*memory_mb)),
        ] {
            replace(node.get_mut(key).ok_or_else(wrong)?, new);
        }
        let offers = node.get_mut("offers").and_then(Item::as_array_of_tables_mut);
        let offer = offers.and_then(|offers| offers.get_mut(0)).ok_or_else(wrong)?;
        replace(
            offer.get_mut("price").ok_or_else(wrong)?,
            value(provider.price.to_string()),
        );
        list.push(node);
    }
    Ok(())
}

/// The list of the role's agent, for this market.
fn policy(answers: &Answers, settings: &str) -> Result<Option<Policy>> {
    let settings: Settings = toml::from_str(settings).map_err(|e| unwritable(&e))?;
    let peers = answers.chain.contracts.peers();
    let peers =
        peers.map_err(|e| Error::config("config.bad_deployment", e, "get the chain's deployment file again"))?;
    let nodes = Endpoints::new(&answers.chain.id, &answers.chain.rpc, settings.limits())?;
    let market = Market::new(Client::new(nodes), &peers);
    Ok(match (answers.role, &answers.provider) {
        (Role::Provider, Some(sells)) => {
            let owner_joule = match sells.owner {
                Some(_) => None,
                None => Some(ceiling(sells, &peers)?),
            };
            Some(provider::policy(&settings, &market, FEES, owner_joule))
        }
        (Role::Validator, _) => Some(verifier::policy(&settings, &market, FEES)),
        (Role::Keeper, _) => Some(keeper::policy(&settings, &market, FEES)),
        _ => None,
    })
}

fn ceiling(sells: &Provider, peers: &Peers<String>) -> Result<u128> {
    let joule = Denom::Cw20(cosmwasm_std::Addr::unchecked(&peers.token));
    let stake = Denoms::new(&[joule], &peers.token).ujoule(&sells.stake)?;
    Ok(stake.saturating_mul(2).saturating_add(EXTRA_JOULE))
}

/// A home that is not there yet is the staged folder itself; into one that is, every file is linked, and all are taken back
/// if one cannot be.
fn place(stage: &Path, home: &Path) -> Result<()> {
    if !home.exists() {
        return fs::rename(stage, home).map_err(|e| io(home, &e));
    }
    let mut linked = Vec::new();
    for file in listed(stage)? {
        let to = home.join(file.strip_prefix(stage).unwrap_or(&file));
        let put = to
            .parent()
            .map_or(Ok(()), folder)
            .and_then(|()| match fs::hard_link(&file, &to) {
                // The addresses of the same chain may lie there already.
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists && same(&file, &to) => Ok(()),
                Err(e) => Err(io(&to, &e)),
                Ok(()) => {
                    linked.push(to.clone());
                    Ok(())
                }
            });
        if let Err(error) = put {
            for file in &linked {
                // What cannot be taken back is named by the next start.
                let _ = fs::remove_file(file);
            }
            return Err(error);
        }
    }
    Ok(())
}

fn same(one: &Path, other: &Path) -> bool {
    matches!((fs::read(one), fs::read(other)), (Ok(one), Ok(other)) if one == other)
}

/// All files below a folder, the settings last: their presence says that the rest is there.
fn listed(root: &Path) -> Result<Vec<PathBuf>> {
    let (mut files, mut folders) = (Vec::new(), vec![root.to_path_buf()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|e| io(&folder, &e))? {
            let path = entry.map_err(|e| io(&folder, &e))?.path();
            match path.is_dir() {
                true => folders.push(path),
                false => files.push(path),
            }
        }
    }
    files.sort_by_key(|file| file.ends_with(config::FILE));
    Ok(files)
}

fn folder(path: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|e| io(path, &e))
}

fn put(path: &Path, text: &str) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .map_err(|e| io(path, &e))
}

fn io(path: &Path, e: &std::io::Error) -> Error {
    Error::local(
        "init.io",
        format!("{}: {e}", path.display()),
        "check the folder's owner, mode and free space; nothing was left behind",
    )
}

fn unwritable(e: &dyn std::fmt::Display) -> Error {
    Error::internal("init.bad_template", e, "report this: a file of ours cannot be written")
}
