//! Objects on disk, named by their digest. A file is complete or absent: it is written aside and renamed. What is read
//! is hashed again, so a damaged file is as good as none.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{digest, ObjectError};

#[derive(Clone, Debug)]
pub struct Cache {
    dir: PathBuf,
}

impl Cache {
    pub fn open(dir: &Path) -> Result<Self, ObjectError> {
        fs::create_dir_all(dir).map_err(|source| ObjectError::Cache {
            path: dir.to_owned(),
            source,
        })?;
        Ok(Self { dir: dir.to_owned() })
    }

    /// The object, if it is here, undamaged and not too large.
    pub fn get(&self, sha256: &[u8; 32], max_bytes: u64) -> Result<Option<Vec<u8>>, ObjectError> {
        let path = self.path(sha256);
        let failed = |source| ObjectError::Cache {
            path: path.clone(),
            source,
        };
        let len = match fs::metadata(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(failed)?.len(),
        };
        if len > max_bytes {
            return Err(ObjectError::TooLarge {
                url: path.display().to_string(),
                bytes: len,
                cap: max_bytes,
            });
        }
        let bytes = fs::read(&path).map_err(failed)?;
        if digest(&bytes) == *sha256 {
            return Ok(Some(bytes));
        }
        fs::remove_file(&path).map_err(failed)?;
        Ok(None)
    }

    pub fn put(&self, sha256: &[u8; 32], bytes: &[u8]) -> Result<(), ObjectError> {
        let path = self.path(sha256);
        let write = || -> io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(&self.dir)?;
            file.write_all(bytes)?;
            file.as_file().sync_data()?;
            file.persist(&path)?;
            Ok(())
        };
        write().map_err(|source| ObjectError::Cache {
            path: path.clone(),
            source,
        })
    }

    fn path(&self, sha256: &[u8; 32]) -> PathBuf {
        self.dir.join(hex::encode(sha256))
    }
}
