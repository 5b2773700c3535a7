//! The signer process of a role: started over a pipe with a policy made for the role, or reached over its socket.
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::keys::PassphraseSource;
use crate::signer::{Policy, RemoteSigner, Signer};

/// Where a signer finds what it needs.
#[derive(Clone, Debug)]
pub struct SignerPlace {
    /// Home folder, with the key files.
    pub home: PathBuf,
    /// Name of the key.
    pub key: String,
    /// How the key is opened.
    pub passphrase: PassphraseSource,
    /// Folder of the role: policy and spending.
    pub state: PathBuf,
    /// Policy that the owner of the key wrote; used instead of the role's own.
    pub own_policy: Option<PathBuf>,
    /// Socket of a signer that runs already.
    pub socket: Option<PathBuf>,
}

/// A signer for the role, in a process of its own.
pub fn start_signer(place: &SignerPlace, policy: &Policy) -> Result<Arc<dyn Signer>> {
    if let Some(socket) = &place.socket {
        return Ok(Arc::new(RemoteSigner::connect(socket)?));
    }
    let policy_file = match &place.own_policy {
        Some(own) => own.clone(),
        None => write_policy(&place.state, policy)?,
    };
    let program = std::env::current_exe().map_err(|e| {
        Error::internal(
            "signer.no_program",
            e,
            "the program's own file is gone: install it again",
        )
    })?;
    let mut command = Command::new(program);
    command
        .arg("signer")
        .arg("--home")
        .arg(&place.home)
        .arg("--key")
        .arg(&place.key);
    command
        .arg("--policy")
        .arg(policy_file)
        .arg("--spend")
        .arg(place.state.join("spend.json"));
    match &place.passphrase {
        PassphraseSource::File(file) => command.arg("--passphrase-file").arg(file),
        PassphraseSource::Fd(fd) => command.arg("--passphrase-fd").arg(fd.to_string()),
        PassphraseSource::Prompt => {
            return Err(Error::key(
                "signer.no_passphrase",
                format!("the signer of key `{}` cannot ask for its passphrase", place.key),
                "give --passphrase-file or --passphrase-fd, or key.passphrase_file in joule.toml",
            ))
        }
    };
    // Ctrl-C at the terminal asks the agent to finish; the signer has to outlast it and ends with the pipe.
    command.process_group(0);
    Ok(Arc::new(RemoteSigner::spawn(command)?))
}

/// Writes the policy of a role into its folder, for the signer and for whoever wants to know.
pub fn write_policy(folder: &Path, policy: &Policy) -> Result<PathBuf> {
    let text = toml::to_string(policy)
        .map_err(|e| Error::internal("signer.bad_policy", e, "report this: a policy cannot be written"))?;
    let path = folder.join("policy.toml");
    let written = std::fs::create_dir_all(folder).and_then(|()| {
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&path)?;
        file.write_all(text.as_bytes())
    });
    written.map_err(|e| {
        Error::local(
            "signer.io",
            format!("{}: {e}", path.display()),
            "check the home directory",
        )
    })?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_reads_back_what_was_written() {
        let dir = tempfile::tempdir().unwrap();
        let policy = Policy {
            chain_id: "joule-dev-1".into(),
            max_gas: 5,
            granter: "wasm1g".into(),
            per_tx: [("uwatt".to_string(), 7)].into(),
            per_day: [("uwatt".to_string(), u128::from(u64::MAX) + 1)].into(),
            contracts: vec![],
            tokens: vec![],
            bank_send_to: Default::default(),
        };
        let path = write_policy(dir.path(), &policy).unwrap();
        assert_eq!(Policy::parse(&std::fs::read_to_string(path).unwrap()).unwrap(), policy);
    }

    #[test]
    fn a_daemon_does_not_ask_for_passphrases() {
        let dir = tempfile::tempdir().unwrap();
        let place = SignerPlace {
            home: dir.path().into(),
            key: "k".into(),
            passphrase: PassphraseSource::Prompt,
            state: dir.path().join("state"),
            own_policy: None,
            socket: None,
        };
        let policy = Policy {
            chain_id: "c".into(),
            max_gas: 1,
            granter: String::new(),
            per_tx: Default::default(),
            per_day: Default::default(),
            contracts: vec![],
            tokens: vec![],
            bank_send_to: Default::default(),
        };
        let refused = start_signer(&place, &policy).err().map(|e| e.code().to_string());
        assert_eq!(refused.as_deref(), Some("signer.no_passphrase"));
    }
}
