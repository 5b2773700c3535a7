//! `--store`: where objects are put for others to fetch.
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// A place for objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Store {
    /// An address that serves them.
    Url(String),
    /// A folder of this machine.
    Folder(PathBuf),
}

impl Store {
    /// An https address; on a local chain also an http one, or a folder: its path, or its file: address.
    ///
    /// # Errors
    /// `cli.bad_store`.
    pub fn parse(text: &str, local: bool) -> Result<Self> {
        if text.starts_with("https://") || (local && text.starts_with("http://")) {
            return Ok(Self::Url(text.trim_end_matches('/').into()));
        }
        let bad = |next| Error::usage("cli.bad_store", format!("`{text}`"), next);
        let folder = text.strip_prefix("file://").unwrap_or(text);
        if !local {
            return Err(bad("others have to fetch what is put there: give an https address"));
        }
        if folder.is_empty() || folder.contains("://") {
            return Err(bad("give a folder, or an address that begins with https, http or file"));
        }
        let folder = std::path::absolute(folder).map_err(|_| bad("give the path of a folder"))?;
        Ok(Self::Folder(folder))
    }

    /// The folder `objects` of a home, made if need be.
    ///
    /// # Errors
    /// `cli.no_store`.
    pub fn in_home(home: &Path) -> Result<Self> {
        let folder = home.join("objects");
        let made = std::fs::create_dir_all(&folder).and_then(|()| folder.canonicalize());
        made.map(Self::Folder).map_err(|e| {
            let what = format!("{}: {e}", folder.display());
            Error::local("cli.no_store", what, "give --store, or another --home")
        })
    }

    /// The address under which objects are found.
    pub fn url(&self) -> String {
        match self {
            Self::Url(url) => url.clone(),
            Self::Folder(folder) => format!("file://{}", folder.display()),
        }
    }

    /// The folder, if it is one.
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::Url(_) => None,
            Self::Folder(folder) => Some(folder),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_an_address_or_on_a_local_chain_a_folder_by_path_or_address() {
        let url = |text, local| {
            Store::parse(text, local)
                .map(|store| store.url())
                .map_err(|e| e.code().to_string())
        };
        let here = std::env::current_dir().unwrap();
        for (text, is) in [
            ("https://cdn.example.org/x/", "https://cdn.example.org/x".to_string()),
            ("http://127.0.0.1:9000", "http://127.0.0.1:9000".into()),
            ("/srv/objects", "file:///srv/objects".into()),
            ("file:///srv/objects", "file:///srv/objects".into()),
            ("net/objects", format!("file://{}/net/objects", here.display())),
        ] {
            assert_eq!(url(text, true), Ok(is), "{text}");
        }
        for (text, local) in [
            ("", true),
            ("file://", true),
            ("ftp://x", true),
            ("http://x", false),
            ("file:///srv", false),
            ("srv", false),
        ] {
            assert_eq!(url(text, local), Err("cli.bad_store".into()), "{text}");
        }
        assert_eq!(Store::parse("/srv", true).unwrap().folder(), Some(Path::new("/srv")));
    }
}
