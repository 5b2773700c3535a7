//! Inputs and outputs by content: a URL says where bytes may be found, their SHA-256 says which bytes they are.
//!
//! A URL comes from a stranger. Over the network only public addresses are reached, by https ([`guard`]); files are read
//! only below folders that the operator named. Whatever arrives is bounded while it is read, and used only if its digest
//! is the expected one.

mod cache;
mod error;
pub mod guard;
mod pace;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use object_store::http::HttpBuilder;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt, RetryConfig};
use reqwest::Url;
use sha2::{Digest, Sha256};
use tokio::time::{timeout_at, Instant};

pub use error::ObjectError;
pub use pace::Pace;

use cache::Cache;
use guard::{Connector, Network};

/// Retries of a failed request are few: the next attempt of the job comes soon enough.
const RETRIES: usize = 2;
/// Time for all tries of one object together.
const RETRY_TIME: Duration = Duration::from_secs(120);

/// SHA-256 of some bytes.
pub fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// What may be reached.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Folders below which `file:` URLs may point; none allows no file.
    pub files: Vec<PathBuf>,
    /// Also plain http and this machine's own loopback addresses: for the embedded chain and tests.
    pub allow_loopback: bool,
}

/// Fetches and stores objects, with a cache on disk.
#[derive(Clone, Debug)]
pub struct Objects {
    cache: Cache,
    files: Vec<PathBuf>,
    network: Network,
    connector: Connector,
    pace: Pace,
}

