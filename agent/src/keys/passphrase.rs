//! Where the passphrase of a key file comes from. Never from the command line or the environment, where other processes
//! can read it.
use std::fs::File;
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// Longest passphrase accepted.
const MAX_BYTES: u64 = 1024;
/// Shortest passphrase for a new key file.
const MIN_CHARS: usize = 8;

/// Where to read a passphrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PassphraseSource {
    /// Asked on the terminal.
    Prompt,
    /// First line of an open file descriptor, e.g. 3 for `3< file`.
    Fd(u32),
    /// First line of a file that only its owner can read.
    File(PathBuf),
}

impl PassphraseSource {
    /// Reads it to open an existing key.
    pub fn read(&self) -> Result<SecretString> {
        match self {
            Self::Prompt => prompt("Passphrase: "),
            Self::Fd(fd) => {
                let path = format!("/dev/fd/{fd}");
                read_line(Path::new(&path)).map_err(|e| {
                    Error::key(
                        "keys.passphrase_fd",
                        format!("file descriptor {fd}: {e}"),
                        "open it, e.g. `3< file`",
                    )
                })
            }
            Self::File(path) => {
                refuse_readable_by_others(path)?;
                read_line(path).map_err(|e| {
                    Error::key(
                        "keys.passphrase_file",
                        format!("{}: {e}", path.display()),
                        "give a readable file",
                    )
                })
            }
        }
    }

    /// Reads it to protect a new key: asked twice on a terminal, and not too short.
    pub fn read_new(&self) -> Result<SecretString> {
        let first = self.read()?;
        if first.expose_secret().chars().count() < MIN_CHARS {
            let what = format!("fewer than {MIN_CHARS} characters");
            return Err(Error::key("keys.passphrase_short", what, "choose a longer passphrase"));
        }
        if *self == Self::Prompt && prompt("Once more: ")?.expose_secret() != first.expose_secret() {
            return Err(Error::key(
                "keys.passphrase_differs",
                "the two entries differ",
                "try again",
            ));
        }
        Ok(first)
    }
}

fn prompt(text: &str) -> Result<SecretString> {
    if !std::io::stdin().is_terminal() {
        return Err(Error::key(
            "keys.no_terminal",
            "the passphrase cannot be asked for",
            "use --passphrase-fd or --passphrase-file",
        ));
    }
    rpassword::prompt_password(text)
        .map(SecretString::from)
        .map_err(|e| Error::key("keys.no_terminal", e, "use --passphrase-fd or --passphrase-file"))
}

fn read_line(path: &Path) -> std::io::Result<SecretString> {
    let mut text = Zeroizing::new(String::new());
    File::open(path)?.take(MAX_BYTES).read_to_string(&mut text)?;
    Ok(SecretString::from(text.lines().next().unwrap_or_default().to_string()))
}

/// Secrets lie in files that nobody else can read.
pub(super) fn refuse_readable_by_others(path: &Path) -> Result<()> {
    let mode = std::fs::metadata(path)
        .map(|m| std::os::unix::fs::PermissionsExt::mode(&m.permissions()))
        .map_err(|e| Error::key("keys.no_file", format!("{}: {e}", path.display()), "check the path"))?;
    // systemd hands a credential to the unit's user alone, by an access list that shows as the group's right to read.
    let credentials = std::env::var_os("CREDENTIALS_DIRECTORY");
    let handed = credentials.is_some_and(|folder| !folder.is_empty() && path.starts_with(folder));
    let others = if handed { 0o037 } else { 0o077 };
    if mode & others != 0 {
        return Err(Error::key(
            "keys.file_mode",
            format!("{} has mode {:o}", path.display(), mode & 0o777),
            "run chmod 600 on it",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn file(text: &str, mode: u32) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        file
    }

    #[test]
    fn the_first_line_of_a_private_file_or_descriptor_counts() {
        let f = file("correct horse\nrest", 0o600);
        assert_eq!(
            PassphraseSource::File(f.path().into()).read().unwrap().expose_secret(),
            "correct horse"
        );
        let open = File::open(f.path()).unwrap();
        let fd = u32::try_from(open.as_raw_fd()).unwrap();
        assert_eq!(
            PassphraseSource::Fd(fd).read_new().unwrap().expose_secret(),
            "correct horse"
        );
    }

    #[test]
    fn open_files_short_passphrases_and_missing_ones_are_refused() {
        let code = |source: PassphraseSource| source.read_new().unwrap_err().code().to_string();
        assert_eq!(
            code(PassphraseSource::File(file("long enough", 0o644).path().into())),
            "keys.file_mode"
        );
        assert_eq!(
            code(PassphraseSource::File(file("short", 0o600).path().into())),
            "keys.passphrase_short"
        );
        assert_eq!(
            code(PassphraseSource::File(file("long enough", 0o440).path().into())),
            "keys.file_mode",
            "the group may read a credential of systemd only"
        );
        assert_eq!(code(PassphraseSource::File("/nowhere/at/all".into())), "keys.no_file");
        assert_eq!(code(PassphraseSource::Fd(987)), "keys.passphrase_fd");
    }
}
