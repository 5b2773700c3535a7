//! Folders of the demo: results, which stay, and the homes of the parties, which do not.
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::error::{Error, Result};

/// Homes of the parties.
pub enum Homes {
    /// Removed in the end.
    Fleeting(TempDir),
    /// Kept for those who want to look.
    Kept(PathBuf),
}

impl Homes {
    /// In the folder of results if they are to be kept, otherwise in a temporary one.
    pub fn open(out: &Path, keep: bool) -> Result<Self> {
        if keep {
            let path = out.join("homes");
            make(&path)?;
            return Ok(Self::Kept(path));
        }
        let folder = tempfile::Builder::new().prefix("joule-demo-").tempdir();
        folder.map(Self::Fleeting).map_err(|e| io(out, &e))
    }

    /// Where they are.
    pub fn path(&self) -> &Path {
        match self {
            Self::Fleeting(dir) => dir.path(),
            Self::Kept(path) => path,
        }
    }

    /// Where they stay, if they do.
    pub fn kept(&self) -> Option<&Path> {
        match self {
            Self::Kept(path) => Some(path),
            Self::Fleeting(_) => None,
        }
    }
}

/// An empty folder for the results. One that an earlier demo filled is emptied; any other that is not empty is refused.
pub fn fresh(out: &Path) -> Result<PathBuf> {
    const MARK: &str = ".joule-demo";
    make(out)?;
    let out = out.canonicalize().map_err(|e| io(out, &e))?;
    let entries: Vec<_> = std::fs::read_dir(&out).map_err(|e| io(&out, &e))?.flatten().collect();
    if !entries.is_empty() && !out.join(MARK).exists() {
        let next = "choose a new or empty folder with --out";
        return Err(Error::usage(
            "demo.not_empty",
            format!("{} has other files in it", out.display()),
            next,
        ));
    }
    for entry in entries {
        let path = entry.path();
        let gone = if path.is_dir() {
            std::fs::remove_dir_all(&path)
        } else {
            std::fs::remove_file(&path)
        };
        gone.map_err(|e| io(&path, &e))?;
    }
    std::fs::write(out.join(MARK), "").map_err(|e| io(&out, &e))?;
    for folder in ["objects", "logs", "jobs"] {
        make(&out.join(folder))?;
    }
    Ok(out)
}

/// Makes a folder.
pub fn make(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|e| io(folder, &e))
}

/// The error of a file that could not be read or written.
pub fn io(path: &Path, e: &std::io::Error) -> Error {
    Error::local(
        "demo.io",
        format!("{}: {e}", path.display()),
        "choose a folder you may write to with --out",
    )
}
