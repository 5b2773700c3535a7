//! Objects on disk, named by their digest. A file is complete or absent: it is written aside and renamed. What is read
//! is hashed again, so a damaged file is as good as none.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

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
        if self.size(sha256, max_bytes)?.is_none() {
            return Ok(None);
        }
        let path = self.path(sha256);
        let failed = |source| ObjectError::Cache {
            path: path.clone(),
            source,
        };
        let bytes = fs::read(&path).map_err(failed)?;
        if digest(&bytes) == *sha256 {
            return Ok(Some(bytes));
        }
        fs::remove_file(&path).map_err(failed)?;
        Ok(None)
    }

    /// Bytes of the object, if it is here and not too large. They are not read: a damaged one is noticed by [`Self::get`].
    pub fn size(&self, sha256: &[u8; 32], max_bytes: u64) -> Result<Option<u64>, ObjectError> {
        let path = self.path(sha256);
        let bytes = match fs::metadata(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(ObjectError::Cache { path, source }),
            Ok(found) => found.len(),
        };
        if bytes > max_bytes {
            return Err(ObjectError::TooLarge {
                url: path.display().to_string(),
                bytes,
                cap: max_bytes,
            });
        }
        Ok(Some(bytes))
    }

    pub fn put(&self, sha256: &[u8; 32], bytes: &[u8]) -> Result<(), ObjectError> {
        let mut file = self.incoming()?;
        file.write_all(bytes).map_err(|source| self.failed(source))?;
        self.keep(file, sha256)
    }

    /// A file for an object that is on its way; it is gone if it is not kept.
    pub fn incoming(&self) -> Result<NamedTempFile, ObjectError> {
        NamedTempFile::new_in(&self.dir).map_err(|source| self.failed(source))
    }

    /// Takes in what has arrived, whose digest was checked.
    pub fn keep(&self, file: NamedTempFile, sha256: &[u8; 32]) -> Result<(), ObjectError> {
        let synced = file.as_file().sync_data();
        synced.map_err(|source| self.failed(source))?;
        let kept = file.persist(self.path(sha256));
        kept.map(drop).map_err(|e| self.failed(e.error))
    }

    /// A failure of the folder or its disk.
    pub fn failed(&self, source: io::Error) -> ObjectError {
        ObjectError::Cache {
            path: self.dir.clone(),
            source,
        }
    }

    fn path(&self, sha256: &[u8; 32]) -> PathBuf {
        self.dir.join(hex::encode(sha256))
    }
}
