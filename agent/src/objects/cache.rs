//! Objects on disk, named by their digest. A file is complete or absent: it is written aside and renamed. What is read
//! is hashed again, so a damaged file is as good as none.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::{digest, ObjectError};

/// Most bytes of all objects: strangers say what is fetched, and must not fill the disk with it.
const MOST: u64 = 16 << 30;
/// Of a digest, which is the name of an object.
const DIGITS: usize = 64;

#[derive(Clone, Debug)]
pub struct Cache {
    dir: PathBuf,
    most: u64,
}

impl Cache {
    pub fn open(dir: &Path) -> Result<Self, ObjectError> {
        fs::create_dir_all(dir).map_err(|source| ObjectError::Cache {
            path: dir.to_owned(),
            source,
        })?;
        Ok(Self {
            dir: dir.to_owned(),
            most: MOST,
        })
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
        kept.map_err(|e| self.failed(e.error))?;
        self.make_room().map_err(|source| self.failed(source))
    }

    /// Removes the oldest objects while there are too many bytes. Whoever still needs one fetches it again.
    fn make_room(&self) -> io::Result<()> {
        let mut all = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            // Not what is on its way.
            if entry.file_name().len() != DIGITS {
                continue;
            }
            // Another task may have removed it in between.
            if let Ok(found) = entry.metadata().and_then(|found| Ok((found.modified()?, found.len()))) {
                all.push((found, entry.path()));
            }
        }
        all.sort();
        let mut bytes: u64 = all.iter().map(|((_, len), _)| len).sum();
        for ((_, len), path) in all {
            if bytes <= self.most {
                break;
            }
            match fs::remove_file(path) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
                _ => bytes -= len,
            }
        }
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_objects_make_room() {
        let dir = tempfile::tempdir().unwrap();
        let mut cache = Cache::open(dir.path()).unwrap();
        cache.most = 250;
        for content in 0u8..4 {
            let bytes = [content; 100];
            cache.put(&digest(&bytes), &bytes).unwrap();
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        let there = |content: u8| cache.get(&digest(&[content; 100]), 100).unwrap().is_some();
        assert_eq!([0, 1, 2, 3].map(there), [false, false, true, true]);
    }
}
