//! Settings: one merged view of the file in the home directory, the environment and the flags, in rising precedence.
//! Unknown keys are refused wherever they come from, with the place they came from.
mod deployment;
mod lines;
mod market;
mod monitor;
mod origin;
mod settings;

pub use deployment::{read_deployment, write_deployment};
pub use lines::{line_of, nearest, Lines, Unknown};
pub use market::{Holding, MarketFile, Profile};
pub use monitor::{MonitorSettings, StopSettings};
pub use origin::{entries, Entry, Origin};
pub use settings::{
    AgentSettings, ChainSettings, GasSettings, KeySettings, Role, Settings, SignerSettings, TxSettings,
};

use std::path::{Path, PathBuf};

use figment::error::Kind;
use figment::providers::{Env, Format, Serialized, Toml};
use figment::Figment;
use serde::Serialize;

use crate::error::{Error, Result};

/// Name of the file in the home directory.
pub const FILE: &str = "joule.toml";

/// Prefix of environment variables: `JOULE_CHAIN__ID` is `chain.id`.
const ENV_PREFIX: &str = "JOULE_";

/// The commented file that `joule init` writes. It holds the defaults, so that it is the manual of the settings too.
pub const TEMPLATE: &str = include_str!("template.toml");

/// Chain ids of the embedded chain and of the local network.
pub const LOCAL_CHAINS: [&str; 2] = ["joule-dev-1", "joule-local-1"];

/// Whether all parties of a chain are on one machine: files, plain http and faults on purpose are for such chains only.
pub fn is_local(chain_id: &str) -> bool {
    LOCAL_CHAINS.contains(&chain_id)
}

/// Values given on the command line, by key (`chain.id`).
#[derive(Clone, Default)]
pub struct Flags(Vec<(String, figment::value::Value)>);

impl Flags {
    /// Sets `key` if the flag was given.
    pub fn set<T: Serialize>(mut self, key: &str, value: Option<T>) -> Result<Self> {
        if let Some(value) = value {
            let value = figment::value::Value::serialize(value).map_err(|e| {
                Error::internal(
                    "config.bad_flag",
                    e,
                    "report this: a flag cannot be written as a setting",
                )
            })?;
            self.0.push((key.to_string(), value));
        }
        Ok(self)
    }
}

/// Home directory: the flag, `JOULE_HOME`, or `.joule` in the user's home.
pub fn home(flag: Option<PathBuf>) -> Result<PathBuf> {
    let from_env = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    flag.or_else(|| from_env("JOULE_HOME"))
        .or_else(|| from_env("HOME").map(|h| h.join(".joule")))
        .ok_or_else(|| {
            Error::config(
                "config.no_home",
                "neither --home, JOULE_HOME nor HOME is set",
                "give --home <directory>",
            )
        })
}

/// Reads and checks the settings of a home directory. A missing file is all defaults.
pub fn load(home: &Path, flags: &Flags) -> Result<Settings> {
    let path = home.join(FILE);
    let text = read(&path)?;
    if let Some(text) = &text {
        if let Some(Unknown { key, line, next }) = Lines::parse(&path, text)?.unknown().into_iter().next() {
            let what = format!("`{key}` in {} line {line}", path.display());
            return Err(Error::config("config.unknown_key", what, next));
        }
    }
    checked(home, flags)
}

/// The file's text; none if there is no file.
pub fn read(path: &Path) -> Result<Option<String>> {
    if path.exists() && !path.is_file() {
        return Err(Error::config(
            "config.no_file",
            format!("{} is not a file", path.display()),
            "move it away",
        ));
    }
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(Error::config(
            "config.no_file",
            format!("{}: {e}", path.display()),
            "make it readable, UTF-8 text",
        )),
    }
}

/// The settings, of whatever is given.
fn checked(home: &Path, flags: &Flags) -> Result<Settings> {
    let settings: Settings = figment(home, flags)?.extract().map_err(|e| explain(&e, home))?;
    settings.check()?;
    Ok(settings)
}

/// What is given: file, environment and flags, without the defaults.
fn figment(home: &Path, flags: &Flags) -> Result<Figment> {
    let path = home.join(FILE);
    // Only names with a section are settings: JOULE_HOME, JOULE_LOG and the like are not.
    let env = Env::prefixed(ENV_PREFIX)
        .filter(|key| key.as_str().contains("__"))
        .split("__");
    let file = match read(&path)? {
        Some(_) => Figment::from(Toml::file_exact(path)),
        None => Figment::new(),
    };
    let mut figment = file.merge(env);
    for (key, value) in &flags.0 {
        figment = figment.merge(Serialized::default(key, value));
    }
    Ok(figment)
}

/// What, where, and where it came from.
fn explain(error: &figment::Error, home: &Path) -> Error {
    let key = error.path.join(".");
    let place = match (&error.metadata, error.path.is_empty()) {
        (Some(m), _) => match &m.source {
            Some(figment::Source::File(path)) => place_in(path, &key, home),
            Some(figment::Source::Code(_)) => "the command line".to_string(),
            Some(source) => source.to_string(),
            None => m.name.to_string(),
        },
        (None, _) => "the settings".to_string(),
    };
    match &error.kind {
        Kind::UnknownField(field, known) => {
            let at = if key.is_empty() {
                field.clone()
            } else {
                format!("{key}.{field}")
            };
            let at = if key.ends_with(field.as_str()) { key } else { at };
            let meant = match nearest(field, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`? "),
                None => String::new(),
            };
            Error::config(
                "config.unknown_key",
                format!("`{at}` in {place}"),
                format!("{meant}known keys there: {}", known.join(", ")),
            )
        }
        kind => Error::config(
            "config.bad_value",
            if key.is_empty() {
                format!("{kind} in {place}")
            } else {
                format!("`{key}` in {place}: {kind}")
            },
            "compare with the comments in the file that `joule init` writes",
        ),
    }
}

/// The file with the line of the key, where that can be told.
fn place_in(path: &Path, key: &str, home: &Path) -> String {
    // The parser's path is relative to the working directory; people know the file by its home.
    let path = home.join(path.file_name().unwrap_or_default());
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let line = Lines::parse(&path, &text).ok().and_then(|lines| lines.line(key));
    match line {
        Some(line) => format!("{} line {line}", path.display()),
        None => path.display().to_string(),
    }
}
