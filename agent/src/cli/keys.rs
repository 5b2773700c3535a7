//! `joule keys`.
use std::io::{BufRead, BufReader, IsTerminal, Read};

use serde::Serialize;
use zeroize::Zeroizing;

use super::common::{Home, Passphrase};
use super::output;
use crate::error::{Error, Result};
use crate::keys::{KeyEntry, Phrase};

/// Longest phrase read from standard input: 24 words of 8 letters are 215 bytes.
const MAX_PHRASE: u64 = 1024;

#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// Make a key with a new recovery phrase, which is shown once
    Create {
        /// Name of the key: letters, digits, - and _
        name: String,
        /// Words of the phrase: 12 or 24
        #[arg(long, default_value_t = 24)]
        words: usize,
        #[command(flatten)]
        common: Common,
    },
    /// Store the key of an existing phrase, read from standard input
    Import {
        /// Name of the key: letters, digits, - and _
        name: String,
        #[command(flatten)]
        common: Common,
    },
    /// List all keys
    List {
        #[command(flatten)]
        common: Common,
    },
    /// Show address and public key
    Show {
        /// Name of the key
        name: String,
        /// Print the address and nothing else, for scripts
        #[arg(long, conflicts_with = "json")]
        address: bool,
        #[command(flatten)]
        common: Common,
    },
    /// Show the recovery phrase. Refused unless asked for with --unsafe-show-phrase and confirmed by typing the key's name
    Export {
        /// Name of the key
        name: String,
        /// Say that nobody else can see the screen; the name of the key is asked for too, on standard input
        #[arg(long)]
        unsafe_show_phrase: bool,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(clap::Args, Debug)]
pub struct Common {
    #[command(flatten)]
    home: Home,
    #[command(flatten)]
    passphrase: Passphrase,
    /// JSON instead of text
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Shown {
    name: String,
    address: String,
    public_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    phrase: Option<String>,
}

impl From<KeyEntry> for Shown {
    fn from(entry: KeyEntry) -> Self {
        Self {
            name: entry.name,
            address: entry.address,
            public_key: entry.public_key,
            phrase: None,
        }
    }
}

pub fn run(command: &Command) -> Result<()> {
    match command {
        Command::Create { name, words, common } => {
            let store = common.home.keys()?;
            let (entry, phrase) = store.create(name, *words, &common.passphrase.source().read_new()?)?;
            let shown = Shown {
                phrase: Some(phrase.expose().into()),
                ..entry.into()
            };
            output::show(common.json, &shown, |s| {
                format!(
                    "{}\n\nWrite these words down; whoever has them has the money:\n\n{}",
                    text(s),
                    phrase.expose()
                )
            })
        }
        Command::Import { name, common } => {
            let phrase = read_phrase()?;
            let entry = common
                .home
                .keys()?
                .import(name, &phrase, &common.passphrase.source().read_new()?)?;
            output::show(common.json, &Shown::from(entry), text)
        }
        Command::List { common } => {
            let keys: Vec<Shown> = common.home.keys()?.list()?.into_iter().map(Shown::from).collect();
            output::show(common.json, &keys, |keys| match keys.as_slice() {
                [] => "No keys yet; make one with `joule keys create NAME`.".into(),
                keys => output::table(
                    ["name", "address"],
                    keys.iter().map(|k| [k.name.clone(), k.address.clone()]),
                ),
            })
        }
        Command::Show { name, address, common } => {
            let shown = Shown::from(common.home.keys()?.show(name)?);
            output::show(common.json, &shown, |shown| match address {
                true => shown.address.clone(),
                false => text(shown),
            })
        }
        Command::Export {
            name,
            unsafe_show_phrase,
            common,
        } => {
            let store = common.home.keys()?;
            let entry = store.show(name)?;
            if !unsafe_show_phrase {
                // The refusal comes before anybody types a passphrase.
                return store.export(name, &String::new().into(), false).map(drop);
            }
            confirm(name)?;
            let phrase = store.export(name, &common.passphrase.source().read()?, true)?;
            let shown = Shown {
                phrase: Some(phrase.expose().into()),
                ..entry.into()
            };
            output::show(common.json, &shown, |_| phrase.expose().into())
        }
    }
}

fn text(key: &Shown) -> String {
    let rows = [
        ("name", &key.name),
        ("address", &key.address),
        ("public key", &key.public_key),
    ];
    output::facts(rows.map(|(name, value)| (name, value.clone())))
}

/// Nobody types the name of a key by mistake, and no script that was not written for it.
fn confirm(name: &str) -> Result<()> {
    eprint!("Whoever reads the phrase of `{name}` owns its money. Type the key's name to see it: ");
    let mut typed = String::new();
    // What cannot be read was not typed.
    let _ = BufReader::new(std::io::stdin().take(MAX_PHRASE)).read_line(&mut typed);
    if !std::io::stdin().is_terminal() {
        // Nobody's return key ended the line of the question.
        eprintln!();
    }
    checked(name, &typed)
}

fn checked(name: &str, typed: &str) -> Result<()> {
    if typed.trim() == name {
        return Ok(());
    }
    Err(Error::key(
        "keys.not_confirmed",
        format!("`{}` is not `{name}`", typed.trim()),
        "type the name of the key; the phrase was not shown",
    ))
}

/// A phrase that is typed unseen, or comes on standard input.
pub fn read_phrase() -> Result<Phrase> {
    let failed = |e: std::io::Error| Error::key("keys.no_phrase", e, "give the phrase on standard input");
    let stdin = std::io::stdin();
    let text = if stdin.is_terminal() {
        rpassword::prompt_password("Recovery phrase: ").map_err(failed)?
    } else {
        let mut text = String::new();
        stdin.take(MAX_PHRASE).read_to_string(&mut text).map_err(failed)?;
        text
    };
    Phrase::parse(&Zeroizing::new(text))
}
