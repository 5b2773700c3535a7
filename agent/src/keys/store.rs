//! Key files: the phrase, encrypted with age (scrypt passphrase), beside what may be known of it.
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use base64::prelude::{Engine, BASE64_STANDARD};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::key::Key;
use super::passphrase::refuse_readable_by_others;
use super::phrase::Phrase;
use crate::error::{Error, Result};

/// scrypt with N = 2^16: about 64 MiB and a quarter of a second an attempt.
const WORK_FACTOR: u8 = 16;
/// Files that ask for more than 2^20 (a gibibyte) are refused unread.
const MAX_WORK_FACTOR: u8 = 20;

/// What is known of a key without its passphrase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyEntry {
    /// Layout of the file; 1.
    pub version: u32,
    /// Name, as in the file name.
    pub name: String,
    /// Bech32 address.
    pub address: String,
    /// Compressed public key, base64.
    pub public_key: String,
    /// The phrase: an age file (passphrase recipient), base64.
    sealed: String,
}

/// A directory of key files `<name>.key`, mode 0600.
pub struct KeyStore {
    dir: PathBuf,
    work_factor: u8,
}

impl KeyStore {
    /// The store in `dir`, which is created when the first key is.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            work_factor: WORK_FACTOR,
        }
    }

    /// Cheaper scrypt (N = 2^log_n, 1 to 20), for tests and demos.
    pub fn with_work_factor(mut self, log_n: u8) -> Self {
        self.work_factor = log_n.clamp(1, MAX_WORK_FACTOR);
        self
    }

    /// Makes a key with a new phrase of `words` words. The phrase is returned to be shown once.
    pub fn create(&self, name: &str, words: usize, passphrase: &SecretString) -> Result<(KeyEntry, Phrase)> {
        let phrase = Phrase::generate(words)?;
        Ok((self.import(name, &phrase, passphrase)?, phrase))
    }

    /// Stores the key of an existing phrase. A name is never overwritten.
    pub fn import(&self, name: &str, phrase: &Phrase, passphrase: &SecretString) -> Result<KeyEntry> {
        check_name(name)?;
        let key = Key::from_phrase(phrase)?;
        let mut recipient = age::scrypt::Recipient::new(passphrase.clone());
        recipient.set_work_factor(self.work_factor);
        let sealed = age::encrypt(&recipient, phrase.expose().as_bytes())
            .map_err(|e| Error::internal("keys.encryption", e, "report this"))?;
        let entry = KeyEntry {
            version: 1,
            name: name.to_string(),
            address: key.address().to_string(),
            public_key: BASE64_STANDARD.encode(key.public_key()),
            sealed: BASE64_STANDARD.encode(sealed),
        };
        self.write(&entry)?;
        Ok(entry)
    }

    /// All keys, by name.
    pub fn list(&self) -> Result<Vec<KeyEntry>> {
        let files = match std::fs::read_dir(&self.dir) {
            Ok(files) => files,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(self.io(&self.dir, &e)),
        };
        let mut entries = Vec::new();
        for file in files {
            let path = file.map_err(|e| self.io(&self.dir, &e))?.path();
            if path.extension().is_some_and(|e| e == "key") {
                entries.push(read(&path)?);
            }
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    /// What is known of a key without its passphrase.
    pub fn show(&self, name: &str) -> Result<KeyEntry> {
        check_name(name)?;
        let path = self.path(name);
        if !path.exists() {
            let known: Vec<String> = self.list()?.into_iter().map(|e| e.name).collect();
            let next = format!("known keys: {}; make one with `joule keys create`", known.join(", "));
            return Err(Error::key(
                "keys.unknown",
                format!("no key `{name}` in {}", self.dir.display()),
                next,
            ));
        }
        read(&path)
    }

    /// Opens a key.
    pub fn open(&self, name: &str, passphrase: &SecretString) -> Result<Key> {
        let entry = self.show(name)?;
        let key = Key::from_phrase(&self.unseal(&entry, passphrase)?)?;
        if key.address() != entry.address {
            return Err(Error::key(
                "keys.file_tampered",
                format!("`{name}` says {} and holds {}", entry.address, key.address()),
                "restore the file from a backup",
            ));
        }
        Ok(key)
    }

    /// The phrase of a key. `really` has to come from a flag of its own, so that no other command can leak it.
    pub fn export(&self, name: &str, passphrase: &SecretString, really: bool) -> Result<Phrase> {
        if !really {
            return Err(Error::key(
                "keys.export_refused",
                format!("whoever reads the phrase of `{name}` owns its money"),
                "repeat with --unsafe-show-phrase if nobody is watching",
            ));
        }
        refuse_readable_by_others(&self.path(name))?;
        self.unseal(&self.show(name)?, passphrase)
    }

    fn unseal(&self, entry: &KeyEntry, passphrase: &SecretString) -> Result<Phrase> {
        refuse_readable_by_others(&self.path(&entry.name))?;
        let sealed = BASE64_STANDARD
            .decode(&entry.sealed)
            .map_err(|e| damaged(&self.path(&entry.name), &e))?;
        let mut identity = age::scrypt::Identity::new(passphrase.clone());
        identity.set_max_work_factor(MAX_WORK_FACTOR);
        let opened = age::decrypt(&identity, &sealed)
            .map(Zeroizing::new)
            .map_err(|e| match e {
                age::DecryptError::DecryptionFailed
                | age::DecryptError::KeyDecryptionFailed
                | age::DecryptError::NoMatchingKeys => Error::key(
                    "keys.wrong_passphrase",
                    format!("`{}` does not open", entry.name),
                    "try again",
                ),
                other => damaged(&self.path(&entry.name), &other),
            })?;
        let text = std::str::from_utf8(&opened).map_err(|_| damaged(&self.path(&entry.name), &"not text"))?;
        Phrase::parse(text)
    }

    /// Whole or not at all, and never over an existing key.
    fn write(&self, entry: &KeyEntry) -> Result<()> {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.dir)
            .map_err(|e| self.io(&self.dir, &e))?;
        let path = self.path(&entry.name);
        let text = serde_json::to_vec_pretty(entry).map_err(|e| Error::internal("keys.encoding", e, "report this"))?;
        let part = self.dir.join(format!(".{}.{}.part", entry.name, std::process::id()));
        let written = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&part)
            .and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_all()))
            // A link fails where a rename would replace.
            .and_then(|()| std::fs::hard_link(&part, &path))
            .and_then(|()| std::fs::File::open(&self.dir)?.sync_all());
        // Left over or linked: in both cases the temporary name has to go.
        let _ = std::fs::remove_file(&part);
        written.map_err(|e| match e.kind() {
            std::io::ErrorKind::AlreadyExists => Error::key(
                "keys.exists",
                format!("there is a key `{}` in {}", entry.name, self.dir.display()),
                "choose another name, or move the old file away",
            ),
            _ => self.io(&path, &e),
        })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.join(format!("{name}.key"))
    }

    fn io(&self, path: &Path, e: &std::io::Error) -> Error {
        Error::local(
            "keys.io",
            format!("{}: {e}", path.display()),
            "check the directory's owner, mode and free space",
        )
    }
}

fn read(path: &Path) -> Result<KeyEntry> {
    let text = std::fs::read(path).map_err(|e| damaged(path, &e))?;
    serde_json::from_slice(&text).map_err(|e| damaged(path, &e))
}

fn damaged(path: &Path, why: &dyn std::fmt::Display) -> Error {
    Error::key(
        "keys.damaged",
        format!("{}: {why}", path.display()),
        "restore the file, or import the phrase again",
    )
}

/// Names become file names.
fn check_name(name: &str) -> Result<()> {
    let fine = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > 64 || !name.chars().all(fine) {
        return Err(Error::usage(
            "keys.bad_name",
            format!("`{name}`"),
            "use letters, digits, - and _ (at most 64)",
        ));
    }
    Ok(())
}