impl Objects {
    /// Opens the cache folder, making it where it is missing.
    pub fn open(cache: &Path, policy: Policy) -> Result<Self, ObjectError> {
        let network = if policy.allow_loopback {
            Network::WithLoopback
        } else {
            Network::Public
        };
        let files = policy
            .files
            .iter()
            .map(|dir| {
                dir.canonicalize().map_err(|source| ObjectError::Folder {
                    path: dir.clone(),
                    source,
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            cache: Cache::open(cache)?,
            files,
            network,
            connector: Connector::new(network)?,
            pace: Pace::DEFAULT,
        })
    }

    /// With another least rate.
    #[must_use]
    pub fn with_pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// The bytes with this digest, from the cache or from `url`, at most `max_bytes` of them.
    pub async fn fetch(&self, url: &str, sha256: &[u8; 32], max_bytes: u64) -> Result<Vec<u8>, ObjectError> {
        if let Some(bytes) = self.cache.get(sha256, max_bytes)? {
            return Ok(bytes);
        }
        let mut bytes = Vec::new();
        let keep = |part: &[u8]| {
            bytes.extend_from_slice(part);
            Ok(())
        };
        self.receive(url, sha256, max_bytes, keep).await?;
        self.cache.put(sha256, &bytes)?;
        Ok(bytes)
    }

    /// The same, into the cache and not into memory. Returns the number of bytes.
    pub async fn bring(&self, url: &str, sha256: &[u8; 32], max_bytes: u64) -> Result<u64, ObjectError> {
        if let Some(len) = self.cache.size(sha256, max_bytes)? {
            return Ok(len);
        }
        let mut file = self.cache.incoming()?;
        let len = self
            .receive(url, sha256, max_bytes, |part| file.write_all(part))
            .await?;
        self.cache.keep(file, sha256)?;
        Ok(len)
    }

    /// Whether the bytes can be had at `url` itself, which no cache may answer. Nothing is kept.
    pub async fn look(&self, url: &str, sha256: &[u8; 32], max_bytes: u64) -> Result<(), ObjectError> {
        self.receive(url, sha256, max_bytes, |_| Ok(())).await.map(drop)
    }

    /// Reads what is at `url` part by part into `take`, and judges size, digest and rate. Returns the number of bytes.
    async fn receive(
        &self,
        url: &str,
        sha256: &[u8; 32],
        max_bytes: u64,
        mut take: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<u64, ObjectError> {
        let (store, key) = self.resolve(url, false)?;
        let started = Instant::now();
        let too_slow = |bytes| ObjectError::TooSlow {
            url: url.into(),
            bytes,
            secs: started.elapsed().as_secs(),
        };
        let failed = |e| ObjectError::store(url, e);
        let answer = timeout_at(started + self.pace.allows(0), store.get(&key)).await;
        let answer = answer.map_err(|_| too_slow(0))?.map_err(failed)?;
        let too_large = |bytes| ObjectError::TooLarge {
            url: url.into(),
            bytes,
            cap: max_bytes,
        };
        if answer.meta.size > max_bytes {
            return Err(too_large(answer.meta.size));
        }
        // The announced size is a claim: what arrives is counted too.
        let (mut len, mut hash) = (0, Sha256::new());
        let mut stream = answer.into_stream();
        while let Some(part) = timeout_at(started + self.pace.allows(len), stream.next())
            .await
            .map_err(|_| too_slow(len))?
        {
            let part = part.map_err(failed)?;
            len += part.len() as u64;
            if len > max_bytes {
                return Err(too_large(len));
            }
            hash.update(&part);
            take(&part).map_err(|source| self.cache.failed(source))?;
        }
        let found: [u8; 32] = hash.finalize().into();
        if found != *sha256 {
            let (expected, found) = (hex::encode(sha256), hex::encode(found));
            return Err(ObjectError::WrongDigest {
                url: url.into(),
                expected,
                found,
            });
        }
        Ok(len)
    }

    /// Stores bytes below a folder's URL under the name of their digest, and in the cache; returns the object's URL.
    pub async fn store(&self, folder: &str, bytes: &[u8]) -> Result<String, ObjectError> {
        let sha256 = digest(bytes);
        let url = format!("{}/{}", folder.trim_end_matches('/'), hex::encode(sha256));
        let (store, key) = self.resolve(&url, true)?;
        store
            .put(&key, bytes.to_vec().into())
            .await
            .map_err(|e| ObjectError::store(&url, e))?;
        self.cache.put(&sha256, bytes)?;
        Ok(url)
    }

    /// The store and the key in it that a URL means, if the policy lets it through.
    fn resolve(&self, text: &str, to_write: bool) -> Result<(Arc<dyn ObjectStore>, Key), ObjectError> {
        let bad = |reason: &str| ObjectError::BadUrl {
            url: text.into(),
            reason: reason.into(),
        };
        let url = Url::parse(text).map_err(|e| bad(&e.to_string()))?;
        if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
            return Err(bad("user, query and fragment are not supported"));
        }
        match url.scheme() {
            "file" => {
                let path = url.to_file_path().map_err(|()| bad("not a path of this machine"))?;
                let path = self.allowed_file(text, &path, to_write)?;
                let key = Key::from_absolute_path(&path).map_err(|e| bad(&e.to_string()))?;
                Ok((Arc::new(LocalFileSystem::new()), key))
            }
            "http" | "https" => {
                guard::check_url(&url, self.network)?;
                let key = Key::from_url_path(url.path()).map_err(|e| bad(&e.to_string()))?;
                let retry = RetryConfig {
                    max_retries: RETRIES,
                    retry_timeout: RETRY_TIME,
                    ..RetryConfig::default()
                };
                let store = HttpBuilder::new()
                    .with_url(url.origin().ascii_serialization())
                    .with_client_options(ClientOptions::new().with_allow_http(self.network == Network::WithLoopback))
                    .with_http_connector(self.connector.clone())
                    .with_retry(retry)
                    .build()
                    .map_err(|e| ObjectError::store(text, e))?;
                Ok((Arc::new(store), key))
            }
            other => Err(bad(&format!("scheme {other} is not supported; use https or file"))),
        }
    }

    /// The real path of a file (of its folder, when it is to be made) if that is below an allowed folder.
    fn allowed_file(&self, url: &str, path: &Path, to_write: bool) -> Result<PathBuf, ObjectError> {
        let missing = |source| ObjectError::Folder {
            path: path.to_owned(),
            source,
        };
        let real = match (to_write, path.parent(), path.file_name()) {
            (true, Some(folder), Some(name)) => folder.canonicalize().map_err(missing)?.join(name),
            _ => path.canonicalize().map_err(missing)?,
        };
        if !self.files.iter().any(|dir| real.starts_with(dir)) {
            return Err(ObjectError::ForbiddenFile { url: url.into() });
        }
        // Devices and pipes have no end.
        if !to_write && !real.is_file() {
            return Err(ObjectError::ForbiddenFile { url: url.into() });
        }
        Ok(real)
    }
}
